"""A figure that turns: its back is another colour than its front, and is found by its motion."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scenes.spinning import KINDS, SpinningFigure

from vsmeme.masks.prepare.propagation.propagate_masks import propagate_masks

FRAMES = 26  # till its back has been shown


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return float(((a > 127) & (b > 127)).sum() / max(1, ((a > 127) | (b > 127)).sum()))


@pytest.mark.parametrize(("seed", "kind"), [(2, "sway"), (4, "pan")])
def test_a_spinning_subject_is_followed_from_one_mask(seed: int, kind: str) -> None:
    figure = SpinningFigure(seed=seed, kind=kind)
    frames = [figure.frame(n) for n in range(FRAMES)]
    made = propagate_masks(frames, {0: figure.mask(0)})
    scores = [overlap(mask, figure.mask(n)) for n, mask in enumerate(made.masks)]
    assert np.mean(scores[1:]) > 0.8
    assert min(scores) > 0.6


def test_the_drawn_figure_shows_its_back() -> None:
    """Half a turn on, other colours are seen, and its outline has changed."""
    figure = SpinningFigure(seed=1, kind="still", noise=0.0)
    front, back = figure.frame(0).astype(int), figure.frame(20).astype(int)
    both = (figure.mask(0) > 0) & (figure.mask(20) > 0)
    assert np.abs(front - back)[both].mean() > 25
    assert 0.2 < overlap(figure.mask(0), figure.mask(20)) < 0.8
    side = figure.mask(10)
    assert (side > 0).sum() < 0.8 * (figure.mask(0) > 0).sum()
    assert cv2.connectedComponents(side)[0] == 2
    assert KINDS == ("still", "pan", "sway")
