"""Frames of real people with outlines drawn by hand, and how a mask compares with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray
from scenes.shared_folder import FOOTAGE

from vsmeme import open_video
from vsmeme.demo.scene_photo import photograph

core = vs.core
TRUTH = Path(__file__).resolve().parent / "truth"
NOT_JUDGED = 128
PHOTOGRAPH = "astronaut"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlined:
    """A frame (RGB, canvas size) with its subject: 255, 0, or `NOT_JUDGED`."""

    name: str
    frame: NDArray[np.uint8]
    truth: NDArray[np.uint8]

    def iou(self, mask: NDArray[np.uint8]) -> float:
        """Intersection over union where the truth is known."""
        judged = self.truth != NOT_JUDGED
        a, b = (mask > 127) & judged, (self.truth == 255) & judged
        return float((a & b).sum() / max(1, (a | b).sum()))


def outlined_people() -> Iterator[Outlined]:
    """Read them all, one after the other."""
    for path in sorted(TRUTH.glob("*.png")):
        truth = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        picture = photograph("astronaut.png") if path.stem == PHOTOGRAPH else _frame(path.stem)
        yield Outlined(name=path.stem, frame=picture, truth=np.asarray(truth, np.uint8))


def _frame(name: str) -> NDArray[np.uint8]:
    pair, _, number = name.rpartition("_")
    told = json.loads((FOOTAGE / pair / "ground_truth.json").read_text())
    x, y, w, h = told["master"]["canvas_in_master"]
    clip = open_video(FOOTAGE / pair / told["master"]["file"], role="wide")
    clip = core.resize.Bicubic(clip, format=vs.RGB24)[int(number)].std.CropAbs(w, h, x, y)
    with clip.get_frame(0) as frame:
        return np.stack([np.asarray(frame[p]) for p in range(3)], axis=2).copy()


def at_work_size(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame as preparation sees it: at most 540 rows."""
    scale = min(1.0, 540 / frame.shape[0])
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
