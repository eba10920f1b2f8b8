"""Where the DVD's proxies lie on the wide's, and proxies seen through that.

The map is four numbers: DVD proxy px ``(x, y)`` in edge coordinates lies on the wide proxy at
``(sx * x + tx, sy * y + ty)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from ....arrays.images import Floats, Image
from ....pixels.rect import Rect
from ..proxies import FilmProxies, band_passed, unit
from .lens import Lens, axis_filter

FINE_PX, BROAD_PX = 0.9, 3.0
MARGIN_PX = 4
BLANK_CODES = 0.35  # deviation of band-passed luma below which a frame shows nothing
KEPT_LENSES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyMap:
    """DVD proxy edge coordinates to wide proxy edge coordinates: ``s * x + t`` on each axis."""

    sx: float
    sy: float
    tx: float
    ty: float

    def moved(self, step: Floats, centre: tuple[float, float]) -> ProxyMap:
        """Shift by ``step[0], step[2]`` DVD px and stretch by ``1 + step[1], 1 + step[3]``."""
        dx, ax, dy, ay = (float(value) for value in step)
        return ProxyMap(
            sx=self.sx * (1 + ax),
            sy=self.sy * (1 + ay),
            tx=self.tx + self.sx * (dx - ax * centre[0]),
            ty=self.ty + self.sy * (dy - ay * centre[1]),
        )

    def shared(self, wide: tuple[int, int], dvd: tuple[int, int], margin: int) -> Rect:
        """The part of the DVD proxy that the wide shows as well, less a margin."""
        left = max(0.0, -self.tx / self.sx)
        top = max(0.0, -self.ty / self.sy)
        right = min(float(dvd[0]), (wide[0] - self.tx) / self.sx)
        bottom = min(float(dvd[1]), (wide[1] - self.ty) / self.sy)
        x, y = int(np.ceil(left)) + margin, int(np.ceil(top)) + margin
        return Rect(
            x=x,
            y=y,
            w=max(0, int(np.floor(right)) - margin - x),
            h=max(0, int(np.floor(bottom)) - margin - y),
        )


def map_between(knots: Sequence[tuple[int, ProxyMap]], n: int) -> ProxyMap:
    """The map of a frame of a shot that pans, between the frames whose maps are known.

    Args:
        knots: Frames and their maps, rising; at least one.
        n: The frame; beyond the outer ones it goes on as between the two nearest.
    """
    if len(knots) == 1:
        return knots[0][1]
    after = min(max(1, sum(frame <= n for frame, _ in knots)), len(knots) - 1)
    (first, a), (last, b) = knots[after - 1], knots[after]
    share = (n - first) / (last - first)

    def mixed(one: float, two: float) -> float:
        return round(one + share * (two - one), 4)

    return ProxyMap(
        sx=mixed(a.sx, b.sx), sy=mixed(a.sy, b.sy), tx=mixed(a.tx, b.tx), ty=mixed(a.ty, b.ty)
    )


_IDENTITY = ProxyMap(sx=1.0, sy=1.0, tx=0.0, ty=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyView:
    """Both films' proxies on the DVD's grid, cropped to what both show.

    Attributes:
        place: The map.
        region: The shared part, DVD proxy px.
        size: The DVD proxy's width and height.
        inside: The part of it that is no bar on either side, where there are bars: nothing beyond
            reaches what is compared.
    """

    place: ProxyMap
    region: Rect
    size: tuple[int, int]
    inside: Rect | None = None

    @classmethod
    def of(cls, wide: FilmProxies, dvd: FilmProxies, place: ProxyMap) -> ProxyView:
        """Build the view of two films under a map."""
        region = place.shared(wide.size, dvd.size, MARGIN_PX)
        return cls(place=place, region=region, size=dvd.size)

    @classmethod
    def within(
        cls, wide: FilmProxies, dvd: FilmProxies, place: ProxyMap, areas: tuple[Rect, Rect]
    ) -> ProxyView:
        """Build the view of two films whose picture lies inside bars.

        Args:
            wide: Proxies of the wide.
            dvd: Proxies of the DVD.
            place: The map.
            areas: The picture on both, px of the proxies.
        """
        if areas == (_whole(wide.size), _whole(dvd.size)):
            return cls.of(wide, dvd, place)
        shown, own = (
            _less_smear(area, film.size) for area, film in zip(areas, (wide, dvd), strict=True)
        )
        inner = replace(place, tx=place.tx - shown.x, ty=place.ty - shown.y)
        both = inner.shared((shown.w, shown.h), dvd.size, 0).intersect(own)
        inside = both or Rect(x=0, y=0, w=0, h=0)
        region = Rect(
            x=inside.x + MARGIN_PX,
            y=inside.y + MARGIN_PX,
            w=max(0, inside.w - 2 * MARGIN_PX),
            h=max(0, inside.h - 2 * MARGIN_PX),
        )
        return cls(place=place, region=region, size=dvd.size, inside=inside)

    def under(self, place: ProxyMap) -> ProxyView:
        """Return the view of the same part under another map."""
        return replace(self, place=place)

    def moved(self, place: ProxyMap) -> float:
        """Greatest displacement of a corner of the region under another map, DVD proxy px."""
        region, now = self.region, self.place
        across = [(place.sx - now.sx) * x + place.tx - now.tx for x in (region.x, region.right)]
        down = [(place.sy - now.sy) * y + place.ty - now.ty for y in (region.y, region.bottom)]
        return max(abs(value) for value in across + down) / now.sx

    def warped(self, frame: Image) -> Floats:
        """Show a wide proxy on the DVD's grid."""
        place = self.place
        matrix = np.array(
            [
                [place.sx, 0.0, place.tx + 0.5 * place.sx - 0.5],
                [0.0, place.sy, place.ty + 0.5 * place.sy - 0.5],
            ]
        )
        seen = cv2.warpAffine(
            frame.astype(np.float32),
            matrix,
            self.size,
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(seen, np.float32)

    def see_wide(self, frames: Image) -> Floats:
        """Show wide proxies on the DVD's grid, band-passed, the shared part of them."""
        return self._seen(frames, self.place, (FINE_PX, BROAD_PX))

    def see_dvd(self, frames: Image, *, fine: float = FINE_PX, broad: float = BROAD_PX) -> Floats:
        """Band-pass DVD proxies and keep the shared part."""
        return self._seen(frames, _IDENTITY, (fine, broad))

    def wide_rows(self, frames: Image) -> Floats:
        """Unit rows of wide proxies."""
        return unit(self.see_wide(frames), floor=BLANK_CODES)

    def dvd_rows(self, frames: Image) -> Floats:
        """Unit rows of DVD proxies."""
        return unit(self.see_dvd(frames), floor=BLANK_CODES)

    def _seen(self, frames: Image, place: ProxyMap, sigmas: tuple[float, float]) -> Floats:
        inside = self.inside or _whole(self.size)
        return _lens(frames.shape[1:], place, self.region, inside, sigmas).see(frames)

    def passed(self, picture: Floats, *, fine: float, broad: float) -> Floats:
        """Band-pass a picture on the DVD's grid as proxies are, its whole inside.

        Args:
            picture: What ``warped`` returns.
            fine: As of ``band_passed``.
            broad: As well.

        Returns:
            As large as the picture; 0 beyond the inside.
        """
        if self.inside is None:
            return band_passed(picture, fine=fine, broad=broad)
        part = self.inside
        rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
        result = np.zeros_like(picture)
        own = np.ascontiguousarray(picture[rows, columns])
        result[rows, columns] = band_passed(own, fine=fine, broad=broad)
        return result


def _whole(size: tuple[int, int]) -> Rect:
    return Rect(x=0, y=0, w=size[0], h=size[1])


def _less_smear(area: Rect, size: tuple[int, int]) -> Rect:
    """A picture less the line at each bar that is half picture, half bar."""
    left, top = int(area.x > 0), int(area.y > 0)
    right, bottom = int(area.right < size[0]), int(area.bottom < size[1])
    return Rect(
        x=area.x + left,
        y=area.y + top,
        w=max(0, area.w - left - right),
        h=max(0, area.h - top - bottom),
    )


@lru_cache(maxsize=KEPT_LENSES)
def _lens(
    shape: tuple[int, ...],
    place: ProxyMap,
    region: Rect,
    inside: Rect,
    sigmas: tuple[float, float],
) -> Lens:
    """Build what shows frames of a shape through a map, band-passed and cropped to the region."""
    part = region.shifted(-inside.x, -inside.y)

    def filters(sigma: float) -> tuple[Floats, Floats]:
        top, left = place.ty + place.sy * inside.y, place.tx + place.sx * inside.x
        rows = axis_filter(shape[0], inside.h, scale=place.sy, shift=top, sigma=sigma)
        columns = axis_filter(shape[1], inside.w, scale=place.sx, shift=left, sigma=sigma)
        return rows[part.y : part.bottom], columns[part.x : part.right]

    return Lens(fine=filters(sigmas[0]), broad=filters(sigmas[1]))
