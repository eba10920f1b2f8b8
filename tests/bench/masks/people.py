"""Real people against outlines drawn by hand: the automatic way with and without its networks.

    uv run tests/bench/masks/people.py
    uv run tests/bench/masks/people.py --variants      # the same frames, made over in many ways
    uv run tests/bench/masks/people.py --variants --only "beside another" 3x --sheet worst.png

Markdown tables on stdout; the networks are those of ../shared/weights or `$VSMEME_MODELS`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "masks")]

from people_truth import Outlined, at_work_size, outlined_people
from people_variants import VARIANTS, variants
from scenes.shared_folder import WEIGHTS

from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.face_shape import face_outline
from vsmeme.masks.prepare.key_frames import face_hints
from vsmeme.masks.prepare.segmenters.choose import choose_segmenter
from vsmeme.settings.subject_settings import SegmentSetting

WAYS = ("auto", "grabcut")
DETECTORS = {"auto": None, "grabcut": "mtcnn"}
GOOD = 0.93
ON_SHEET, SHEET_PX = 12, (480, 270)


def measured(each: Outlined, way: str) -> tuple[float, float, np.ndarray]:
    """IoU, ms a key, and the mask, at working size; no face is an IoU of 0."""
    picture = at_work_size(each.frame)
    size = (picture.shape[1], picture.shape[0])
    segmenter = choose_segmenter(SegmentSetting(backend=way), Path(), size)
    start = time.perf_counter()
    faces = detect_faces(picture, detector=DETECTORS[way])
    face = subject(each, faces, picture.shape[0])
    if face is None:
        return 0.0, 1000 * (time.perf_counter() - start), np.zeros(size[::-1], np.uint8)
    mask = segmenter.segment(picture, face_hints(face, faces, size))
    mask = np.maximum(mask, face_outline(face, size))
    spent = time.perf_counter() - start
    return each.iou(cv2.resize(mask, each.truth.shape[::-1])), 1000 * spent, mask


def subject(each: Outlined, faces: list[Face], height: int) -> Face | None:
    """The largest face whose middle is not known to be somebody else's."""
    k = each.truth.shape[0] / height
    last = np.array(each.truth.shape) - 1
    own = []
    for face in faces:
        at = (k * (face.y + face.h / 2), k * (face.x + face.w / 2))
        y, x = np.clip(at, 0, last).astype(int)
        if each.truth[y, x]:
            own.append(face)
    return max(own, key=lambda face: face.w * face.h, default=None)


def plain() -> None:
    """Every outlined frame, both ways."""
    print("| frame | IoU, networks | ms a key | IoU, without | ms a key |\n|---|---|---|---|---|")
    rows = []
    for each in outlined_people():
        row = [value for way in WAYS for value in measured(each, way)[:2]]
        rows.append(row)
        print(f"| {each.name} | {row[0]:.3f} | {row[1]:.0f} | {row[2]:.3f} | {row[3]:.0f} |")
    mean, worst = np.mean(rows, axis=0), np.min(rows, axis=0)
    print(f"| mean | {mean[0]:.3f} | {mean[1]:.0f} | {mean[2]:.3f} | {mean[3]:.0f} |")
    print(f"| worst | {worst[0]:.3f} | | {worst[2]:.3f} | |")


def made_over(only: list[str], sheet: Path | None) -> None:
    """Every variant of every outlined frame, the automatic way; the worst on a picture."""
    scores: dict[str, list[float]] = {}
    bad: list[tuple[float, np.ndarray]] = []
    for each in outlined_people():
        face = subject(each, detect_faces(each.frame), each.frame.shape[0])
        if face is None:
            continue
        for kind, variant in variants(each, (face.x, face.y, face.w, face.h)):
            if only and kind not in only:
                continue
            score, _, mask = measured(variant, "auto")
            scores.setdefault(kind, []).append(score)
            print(f"{score:.3f} {variant.name}", file=sys.stderr, flush=True)
            bad = sorted([*bad, (score, _tile(variant, mask, score))], key=lambda one: one[0])
            bad = bad[:ON_SHEET]
    print(f"| made over | mean IoU | worst | below {GOOD} |\n|---|---|---|---|")
    for kind, some in [*scores.items(), ("all", list(chain.from_iterable(scores.values())))]:
        low = sum(score < GOOD for score in some)
        print(f"| {kind} | {np.mean(some):.3f} | {min(some):.3f} | {low} of {len(some)} |")
    if sheet is not None:
        tiles = [tile for _, tile in bad]
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 3)
        rows = [np.hstack(tiles[i : i + 3]) for i in range(0, len(tiles), 3)]
        cv2.imwrite(str(sheet), np.vstack(rows)[..., ::-1])


def _tile(each: Outlined, mask: np.ndarray, score: float) -> np.ndarray:
    """The frame with its truth in green and the mask's edge in red."""
    tile = cv2.resize(each.frame, SHEET_PX, interpolation=cv2.INTER_AREA)
    for shown, colour in ((each.truth == 255, (0, 255, 0)), (mask > 127, (255, 0, 0))):
        small = cv2.resize(shown.astype(np.uint8), SHEET_PX, interpolation=cv2.INTER_NEAREST)
        edges, _ = cv2.findContours(small, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(tile, edges, -1, colour, 1)
    cv2.putText(tile, f"{score:.3f} {each.name}", (4, 14), 0, 0.45, (255, 255, 0), 1)
    return tile


def main(argv: list[str]) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", action="store_true")
    kinds = [variant.name for variant in VARIANTS]
    parser.add_argument("--only", nargs="+", default=[], choices=kinds, metavar="KIND")
    parser.add_argument("--sheet", type=Path, help="PNG of the worst")
    args = parser.parse_args(argv)
    os.environ.setdefault("VSMEME_MODELS", str(WEIGHTS))
    if args.variants:
        made_over(args.only, args.sheet)
    else:
        plain()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
