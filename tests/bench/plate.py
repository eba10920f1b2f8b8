"""Measures the plate: ghosts, shares, motion, corners against filling every frame, the guard.

uv run tests/bench/plate.py [--frames 24] [--real] prints the tables of the README. Pictures are
those of the known scene; --real adds d5_dancer of ../shared/footage with its true masks.
Differences are means in 8-bit codes over all planes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scene_photo  # noqa: F401 - registers the photographs
import vapoursynth as vs
from plates import BLACK, Hostile
from scene import Scene

from vsmeme.config import Config, Inpaint, Sources
from vsmeme.ledger import PlateKey
from vsmeme.matrix import IDENTITY, Matrix33, apply, compose, invert
from vsmeme.prepare.footage import View, grow
from vsmeme.prepare.generate import Backend, generate
from vsmeme.prepare.patches import PatchMatch
from vsmeme.prepare.plate import shot_plates
from vsmeme.prepare.yuv import rgb_to_yuv
from vsmeme.shots import Shot

Array = np.ndarray[Any, Any]
FOOTAGE = Path(__file__).resolve().parents[3] / "shared" / "footage"
FEATHER_PX = 6
CODE = 256.0


@dataclass
class Film:
    """Pictures, true backgrounds where they are known, and subjects of one shot."""

    name: str
    pictures: list[Array]
    truths: list[Array]
    subjects: list[Array]
    missing: Array
    clean: bool
    size: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.size = (self.missing.shape[1], self.missing.shape[0])

    def picture(self, n: int) -> Array:
        picture = self.pictures[n].copy()
        picture[:, self.missing] = BLACK[:, None]
        return picture

    def read(self, frames: Sequence[int]) -> Iterator[View]:
        for n in frames:
            subject = self.subjects[n].copy()
            subject[self.missing] = 0
            yield View(frame=n, picture=self.picture(n), subject=subject, missing=self.missing)


def corners(size: tuple[int, int], wide: tuple[int, int, int, int], dvd_width: int) -> Array:
    missing = np.ones(size[::-1], np.bool_)
    missing[wide[1] : wide[1] + wide[3]] = False
    left = (size[0] - dvd_width) // 2
    missing[:, left : left + dvd_width] = False
    return missing


def film_of_scene(name: str, scene: Scene) -> Film:
    bare = Scene(**{k: getattr(scene, k) for k in scene.__dataclass_fields__} | {"actor": False})
    rng = np.random.default_rng(0)

    def yuv(rgb: Array) -> Array:
        grain = rng.normal(0, 1.0, rgb.shape).astype(np.float32)
        return rgb_to_yuv((rgb.astype(np.float32) + grain) / np.float32(255))

    frames = range(scene.frames)
    width, height = scene.canvas
    return Film(
        name=name,
        pictures=[yuv(scene.master(m)) for m in frames],
        truths=[rgb_to_yuv(bare.master(m).astype(np.float32) / np.float32(255)) for m in frames],
        subjects=[scene.mask(m) for m in frames],
        missing=corners((width, height), scene.wide_rect, height * 4 // 3),
        clean=True,
    )


def film_of_d5(frames: int) -> Film:
    folder = FOOTAGE / "d5_dancer"
    clip = vs.core.bs.VideoSource(str(folder / "master.mkv"), cachemode=0)
    clip = clip.resize.Bicubic(format=vs.YUV444P16, matrix_in_s="709", matrix_s="709")
    step = max(1, 120 // frames)
    numbers = list(range(0, 120, step))
    pictures = []
    for frame in clip[::step].frames(close=True):
        pictures.append(np.stack([np.asarray(frame[p]) for p in range(3)]))
    masks = [cv2.imread(str(folder / "gt_masks" / f"{n:05d}.png"), 0) for n in numbers]
    return Film(
        name=f"d5_dancer (every {step}th frame)",
        pictures=pictures,
        truths=pictures,
        subjects=[np.asarray(mask, np.uint8) for mask in masks],
        missing=corners((1024, 576), (0, 73, 1024, 430), 768),
        clean=False,
    )


def make(film: Film, backend: Backend, work: Path) -> PlateKey:
    config = Config(sources=Sources(wide=work, dvd=work), inpaint=Inpaint(keys=1))
    keys = shot_plates(
        film,
        Shot(first=0, last=len(film.pictures) - 1),
        number=0,
        config=config,
        backend=backend,
        feather_px=FEATHER_PX,
        work=work,
    )
    return keys[0]


def live(film: Film, key: PlateKey, work: Path) -> list[Array]:
    """Render the background through the graph, frame by frame."""
    from vsmeme.background import background, load_plate

    plate = load_plate(key, work)
    out = []
    for n in range(len(film.pictures)):
        clip = as_clip(film.picture(n), vs.YUV444P16)
        missing = as_clip(film.missing[None].astype(np.uint8) * 255, vs.GRAY8)
        missing = missing.std.SetFrameProps(_Range=int(vs.RANGE_FULL))
        node = background(
            clip,
            plate,
            missing,
            origin=key.origin,
            motion=key.motion[n : n + 1],
            exposure=key.exposure[n : n + 1],
        )
        with node.get_frame(0) as frame:
            out.append(np.stack([np.asarray(frame[p]) for p in range(3)]))
    return out


def as_clip(planes: Array, kind: int) -> vs.VideoNode:
    blank = vs.core.std.BlankClip(
        format=kind, width=planes.shape[2], height=planes.shape[1], length=1, keep=True
    )

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for p, plane in enumerate(planes):
            np.copyto(np.asarray(out[p]), plane)
        return out

    return vs.core.std.ModifyFrame(blank, blank, paint)


def separately(film: Film) -> list[Array]:
    """Fill every frame for itself, with the same backend."""
    out = []
    for n, subject in enumerate(film.subjects):
        avoid = grow(subject > 0, FEATHER_PX) & ~film.missing
        made = generate(
            film.picture(n), film.missing, avoid=avoid, backend=PatchMatch(), feather_px=6
        )
        out.append(made.plate)
    return out


def error(shown: list[Array], film: Film) -> float:
    use = film.missing
    both = zip(shown, film.truths, film.subjects, strict=True)
    return float(
        np.mean([np.abs(a.astype(float) - b)[:, use & (s == 0)].mean() for a, b, s in both]) / CODE
    )


def flicker(shown: list[Array], film: Film, key: PlateKey) -> float:
    """Mean change from frame to frame in the corners, the camera's motion taken out."""
    total = []
    for n in range(1, len(shown)):
        step = compose(key.motion[n], invert(key.motion[n - 1]))
        # Half the way from either side, so that both are resampled alike.
        there = halfway(step)
        back = compose(there, invert(step))
        clear = [film.missing & (film.subjects[i] == 0) for i in (n - 1, n)]
        use = moved(clear[0], there, film.size) > 0.99
        use &= moved(clear[1], back, film.size) > 0.99
        # Blurred: what resampling does to single pixels is no flicker.
        pairs = [(blurred(a), blurred(b)) for a, b in zip(shown[n - 1], shown[n], strict=True)]
        change = np.stack(
            [moved(a, there, film.size) - moved(b, back, film.size) for a, b in pairs]
        )
        total.append(np.abs(change)[:, use].mean())
    return float(np.mean(total) / CODE)


