"""Where the DVD's proxies lie on the wide's, and proxies seen through that.

The map is four numbers: DVD proxy px ``(x, y)`` in edge coordinates lies on the wide proxy at
``(sx * x + tx, sy * y + ty)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..geometry import Rect
from .fingerprint import Bytes, Film, Floats, band_passed, unit

FINE_PX, BROAD_PX = 0.9, 3.0
ROUGH_PX, ROUGH_BROAD_PX = 1.5, 5.0
MARGIN_PX = 4
BLANK_CODES = 0.35  # deviation of band-passed luma below which a frame shows nothing
CANDIDATES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """DVD proxy edge coordinates to wide proxy edge coordinates: ``s * x + t`` on each axis."""

    sx: float
    sy: float
    tx: float
    ty: float

    def moved(self, step: Floats, centre: tuple[float, float]) -> Place:
        """Shift by ``step[0], step[2]`` DVD px and stretch by ``1 + step[1], 1 + step[3]``."""
        dx, ax, dy, ay = (float(value) for value in step)
        return Place(
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


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Both films' proxies on the DVD's grid, cropped to what both show.

    Attributes:
        place: The map.
        region: The shared part, DVD proxy px.
        size: The DVD proxy's width and height.
    """

    place: Place
    region: Rect
    size: tuple[int, int]

    @classmethod
    def of(cls, wide: Film, dvd: Film, place: Place) -> View:
        """Build the view of two films under a map."""
        region = place.shared(wide.size, dvd.size, MARGIN_PX)
        return cls(place=place, region=region, size=dvd.size)

    def moved(self, place: Place) -> float:
        """Greatest displacement of a corner of the region under another map, DVD proxy px."""
        region, now = self.region, self.place
        across = [(place.sx - now.sx) * x + place.tx - now.tx for x in (region.x, region.right)]
        down = [(place.sy - now.sy) * y + place.ty - now.ty for y in (region.y, region.bottom)]
        return max(abs(value) for value in across + down) / now.sx

    def warped(self, frame: Bytes) -> Floats:
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

    def cut(self, image: Floats, *, fine: float = FINE_PX, broad: float = BROAD_PX) -> Floats:
        """Band-pass an image of the DVD's grid and keep the shared part."""
        region = self.region
        return band_passed(image, fine=fine, broad=broad)[
            region.y : region.bottom, region.x : region.right
        ]

    def wide_rows(self, frames: Bytes) -> Floats:
        """Unit rows of wide proxies."""
        return unit(np.stack([self.cut(self.warped(f)) for f in frames]), floor=BLANK_CODES)

    def dvd_rows(self, frames: Bytes) -> Floats:
        """Unit rows of DVD proxies."""
        cut = [self.cut(np.asarray(f, np.float32)) for f in frames]
        return unit(np.stack(cut), floor=BLANK_CODES)


def fit_pair(
    view: View, wide: Bytes, dvd: Bytes, *, rough: bool, steps: int
) -> tuple[Place, float]:
    """Gauss-Newton on shift and stretch of one frame pair.

    Args:
        view: The starting map.
        wide: Wide proxy.
        dvd: DVD proxy.
        rough: Look at coarse detail only, for starts some px off.
        steps: Number of iterations.

    Returns:
        The map and the correlation before the last step, -1..1.
    """
    fine, broad = (ROUGH_PX, ROUGH_BROAD_PX) if rough else (FINE_PX, BROAD_PX)
    target = view.cut(np.asarray(dvd, np.float32), fine=fine, broad=broad)
    y, x = np.mgrid[: target.shape[0], : target.shape[1]].astype(np.float32)
    region = view.region
    centre = (region.x + region.w / 2, region.y + region.h / 2)
    x, y = x + 0.5 - region.w / 2, y + 0.5 - region.h / 2
    place, score = view.place, 0.0
    for _ in range(steps):
        now = View(place=place, region=region, size=view.size)
        seen = band_passed(now.warped(wide), fine=fine, broad=broad)
        gy = np.asarray(np.gradient(seen, axis=0), np.float32)
        gx = np.asarray(np.gradient(seen, axis=1), np.float32)
        rows = slice(region.y, region.bottom), slice(region.x, region.right)
        model, gx, gy = seen[rows], gx[rows], gy[rows]
        columns = (gx, gx * x, gy, gy * y, model, np.ones_like(model))
        basis = np.stack([column.ravel() for column in columns], axis=1).astype(np.float64)
        score = _correlation(model, target)
        normal = basis.T @ basis
        normal[np.diag_indices(6)] *= 1 + 1e-6
        normal[np.diag_indices(6)] += 1e-9
        solved = np.linalg.solve(normal, basis.T @ target.ravel())
        gain = solved[4]
        if abs(gain) < 1e-3:
            return view.place, 0.0
        step = np.clip(solved[:4] / gain, [-2, -0.03, -2, -0.03], [2, 0.03, 2, 0.03])
        place = place.moved(step.astype(np.float32), centre)
    return place, score


def _correlation(first: Floats, second: Floats) -> float:
    a, b = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 1e-6 else 0.0


def fit_films(
    wide: Film, dvd: Film, place: Place, pairs: Sequence[tuple[int, int]], *, rough: bool
) -> Place:
    """Refine the map over several frames, each free to move in time by a few frames.

    A time error looks like a shift, so each frame is fitted with its DVD frame and the neighbours;
    the best of them counts, and then the median over the better half of the frames.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        place: The starting map.
        pairs: Frame numbers (wide, DVD), the latter possibly some frames off.
        rough: Start from coarse detail, for maps some px off.

    Returns:
        The refined map; the starting one where nothing fits.
    """
    view = View.of(wide, dvd, place)
    found: list[tuple[float, Place]] = []
    for w, d in pairs:
        best = (-1.0, place)
        for j in range(max(0, d - CANDIDATES), min(len(dvd), d + CANDIDATES + 1)):
            start = view
            if rough:
                coarse, _ = fit_pair(view, wide.proxies[w], dvd.proxies[j], rough=True, steps=4)
                start = View(place=coarse, region=view.region, size=view.size)
            fitted, score = fit_pair(start, wide.proxies[w], dvd.proxies[j], rough=False, steps=3)
            best = max(best, (score, fitted), key=lambda entry: entry[0])
        found.append(best)
    found.sort(key=lambda entry: -entry[0])
    better = [fitted for score, fitted in found[: max(1, (len(found) + 1) // 2)] if score > 0.5]
    return _median(better, view) if better else place


def _median(places: Sequence[Place], view: View) -> Place:
    """Median of where the region's corners go, which is what shift and stretch mean together."""
    region = view.region
    ends = np.array(
        [
            [
                p.sx * region.x + p.tx,
                p.sx * region.right + p.tx,
                p.sy * region.y + p.ty,
                p.sy * region.bottom + p.ty,
            ]
            for p in places
        ]
    )
    left, right, top, bottom = (float(v) for v in np.median(ends, axis=0))
    sx, sy = (right - left) / region.w, (bottom - top) / region.h
    return Place(sx=sx, sy=sy, tx=left - sx * region.x, ty=top - sy * region.y)
