"""From a measured fit to integers: conforming, canvas, and where the sources lie on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from ..errors import UsageError
from ..pixels.matrix import Matrix23
from ..pixels.rect import Rect
from .layout import Fit, Layout

CanvasMode = Literal["union", "dvd", "wide"]
ResidualMode = Literal["auto", "never"]

INTEGER_WITHIN = 0.01
"""A scale this near to an integer needs no conforming resample."""
CUT_SHARE = 0.02
"""Share of the DVD's height or width that may fall off the canvas before it grows."""
CORRECT_BEYOND_PX = 0.5
"""Misfit of the integer placement beyond which the bands are warped, canvas px."""
EXACT_WITHIN_PX = 0.1
"""Misfit up to which a shot that is resampled anyway is resampled whole, canvas px."""
REFUSE_BEYOND_PX = 8.0
"""Misfit beyond which integers are hopeless, canvas px."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conform:
    """How the decoded DVD becomes square pixels at an integer scale.

    Attributes:
        active: Part of the decoded DVD that is kept, DVD px.
        size: Size after conforming.
        window: Part of `active` that is resampled to `size`, as x, y, w, h in DVD px from its
            corner; None where that is all of it.
        scale: Canvas px per conformed DVD px.
    """

    active: Rect
    size: tuple[int, int]
    scale: int
    window: tuple[float, float, float, float] | None = None

    def to_decoded(self) -> tuple[float, float, float, float]:
        """Conformed to decoded DVD edge coordinates: factors (x, y) and offsets (x, y)."""
        left, top, width, height = self.window or (0.0, 0.0, self.active.w, self.active.h)
        return (
            width / self.size[0],
            height / self.size[1],
            self.active.x + left,
            self.active.y + top,
        )


def fit_scale(matrix: Matrix23) -> tuple[float, float]:
    """Wide px a DVD px along the DVD's columns and rows."""
    (a, b, _), (c, d, _) = matrix
    return math.hypot(a, c), math.hypot(b, d)


def point(matrix: Matrix23, x: float, y: float) -> tuple[float, float]:
    """Map a point."""
    (a, b, c), (d, e, f) = matrix
    return a * x + b * y + c, d * x + e * y + f


def inverse(matrix: Matrix23) -> Matrix23:
    """Invert an affine map."""
    (a, b, c), (d, e, f) = matrix
    det = a * e - b * d
    p, q, r, s = e / det, -b / det, -d / det, a / det
    return (p, q, -(p * c + q * f)), (r, s, -(r * c + s * f))


def plan_conform(
    matrix: Matrix23,
    *,
    active: Rect,
    scale: int | None = None,
    within: float = CORRECT_BEYOND_PX,
) -> Conform:
    """Decide how to conform the DVD.

    Args:
        matrix: Decoded-DVD edge coordinates to edge coordinates of the wide.
        active: Active picture of the decoded DVD, DVD px.
        scale: Canvas px per conformed DVD px; None for the nearest integer.
        within: Misfit up to which the whole active picture is resampled, canvas px.

    Returns:
        A plain crop where both scales are an integer within 0.01, else one resample to even sizes:
        of the whole active picture if its misfit stays `within`, else of the window that fits
        exactly.
    """
    sx, sy = fit_scale(matrix)
    if scale is None:
        scale = nearest_scale(sx, sy)
    if max(abs(sx - scale), abs(sy - scale)) <= INTEGER_WITHIN:
        return Conform(active=active, size=(active.w, active.h), scale=scale)
    size = (_even(active.w * sx / scale), _even(active.h * sy / scale))
    plain = Conform(active=active, size=size, scale=scale)
    fitted = through(matrix, plain)
    corner = _corner(fitted, size, scale, (0, 0))
    if _misfit(fitted, corner, scale, Rect(x=0, y=0, w=size[0], h=size[1])) <= within:
        return plain
    width, height = size[0] * scale / sx, size[1] * scale / sy
    left, top = (active.w - width) / 2, (active.h - height) / 2
    # move the window's corner onto a whole px of the wide
    x, y = point(matrix, active.x + left, active.y + top)
    left += (round(x) - x) / sx
    top += (round(y) - y) / sy
    return Conform(active=active, size=size, scale=scale, window=(left, top, width, height))


def nearest_scale(sx: float, sy: float) -> int:
    """Canvas px a DVD px: the integer nearest to what was measured on both axes."""
    # ties (640x480 at 4.5) go to the smaller: the DVD is then enlarged and loses nothing
    return max(1, math.ceil(math.sqrt(sx * sy) - 0.55))