def blurred(plane: Array) -> Array:
    return cv2.GaussianBlur(plane.astype(np.float32), (0, 0), 2.0)


def halfway(matrix: Matrix33) -> Matrix33:
    """Return half of a small transform."""
    middle = (np.array(matrix) + np.eye(3)) / 2
    (a, b, c), (d, e, f), (g, h, i) = middle.tolist()
    return ((a, b, c), (d, e, f), (g, h, i))


def moved(plane: Array, matrix: Matrix33, size: tuple[int, int]) -> Array:
    """Warp a plane by a transform of edge coordinates."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    index = np.linalg.inv(half) @ np.array(matrix) @ half
    return cv2.warpPerspective(
        plane.astype(np.float32),
        index,
        size,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT if plane.dtype == np.bool_ else cv2.BORDER_REPLICATE,
    )


def ghost(film: Film, key: PlateKey, work: Path) -> float:
    """Mean difference to the true background behind the subject, where any frame showed it."""
    planes = cv2.imread(str(work / key.samples), cv2.IMREAD_UNCHANGED)
    x, y = key.origin
    plate = np.asarray(planes)[y : y + film.size[1], x : x + film.size[0]]
    plate = plate[..., [1, 0, 2]].transpose(2, 0, 1)
    behind = (film.subjects[key.frame] > 0) & ~film.missing
    motion = key.motion or [IDENTITY] * len(film.subjects)
    behind &= np.any(
        [
            moved((s == 0) & ~film.missing, invert(m), film.size) > 0.999
            for s, m in zip(film.subjects, motion, strict=True)
        ],
        axis=0,
    )
    difference = np.abs(plate.astype(float) - film.truths[key.frame])
    return float(difference[:, behind].mean() / CODE)


def motion_error(key: PlateKey, scene: Scene) -> float:
    """Largest error of the measured pan at a canvas corner, canvas px."""
    width, height = scene.canvas
    worst = 0.0
    for n, matrix in enumerate(key.motion):
        dx, dy = (scene.pan[i] * (n - key.frame) for i in range(2))
        for x, y in ((0, 0), (width, 0), (0, height), (width, height)):
            u, v = apply(matrix, x, y)
            worst = max(worst, float(np.hypot(u - x + dx, v - y + dy)))
    return worst


def scenes(frames: int) -> dict[str, Scene]:
    common: dict[str, Any] = {"size": "small", "frames": frames, "walk": 12.0}
    return {
        "drawn, still": Scene(**common),
        "drawn, pan": Scene(**common, pan=(3.3, 0.7)),
        "photographs, still": Scene(**common, art="photo"),
        "photographs, pan": Scene(**common, art="photo", pan=(2.6, -0.6)),
    }


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--frames", type=int, default=24)
    options.add_argument("--real", action="store_true")
    chosen = options.parse_args()
    cv2.setNumThreads(1)
    known = scenes(chosen.frames)
    films = [film_of_scene(name, scene) for name, scene in known.items()]
    if chosen.real:
        films.append(film_of_d5(chosen.frames))
    print("| film | mode | calls | changed outside | subject in mask | from frames | generated "
          "| missing | ghost | motion px |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    rows = []
    for film in films:
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            hostile = Hostile()
            guarded = make(film, hostile, work)
            key = make(film, PatchMatch(), work)
            behind = f"{ghost(film, key, work):.2f}" if film.clean else "-"
            moved = (
                f"{motion_error(key, known[film.name]):.2f}" if key.motion and film.clean else "-"
            )
            changed = guarded.changed_outside_mask + key.changed_outside_mask
            inside = guarded.subject_pixels_in_mask + key.subject_pixels_in_mask
            print(
                f"| {film.name} | {key.mode} | {hostile.calls} | {changed} | {inside} "
                f"| {key.filled_from_other_frames:.2%} | {key.generated:.2%} "
                f"| {film.missing.mean():.2%} | {behind} | {moved} |",
                flush=True,
            )
            if key.motion:
                ours, each = live(film, key, work), separately(film)
                numbers = ((error(s, film), flicker(s, film, key)) for s in (ours, each))
                floor = flicker(film.truths, film, key)
                rows.append((film.name, *(v for pair in numbers for v in pair), floor))
    print(
        "\n| film | plate: difference | flicker | every frame: difference | flicker | ratio "
        "| truth's own |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, e, f, e2, f2, own in rows:
        print(f"| {name} | {e:.2f} | {f:.2f} | {e2:.2f} | {f2:.2f} | {f2 / f:.1f} | {own:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
