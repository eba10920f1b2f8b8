"""What a film's bands lack at fine scale, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, Self

from ..errors import wrong
from .grain import KERNEL

KNOTS = (-2.0, -0.5, 1.0, 2.5, 4.0)
"""Local activity for which strengths are known: log2 of 8-bit codes."""
LIGHTS = (43.0, 100.0, 155.0, 208.0)
"""Brightness for which shares are known: 8-bit limited codes of luma."""
BY_LIGHT = ("gain", "grain", "steady")
_TABLES = ("gain", "static", "moving", "grain", "own", "level", "steady")

type Tables = tuple[tuple[float, ...], ...]


class ShotTexture(NamedTuple):
    """How a shot differs from its film: factors, but for what is said to be more.

    Attributes:
        static: On the noise that is fixed to the picture.
        moving: On the noise that changes from frame to frame.
        gain: On the bands' own fine structure.
        steady: More of what boils that is taken out.
        grain: On the film's grain.
        extra: More noise that changes from frame to frame, deviation in 8-bit codes.
    """

    static: float = 1.0
    moving: float = 1.0
    gain: float = 1.0
    steady: float = 0.0
    grain: float = 1.0
    extra: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """What a film's bands lack at fine scale; a table has one number for each of `KNOTS`.

    What is named in `BY_LIGHT` has several tables, one for each of `LIGHTS`, or one for all.

    Attributes:
        gain: Factor on the bands' own fine structure.
        static: Deviation of the noise that is fixed to the picture, 8-bit codes.
        moving: Deviation of the noise that changes from frame to frame, 8-bit codes.
        grain: Share of the film's grain that the bands still need, 0..1.
        own: Deviation of the bands' usual fine structure, 8-bit codes.
        level: The same of the wide; where the picture comes near it, it needs less noise.
        steady: Share of what boils in the bands that is taken out, 0..1.
        boil: How much the bands' coarser picture changes from frame to frame where nothing moves,
            8-bit codes; 0 where that is not known: nothing is steadied.
        lumas: ``(luma, factor)``, 8-bit limited codes, luma rising: noise by brightness.
        kernel: 5x5 convolution, row by row, that gives white noise the spectrum of what is
            lacking; its squares add up to 1.
        shots: How each shot differs.
        dither: Share of the delivered dither that the bands bear, 0..1.
    """

    gain: Tables = ((1.0,) * len(KNOTS),)
    static: tuple[float, ...] = (0.0,) * len(KNOTS)
    moving: tuple[float, ...] = (0.0,) * len(KNOTS)
    grain: Tables = ((1.0,) * len(KNOTS),)
    own: tuple[float, ...] = (0.0,) * len(KNOTS)
    level: tuple[float, ...] = (0.0,) * len(KNOTS)
    steady: Tables = ((0.0,) * len(KNOTS),)
    boil: float = 0.0
    lumas: tuple[tuple[float, float], ...] = ((128.0, 1.0),)
    kernel: tuple[float, ...] = tuple(
        float(i == KERNEL * KERNEL // 2) for i in range(KERNEL * KERNEL)
    )
    shots: tuple[ShotTexture, ...] = ()
    dither: float = 1.0

    def __post_init__(self) -> None:
        for name in _TABLES:
            tables = getattr(self, name) if name in BY_LIGHT else (getattr(self, name),)
            if len(tables) not in (1, len(LIGHTS)):
                raise wrong("Texture", name, f"1 or {len(LIGHTS)} tables", len(tables))
            for table in tables:
                if len(table) != len(KNOTS) or min(table) < 0:
                    raise wrong("Texture", name, f"{len(KNOTS)} numbers of 0 or more", table)
        if len(self.kernel) != KERNEL * KERNEL:
            raise wrong("Texture", "kernel", f"{KERNEL * KERNEL} numbers", len(self.kernel))
        lumas = [luma for luma, _ in self.lumas]
        if not lumas or lumas != sorted(set(lumas)):
            raise wrong("Texture", "lumas", "knots of rising luma", self.lumas)

    @property
    def adds(self) -> bool:
        """Whether anything is added to the bands or taken from them."""
        gains = (*chain(*self.gain), *(shot.gain for shot in self.shots))
        changed = any(gain != 1 for gain in gains)
        extra = (shot.extra for shot in self.shots)
        return changed or self.steadies or any((*self.static, *self.moving, *extra))

    @property
    def steadies(self) -> bool:
        """Whether the bands are steadied in time."""
        return self.boil > 0 and any((*chain(*self.steady), *(shot.steady for shot in self.shots)))

    @property
    def grained(self) -> bool:
        """Whether the bands need all of the film's grain."""
        return min((*chain(*self.grain), *(shot.grain for shot in self.shots))) >= 1

    @property
    def nothing(self) -> bool:
        """Whether the bands are as the wide is."""
        return not self.adds and self.grained and self.dither >= 1

    def to_json(self) -> dict[str, Any]:
        """Return the contents of an artifact's ``texture`` key."""
        tables = {name: _rounded(getattr(self, name)) for name in _TABLES}
        return {
            "knots": list(KNOTS),
            "lights": list(LIGHTS),
            **tables,
            "boil": round(self.boil, 4),
            "lumas": [[round(a, 3), round(b, 4)] for a, b in self.lumas],
            "kernel": [round(k, 6) for k in self.kernel],
            "shots": [[round(v, 4) for v in shot] for shot in self.shots],
            "dither": self.dither,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an artifact's ``texture`` key; nothing stands for bands that lack nothing."""
        if not data:
            return cls()
        tables: dict[str, Any] = {
            name: _tables(data[name]) if name in BY_LIGHT else tuple(map(float, data[name]))
            for name in _TABLES
            if name in data
        }
        return cls(
            **tables,
            boil=float(data.get("boil", 0)),
            lumas=tuple((float(a), float(b)) for a, b in data["lumas"]),
            kernel=tuple(float(k) for k in data["kernel"]),
            shots=tuple(ShotTexture(*map(float, shot)) for shot in data["shots"]),
            dither=float(data["dither"]),
        )


def _rounded(table: Sequence[Any]) -> list[Any]:
    return [round(v, 4) if isinstance(v, float) else _rounded(v) for v in table]


def _tables(data: Sequence[Any]) -> Tables:
    """Tables by brightness; one flat list holds for every brightness."""
    rows = data if isinstance(data[0], list) else [data]
    return tuple(tuple(map(float, row)) for row in rows)