def plan_layout(
    matrix: Matrix23,
    conform: Conform,
    *,
    wide_size: tuple[int, int],
    canvas: CanvasMode = "union",
    residual: ResidualMode = "auto",
    correlation: float = 1.0,
    frame: Layout | None = None,
) -> Layout:
    """Place both sources on the canvas.

    Args:
        matrix: Decoded-DVD edge coordinates to edge coordinates of the wide.
        conform: How the DVD is conformed.
        wide_size: Active picture of the wide, wide px.
        canvas: "union" shows all of both, "dvd" only the DVD's columns, "wide" only the wide's.
        residual: "auto" warps the bands beyond half a px of misfit, "never" keeps integers.
        correlation: Of the fit, for the artifact.
        frame: Layout whose canvas is to be used, for a re-framed shot.

    Raises:
        UsageError: The misfit is beyond 8 px.
    """
    k = conform.scale
    size = (conform.size[0] * k, conform.size[1] * k)
    fitted = through(matrix, conform)
    corner = _corner(fitted, conform.size, k, wide_size)
    shape = frame.canvas if frame else _canvas(size, wide_size, corner, canvas, k)
    width, height = min(wide_size[0], shape[0]), wide_size[1]
    crop = Rect(x=(wide_size[0] - width) // 2, y=0, w=width, h=height)
    wide = Rect(x=(shape[0] - width) // 2, y=(shape[1] - height) // 2, w=width, h=height)
    move = wide.x - crop.x, wide.y - crop.y
    dvd = Rect(x=corner[0] + move[0], y=corner[1] + move[1], w=size[0], h=size[1])
    (a, b, c), (d, e, f) = fitted
    placed: Matrix23 = ((a, b, c + move[0]), (d, e, f + move[1]))
    seen = dvd.intersect(Rect(x=0, y=0, w=shape[0], h=shape[1])) or dvd
    misfit = _misfit(placed, (dvd.x, dvd.y), k, seen.shifted(-dvd.x, -dvd.y))
    _refuse_misfit(misfit, fitted)
    return Layout(
        canvas=shape,
        scale=k,
        wide=wide,
        wide_crop=crop,
        dvd=dvd,
        dvd_size=conform.size,
        active=conform.active,
        window=conform.window,
        centre_dvd=point(inverse(fitted), wide_size[0] / 2, wide_size[1] / 2),
        fit=Fit(matrix=placed, max_misfit_px=misfit, correlation=correlation),
        cut_px=max(0, -dvd.y) + max(0, dvd.bottom - shape[1]),
        corrected=residual == "auto" and misfit > CORRECT_BEYOND_PX,
    )


def with_wide_part(layout: Layout, part: Rect, film: Rect) -> Layout:
    """Narrow a layout to the picture that the wide shows in its shots.

    Args:
        layout: Planned for the film's active picture.
        part: Active picture of the wide in these shots, px as decoded.
        film: The film's.

    Returns:
        The layout; the canvas and the DVD stay where they are.
    """
    if part == film:
        return layout
    move = layout.wide.x - layout.wide_crop.x, layout.wide.y - layout.wide_crop.y
    inside = part.shifted(-film.x, -film.y)
    wide = inside.shifted(*move).intersect(layout.wide)
    if wide is None:
        raise UsageError(f"the wide's picture {part} lies outside of the canvas")
    crop = wide.shifted(-move[0] - inside.x, -move[1] - inside.y)
    return replace(layout, wide=wide, wide_crop=crop, wide_active=part)


def through(matrix: Matrix23, conform: Conform) -> Matrix23:
    """The map from conformed instead of decoded DVD edge coordinates."""
    kx, ky, x, y = conform.to_decoded()
    (a, b, _), (c, d, _) = matrix
    tx, ty = point(matrix, x, y)
    return (a * kx, b * ky, tx), (c * kx, d * ky, ty)


def _even(value: float) -> int:
    return max(2, 2 * round(value / 2))


def _corner(
    fitted: Matrix23, size: tuple[int, int], scale: int, wide_size: tuple[int, int]
) -> tuple[int, int]:
    """Whole-px corner of the scaled DVD on the wide: exact to half a px at the wide's centre."""
    if wide_size == (0, 0):
        centre = (size[0] / 2, size[1] / 2)
        x, y = point(fitted, *centre)
    else:
        x, y = wide_size[0] / 2, wide_size[1] / 2
        centre = point(inverse(fitted), x, y)
    return round(x - scale * centre[0]), round(y - scale * centre[1])


def _canvas(
    size: tuple[int, int],
    wide_size: tuple[int, int],
    corner: tuple[int, int],
    mode: CanvasMode,
    scale: int,
) -> tuple[int, int]:
    # an even canvas; of a wide with an odd width one column is left out
    least = wide_size[0] - wide_size[0] % 2
    if mode == "union":
        width = _grown(least, size[0], corner[0] + (least - wide_size[0]) // 2, scale)
    else:
        width = least if mode == "wide" else min(size[0] - size[0] % 2, least)
    height = max(size[1], wide_size[1])
    height += height % 2
    return width, _grown(height, size[1], corner[1] + (height - wide_size[1]) // 2, scale)


def _grown(length: int, size: int, corner: int, scale: int) -> int:
    """A little of the DVD that sticks out is cut; beyond that the canvas grows about its centre.

    A DVD that sticks out on both sides, by a px of its own at least, is the larger picture.
    """
    out = max(0, -corner), max(0, corner + size - length)
    little = sum(out) <= CUT_SHARE * size and min(out) < scale
    return length if little else length + 2 * max(out)


def _misfit(fitted: Matrix23, corner: tuple[int, int], scale: int, area: Rect) -> float:
    """Fit against integer placement at the worst corner of an area of the scaled DVD, px."""
    worst = 0.0
    for x in (area.x, area.right):
        for y in (area.y, area.bottom):
            px, py = point(fitted, x / scale, y / scale)
            worst = max(worst, math.hypot(px - x - corner[0], py - y - corner[1]))
    return worst


def _refuse_misfit(misfit: float, fitted: Matrix23) -> None:
    if misfit > REFUSE_BEYOND_PX:
        sx, sy = fit_scale(fitted)
        turn = math.degrees(math.atan2(fitted[1][0], fitted[0][0]))
        raise UsageError(
            f"the DVD lies up to {misfit:.2f} canvas px off whole pixels, and at most "
            f"{REFUSE_BEYOND_PX:g} can be corrected: measured scale {sx:.4f} x {sy:.4f}, "
            f"rotation {turn:.3f} degrees"
        )
