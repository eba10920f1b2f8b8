"""Films for the plate's benchmark: drawn and photographed scenes, and the real pairs' masters."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import itertools

import vapoursynth as vs
from scenes.plates import BLACK

from bench.whole.pairs import FOOTAGE
from vsmeme.arrays.bt709 import rgb_to_yuv
from vsmeme.demo import scene_photo  # noqa: F401 - registers the photographs
from vsmeme.demo.scene import Scene
from vsmeme.plate.prepare.shot_frames import FrameView

Array = np.ndarray[Any, Any]


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

    def read(self, frames: Sequence[int]) -> Iterator[FrameView]:
        for n in frames:
            subject = self.subjects[n].copy()
            subject[self.missing] = 0
            yield FrameView(frame=n, picture=self.picture(n), subject=subject, missing=self.missing)


def scenes(frames: int) -> dict[str, Scene]:
    common: dict[str, Any] = {"size": "small", "frames": frames, "walk": 12.0}
    return {
        "drawn, still": Scene(**common),
        "drawn, pan": Scene(**common, pan=(3.3, 0.7)),
        "photographs, still": Scene(**common, art="photo"),
        "photographs, pan": Scene(**common, art="photo", pan=(2.6, -0.6)),
    }


def film_of_scene(name: str, scene: Scene) -> Film:
    bare = Scene(**{k: getattr(scene, k) for k in scene.__dataclass_fields__} | {"actor": False})
    rng = np.random.default_rng(0)

    def yuv(rgb: Array) -> Array:
        grain = rng.normal(0, 1.0, rgb.shape).astype(np.float32)
        return rgb_to_yuv((rgb.astype(np.float32) + grain) / np.float32(255))

    frames = range(scene.frames)
    width, height = scene.canvas
    _, top, _, rows = scene.wide_rect
    left = (width - height * 4 // 3) // 2
    boxes = [(x, y, left, h) for x in (0, width - left)
             for y, h in ((0, top), (top + rows, height - top - rows))]  # fmt: skip
    return Film(
        name=name,
        pictures=[yuv(scene.master(m)) for m in frames],
        truths=[rgb_to_yuv(bare.master(m).astype(np.float32) / np.float32(255)) for m in frames],
        subjects=[scene.mask(m) for m in frames],
        missing=_missing((width, height), boxes),
        clean=True,
    )


def film_of_pair(name: str, frames: int) -> Film:
    """Neighbouring frames of a pair's longest shot, from its middle, corners blacked out.

    Only d5_dancer has true masks; in the other pairs everything counts as background.
    """
    folder = FOOTAGE / name
    truth: dict[str, Any] = json.loads((folder / "ground_truth.json").read_text())
    cuts = {0, *truth["cuts"], *truth["cuts_detected_in_source"], truth["master"]["frames"]}
    edges = sorted(cuts)
    first, end = max(itertools.pairwise(edges), key=lambda shot: shot[1] - shot[0])
    first = max(first, (first + end - frames) // 2)
    clip = vs.core.bs.VideoSource(str(folder / truth["master"]["file"]), cachemode=0)
    clip = clip.resize.Bicubic(format=vs.YUV444P16, matrix_in_s="709", matrix_s="709")
    x, y, w, h = truth["master"]["canvas_in_master"]
    clip = clip.std.CropAbs(w, h, x, y)[first : min(end, first + frames)]
    pictures = [
        np.stack([np.asarray(frame[p]) for p in range(3)]) for frame in clip.frames(close=True)
    ]
    masks = [folder / "gt_masks" / f"{first + n:05d}.png" for n in range(len(pictures))]
    return Film(
        name=name,
        pictures=pictures,
        truths=pictures,
        subjects=[
            np.asarray(cv2.imread(str(path), 0), np.uint8)
            if path.exists()
            else np.zeros((h, w), np.uint8)
            for path in masks
        ],
        missing=_missing((w, h), truth["empty_corners"]),
        clean=False,
    )


def _missing(size: tuple[int, int], boxes: Sequence[Sequence[float]]) -> Array:
    missing = np.zeros(size[::-1], np.bool_)
    for box in boxes:
        x, y, w, h = (round(v) for v in box)
        missing[y : y + h, x : x + w] = True
    return missing
