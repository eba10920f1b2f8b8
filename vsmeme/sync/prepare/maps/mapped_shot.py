"""A shot while its map is found, and how well a map explains frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ....arrays.images import Ints
from ..proxies import FilmProxies
from .frames_at_scale import Areas
from .proxy_view import ProxyMap, ProxyView
from .rising_hits import Span

SHOT_SAMPLES, SHOT_REACH = 5, 12
NEAR_FRAMES = 2  # how far the best frame is looked for once the offset is known


@dataclass(slots=True, kw_only=True, eq=False)
class MappedShot:
    """What is known of a shot so far."""

    span: Span
    error: float
    view: ProxyView
    areas: Areas | None = None  # the picture inside the bars on both sides, where there are any
    offset: int | None = None
    knots: list[tuple[int, ProxyMap]] = field(default_factory=list)  # maps of a shot that pans

    def partner(self, n: int, path: Ints) -> int:
        """The DVD frame of a frame of the shot: by its offset, or as the path has it."""
        return int(path[n]) if self.offset is None else n + self.offset


def pairs_over(span: Span, path: Ints) -> list[tuple[int, int]]:
    """A few pairs of the path, spread over a span of wide frames."""
    picks = np.linspace(span[0], span[1] - 1, SHOT_SAMPLES + 2)[1:-1].astype(np.int64)
    return [(int(n), int(path[n])) for n in np.unique(picks)]


def map_error(
    wide: FilmProxies,
    dvd: FilmProxies,
    view: ProxyView,
    pairs: Sequence[tuple[int, int]],
    reach: int = SHOT_REACH,
) -> float:
    """Median over pairs of 1 - correlation with the best frame around."""
    if not view.region.area:
        return 1.0
    errors = []
    for w, d in pairs:
        around = dvd.block(max(0, d - reach), d + reach + 1)
        row = view.wide_rows(wide.block(w, w + 1))[0]
        errors.append(1 - float((view.dvd_rows(around) @ row).max()))
    return float(np.median(errors))
