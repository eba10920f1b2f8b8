"""The wide and its bands put together side by side: first beside it, then above and below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import vapoursynth as vs

from ..bands.strip_stack import UPRIGHT, check_stack, stack_places
from ..errors import wrong
from ..memory import shared
from ..pixels.bt709 import BLACK
from ..pixels.rect import Rect
from ..pixels.region import cut
from ..placement.layout import BandSide, Layout
from .moving_bands import limit_props
from .seam import Blend, Limits, bare_band, seam_parts

core = vs.core


Seam = Literal["above", "below"]


class Strip(NamedTuple):
    """One strip of bands.

    Attributes:
        band: The part beyond the wide, canvas px.
        area: All of it, the overlap included, canvas px.
        rows: Returns rows (first, count) of it as it lies in the stack: upright ones turned.
        limits: Names of its props of `MovingBands.limits`; none where all of it is the DVD.
    """

    band: Rect
    area: Rect
    rows: Callable[[int, int], vs.VideoNode]
    limits: Limits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A picture that is made part by part.

    Attributes:
        area: Where it lies, canvas px.
        part: Returns a part of it, YUV444P16; the rectangle counts in px from the area's corner.
    """

    area: Rect
    part: Callable[[Rect], vs.VideoNode]

    def rows(self, first: int, count: int) -> vs.VideoNode:
        """Return rows of the picture."""
        return self.part(Rect(x=0, y=first, w=self.area.w, h=count))


def cut_strips(
    stack: vs.VideoNode | None, layout: Layout, width: int, *, moving: bool = False
) -> dict[BandSide, Strip]:
    """Find the strips of a layout in their stack.

    Raises:
        UsageError: The stack is not what the layout says.
    """
    if width < 0:
        raise wrong("composite", "width", "0 or more rows", width)
    areas = layout.side_strips(width)
    if not areas:
        return {}
    if not layout.dvd.intersect(layout.wide):
        raise wrong("composite", "layout", "a DVD that meets the wide", layout.dvd)
    if stack is None:
        raise wrong("composite", "strips", f"the {len(areas)} bands", "none")
    if stack.format.id != vs.YUV444P16:
        raise wrong("composite", "strips", "YUV444P16", stack.format.name)
    check_stack("composite", stack, layout, width)
    shared(stack)
    bands = layout.sides()
    return {
        side: Strip(
            band=bands[side],
            area=areas[side],
            rows=partial(_rows, stack, place),
            limits=limit_props(side) if moving else None,
        )
        for side, place in stack_places(layout, width).items()
    }


def beside(whole: Joint, strips: Mapping[BandSide, Strip], *, blend: Blend) -> Joint:
    """Join the bands left and right of a picture to it."""
    home = whole.area
    left, right = (
        _upright_end(whole, strips[side], side, blend=blend) if side in strips else None
        for side in UPRIGHT
    )
    if left is None and right is None:
        return whole
    inset = [_overlap(strips[side])[0] if side in strips else 0 for side in UPRIGHT]

    def part(area: Rect) -> vs.VideoNode:
        rows = Rect(x=inset[0], y=area.y, w=home.w - sum(inset), h=area.h)
        own = whole.part(rows)
        pieces = [
            own if end is own else cut(end, Rect(x=0, y=area.y, w=end.width, h=area.h))
            for end in (left, own, right)
            if end is not None
        ]
        joined = core.std.CopyFrameProps(core.std.StackHorizontal(pieces), own)
        return cut(joined, Rect(x=area.x, y=0, w=area.w, h=area.h))

    x = strips["left"].band.x if left else home.x
    end = strips["right"].band.right if right else home.right
    return Joint(area=Rect(x=x, y=home.y, w=end - x, h=home.h), part=part)


