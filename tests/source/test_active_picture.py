"""Rows of noise at an edge are no picture; texture, dark edges and lines in the picture are."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from vsmeme.pixels.rect import Rect
from vsmeme.source.prepare.active_picture import active_of, edge_profiles

WHOLE = Rect(x=0, y=0, w=720, h=576)


def frames(seed: int, *, fine: float = 2.0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(8):
        noise = cv2.GaussianBlur(rng.normal(size=(576, 720)).astype(np.float32), (0, 0), fine)
        made.append(np.clip(0.4 + 0.15 * noise / noise.std(), 0, 1))
    return made


def active(pictures: Sequence[np.ndarray], *, tape: bool = True) -> Rect:
    return active_of([edge_profiles(np.asarray(p, np.float32)) for p in pictures], tape=tape)


@pytest.mark.parametrize("rows", [2, 8, 12])
def test_head_switching_noise_is_cut(rows: int) -> None:
    rng = np.random.default_rng(2)
    noisy = frames(1, fine=4)
    for picture in noisy:
        for row in range(576 - rows, 576):
            moved = np.roll(picture[row], int(rng.integers(20, 300)))
            picture[row] = np.clip(moved + rng.normal(0, 0.2, 720), 0, 1)
    assert active(noisy) == Rect(x=0, y=0, w=720, h=576 - rows)
    assert active(noisy, tape=False) == WHOLE


def test_a_line_of_captions_is_cut() -> None:
    captioned = frames(3, fine=4)
    for n, picture in enumerate(captioned):
        picture[0] = np.kron((np.arange(60) * (n + 3)) % 7 < 3, np.ones(12)) * 0.8
    assert active(captioned) == Rect(x=0, y=1, w=720, h=575)


def test_texture_and_edges_of_things_stay() -> None:
    assert active(frames(4, fine=1.0)) == WHOLE
    grass = frames(5, fine=12)
    for picture, blades in zip(grass, frames(6, fine=0.8), strict=True):
        picture[540:] = blades[540:]  # fine detail from some rows up on
    assert active(grass) == WHOLE
    table = frames(7, fine=8)
    for picture in table:
        picture[570:] = 0.9  # a step near the edge, and nothing below it
    assert active(table) == WHOLE
