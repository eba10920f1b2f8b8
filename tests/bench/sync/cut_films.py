"""Films with known boundaries, put together from pieces of the real masters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vsmeme import open_video

FOOTAGE = Path(__file__).resolve().parents[4] / "shared" / "footage"
MASTERS = ("d1_tos", "d2_meeting", "d3_signs", "d4_bunny", "d5_dancer")
SIZE = (320, 134)  # of the wide's part
KINDS = ("as shot", "cuts", "montage", "dissolves", "flashes", "fades")
PIECES = 14
# looked at frame by frame; what the footage's own description names is not all
CUTS = {
    "d1_tos": (52, 122, 158, 221, 309),
    "d2_meeting": (),
    "d3_signs": (62, 132, 188, 236, 287),
    "d4_bunny": (93, 186, 361, 370),
    "d5_dancer": (),
}

Frames = NDArray[np.uint8]
Boundary = tuple[int, int]  # a frame that begins a shot counts as right from the first to the last


@dataclass(frozen=True, slots=True, kw_only=True)
class CutFilm:
    """BGR frames, and where shots begin."""

    name: str
    frames: Frames
    boundaries: list[Boundary]


@cache
def master(name: str) -> tuple[Frames, tuple[int, ...]]:
    """The wide's part of a master, and its cuts."""
    clip = open_video(FOOTAGE / name / "master.mkv", role="wide")
    height = clip.height * 430 // 576 // 2 * 2
    clip = vs.core.std.CropAbs(clip, clip.width, height, 0, clip.height * 73 // 576 // 2 * 2)
    clip = vs.core.resize.Bilinear(clip, *SIZE, format=vs.RGB24)
    frames = [
        np.stack([np.asarray(frame[p]) for p in (2, 1, 0)], axis=2)
        for frame in clip.frames(close=True)
    ]
    return np.stack(frames), CUTS[name]


def films(seeds: int) -> Iterator[CutFilm]:
    """Yield the films of every kind."""
    for name in MASTERS:
        frames, cuts = master(name)
        yield CutFilm(name=KINDS[0], frames=frames, boundaries=[(c, c) for c in cuts])
    for kind in KINDS[1:]:
        for seed in range(seeds):
            yield _joined(kind, np.random.default_rng([seed, KINDS.index(kind)]))


def _joined(kind: str, rng: np.random.Generator) -> CutFilm:
    """Pieces one after the other; neighbours are from different masters."""
    lengths = (1, 5) if kind == "montage" else (30, 60)
    made, boundaries, before = np.empty((0, SIZE[1], SIZE[0], 3), np.float32), [], ""
    for _ in range(PIECES * (4 if kind == "montage" else 1)):
        before, piece = _piece(rng, lengths, before)
        if not len(made):
            made = piece
            continue
        at = len(made)
        if kind == "dissolves":
            count = int(rng.integers(6, 26))
            share = ((np.arange(count) + 1) / (count + 1))[:, None, None, None]
            mixed = made[-count:] * (1 - share) + piece[:count] * share
            made = np.concatenate([made[:-count], mixed, piece[count:]])
            boundaries.append((at - count, at))
        elif kind == "fades":
            count, black = int(rng.integers(6, 16)), int(rng.integers(1, 8))
            share = ((np.arange(count) + 1) / (count + 1))[:, None, None, None]
            out, into = made[-count:] * (1 - share), piece[:count] * share
            hole = np.zeros((black, *made.shape[1:]), np.float32)
            made = np.concatenate([made[:-count], out, hole, into, piece[count:]])
            boundaries.append((at - count, at + black + count))
        else:
            made = np.concatenate([made, piece])
            boundaries.append((at, at))
    if kind == "flashes":
        for n in rng.integers(5, len(made) - 5, PIECES):
            if all(abs(n - a) > 6 for a, _ in boundaries):
                made[n : n + int(rng.integers(1, 3))] += float(rng.uniform(60, 140))
    noisy = made + rng.normal(0, 1.5, made.shape).astype(np.float32)
    frames = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return CutFilm(name=kind, frames=frames, boundaries=boundaries)


def _piece(
    rng: np.random.Generator, lengths: tuple[int, int], before: str
) -> tuple[str, NDArray[np.float32]]:
    name = str(rng.choice([m for m in MASTERS if m != before]))
    frames, cuts = master(name)
    edges = [0, *cuts, len(frames)]
    spans = [(a, b) for a, b in pairwise(edges) if b - a >= lengths[1]]
    first, last = spans[int(rng.integers(len(spans)))]
    length = int(rng.integers(*lengths, endpoint=True))
    begin = int(rng.integers(first, last - length + 1))
    piece = frames[begin : begin + length].astype(np.float32)
    return name, piece[:, :, ::-1] if rng.random() < 0.5 else piece


def luma(frames: Frames) -> Iterator[NDArray[np.float32]]:
    """BT.709 limited luma of BGR frames."""
    weights = np.array([[0.0722, 0.7152, 0.2126]], np.float32) * np.float32(219 / 255)
    for frame in frames:
        yield np.asarray(cv2.transform(frame.astype(np.float32), weights)) + np.float32(16)
