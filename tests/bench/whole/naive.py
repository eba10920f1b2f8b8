"""The same meme as a straightforward OpenCV script: what one would write without VapourSynth.

    uv run tests/bench/whole/naive.py meme.toml --bands span|bicubic [--frames N]

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

from bench.whole.naive_parts import (
    Picture,
    Upscaler,
    blended,
    composed,
    fringed,
    pink,
    softened,
    to_index,
    with_face,
)
from vsmeme.colour.transform import Colour
from vsmeme.host import peak_bytes
from vsmeme.placement.layout import layouts_from_json
from vsmeme.project import Project, load_project
from vsmeme.subject.recolour import parse_colour
from vsmeme.subject.track import Track
from vsmeme.sync.shots import Shots
from vsmeme.sync.timeline import Timeline


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
            (k["first"], cv2.imread(str(work / k["plate"])), k["origin"], k["motion"])
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
        frame[self.missing] = self.plate(n)[self.missing]
        return frame

    def plate(self, n: int) -> Picture:
        """The plate as it lies behind frame n."""
        first, plate, (x, y), motion = [entry for entry in self.plates if entry[0] <= n][-1]
        h, w = self.missing.shape
        if not motion:
            return plate[y : y + h, x : x + w]
        moved = np.array(motion[n - first]) @ np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]])
        return cv2.warpPerspective(plate, to_index(moved), (w, h), flags=cv2.INTER_CUBIC)

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
    started, cpu = time.perf_counter(), time.process_time()
    with Path(arguments.out).open("wb") as sink:
        count = render(meme, arguments.frames, sink)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = peak_bytes() / 2**20
    found = {"frames": count, "seconds": seconds, "cpu": cpu, "fps": count / seconds}
    print(json.dumps(found | {"peak_mib": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
