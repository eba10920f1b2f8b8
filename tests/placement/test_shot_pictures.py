"""What stands in the bars of a shot."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from vsmeme import Rect
from vsmeme.steps.shot_pictures import bars_hold_something
from vsmeme.sync.prepare.proxies import FilmProxies

PICTURE = Rect(x=0, y=80, w=1024, h=416)


def film(frames: np.ndarray) -> FilmProxies:
    return FilmProxies(
        proxies=frames,
        active=Rect(x=0, y=0, w=1024, h=576),
        sar=Fraction(1),
        fps=Fraction(24),
    )


def barred() -> np.ndarray:
    """Proxies of 8 x 8 px: noisy bars, a bright picture that smears over a line beside it."""
    frames = np.random.default_rng(1).integers(14, 22, (30, 72, 128)).astype(np.uint8)
    frames[:, 9:63] = 180
    return frames


def test_bars_hold_nothing_but_noise_and_smear() -> None:
    assert not bars_hold_something(film(barred()), range(30), PICTURE)


@pytest.mark.parametrize("shown", [slice(0, 30), slice(12, 18)])
def test_a_logo_and_a_subtitle_are_seen(shown: slice) -> None:
    frames = barred()
    frames[shown, 66:69, 110:113] = 120
    assert bars_hold_something(film(frames), range(30), PICTURE)
    assert not bars_hold_something(film(frames), range(30), Rect(x=0, y=0, w=1024, h=576))
