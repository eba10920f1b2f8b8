"""Where shots begin: a frame unlike the one before, more than motion on either side explains.

A dissolve is a shot of its own where it is long enough, and a boundary otherwise; so is black that
one shot fades out to and the next one fades in from.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from ...arrays.images import Floats
from ...pixels.rect import Rect
from .dissolves import FLAT_CODES, find_dissolves
from .proxies import BLOCK_FRAMES, FilmProxies, band_passed, unit
from .proxy_area import area_of, whole

THUMB = (16, 9)
LEAST_CODES = 6.0  # mean difference of 8-bit thumbs
# a cut differs this many times as much as frames do on its calmer side: beside it, and usually
TIMES_BESIDE, TIMES_USUAL = 2.5, 3.0
BUSY_SHARE = 0.6  # of a cut, by which frames go on changing where motion begins or ends
REACH_FRAMES = 4
# mean difference and correlation of thumbs beyond which frames are foreign to each other
FOREIGN_CODES, FOREIGN_ALIKE = 24.0, 0.45
MOST_ALIKE = 0.5  # correlation of frames from both sides: an actor who jumps leaves the background
# correlation and deviation of detail, and step in times of the one beside it, of a cut that is told
# by its two frames alone: other cuts may be near, and the old shot may go on after the new one
UNLIKE, LEAST_DETAIL_CODES, TIMES_CALM = 0.15, 2.0, 5.0
LEAST_OWN = 8  # frames of a dissolve that is a shot of its own
BLACK_CODES, WHITE_CODES = 24.0, 215.0  # mean of a flat thumb that shots fade to
KEPT_DETAILS = 256  # pictures: windows around a dissolve overlap
NEAR_BLACK = 2  # frames: a cut so near to black is its boundary
LAGS = 3  # frames on each side: what is alike beyond them was a flash


def shot_spans(film: FilmProxies) -> list[tuple[int, int]]:
    """Return the shots of a film: first frame, and the one after the last."""
    edges = [0, *find_cuts(film, 0, len(film) - 1), len(film)]
    return list(pairwise(edges))


def find_cuts(film: FilmProxies, first: int, last: int) -> tuple[int, ...]:
    """Find the first frames of new shots.

    A flash is no cut: the frames on both sides of it are alike. Fast motion is none: there, frames
    differ as much just before and after. Of a dissolve both ends count, of a short one its middle,
    and of black between two fades the middle.

    Args:
        film: Proxies.
        first: First frame of interest.
        last: Last one.

    Returns:
        Frame numbers above ``first``, rising.
    """
    film = _less_bars(film)
    rows = _thumbs(film, first, last + 1)
    change = np.abs(np.diff(rows, axis=0)).mean(axis=1)
    step = np.asarray(change, np.float32)  # step[n]: frame n to n + 1
    cuts = [
        first + int(n) + 1
        for n in np.flatnonzero(step > LEAST_CODES)
        if _is_cut(film, rows, step, int(n), (first, last))
    ]
    detail = lru_cache(maxsize=KEPT_DETAILS)(lambda n: _middle(film, first + n))
    dissolves = find_dissolves(rows, detail)
    cuts = [cut for cut in cuts if not any(d.first < cut - first < d.end for d in dissolves)]
    for d in dissolves:
        ends = (d.first, d.end) if len(d) >= LEAST_OWN else ((d.first + d.end) // 2,)
        cuts += [first + n for n in ends]
    cuts += [first + n for n in _faded(rows) if not _near(first + n, cuts)]
    return tuple(sorted(set(cuts)))


def _less_bars(film: FilmProxies) -> FilmProxies:
    """Leave out what is bar in most of a film: it is alike in frames of any two shots."""
    area = area_of(film, range(len(film)))
    if area == whole(film):
        return film
    (kx, ky), shown = film.px, film.active
    left, top = (round(v) for v in (area.x * kx, area.y * ky))
    right, bottom = (round(v) for v in (area.right * kx, area.bottom * ky))
    inside = Rect(x=shown.x + left, y=shown.y + top, w=right - left, h=bottom - top)
    return film.cropped(inside)


def _faded(rows: Floats) -> list[int]:
    """The middle of each run of black, or of white, between two pictures."""
    level = rows.mean(axis=1)
    empty = (rows.std(axis=1) < FLAT_CODES) & ((level < BLACK_CODES) | (level > WHITE_CODES))
    edges = np.flatnonzero(np.diff(empty.astype(np.int8)))
    if len(edges) and empty[0]:
        edges = edges[1:]
    return [int(a + b) // 2 + 1 for a, b in zip(edges[::2], edges[1::2], strict=False)]


def _near(n: int, cuts: list[int]) -> bool:
    return any(abs(n - cut) <= NEAR_BLACK for cut in cuts)


def _is_cut(film: FilmProxies, rows: Floats, step: Floats, n: int, span: tuple[int, int]) -> bool:
    """Whether a shot begins after frame ``n`` of a span."""
    begin = span[0] + n + 1
    if _foreign(rows, step, n):  # a flash still shows the picture: frames beyond it do not matter
        return _alike(film, begin, span, lags=1) < MOST_ALIKE
    if _from_calm(step, n) and _unlike(film, begin):
        return True
    return _stands_out(step, n) and _alike(film, begin, span, lags=LAGS) < MOST_ALIKE


def _unlike(film: FilmProxies, begin: int) -> bool:
    """Whether two frames have detail, and none in common: a flash shows the same or none."""
    details = [_middle(film, n) for n in (begin - 1, begin)]
    if min(float(detail.std()) for detail in details) < LEAST_DETAIL_CODES:
        return False
    a, b = unit(np.stack(details), floor=0.35)
    return float(a @ b) < UNLIKE


def _from_calm(step: Floats, n: int) -> bool:
    """Whether a great step borders on a frame that hardly moves: motion takes time to begin."""
    beside = [float(step[m]) for m in (n - 1, n + 1) if 0 <= m < len(step)]
    return bool(beside) and float(step[n]) > max(FOREIGN_CODES, TIMES_CALM * min(beside))


def _foreign(rows: Floats, step: Floats, n: int) -> bool:
    """Whether two frames have nothing in common: no motion does that, however near other cuts."""
    a, b = (rows[i] - rows[i].mean() for i in (n, n + 1))
    energy = float(np.sqrt((a @ a) * (b @ b)))
    flat = min(float(rows[i].std()) for i in (n, n + 1)) < FLAT_CODES
    return not flat and float(step[n]) > FOREIGN_CODES and float(a @ b) < FOREIGN_ALIKE * energy


def _stands_out(step: Floats, n: int) -> bool:
    """Whether a step is no motion: one side is calm, right beside it and farther away.

    Other cuts may be near, so that on each side only what is much less than the step counts as
    what frames usually differ by; where a whole side is busy, motion begins or ends.
    """
    sides = [step[max(0, n - REACH_FRAMES) : n][::-1], step[n + 1 : n + 1 + REACH_FRAMES]]
    known = [side for side in sides if len(side)]
    if not known:
        return True
    if step[n] < TIMES_BESIDE * min(float(side[0]) for side in known):
        return False
    # of an even number the lower middle one: two other cuts among four frames are no motion
    if any(float(np.sort(side)[(len(side) - 1) // 2]) > BUSY_SHARE * step[n] for side in known):
        return False
    calm = [side[side < step[n] / 2] for side in known]
    usual = [float(np.median(part)) for part in calm if len(part)]
    return bool(usual) and float(step[n]) >= TIMES_USUAL * min(usual)


def _alike(film: FilmProxies, begin: int, span: tuple[int, int], *, lags: int) -> float:
    """Greatest correlation of frames on both sides of a supposed cut, at growing distance."""
    best = -1.0
    for lag in range(lags):
        old, new = begin - 1 - lag, begin + lag
        if old >= span[0] and new <= span[1]:
            a, b = unit(np.stack([_middle(film, n) for n in (old, new)]), floor=0.35)
            best = max(best, float(a @ b))
    return best


def _middle(film: FilmProxies, n: int) -> Floats:
    """Detail of the middle of a frame: where the action is, and what both films show."""
    detail = band_passed(np.asarray(film.proxies[n], np.float32), fine=0.9, broad=3.0)
    x, y = film.size[0] // 7, film.size[1] // 12
    return detail[y:-y, x:-x]


def _thumbs(film: FilmProxies, first: int, end: int) -> Floats:
    rows = np.empty((end - first, THUMB[0] * THUMB[1]), np.float32)
    for start in range(first, end, BLOCK_FRAMES):
        for n, frame in enumerate(film.block(start, min(start + BLOCK_FRAMES, end))):
            small = cv2.resize(frame, THUMB, interpolation=cv2.INTER_AREA)
            rows[start - first + n] = small.astype(np.float32).ravel()
    return rows
