"""Which frames teach the bands: sure ones, where the DVD shows and lies still."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import pytest
from placement.test_layout import reference

from vsmeme.pixels.rect import Rect
from vsmeme.placement.placed_runs import placed_runs
from vsmeme.steps import learn
from vsmeme.sync.shots import Shot, Shots
from vsmeme.sync.timeline import Pair, Timeline


def test_absent_unsure_and_drifting_frames_teach_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = reference(), reference(dvd=Rect(x=488, y=0, w=2880, h=2160))
    alone = range(14, 18)
    pairs = tuple(
        Pair(wide=n, dvd=n, score=0.9, confident=n not in (1, *alone), partner=n not in alone)
        for n in range(24)
    )
    table = Timeline(pairs=pairs, fps=Fraction(24))
    drift = ((0.0, 0.0), (0.05, -0.05), (0.6, 0.0), (0.0, -2.0))
    shots = Shots(
        shots=(
            Shot(first=0, last=3),
            Shot(first=4, last=7, placed=False),
            Shot(first=8, last=11, layout=1, drift=drift),
            Shot(first=12, last=23),
        )
    )
    runs = placed_runs(shots, (here, there), table)
    monkeypatch.setattr(learn.readers, "timeline", lambda project: table)
    monkeypatch.setattr(learn.readers, "placements", lambda project: runs)
    assert learn.taught_by_layout(cast("Any", None)) == {
        here: (0, 2, 3, 12, 13, *range(18, 24)),
        there: (8, 9),
    }