def above_and_below(
    whole: Joint, strips: Mapping[BandSide, Strip], height: int, *, blend: Blend
) -> vs.VideoNode:
    """Join the bands above and below a picture to it, and black up to the canvas's height."""
    home = whole.area
    first, last = (_overlap(strips[side])[1] if side in strips else 0 for side in ("top", "bottom"))
    middle = shared(whole.rows(first, home.h - first - last))
    over = _flat_end(whole, strips["top"], "below", blend=blend) if "top" in strips else []
    under = _flat_end(whole, strips["bottom"], "above", blend=blend) if "bottom" in strips else []
    top = strips["top"].band.y if over else home.y
    bottom = strips["bottom"].band.bottom if under else home.bottom
    black = [
        [core.std.BlankClip(middle, width=home.w, height=rows, color=list(BLACK), keep=True)]
        if rows
        else []
        for rows in (top, height - bottom)
    ]
    stack = [*black[0], *over, middle, *under, *black[1]]
    joined = core.std.StackVertical(stack) if len(stack) > 1 else middle
    return core.std.CopyFrameProps(joined, middle)


def _overlap(strip: Strip) -> tuple[int, int]:
    """Columns and rows that a strip lies on the wide."""
    return strip.area.w - strip.band.w, strip.area.h - strip.band.h


def _upright_end(whole: Joint, strip: Strip, side: BandSide, *, blend: Blend) -> vs.VideoNode:
    """A band beside the picture and the columns mixed with it, as high as the picture."""
    home, (overlap, _), width = whole.area, _overlap(strip), strip.band.w
    x = 0 if side == "left" else home.w - overlap
    y, height = strip.area.y - home.y, strip.area.h
    seam: Seam = "below" if side == "left" else "above"
    if overlap:
        under = whole.part(Rect(x=x, y=y, w=overlap, h=height))
        lying = seam_parts(
            shared(core.std.Transpose(under)),
            strip.rows,
            band=width,
            blend=blend,
            seam=seam,
            limits=strip.limits,
        )
        flat = core.std.StackVertical(lying if side == "left" else lying[::-1])
    else:
        flat = bare_band(strip.rows, 0, width, strip.limits)
    rows = [core.std.Transpose(flat)]
    for at, count in ((0, y), (y + height, home.h - y - height)):
        if count:  # the DVD ends before the picture does
            black = core.std.BlankClip(
                rows[0], width=width, height=count, color=list(BLACK), keep=True
            )
            own = [whole.part(Rect(x=x, y=at, w=overlap, h=count))] if overlap else []
            pieces = [black, *own] if side == "left" else [*own, black]
            line = core.std.StackHorizontal(pieces) if own else black
            rows.insert(0 if not at else len(rows), line)
    return shared(core.std.StackVertical(rows) if len(rows) > 1 else rows[0])


def _flat_end(whole: Joint, strip: Strip, seam: Seam, *, blend: Blend) -> list[vs.VideoNode]:
    """A band above or below the picture and the rows mixed with it, in stacking order."""
    home, (_, overlap), height = whole.area, _overlap(strip), strip.band.h
    left, right = strip.area.x - home.x, home.right - strip.area.right
    ends: list[vs.VideoNode] = []
    if overlap:
        rows = shared(whole.rows(0 if seam == "below" else home.h - overlap, overlap))
        under = shared(core.std.Crop(rows, left=left, right=right))
        band, mixed = seam_parts(
            under, strip.rows, band=height, blend=blend, seam=seam, limits=strip.limits
        )
        ends.append(_between(rows, mixed, left, right))
    else:
        band = bare_band(strip.rows, 0, height, strip.limits)
    if left or right:
        band = core.std.AddBorders(band, left=left, right=right, color=list(BLACK))
    return [band, *ends] if seam == "below" else [*ends, band]


def _between(rows: vs.VideoNode, mixed: vs.VideoNode, left: int, right: int) -> vs.VideoNode:
    """The mixed rows between what is left of the picture's own."""
    parts = [mixed]
    if left:
        parts.insert(0, core.std.Crop(rows, right=rows.width - left))
    if right:
        parts.append(core.std.Crop(rows, left=rows.width - right))
    return core.std.StackHorizontal(parts) if len(parts) > 1 else mixed


def _rows(stack: vs.VideoNode, place: Rect, first: int, count: int) -> vs.VideoNode:
    return core.std.CropAbs(stack, place.w, count, place.x, place.y + first)
