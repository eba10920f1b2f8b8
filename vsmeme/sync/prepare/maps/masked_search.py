"""How one frame lies on another, whatever the scale and the shift, before anything is known.

Masked normalised cross-correlation (Padfield 2012) of band-passed luma over a ladder of scales; the
masks are whole rectangles, for bars are cut off before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ....arrays.images import Doubles, Floats, Ints, Mask
from ..proxies import FilmProxies
from .frames_at_scale import Areas, FramesAtScale, Sight, plane_shape
from .proxy_view import ProxyMap

SEARCH_WIDTH_PX = 48  # that a DVD frame is reduced to
# width of the wide in DVD widths: 4/3 for an open matte at a scale of 1, and scales of 0.6 to 1.6
NARROWEST, WIDEST, STEP = 0.8, 2.25, 1.03
# steps between the scales that are looked at first; pairings of a frame, and peaks over the scales
# of each, that are looked at more closely
COARSE_STEPS, MOST_LIKELY, MOST_PEAKS = 3, 4, 2
FRAMES_AT_A_TIME = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedHit:
    """Where a DVD frame lies on a wide frame, and how well it fits there, -1..1."""

    place: ProxyMap
    score: float


class MaskedSearch:
    """Frames of two films, reduced and transformed, compared in many pairings at once."""

    def __init__(self, wide: FilmProxies, dvd: FilmProxies) -> None:
        """Keep the films.

        Args:
            wide: Proxies of the wide.
            dvd: Proxies of the DVD.
        """
        self._wide, self._dvd = wide, dvd
        width, height = dvd.size
        self._small = SEARCH_WIDTH_PX, max(8, round(height * SEARCH_WIDTH_PX / width))
        steps = round(np.log(WIDEST / NARROWEST) / np.log(STEP))
        self._sizes = [self._size(w) for w in np.geomspace(NARROWEST, WIDEST, steps + 1)]

    def _size(self, width: float) -> tuple[int, int]:
        """Size of the reduced wide that is so many DVD widths wide, on the reduced DVD's px."""
        square = float(self._dvd.sar) * self._dvd.active.w / self._small[0]  # source px a small px
        tall = self._dvd.active.h / self._small[1]
        across = width * self._small[0]
        down = across * square / tall * self._wide.active.h / self._wide.active.w
        return max(8, round(across)), max(8, round(down))

    def compare(self, wide: int, dvd: int, areas: Areas) -> MaskedHit:
        """Find how a DVD frame lies on a wide frame: the best of all scales and shifts.

        Args:
            wide: Frame of the wide.
            dvd: Frame of the DVD.
            areas: The picture inside the bars on both, proxy px.
        """
        every = np.ones((1, 1), np.bool_)
        ((hit,),) = self.compare_all([(wide, areas[0])], [(dvd, areas[1])], every)
        return hit or MaskedHit(place=ProxyMap(sx=1.0, sy=1.0, tx=0.0, ty=0.0), score=-1.0)

    def compare_all(
        self, wides: Sequence[Sight], dvds: Sequence[Sight], wanted: Mask
    ) -> list[list[MaskedHit | None]]:
        """Find how DVD frames lie on wide frames.

        A few scales first; of each wide frame the likeliest pairings around their best scales.

        Args:
            wides: Frames of the wide, each with the picture inside its bars, proxy px.
            dvds: Of the DVD.
            wanted: Which pairings, a row a wide frame.

        Returns:
            A row a wide frame; None where nothing is wanted.
        """
        best = _Best.nothing(wanted.shape)
        few = range(COARSE_STEPS // 2, len(self._sizes), COARSE_STEPS)
        coarse = np.stack([self._look(wides, dvds, wanted, index, best) for index in few], axis=2)
        peaks = np.array(few)[np.argsort(-coarse, axis=2)[:, :, :MOST_PEAKS]]
        likely = np.zeros_like(wanted)
        ranks = np.argsort(-np.where(wanted, best.worth, -np.inf), axis=1)[:, :MOST_LIKELY]
        np.put_along_axis(likely, ranks, values=True, axis=1)
        for index in range(len(self._sizes)):
            if index not in few:
                beside = (np.abs(peaks - index) < COARSE_STEPS).any(axis=2)
                self._look(wides, dvds, likely & wanted & beside, index, best)
        return [
            [self._hit(best, (n, m)) if wanted[n, m] else None for m in range(len(dvds))]
            for n in range(len(wides))
        ]

    def _look(
        self,
        wides: Sequence[Sight],
        dvds: Sequence[Sight],
        wanted: Mask,
        index: int,
        best: _Best,
    ) -> Floats:
        """Compare on one scale, so many frames at a time that memory stays small."""
        worths = np.full(wanted.shape, -3.0, np.float32)
        films, sizes = (self._wide, self._dvd), (self._sizes[index], self._small)
        for first, begin in product(*(range(0, side, FRAMES_AT_A_TIME) for side in wanted.shape)):
            part = wanted[first : first + FRAMES_AT_A_TIME, begin : begin + FRAMES_AT_A_TIME]
            rows = (first + np.flatnonzero(part.any(axis=1))).tolist()
            columns = (begin + np.flatnonzero(part.any(axis=0))).tolist()
            if not rows:
                continue
            scale = FramesAtScale(
                [wides[n] for n in rows], [dvds[m] for m in columns], films, sizes
            )
            for i, n in enumerate(rows):
                picks = np.flatnonzero(wanted[n, columns])
                at = np.array(columns)[picks]
                worths[n, at], score, shift = scale.compare(i, picks)
                best.take(n, at, index, worths[n, at], score, shift)
        return worths

    def _hit(self, best: _Best, pair: tuple[int, int]) -> MaskedHit:
        size = self._sizes[int(best.index[pair])]
        shape = plane_shape(size, self._small)
        y, x = divmod(int(best.at[pair]), shape[1])
        y -= shape[0] if y > size[1] else 0
        x -= shape[1] if x > size[0] else 0
        return MaskedHit(place=self._map(size, x, y), score=float(best.score[pair]))

    def _map(self, size: tuple[int, int], x: int, y: int) -> ProxyMap:
        """DVD proxy px to wide proxy px from a shift on the reduced grid."""
        kx, ky = (full / small for full, small in zip(self._wide.size, size, strict=True))
        sx = kx * self._small[0] / self._dvd.size[0]
        sy = ky * self._small[1] / self._dvd.size[1]
        return ProxyMap(sx=sx, sy=sy, tx=kx * x, ty=ky * y)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Best:
    """The best of what was compared so far, a row a wide frame.

    Attributes:
        worth: Correlation less what a small overlap costs.
        score: Correlation.
        index: Which scale.
        at: Which shift, an index of the plane of shifts.
    """

    worth: Doubles
    score: Doubles
    index: Ints
    at: Ints

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> _Best:
        worth, score = np.full(shape, -2.0), np.full(shape, -1.0)
        index, at = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        return cls(worth=worth, score=score, index=index, at=at)

    def take(
        self, n: int, columns: Ints, index: int, worth: Floats, score: Floats, at: Ints
    ) -> None:
        """Keep what is better than before."""
        better = worth > self.worth[n, columns]
        at_columns = columns[better]
        self.worth[n, at_columns], self.score[n, at_columns] = worth[better], score[better]
        self.index[n, at_columns], self.at[n, at_columns] = index, at[better]
