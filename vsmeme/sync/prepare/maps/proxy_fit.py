"""How the DVD's proxies lie on the wide's, fitted to frames: shift and stretch."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....arrays.images import Floats, Image, Ints
from ..proxies import FilmProxies
from .proxy_view import BROAD_PX, FINE_PX, ProxyMap, ProxyView

ROUGH_PX, ROUGH_BROAD_PX = 1.5, 5.0
CANDIDATES = 4
AGREE_PX = 1.0  # wide proxy px
GRADIENT = np.array([[-0.5, 0.0, 0.5]], np.float32)


def fit_pair(
    view: ProxyView, wide: Image, dvd: Image, *, rough: bool, steps: int
) -> tuple[ProxyMap, float]:
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
    target = view.see_dvd(dvd[None], fine=fine, broad=broad).ravel()
    region = view.region
    centre = (region.x + region.w / 2, region.y + region.h / 2)
    place, score = view.place, 0.0
    for _ in range(steps):
        basis = _basis(view.under(place), wide, fine=fine, broad=broad)
        score = _correlation(basis[:, 4], target)
        solved = np.linalg.solve(_normal(basis), basis.T @ target)
        gain = float(solved[4])
        if abs(gain) < 1e-3:
            return view.place, 0.0
        step = np.clip(solved[:4] / gain, [-2, -0.03, -2, -0.03], [2, 0.03, 2, 0.03])
        place = place.moved(np.asarray(step, np.float32), centre)
    return place, score


def _basis(view: ProxyView, wide: Image, *, fine: float, broad: float) -> Floats:
    """How the seen wide changes with shift and stretch of each axis; itself; a constant."""
    region = view.region
    seen = view.passed(view.warped(wide), fine=fine, broad=broad)
    rows = slice(region.y, region.bottom), slice(region.x, region.right)
    gx = np.asarray(cv2.filter2D(seen, cv2.CV_32F, GRADIENT))[rows]
    gy = np.asarray(cv2.filter2D(seen, cv2.CV_32F, GRADIENT.T))[rows]
    x = np.arange(region.w, dtype=np.float32) + np.float32(0.5 - region.w / 2)
    y = np.arange(region.h, dtype=np.float32) + np.float32(0.5 - region.h / 2)
    model = seen[rows]
    columns = (gx, gx * x, gy, gy * y[:, None], model, np.ones_like(model))
    return np.stack([column.ravel() for column in columns], axis=1)


def _normal(basis: Floats) -> Floats:
    normal = basis.T @ basis
    normal[np.diag_indices(6)] *= 1 + 1e-6
    normal[np.diag_indices(6)] += 1e-9
    return np.asarray(normal)


def _shortlist(view: ProxyView, wide: Image, dvd: Image, *, rough: bool) -> Ints:
    """The two DVD frames that a small shift and stretch would bring closest to a wide frame."""
    fine, broad = (ROUGH_PX, ROUGH_BROAD_PX) if rough else (FINE_PX, BROAD_PX)
    basis = _basis(view, wide, fine=fine, broad=broad)
    targets = view.see_dvd(dvd, fine=fine, broad=broad).reshape(len(dvd), -1)
    targets -= targets.mean(axis=1, keepdims=True)
    right = targets @ basis
    explained = (right * np.linalg.solve(_normal(basis), right.T).T).sum(axis=1)
    energy = np.maximum((targets * targets).sum(axis=1), 1e-6)
    return np.argsort(-explained / energy)[:2].astype(np.int64)


def _correlation(first: Floats, second: Floats) -> float:
    a, b = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 1e-6 else 0.0


def fit_films(
    wide: FilmProxies,
    dvd: FilmProxies,
    place: ProxyMap,
    pairs: Sequence[tuple[int, int]],
    *,
    rough: bool,
    view: ProxyView | None = None,
    reach: int = CANDIDATES,
) -> ProxyMap:
    """Refine the map over several frames, each free to move in time by a few frames.

    A time error looks like a shift, so each frame is fitted with its DVD frame and the neighbours;
    the best of them counts, and then the median over the better half of the frames, of those whose
    maps agree.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        place: The starting map.
        pairs: Frame numbers (wide, DVD), the latter possibly some frames off.
        rough: Start from coarse detail, for maps some px off.
        view: What to compare; all that both films show by default.
        reach: By how many frames each may move in time.

    Returns:
        The refined map; the starting one where nothing fits.
    """
    view = view or ProxyView.of(wide, dvd, place)
    if not view.region.area:
        return place
    found: list[tuple[float, ProxyMap]] = []
    for w, d in pairs:
        frame, first = wide.proxies[w], max(0, d - reach)
        around = dvd.block(first, d + reach + 1)
        best = (-1.0, place)
        for n in _shortlist(view, frame, around, rough=rough):
            start = view
            if rough:
                coarse, _ = fit_pair(view, frame, around[n], rough=True, steps=4)
                start = view.under(coarse)
            fitted, score = fit_pair(start, frame, around[n], rough=False, steps=3)
            best = max(best, (score, fitted), key=lambda entry: entry[0])
        found.append(best)
    found.sort(key=lambda entry: -entry[0])
    better = [fitted for score, fitted in found[: max(1, (len(found) + 1) // 2)] if score > 0.5]
    return _median(better, view) if better else place


def _median(places: Sequence[ProxyMap], view: ProxyView) -> ProxyMap:
    """Median of where the region's corners go, which is what shift and stretch mean together.

    Of the largest set of maps that agree: shots may be framed differently.
    """
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
    alike = np.abs(ends[:, None] - ends[None]).max(axis=2) < AGREE_PX
    ends = ends[alike[int(np.argmax(alike.sum(axis=1)))]]
    left, right, top, bottom = (float(v) for v in np.median(ends, axis=0))
    sx, sy = (right - left) / region.w, (bottom - top) / region.h
    return ProxyMap(sx=sx, sy=sy, tx=left - sx * region.x, ty=top - sy * region.y)
