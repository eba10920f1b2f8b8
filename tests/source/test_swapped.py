"""Sources given the wrong way round are named before anything is matched."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.source.facts import SourceFacts
from vsmeme.steps.open_sources import look_swapped, refuse_swapped


def facts(width: int, height: int, sar: Fraction = Fraction(1)) -> SourceFacts:
    return SourceFacts(
        path=Path("x"),
        width=width,
        height=height,
        frames=9,
        fps=Fraction(24),
        sar=sar,
        fields=None,
        active=Rect(x=0, y=0, w=width, h=height),
    )


@pytest.mark.parametrize(
    ("wide", "dvd"),
    [
        (facts(1024, 430), facts(192, 144)),
        (facts(3840, 1610), facts(720, 576, Fraction(16, 15))),
        (facts(1024, 430), facts(1024, 768)),  # an open matte in HD
        (facts(1024, 430), facts(740, 300)),
    ],
)
def test_the_right_way_round(wide: SourceFacts, dvd: SourceFacts) -> None:
    assert not look_swapped(wide, dvd)
    refuse_swapped(wide, dvd)


def test_swapped() -> None:
    with pytest.raises(UsageError, match="1.33:1 with 144 lines, .* they look swapped"):
        refuse_swapped(facts(192, 144), facts(1024, 430))
