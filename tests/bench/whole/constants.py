"""What hangs on the constants: each one halved and doubled, and what that does to a result.

    uv run tests/bench/whole/constants.py [masks sync track] [--write]

Masks: mean IoU of two drawn crowds, carried from one true mask. Sync: share of right pairs of d2
whose DVD has lost or doubled a tenth of its frames. Track: corner error of a drawn head that turns
and is hidden for ten frames, px, and the mean confidence while it is hidden and while it is not. A
constant that hardly matters either way needs no better source than that; one that matters is where
it is because both neighbours are worse. `--write` writes docs/benchmarks/constants.md. It needs
../shared beside the checkout.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench" / "subject")]

from scenes import films
from scenes.crowd import Crowd
from scenes.shared_folder import FOOTAGE
from subject_moving import Moving

from vsmeme.masks.prepare.propagation.propagate_masks import propagate_masks
from vsmeme.subject.prepare.region_path import measure_path
from vsmeme.subject.prepare.region_sight import Sight
from vsmeme.sync.prepare.match_films import match_films

PAGE = ROOT / "docs" / "benchmarks" / "constants.md"
CROWDS, CROWD_FRAMES, CROWD_SIZE = ("row", "passers"), 28, (427, 240)
EDIT_SHARE = 0.1
PROXIES = tempfile.TemporaryDirectory()  # read while they are looked at
type Value = float | tuple[float, ...]
PROPAGATION, SYNC = "vsmeme.masks.prepare.propagation", "vsmeme.sync.prepare"
SUBJECT = "vsmeme.subject.prepare"
CONSTANTS = {
    "masks": {
        f"{PROPAGATION}.background_mosaic": ("FORGET", "LIMIT", "LEAST", "KEEP_OFF_PX"),
        f"{PROPAGATION}.colour_model": ("SMOOTH_BINS", "LIMIT"),
        f"{PROPAGATION}.deforming_subject": (
            "LOCAL_WEIGHT", "COLOUR_WEIGHT", "BACKGROUND_WEIGHT", "PRIOR_WEIGHT", "REACH_PX",
            "FAR_ODDS",
        ),
        f"{PROPAGATION}.frame_features": ("DEVIATION_WEIGHT", "COARSE_WEIGHT"),
        f"{PROPAGATION}.local_classifier": ("PLACE_WEIGHT", "NEIGHBOURS", "SPREAD"),
        f"{PROPAGATION}.mean_field": ("SMOOTHNESS", "EDGE_SPREAD"),
    },
    "sync": {
        f"{SYNC}.lost_frames": (
            "WORSE_THAN_AROUND", "DISTINCT_RATIO", "CLEAR", "CAUGHT_UP", "OTHER_SHOT",
            "CLEARLY_WORSE",
        ),
        f"{SYNC}.monotone_path": (
            "REPEAT_COST", "JUMP_COST", "COPY_COST", "OPEN_REPEAT_COST", "SAMPLES",
        ),
        f"{SYNC}.anchor_chain": ("ANCHOR_FRAMES", "FAR_COST", "DRIFT"),
    },
    "track": {f"{SUBJECT}.template_alignment": ("TAIL", "NOISE_FLOOR", "LIKENESS", "AGREEING")},
}  # fmt: skip
OTHERS: dict[str, tuple[Value, Value]] = {
    "LIKENESS": ((0.3, 0.9), (0.7, 0.99)),
    "AGREEING": ((0.05, 0.3), (0.3, 0.7)),
}
"""What is tried for ranges, which cannot be halved."""


@cache
def crowds() -> list[tuple[list[np.ndarray], list[np.ndarray]]]:
    """Frames and true masks at the size that propagation works at."""
    made = []
    for kind in CROWDS:
        pair = Crowd(kind=kind, folder=FOOTAGE).frames(CROWD_FRAMES)
        frames, masks = (
            [cv2.resize(p, CROWD_SIZE, interpolation=cv2.INTER_AREA) for p in part] for part in pair
        )
        made.append((frames, [(m > 127).astype(np.uint8) * 255 for m in masks]))
    return made


def masks() -> str:
    """Mean IoU over both crowds."""
    scores = []
    for frames, truth in crowds():
        made = list(propagate_masks(frames, {0: truth[0]}).masks)
        for mask, wanted in zip(made[1:], truth[1:], strict=True):
            got, want = np.asarray(mask) > 127, wanted > 127
            scores.append((got & want).sum() / max(1, (got | want).sum()))
    return f"{np.mean(scores):.3f}"


@cache
def edited_pair() -> tuple[films.FilmProxies, films.FilmProxies, films.Truth]:
    """Proxies of d2, its DVD edited, and the truth."""
    wide, dvd, truth, facts = films.real_pair(FOOTAGE / "d2_meeting", Path(PROXIES.name))
    made = films.edited(dvd, truth, facts, EDIT_SHARE, drop=True, double=True, seed=0)
    return wide, *made


def sync() -> str:
    """Share of right pairs, and the confident mistakes."""
    wide, dvd, truth = edited_pair()
    score = films.score(match_films(wide, dvd), truth)
    return f"{score.right:.4f}, {score.confident_wrong} sure and wrong"


def track() -> str:
    """Corner error and confidence of a head that is hidden for a while."""
    art = Moving(photo=True)
    seen = [art.seen(n, occluded=True) for n in range(art.frames)]
    sights = [Sight(luma=luma, mask=mask, origin=(0, 0)) for luma, mask in seen]
    path = measure_path(sights, [0], start=0)
    if path is None:
        return "lost"
    gaps = np.array([art.gap(n, m) for n, m in enumerate(path.poses)])
    sure = np.array(path.confidences)
    hidden = np.zeros(art.frames, bool)
    hidden[art.hidden] = True
    rms = float(np.sqrt((gaps**2).sum(1).mean()))
    return f"{rms:.3f} px, {sure[hidden].mean():.2f} / {sure[~hidden].mean():.2f}"


MEASURES: dict[str, Callable[[], str]] = {"masks": masks, "sync": sync, "track": track}


def varied(module: str, name: str, measure: Callable[[], str]) -> tuple[Value, str, str]:
    """Measure with a constant halved and doubled; returns its value and both results."""
    room = import_module(module)
    value = getattr(room, name)
    tried = OTHERS.get(name) or tuple(
        type(value)(max(1, value * factor) if isinstance(value, int) else value * factor)
        for factor in (0.5, 2)
    )
    results = []
    for other in tried:
        setattr(room, name, other)
        try:
            results.append(measure())
        finally:
            setattr(room, name, value)
    return value, results[0], results[1]


def rows(topics: list[str]) -> Iterator[str]:
    """Yield the lines of the tables."""
    for topic in topics:
        measure = MEASURES[topic]
        yield from ("", f"## {topic.capitalize()}", "", f"As they are: {measure()}.", "")
        yield "| constant | value | halved | doubled |\n|---|---|---|---|"
        for module, names in CONSTANTS[topic].items():
            for name in names:
                value, less, more = varied(module, name, measure)
                yield f"| `{module.rpartition('.')[2]}.{name}` | {value} | {less} | {more} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("topics", nargs="*", default=[], choices=[[], *MEASURES])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    lines = []
    for line in rows(args.topics or list(MEASURES)):
        print(line, flush=True)
        lines.append(line)
    if args.write:
        machine = f"{os.cpu_count()} cores ({platform.machine()})"
        head = (
            "# Benchmark: constants\n\n`uv run tests/bench/whole/constants.py --write`, "
            f"{date.today()}, {machine}. Each constant is\nhalved and doubled; ranges are tried "
            "once looser and once tighter.\nMasks: mean IoU of two drawn crowds. Sync: pairs of "
            "d2 that are right, its DVD edited.\nTrack: corner error of a head that is hidden for "
            "ten frames, and the confidence there / elsewhere.\n"
        )
        PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
