"""Which shot an entry of ``[[shots]]`` means."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.settings.source_settings import ShotSetting
from vsmeme.source.facts import SourceFacts
from vsmeme.steps.shot_settings import settings_by_shot
from vsmeme.sync.shots import Shot, Shots
from vsmeme.sync.timeline import Pair, Timeline

SHOTS = Shots(shots=(Shot(first=0, last=9), Shot(first=10, last=29)))
FACTS = SourceFacts(
    path=Path("film.mkv"), width=64, height=48, frames=99, fps=Fraction(25), sar=Fraction(1),
    fields=None, active=Rect(x=0, y=0, w=64, h=48),
)  # fmt: skip


def table(begins: Fraction) -> Timeline:
    pairs = tuple(Pair(wide=5 + n, dvd=n, score=1, confident=True) for n in range(30))
    return Timeline(pairs=pairs, fps=Fraction(25), begins=begins)


@pytest.mark.parametrize("begins", [Fraction(0), Fraction(240)])
def test_frames_and_times_are_the_film_s(begins: Fraction) -> None:
    """Also where only a section of it is read: frame 5 of a section that begins at frame 6000."""
    film = table(begins)
    for n, shot in ((0, 0), (9, 0), (10, 1), (29, 1)):
        for at in (int(begins * 25) + 5 + n, film.clock(n)):
            entries = (ShotSetting(at=at),)
            assert list(settings_by_shot(entries, film, SHOTS, (FACTS, FACTS))) == [shot]
    before = int(begins * 25)
    with pytest.raises(UsageError, match=f"a frame from {before + 5} to {before + 34} "):
        settings_by_shot((ShotSetting(at=before + 35),), film, SHOTS, (FACTS, FACTS))
