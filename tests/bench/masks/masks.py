"""Masks against truth: propagation (rigid subjects, dancers, crowds), key frames of a dancer.

    uv run tests/bench/masks/masks.py                     # everything
    uv run tests/bench/masks/masks.py --seeds 4 --only synthetic
    uv run tests/bench/masks/masks.py --only real
    uv run tests/bench/masks/masks.py --only crowd
    uv run tests/bench/masks/masks.py --only keys
    uv run tests/bench/masks/masks.py --only border

Tables go to stdout as Markdown. A plain flow chain runs beside what propagates.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes.crowd import CASTS, Crowd
from scenes.footage_pairs import core, footage, vs
from scenes.moving_subject import MovingSubject
from scenes.shared_folder import FOOTAGE

from vsmeme.masks.prepare.canvas_frames import CanvasFrames
from vsmeme.masks.prepare.hints import Hints
from vsmeme.masks.prepare.key_frames import Key, face_key, find_person, segment_prompted
from vsmeme.masks.prepare.picture_edge import PictureEdge
from vsmeme.masks.prepare.propagation.propagate_masks import propagate_masks
from vsmeme.masks.prepare.segmenters.base import Segmenter
from vsmeme.masks.prepare.segmenters.grabcut import GrabCut
from vsmeme.sync.shots import Shot

FRAMES = 49
STRESS = ("occluder", "scale", "drag")
DANCERS = ("dancer_room", "dancer_drive")
CALLS, CROWD_CALLS, CROWD_FRAMES = 11, 12, 90
CROWD_SIZE = (427, 240)  # what propagation works at
KEYS = (20, 48, 90)
CORNERS = 6  # a frame, near the dancer's outline
SHORT_PX, NEAR_PX = 8, 12


def iou(a: np.ndarray, b: np.ndarray) -> float:
    x, y = a > 127, b > 127
    union = (x | y).sum()
    return float((x & y).sum() / union) if union else 1.0


def synthetic(seeds: int) -> None:
    print("| subject | IoU at 12, worst | IoU at 48, worst | alarms | alarm late | ms a frame |")
    print("|---|---|---|---|---|---|")
    for kind in ("rigid", "turning", *STRESS):
        twelve, end, alarms, late, spent = [], [], 0, 0, 0.0
        for seed in range(seeds):
            subject = MovingSubject(seed=seed, kind=kind, size=(960, 540))
            frames = [subject.frame(n) for n in range(FRAMES)]
            truth = [subject.mask(n) for n in range(FRAMES)]
            start = time.perf_counter()
            made = propagate_masks(frames, {0: truth[0]})
            scores = [iou(m, t) for m, t in zip(made.masks, truth, strict=True)]
            spent += time.perf_counter() - start
            fallen = next((n for n, s in enumerate(scores) if s < 0.93), None)
            late += fallen is not None and not any(n <= fallen for n in made.alarms)
            alarms += len(made.alarms)
            twelve.append(scores[12])
            end.append(scores[48])
        cost = 1000 * spent / (seeds * FRAMES)
        print(
            f"| {kind} | {min(twelve):.3f} | {min(end):.3f} | {alarms} in {seeds * FRAMES} frames "
            f"| {late} of {seeds} | {cost:.0f} |",
            flush=True,
        )


def chain(frames: list[np.ndarray], truth: list[np.ndarray], every: int | None) -> list[float]:
    """A mask handed on by DIS flow from frame to frame, fresh from the truth every so often."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames]
    height, width = grey[0].shape
    grid = np.dstack(np.meshgrid(np.arange(width), np.arange(height))).astype(np.float32)
    mask, scores = truth[0].astype(np.float32), []
    for n in range(1, len(frames)):
        back = flow.calc(grey[n], grey[n - 1], None)
        mask = cv2.remap(mask, grid + back, None, cv2.INTER_LINEAR)
        if every and n % every == 0:
            mask = truth[n].astype(np.float32)
        scores.append(iou(mask, truth[n]))
    return scores


