"""Drawn figures that turn, whose back is another colour than their front, from one mask.

    uv run tests/bench/masks/spinning.py

A Markdown table on stdout; "key's colours" leaves out what motion says.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes.spinning import SpinningFigure

from vsmeme.masks.prepare.propagation import background_mosaic
from vsmeme.masks.prepare.propagation.propagate_masks import propagate_masks

FRAMES = 26  # till the back has been shown
FILMS = ((2, "sway"), (4, "pan"), (5, "sway"), (0, "still"))


def overlaps(figure: SpinningFigure) -> list[float]:
    """IoU of every frame but the first."""
    frames = [figure.frame(n) for n in range(FRAMES)]
    made = propagate_masks(frames, {0: figure.mask(0)})
    scores = []
    for n, mask in enumerate(made.masks):
        inside, truth = mask > 127, figure.mask(n) > 127
        scores.append(float((inside & truth).sum() / max(1, (inside | truth).sum())))
    return scores[1:]


def main() -> int:
    """Print the table."""
    print("| film | way | mean IoU | worst |\n|---|---|---|---|")
    usual = background_mosaic.MOVES_ODDS
    for seed, kind in FILMS:
        figure = SpinningFigure(seed=seed, kind=kind)
        for way, weight in (("key's colours", 0.0), ("and motion", usual)):
            background_mosaic.MOVES_ODDS = weight
            scores = overlaps(figure)
            row = f"{np.mean(scores):.3f} | {min(scores):.3f}"
            print(f"| {kind} {seed} | {way} | {row} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
