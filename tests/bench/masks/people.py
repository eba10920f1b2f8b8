"""Real people against outlines drawn by hand: the automatic way with and without its networks.

    uv run tests/bench/masks/people.py

A Markdown table on stdout; the networks are those of ../shared/weights or `$VSMEME_MODELS`.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import cv2
import numpy as np

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "masks")]

from conftest import WEIGHTS
from people_truth import Outlined, at_work_size, outlined_people

from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.face_shape import face_outline
from vsmeme.masks.prepare.key_frames import face_hints
from vsmeme.masks.prepare.segmenters.choose import choose_segmenter
from vsmeme.settings.subject_settings import SegmentSetting

WAYS = ("auto", "grabcut")
DETECTORS = {"auto": None, "grabcut": "mtcnn"}


def measured(each: Outlined, way: str) -> tuple[float, float]:
    """IoU, and ms a key."""
    picture = at_work_size(each.frame)
    size = (picture.shape[1], picture.shape[0])
    segmenter = choose_segmenter(SegmentSetting(backend=way), Path(), size)
    start = time.perf_counter()
    faces = detect_faces(picture, detector=DETECTORS[way])
    face = max(faces, key=lambda face: face.w * face.h)
    mask = segmenter.segment(picture, face_hints(face, faces, size))
    mask = np.maximum(mask, face_outline(face, size))
    spent = time.perf_counter() - start
    return each.iou(cv2.resize(mask, each.truth.shape[::-1])), 1000 * spent


def main() -> int:
    """Print the table."""
    os.environ.setdefault("VSMEME_MODELS", str(WEIGHTS))
    print("| frame | IoU, networks | ms a key | IoU, without | ms a key |\n|---|---|---|---|---|")
    rows = []
    for each in outlined_people():
        row = [value for way in WAYS for value in measured(each, way)]
        rows.append(row)
        print(f"| {each.name} | {row[0]:.3f} | {row[1]:.0f} | {row[2]:.3f} | {row[3]:.0f} |")
    mean, worst = np.mean(rows, axis=0), np.min(rows, axis=0)
    print(f"| mean | {mean[0]:.3f} | {mean[1]:.0f} | {mean[2]:.3f} | {mean[3]:.0f} |")
    print(f"| worst | {worst[0]:.3f} | | {worst[2]:.3f} | |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
