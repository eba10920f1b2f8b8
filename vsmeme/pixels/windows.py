"""Only the part of the canvas that a moving picture touches: runs of frames that share a window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import vapoursynth as vs

from ..memory import shared
from .matrix import Matrix33, apply, compose, scaling, translation
from .rect import Rect
from .region import cut, paste, spliced
from .warp import warp

SLACK = 1.3  # of the largest bounding box: how far a picture may move inside one window
STEP_PX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A run of frames and the part of the canvas that holds the picture in all of them."""

    first: int
    last: int
    rect: Rect | None


def within(matrices: Sequence[Matrix33 | None], region: Rect | None) -> list[Matrix33 | None]:
    """Return matrices onto the canvas as matrices onto a part of it."""
    if region is None:
        return list(matrices)
    corner = translation(-region.x, -region.y)
    return [m and compose(corner, m) for m in matrices]


def plan_windows(
    matrices: Sequence[Matrix33 | None], picture: tuple[int, int], canvas: tuple[int, int]
) -> list[Window]:
    """Divide a track into runs that share a window; all windows are of one size.

    Args:
        matrices: As for ``insert_face``.
        picture: Size of the picture, px.
        canvas: Size of the clip, px.

    Returns:
        Runs in order that cover every frame once; without a rectangle where nothing shows.
    """
    boxes = [_box(m, picture, canvas) if m else None for m in matrices]
    seen = [box for box in boxes if box is not None]
    if not seen:
        return [Window(first=0, last=len(boxes) - 1, rect=None)]
    size = tuple(
        min(limit, math.ceil(largest * SLACK / STEP_PX) * STEP_PX)
        for largest, limit in zip(
            (max(b.w for b in seen), max(b.h for b in seen)), canvas, strict=True
        )
    )
    runs: list[tuple[int, int, Rect | None]] = []
    for n, box in enumerate(boxes):
        if runs:
            first, _, known = runs[-1]
            joined = _union(known, box)
            if (known is None) == (box is None) and _fits(joined, size):
                runs[-1] = (first, n, joined)
                continue
        runs.append((n, n, box))
    return [
        Window(first=first, last=last, rect=box and _around(box, size, canvas))
        for first, last, box in runs
    ]


def follow_windows(
    source: vs.VideoNode, matrices: Sequence[Matrix33 | None], windows: Sequence[Window]
) -> vs.VideoNode:
    """Return the source in the window of each frame, as one clip with one expression."""
    shown = next(m for m in matrices if m)
    size = next(window.rect for window in windows if window.rect)
    local = []
    for window in windows:
        corner = translation(-window.rect.x, -window.rect.y) if window.rect else None
        for n in range(window.first, window.last + 1):
            shown = matrices[n] or shown
            local.append(compose(corner, shown) if corner else shown)
    return warp(source, local, size=(size.w, size.h), edge="zero")


def through_windows(clip: vs.VideoNode, windows: Sequence[Window]) -> vs.VideoNode:
    """Return what the window of each frame shows of a clip, as one clip of the windows' size.

    Only the cuts are made window by window: what several filters read is one clip, and the core
    keeps no frame for a window that is over.
    """
    some = next(window.rect for window in windows if window.rect)
    shared(clip)
    return spliced([cut(clip, window.rect or some)[_run(window)] for window in windows])


def paste_windows(
    clip: vs.VideoNode, patch: vs.VideoNode, windows: Sequence[Window]
) -> vs.VideoNode:
    """Put what `through_windows` cut out back in its place; see `paste`."""
    return spliced(
        [
            paste(clip[_run(window)], patch[_run(window)], window.rect)
            if window.rect
            else clip[_run(window)]
            for window in windows
        ]
    )


def _run(window: Window) -> slice:
    return slice(window.first, window.last + 1)


def shrunk(picture: vs.VideoNode, matrices: Sequence[Matrix33 | None]) -> tuple[int, int, Matrix33]:
    """The size at which a picture is warped, and the map from that size to the picture's own."""
    centre = (picture.width / 2, picture.height / 2)
    largest = min(1.0, max(_scale(m, centre) for m in matrices if m))
    width, height = (max(4, math.ceil(v * largest)) for v in (picture.width, picture.height))
    return width, height, scaling(picture.width / width, picture.height / height)


def _box(matrix: Matrix33, picture: tuple[int, int], canvas: tuple[int, int]) -> Rect | None:
    """What a picture touches of the canvas."""
    w, h = picture
    points = [apply(matrix, x, y) for x in (0, w) for y in (0, h)]
    left, top = (max(0, math.floor(min(p[i] for p in points)) - 1) for i in (0, 1))
    right, bottom = (min(canvas[i], math.ceil(max(p[i] for p in points)) + 1) for i in (0, 1))
    if right <= left or bottom <= top:
        return None
    return Rect(x=left, y=top, w=right - left, h=bottom - top)


def _union(one: Rect | None, other: Rect | None) -> Rect | None:
    if one is None or other is None:
        return one or other
    x, y = min(one.x, other.x), min(one.y, other.y)
    return Rect(x=x, y=y, w=max(one.right, other.right) - x, h=max(one.bottom, other.bottom) - y)


def _fits(box: Rect | None, size: tuple[int, ...]) -> bool:
    return box is None or (box.w <= size[0] and box.h <= size[1])


def _around(box: Rect, size: tuple[int, ...], canvas: tuple[int, int]) -> Rect:
    """A rectangle of a size around a box, on the canvas."""
    w, h = size
    x = min(max(0, box.x - (w - box.w) // 2), canvas[0] - w)
    y = min(max(0, box.y - (h - box.h) // 2), canvas[1] - h)
    return Rect(x=x, y=y, w=w, h=h)


def _scale(matrix: Matrix33, at: tuple[float, float]) -> float:
    """Linear size factor of a matrix at a point."""
    x, y = apply(matrix, *at)
    (u, v), (s, t) = apply(matrix, at[0] + 1, at[1]), apply(matrix, at[0], at[1] + 1)
    return math.sqrt(abs((u - x) * (t - y) - (v - y) * (s - x)))