def real(names: tuple[str, ...], folder: Path, length: int) -> None:
    print("| sequence | way | mean IoU | worst | calls | ms a frame |")
    print("|---|---|---|---|---|---|")
    for name in names:
        pictures = sorted((folder / name / "frames").iterdir())[:length]
        frames = [np.ascontiguousarray(cv2.imread(str(p))[..., ::-1]) for p in pictures]
        masks = sorted((folder / name / "gt").iterdir())[:length]
        truth = [cv2.imread(str(p), cv2.IMREAD_GRAYSCALE) for p in masks]
        _compare(name, frames, truth, CALLS)


def crowds(folder: Path) -> None:
    print("| sequence | way | mean IoU | worst | calls | ms a frame |")
    print("|---|---|---|---|---|---|")
    for kind in CASTS:
        frames, truth = Crowd(kind=kind, folder=folder).frames(CROWD_FRAMES)
        small = [cv2.resize(f, CROWD_SIZE, interpolation=cv2.INTER_AREA) for f in frames]
        part = [cv2.resize(t, CROWD_SIZE, interpolation=cv2.INTER_AREA) for t in truth]
        hard = [(p > 127).astype(np.uint8) * 255 for p in part]
        _compare(kind, small, hard, CROWD_CALLS)


def _compare(name: str, frames: list[np.ndarray], truth: list[np.ndarray], calls: int) -> None:
    for every in (None, 8):
        label = "DIS chain" if every is None else f"DIS chain, truth every {every}"
        _row(name, label, chain(frames, truth, every), 0 if every is None else len(frames) // every)
    for most in (0, calls):
        _ours(name, frames, truth, most)


class _Blind:
    """GrabCut that is not told what moves."""

    name, sees, hears = "grabcut", False, True

    def segment(self, frame: np.ndarray, hints: Hints) -> np.ndarray:
        return GrabCut().segment(frame, replace(hints, evidence=None))


def dancer(folder: Path) -> tuple[CanvasFrames, list[np.ndarray]]:
    """The frames of d5, and the dancer's true masks."""
    pair = footage("d5_dancer")
    told = json.loads((folder / "d5_dancer/ground_truth.json").read_text())
    numbers = [row[2] for row in told["pairs"] if row[1] is not None]
    empty = core.std.BlankClip(pair.master, format=vs.GRAY8, color=0, keep=True)
    truth = [
        cv2.imread(str(folder / "d5_dancer/gt_masks" / f"{n:05d}.png"), cv2.IMREAD_GRAYSCALE)
        for n in numbers
    ]
    return CanvasFrames(pair.master, empty), truth


def border(folder: Path) -> None:
    """Corners cut out of d5 near the dancer's outline, his true mask up to 8 px short of them."""
    frames, truth = dancer(folder)
    rng = np.random.default_rng(0)
    width, height = frames.work_size
    total = np.zeros(3, int)
    for n in range(0, len(truth), 5):
        picture = frames.work(n)
        whole = cv2.resize(truth[n], frames.work_size, interpolation=cv2.INTER_AREA) > 127
        rows, columns = np.nonzero(whole)
        for at in rng.integers(len(rows), size=CORNERS):
            dy, dx = rng.integers(-NEAR_PX, NEAR_PX + 1, 2)
            y, x = np.clip((rows[at] + dy, columns[at] + dx), 1, (height - 1, width - 1))
            empty = np.zeros((height, width), np.uint8)
            down, across = (slice(0, y), slice(y, None)), (slice(0, x), slice(x, None))
            empty[down[rng.integers(2)], across[rng.integers(2)]] = 255
            wanted = whole & (empty == 0)
            inside = cv2.distanceTransform((empty == 0).astype(np.uint8), cv2.DIST_L2, 5)
            mask = wanted & (inside > rng.integers(SHORT_PX + 1))
            seen = np.where(empty[..., None] > 0, 0, picture).astype(np.uint8)
            made = PictureEdge(empty, frames.work_size).continued(mask.astype(np.float32), seen)[0]
            got = (made > 0.5) & (empty == 0)
            total += [(wanted & ~mask).sum(), (got & wanted & ~mask).sum(), (got & ~wanted).sum()]
    print("| missing beside the corner, px | mended | wrongly added |\n|---|---|---|")
    print(f"| {total[0]} | {total[1] / total[0]:.3f} | {total[2] / total[0]:.3f} |")


def keys(folder: Path) -> None:
    """Key frames of the dancer of d5: found by his face, and in a box 6 px around him."""
    frames, truth = dancer(folder)
    shot = footage("d5_dancer").shots.shots[0]
    ways: list[tuple[str, dict]] = [("his face", {})]
    for n in KEYS:
        x, y, w, h = cv2.boundingRect((truth[n] > 127).astype(np.uint8))
        left, top = max(0, x - 6), max(0, y - 6)
        width, height = min(frames.size[0], x + w + 6) - left, min(frames.size[1], y + h + 6) - top
        ways.append(("a box", {n: {"foreground": Hints(boxes=((left, top, width, height),))}}))
    print("| found by | key frame | IoU, GrabCut alone | IoU, with motion |")
    print("|---|---|---|---|")
    for way, hints in ways:
        found = [_key(frames, shot, hints, way) for way in (_Blind(), GrabCut())]
        at = found[0].frame
        wanted = cv2.resize(truth[at], frames.work_size, interpolation=cv2.INTER_AREA)
        scores = [iou(key.foreground, wanted) for key in found]
        print(f"| {way} | {at} | {scores[0]:.3f} | {scores[1]:.3f} |", flush=True)


def _key(frames: CanvasFrames, shot: Shot, hints: dict, way: Segmenter) -> Key:
    if hints:
        return segment_prompted(frames, shot, hints, way)[0]
    number, face = find_person(frames, shot)
    return face_key(frames, shot, number, face, way)


def _ours(name: str, frames: list[np.ndarray], truth: list[np.ndarray], calls: int) -> None:
    numbers = {id(frame): n for n, frame in enumerate(frames)}

    def segment(frame: np.ndarray, prior: np.ndarray) -> np.ndarray:
        return truth[numbers[id(frame)]]

    start = time.perf_counter()
    made = propagate_masks(
        frames, {0: truth[0]}, segment=segment if calls else None, max_calls=calls
    )
    scores = [iou(m, t) for m, t in zip(made.masks, truth, strict=True)][1:]
    cost = 1000 * (time.perf_counter() - start) / len(frames)
    label = "here, with the truth at alarms" if calls else "here, first frame alone"
    _row(name, label, scores, made.segmenter_calls, cost)


def _row(name: str, way: str, scores: list[float], calls: int, cost: float | None = None) -> None:
    spent = "" if cost is None else f"{cost:.0f}"
    print(
        f"| {name} | {way} | {np.mean(scores):.3f} | {min(scores):.3f} | {calls} | {spent} |",
        flush=True,
    )


def main(argv: list[str]) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--frames", type=int, default=72, help="of the real sequences")
    parser.add_argument("--only", choices=("synthetic", "real", "crowd", "keys", "border"))
    args = parser.parse_args(argv)
    if args.only in (None, "synthetic"):
        synthetic(args.seeds)
    if args.only != "synthetic" and not FOOTAGE.is_dir():
        print("no ../shared/footage beside this checkout: the real sequences are left out")
        return 0
    if args.only in (None, "real"):
        real(DANCERS, FOOTAGE / "masks", args.frames)
    if args.only in (None, "crowd"):
        crowds(FOOTAGE)
    if args.only in (None, "keys"):
        keys(FOOTAGE)
    if args.only in (None, "border"):
        border(FOOTAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
