"""The same meme as a straightforward OpenCV script: what one would write without VapourSynth.

    uv run tests/bench/naive.py meme.toml --bands span|bicubic [--frames N]

It reads the same artifacts (match, layout, colour, masks, plate, track), upscales only the bands,
and writes raw YUV420P8 to a sink. It is kept simple and honest: whole-frame NumPy and OpenCV on
8-bit BGR, float32 where a blend needs it, no tricks that make it slow, none that make it fast
beyond what OpenCV does by itself. It has no membrane at the seam, no exposure fit of the plate and
no dither: it does less.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vsmeme.colour import Colour
from vsmeme.foreground import parse_colour
from vsmeme.geometry import Layout, layouts_from_json
from vsmeme.model import find_model
from vsmeme.project import Project, load_project
from vsmeme.shots import Shots
from vsmeme.timeline import Timeline
from vsmeme.track import Track

Picture = NDArray[Any]


class Reader:
    """Frames of a file, in order."""

    def __init__(self, path: Path) -> None:
        self.capture = cv2.VideoCapture(str(path))
        self.position = -1
        self.frame: Picture = np.empty(0)

    def read(self, n: int) -> Picture:
        while self.position < n:
            found, self.frame = self.capture.read()
            if not found:
                raise SystemExit(f"no frame {n}")
            self.position += 1
        return self.frame


class Upscaler:
    """The network on a strip, or bicubic."""

    def __init__(self, bands: str) -> None:
        self.session = None
        if bands != "bicubic":
            import onnxruntime

            path = str(find_model(bands).path)
            self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def __call__(self, strip: Picture, scale: int) -> Picture:
        if self.session is None:
            return cv2.resize(strip, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        rgb = strip[..., ::-1].astype(np.float32) / 255
        batch = np.ascontiguousarray(rgb.transpose(2, 0, 1)[None])
        (out,) = self.session.run(None, {self.session.get_inputs()[0].name: batch})
        picture = (np.clip(out[0], 0, 1) * 255 + 0.5).astype(np.uint8)
        return np.ascontiguousarray(picture.transpose(1, 2, 0)[..., ::-1])


def graded(strip: Picture, colour: Colour | None) -> Picture:
    """Apply the fitted polynomial to a BGR strip."""
    if colour is None:
        return strip.astype(np.float32)
    ycc = cv2.cvtColor(strip.astype(np.float32) / 255, cv2.COLOR_BGR2YCrCb)
    y, v, u = 2 * ycc[..., 0] - 1, 2 * (ycc[..., 1] - 0.5), 2 * (ycc[..., 2] - 0.5)
    terms = (np.ones_like(y), y, u, v, y * y, u * u, v * v, y * u, y * v, u * v)
    y, u, v = (
        sum(np.float32(w) * t for w, t in zip(row, terms, strict=True))
        for row in colour.coefficients
    )
    out = np.dstack([(y + 1) / 2, v / 2 + 0.5, u / 2 + 0.5]).astype(np.float32)
    return np.clip(cv2.cvtColor(out, cv2.COLOR_YCrCb2BGR) * 255, 0, 255)


def composed(
    wide: Picture, dvd: Picture, layout: Layout, up: Upscaler, colour: Colour | None, width: int
) -> Picture:
    """Paste the wide and both bands, with a linear feather."""
    canvas = np.zeros((layout.canvas[1], layout.canvas[0], 3), np.uint8)
    home = layout.wide
    canvas[home.y : home.bottom, home.x : home.right] = wide
    context = 21 if up.session else 3
    for strip in layout.strips(width):
        first, rows, drop = layout.dvd_rows(strip)
        top, end = max(0, first - context), min(layout.dvd_size[1], first + rows + context)
        big = up(dvd[top:end], layout.scale)
        drop += (first - top) * layout.scale
        left = strip.x - layout.dvd.x
        part = graded(big[drop : drop + strip.h, left : left + strip.w], colour)
        under = canvas[strip.y : strip.bottom, strip.x : strip.right]
        weight = np.ones((strip.h, 1, 1), np.float32)
        ramp = (np.arange(width, dtype=np.float32) + 0.5) / width
        if strip.y < home.y:
            weight[strip.h - width :, 0, 0] = 1 - ramp
        else:
            weight[:width, 0, 0] = ramp
        under[:] = (part * weight + under * (1 - weight) + 0.5).astype(np.uint8)
    return canvas


def pink(frame: Picture, mask: Picture, rgb: tuple[float, float, float]) -> Picture:
    """Give what the mask covers the colour's chroma, in proportion to its luma."""
    ycc = cv2.cvtColor(frame, cv2.COLOR_BGR2YCrCb).astype(np.float32)
    target = np.array([[rgb[::-1]]], np.float32)
    y, cr, cb = cv2.cvtColor(target, cv2.COLOR_BGR2YCrCb)[0, 0]
    ratio = ycc[..., 0] / 255 / y
    for plane, value in ((1, cr), (2, cb)):
        wanted = 128 + (value - 0.5) * 255 * ratio
        ycc[..., plane] += (wanted - ycc[..., plane]) * mask
    return cv2.cvtColor(np.clip(ycc, 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2BGR)


def fringed(frame: Picture, mask: Picture, strength_px: float) -> Picture:
    """Scale red up and blue down about the centre, inside the mask."""
    h, w = frame.shape[:2]
    factor = strength_px / (np.hypot(w, h) / 2)
    moved = frame.copy()
    for channel, scale in ((2, 1 + factor), (0, 1 - factor)):
        matrix = np.array([[scale, 0, (1 - scale) * w / 2], [0, scale, (1 - scale) * h / 2]])
        source = np.ascontiguousarray(frame[..., channel])
        moved[..., channel] = cv2.warpAffine(source, matrix, (w, h), flags=cv2.INTER_CUBIC)
    return blended(frame, moved, mask)


def blended(under: Picture, over: Picture, mask: Picture) -> Picture:
    """Mix by a mask of 0..1."""
    weight = mask[..., None]
    return (over * weight + under * (1 - weight) + 0.5).astype(np.uint8)


def with_face(
    frame: Picture, picture: Picture, alpha: Picture, matrix: Picture, mask: Picture
) -> Picture:
    """Warp the picture onto the frame and blend it."""
    h, w = frame.shape[:2]
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    index = np.linalg.inv(half) @ matrix @ half
    face = cv2.warpPerspective(picture, index, (w, h), flags=cv2.INTER_CUBIC)
    cover = cv2.warpPerspective(alpha, index, (w, h), flags=cv2.INTER_LINEAR)
    return blended(frame, face, mask * (cover.astype(np.float32) / 255))


def softened(mask: Picture, px: int) -> Picture:
    """Feather a mask."""
    box = (px // 2 + 1, px // 2 + 1)
    return cv2.blur(cv2.blur(mask, box), box).astype(np.float32) / 255


class Meme:
    """Everything that is read once."""

    def __init__(self, project: Project, bands: str) -> None:
        work = project.work

        def load(name: str) -> dict[str, Any]:
            return json.loads((work / name).read_text())

        self.config = project.config
        self.table = Timeline.from_json(load("match.json"))
        self.cuts = Shots.from_json(load("shots.json"))
        self.layout = layouts_from_json(load("geometry.json"))[0]
        self.colours = [Colour.from_json(entry) for entry in load("colour.json")["colours"]]
        self.plates = [
            (k["first"], cv2.imread(str(work / k["plate"])), k["origin"])
            for k in load("background.json")["keys"]
        ]
        tracked = Track.from_json(load("track.json"))
        face = tracked.regions.get("face") if tracked.picture else None
        count = len(self.table)
        self.placed = face.placed(count) if face else [None] * count
        if face:
            self.picture = cv2.imread(str(work / tracked.picture["picture"]))
            self.alpha = cv2.imread(str(work / tracked.picture["alpha"]), cv2.IMREAD_GRAYSCALE)
        self.wide, self.dvd = Reader(self.config.sources.wide), Reader(self.config.sources.dvd)
        self.masks = [Reader(work / "masks" / f"{name}.mkv") for name in ("foreground", "face")]
        self.up = Upscaler(bands)
        self.missing = np.zeros(self.layout.canvas[::-1], bool)
        for part in self.layout.missing():
            self.missing[part.y : part.bottom, part.x : part.right] = True
        home = self.layout.wide
        self.fresh = np.ones((*self.layout.canvas[::-1], 1), np.float32)
        self.fresh[home.y : home.bottom, home.x : home.right] = 0
        self.random = np.random.default_rng(1)

    def background(self, n: int) -> Picture:
        pair, crop = self.table.pairs[n], self.layout.wide_crop
        wide = self.wide.read(pair.wide)[crop.y : crop.bottom, crop.x : crop.right]
        fitted = self.config.colour.match and self.colours
        colour = self.colours[self.cuts.at(n).colour] if fitted else None
        dvd = self.dvd.read(pair.dvd)
        frame = composed(wide, dvd, self.layout, self.up, colour, self.config.seam.width)
        _, plate, (x, y) = [entry for entry in self.plates if entry[0] <= n][-1]
        h, w = self.missing.shape
        frame[self.missing] = plate[y : y + h, x : x + w][self.missing]
        return frame

    def frame(self, n: int) -> Picture:
        frame, look = self.background(n), self.config.foreground
        px = self.config.segment.feather
        whole, face = (softened(mask.read(n)[..., 0], px) for mask in self.masks)
        wardrobe = np.clip(whole - face, 0, 1)
        rgb = parse_colour(look.colour or "")
        if rgb:
            frame = pink(frame, wardrobe, rgb)
        if look.aberration:
            frame = fringed(frame, wardrobe, look.aberration)
        if look.sharpen:
            soft = cv2.GaussianBlur(frame, (0, 0), 2)
            amount = 2 * look.sharpen
            frame = blended(frame, cv2.addWeighted(frame, 1 + amount, soft, -amount, 0), face)
        placed = self.placed[n]
        if placed is not None:
            frame = with_face(frame, self.picture, self.alpha, np.array(placed), face)
        if self.config.finish.grain:
            noise = self.random.standard_normal(self.fresh.shape, np.float32)
            noisy = frame + noise * self.fresh * (2 * self.config.finish.grain)
            frame = np.clip(noisy + 0.5, 0, 255).astype(np.uint8)
        return frame


def render(meme: Meme, frames: int | None, sink: IO[bytes]) -> int:
    """Render frame by frame and return how many frames there were."""
    count = min(frames or len(meme.table), len(meme.table))
    for n in range(count):
        sink.write(cv2.cvtColor(meme.frame(n), cv2.COLOR_BGR2YUV_I420).data)
    return count


def main(argv: list[str]) -> int:
    """Render to a file or to nowhere and print frames a second."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("project")
    made.add_argument("--bands", default="span")
    made.add_argument("--frames", type=int)
    made.add_argument("--out", default="/dev/null")
    arguments = made.parse_args(argv)
    meme = Meme(load_project(arguments.project), arguments.bands)
    started = time.perf_counter()
    with Path(arguments.out).open("wb") as sink:
        count = render(meme, arguments.frames, sink)
    seconds = time.perf_counter() - started
    print(json.dumps({"frames": count, "seconds": seconds, "fps": count / seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
