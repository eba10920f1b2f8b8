"""What a film's bands lack at fine scale, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from ..errors import wrong
from .grain import KERNEL

KNOTS = (-2.0, -0.5, 1.0, 2.5, 4.0)
"""Local activity for which strengths are known: log2 of 8-bit codes."""
_TABLES = ("gain", "static", "moving", "grain", "own", "level", "steady")


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

    gain: tuple[float, ...] = (1.0,) * len(KNOTS)
    static: tuple[float, ...] = (0.0,) * len(KNOTS)
    moving: tuple[float, ...] = (0.0,) * len(KNOTS)
    grain: tuple[float, ...] = (1.0,) * len(KNOTS)
    own: tuple[float, ...] = (0.0,) * len(KNOTS)
    level: tuple[float, ...] = (0.0,) * len(KNOTS)
    steady: tuple[float, ...] = (0.0,) * len(KNOTS)
    boil: float = 0.0
    lumas: tuple[tuple[float, float], ...] = ((128.0, 1.0),)
    kernel: tuple[float, ...] = tuple(
        float(i == KERNEL * KERNEL // 2) for i in range(KERNEL * KERNEL)
    )
    shots: tuple[ShotTexture, ...] = ()
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
        """Whether anything is added to the bands or taken from them."""
        changed = any(v != 1 for v in (*self.gain, *(shot.gain for shot in self.shots)))
        extra = (shot.extra for shot in self.shots)
        return changed or self.steadies or any((*self.static, *self.moving, *extra))

    @property
    def steadies(self) -> bool:
        """Whether the bands are steadied in time."""
        return self.boil > 0 and any((*self.steady, *(shot.steady for shot in self.shots)))

    @property
    def grained(self) -> bool:
        """Whether the bands need all of the film's grain."""
        return min((*self.grain, *(shot.grain for shot in self.shots))) >= 1

    @property
    def nothing(self) -> bool:
        """Whether the bands are as the wide is."""
        return not self.adds and self.grained and self.dither >= 1

    def to_json(self) -> dict[str, Any]:
        """Return the contents of an artifact's ``texture`` key."""
        tables = {name: [round(v, 4) for v in getattr(self, name)] for name in _TABLES}
        return {
            "knots": list(KNOTS),
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
        tables = {name: tuple(map(float, data[name])) for name in _TABLES if name in data}
        return cls(
            **tables,
            boil=float(data.get("boil", 0)),
            lumas=tuple((float(a), float(b)) for a, b in data["lumas"]),
            kernel=tuple(float(k) for k in data["kernel"]),
            shots=tuple(ShotTexture(*map(float, shot)) for shot in data["shots"]),
            dither=float(data["dither"]),
        )
