"""What a film's bands lack at fine scale, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..errors import wrong
from .grain import KERNEL

KNOTS = (-2.0, -0.5, 1.0, 2.5, 4.0)
"""Local activity for which strengths are known: log2 of 8-bit codes."""
_TABLES = ("gain", "static", "moving", "grain", "own", "level")


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """What a film's bands lack at fine scale; a table has one number for each of `KNOTS`.

    Attributes:
        gain: Factor on the bands' own fine structure, 1 or more.
        static: Deviation of the noise that is fixed to the picture, 8-bit codes.
        moving: Deviation of the noise that changes from frame to frame, 8-bit codes.
        grain: Share of the film's grain that the bands still need, 0..1.
        own: Deviation of the bands' usual fine structure, 8-bit codes.
        level: The same of the wide; where the picture comes near it, it needs less noise.
        lumas: ``(luma, factor)``, 8-bit limited codes, luma rising: noise by brightness.
        kernel: 5x5 convolution, row by row, that gives white noise the spectrum of what is
            lacking; its squares add up to 1.
        shots: For each shot, factors on ``static`` and on ``moving``.
        dither: Share of the delivered dither that the bands bear, 0..1.
    """

    gain: tuple[float, ...] = (1.0,) * len(KNOTS)
    static: tuple[float, ...] = (0.0,) * len(KNOTS)
    moving: tuple[float, ...] = (0.0,) * len(KNOTS)
    grain: tuple[float, ...] = (1.0,) * len(KNOTS)
    own: tuple[float, ...] = (0.0,) * len(KNOTS)
    level: tuple[float, ...] = (0.0,) * len(KNOTS)
    lumas: tuple[tuple[float, float], ...] = ((128.0, 1.0),)
    kernel: tuple[float, ...] = tuple(
        float(i == KERNEL * KERNEL // 2) for i in range(KERNEL * KERNEL)
    )
    shots: tuple[tuple[float, float], ...] = ()
    dither: float = 1.0

    def __post_init__(self) -> None:
        for name in _TABLES:
            table = getattr(self, name)
            if len(table) != len(KNOTS) or min(table) < 0:
                raise wrong("Texture", name, f"{len(KNOTS)} numbers of 0 or more", table)
        if len(self.kernel) != KERNEL * KERNEL:
            raise wrong("Texture", "kernel", f"{KERNEL * KERNEL} numbers", len(self.kernel))
        lumas = [luma for luma, _ in self.lumas]
        if not lumas or lumas != sorted(set(lumas)):
            raise wrong("Texture", "lumas", "knots of rising luma", self.lumas)

    @property
    def adds(self) -> bool:
        """Whether anything is added to the bands."""
        return any((*self.static, *self.moving)) or max(self.gain) > 1

    @property
    def nothing(self) -> bool:
        """Whether the bands are as the wide is."""
        return not self.adds and min(self.grain) >= 1 and self.dither >= 1

    def to_json(self) -> dict[str, Any]:
        """Return the contents of an artifact's ``texture`` key."""
        tables = {name: [round(v, 4) for v in getattr(self, name)] for name in _TABLES}
        return {
            "knots": list(KNOTS),
            **tables,
            "lumas": [[round(a, 3), round(b, 4)] for a, b in self.lumas],
            "kernel": [round(k, 6) for k in self.kernel],
            "shots": [[round(a, 4), round(b, 4)] for a, b in self.shots],
            "dither": self.dither,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an artifact's ``texture`` key; nothing stands for bands that lack nothing."""
        if not data:
            return cls()
        tables = {name: tuple(float(v) for v in data[name]) for name in _TABLES}
        return cls(
            **tables,
            lumas=tuple((float(a), float(b)) for a, b in data["lumas"]),
            kernel=tuple(float(k) for k in data["kernel"]),
            shots=tuple((float(a), float(b)) for a, b in data["shots"]),
            dither=float(data["dither"]),
        )
