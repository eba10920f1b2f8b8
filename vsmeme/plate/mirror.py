"""Missing area filled without a plate: the picture beside it, mirrored, and fading inwards.

Where no plate follows what moves beside an area, a mirror does: it meets the picture in every
frame, moves as that does, and generates nothing. What it shows fades away from the border, into
the smooth surface that `area_membrane` lays through the colours around.
"""

from __future__ import annotations

from collections.abc import Sequence

import vapoursynth as vs

from ..canvas.bilinear import Side
from ..memory import shared
from ..pixels.box_blur import box_blur
from ..pixels.rect import Rect
from ..pixels.region import cut
from .area_membrane import Border, Run, outer_strip

core = vs.core

MIDDLE = 32768
"""What stands for nothing, 16-bit codes of all planes: the membrane brings light and colour."""
COARSE_SHARE = 1 / 3
"""Radius of the two boxes whose mean is left to the membrane, of the mirror's depth."""
LEAST_PX = 4
"""A thinner piece of picture has no structure to mirror, and boxes refuse it."""

AROUND_PX = 8
"""Half of what lies beyond the border of what is to be avoided, and fades with it."""

LIGHT_SHARE = 1 / 200
"""Radius of the two boxes that leave nothing but light of it, of the canvas width."""


def mirrored(
    clip: vs.VideoNode, borders: Sequence[Border], *, avoid: vs.VideoNode | None = None
) -> list[vs.VideoNode]:
    """What to lay into each area so that its structure goes on from the picture beside it.

    Args:
        clip: The picture around the areas, YUV444P16, canvas size.
        borders: From ``plan_borders``.
        avoid: GRAY8, full range, canvas size: what is not to be shown a second time. Of it light
            and colour are mirrored, no structure.

    Returns:
        YUV444P16 of each area's size, about ``MIDDLE``: light and colour are to be joined by
        ``joined_areas``.
    """
    taken = [border.area for border in borders]
    return [_into(clip, border, taken, avoid) for border in borders]


def _into(
    clip: vs.VideoNode, border: Border, taken: Sequence[Rect], avoid: vs.VideoNode | None
) -> vs.VideoNode:
    area = border.area
    pieces: list[vs.VideoNode] = []
    sides: list[tuple[Side, int]] = []
    for side, runs in border.sides.items():
        for run in runs:
            depth = _depth(clip, area, side, run, taken) if run.beside == -1 else 0
            if min(depth, run.count) >= LEAST_PX:
                pieces.append(_reflected(clip, area, side, run, depth, avoid))
                sides.append((side, depth))
    empty = core.std.BlankClip(clip, width=area.w, height=area.h, color=[MIDDLE] * 3, keep=True)
    if not pieces:
        return empty
    shares = [_share(n, sides, area) for n in range(len(sides))]
    letters = "xyzabcdefghijklmnopqrstuvw"
    terms = [f"{letters[n]} {share} *" for n, share in enumerate(shares)]
    total = " ".join([*terms, *["+"] * (len(terms) - 1), f"{MIDDLE} +"])
    return core.akarin.Expr(pieces, total, format=vs.YUV444P16)


def _depth(clip: vs.VideoNode, area: Rect, side: Side, run: Run, taken: Sequence[Rect]) -> int:
    """How deep the picture beside a run is, as deep as the area at most."""
    depth = area.w if side in ("left", "right") else area.h
    frame = Rect(x=0, y=0, w=clip.width, h=clip.height)
    inside = outer_strip(area, side, run, depth).intersect(frame)
    depth = 0 if inside is None else min(inside.w, depth) if side in ("left", "right") else min(
        inside.h, depth
    )  # fmt: skip
    while depth and any(outer_strip(area, side, run, depth).intersect(other) for other in taken):
        depth //= 2
    return depth


def _reflected(
    clip: vs.VideoNode,
    area: Rect,
    side: Side,
    run: Run,
    depth: int,
    avoid: vs.VideoNode | None,
) -> vs.VideoNode:
    """The structure beside a run, turned over into the area: YUV444PS of its size, about 0."""
    strip = outer_strip(area, side, run, depth)
    upright = side in ("left", "right")
    picture = shared(core.akarin.Expr(_turned(cut(clip, strip), upright), "x", format=vs.YUV444PS))
    radius = max(1, round(depth * COARSE_SHARE))
    coarse = _softened(picture, radius)
    if avoid is None:
        detail = core.akarin.Expr([picture, coarse], "x y -")
    else:
        hidden = _softened(_turned(cut(avoid, strip), upright), AROUND_PX)
        hidden = core.std.ShufflePlanes([hidden] * 3, planes=[0, 0, 0], colorfamily=vs.YUV)
        light = _softened(picture, max(2, round(clip.width * LIGHT_SHARE)))
        share = "z 127.5 / 1 min H!"
        detail = core.akarin.Expr(
            [picture, coarse, hidden, light], f"{share} x 1 H@ - * a H@ * + y -"
        )
    first = run.first - (area.y if upright else area.x)
    length, size = (area.w, area.h) if upright else (area.h, area.w)
    before = 0 if side in ("left", "top") else length - depth
    along, away = (first, size - first - run.count), (before, length - depth - before)
    ends = (*away, *along) if upright else (*along, *away)
    return core.std.AddBorders(detail, *ends, color=[0.0] * 3)


def _softened(clip: vs.VideoNode, radius: int) -> vs.VideoNode:
    """Two boxes, of the clip's own size at most."""
    across, down = (min(radius, (length - 1) // 2) for length in (clip.width, clip.height))
    return box_blur(clip, across=across, down=down, passes=2)


def _turned(clip: vs.VideoNode, upright: bool) -> vs.VideoNode:
    return core.std.FlipHorizontal(clip) if upright else core.std.FlipVertical(clip)


def _share(n: int, sides: Sequence[tuple[Side, int]], area: Rect) -> str:
    """Expression for the weight of one piece: whole at its side, none at the others', fading."""
    side, depth = sides[n]
    place = {
        "left": "X 0.5 +",
        "right": f"{area.w - 0.5} X -",
        "top": "Y 0.5 +",
        "bottom": f"{area.h - 0.5} Y -",
    }
    near = {each: f"1 {place[each]} dup * /" for each, _ in sides}
    total = " ".join([*near.values(), *["+"] * (len(near) - 1)])
    fading = f"{place[side]} {1 / depth:.9g} * 1 min 3.14159265 * cos 1 + 0.5 *"
    return f"{near[side]} {total} / {fading} *"
