"""One picture from both sources: the wide untouched, the bands beyond it, the rest missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import vapoursynth as vs

from ..errors import wrong
from ..memory import repeated, shared
from ..pixels.bt709 import BLACK
from ..pixels.rect import Rect
from ..pixels.region import cut
from ..placement.layout import Layout
from .seam import SEAM_WIDTH_PX, Blend, _end

core = vs.core


def composite(
    wide: vs.VideoNode,
    strips: vs.VideoNode | None,
    layout: Layout,
    *,
    blend: Blend = "poisson",
    width: int = SEAM_WIDTH_PX,
) -> vs.VideoNode:
    """Join the wide and the bands on the canvas.

    Args:
        wide: the wide's active picture, YUV444P16, BT.709 limited.
        strips: `layout.strips(width)` stacked, top first, YUV444P16; None where there is no band.
        layout: where everything lies.
        blend: "feather" mixes `width` rows of the wide with the strip; "poisson" does, too, and
            adds to the whole band a membrane that carries the seam's difference away.
        width: rows of overlap, canvas px, 0 for a hard seam.

    Returns:
        YUV444P16 of the canvas, with the wide's length and props; black where picture is missing.
        Beyond `width` rows from a seam the wide's samples are its own.
    """
    _check_wide(wide, layout)
    if strips is not None and strips.num_frames != wide.num_frames:
        raise wrong("composite", "strips", f"{wide.num_frames} frames", strips.num_frames)
    return assembled(lambda part: cut(wide, part), strips, layout, blend=blend, width=width)


def assembled(
    wide_part: Callable[[Rect], vs.VideoNode],
    strips: vs.VideoNode | None,
    layout: Layout,
    *,
    blend: Blend = "poisson",
    width: int = SEAM_WIDTH_PX,
) -> vs.VideoNode:
    """Join the bands and a wide that is made part by part, so that the canvas is its only copy.

    Args:
        wide_part: Returns a part of the wide's active picture, YUV444P16, BT.709 limited; the
            rectangle counts in px of that picture.
        strips: As for `composite`, like all that follows.
        layout: Where everything lies.
        blend: How the seam is joined.
        width: Rows of overlap.

    Returns:
        As `composite`.
    """
    crop, home = layout.wide_crop, layout.wide
    parts = _checked_strips(strips, layout, width)

    def rows(first: int, count: int) -> vs.VideoNode:
        return wide_part(Rect(x=crop.x, y=crop.y + first, w=crop.w, h=count))

    above: list[vs.VideoNode] = []
    below: list[vs.VideoNode] = []
    kept = [0, home.h]
    for part, strip in parts:
        if part.y < home.y:
            kept[0] = part.bottom - home.y
            above = _end(rows, strip, part, layout, blend=blend, seam="below")
        else:
            kept[1] = part.y - home.y
            below = _end(rows, strip, part, layout, blend=blend, seam="above")
    middle = shared(rows(kept[0], kept[1] - kept[0]))
    if not above and home.y:
        above = [_blank(middle, layout.canvas[0], home.y)]
    rest = layout.canvas[1] - home.bottom
    if not below and rest:
        below = [_blank(middle, layout.canvas[0], rest)]
    stack = [*above, middle, *below]
    whole = core.std.StackVertical(stack) if len(stack) > 1 else middle
    return core.std.CopyFrameProps(whole, middle)


def place(clip: vs.VideoNode, rect: Rect, *, canvas: tuple[int, int]) -> vs.VideoNode:
    """Put a clip onto an otherwise black canvas, cutting what sticks out.

    Args:
        clip: YUV444 of 8 to 16 bit, any size.
        rect: where it goes, of the clip's size, canvas px; may lie partly outside.
        canvas: width and height.

    Returns:
        The clip's format at canvas size, limited black around.
    """
    if clip.format.color_family != vs.YUV or clip.format.subsampling_w or clip.format.subsampling_h:
        raise wrong("place", "clip", "YUV 4:4:4", clip.format.name)
    if (clip.width, clip.height) != (rect.w, rect.h):
        raise wrong("place", "rect", f"{clip.width}x{clip.height}", f"{rect.w}x{rect.h}")
    seen = rect.intersect(Rect(x=0, y=0, w=canvas[0], h=canvas[1]))
    if seen is None:
        raise wrong("place", "rect", f"on a canvas of {canvas[0]}x{canvas[1]}", rect)
    part = core.std.CropAbs(clip, seen.w, seen.h, seen.x - rect.x, seen.y - rect.y)
    return core.std.AddBorders(
        part,
        left=seen.x,
        top=seen.y,
        right=canvas[0] - seen.right,
        bottom=canvas[1] - seen.bottom,
        color=_black(clip),
    )


def missing_mask(layout: Layout, *, like: vs.VideoNode) -> vs.VideoNode:
    """Show which canvas px neither source reaches.

    Args:
        layout: where everything lies.
        like: a clip whose length and frame rate are taken.

    Returns:
        GRAY8, full range, canvas size: 255 where picture is missing, 0 elsewhere.
    """
    # one frame, made once and repeated
    mask = core.std.BlankClip(
        format=vs.GRAY8, width=layout.canvas[0], height=layout.canvas[1], length=1, keep=True
    )
    if like.fps:
        mask = core.std.AssumeFPS(mask, like)
    tests = [
        f"X {part.x} >= X {part.right} < and Y {part.y} >= and Y {part.bottom} < and"
        for part in layout.missing()
    ]
    if tests:
        mask = core.akarin.Expr(mask, " ".join([*tests, *["or"] * (len(tests) - 1), "255 0 ?"]))
    mask = core.std.SetFrameProps(mask, _Range=int(vs.RANGE_FULL))
    return repeated(mask, like.num_frames)


def _blank(like: vs.VideoNode, width: int, height: int) -> vs.VideoNode:
    return core.std.BlankClip(like, width=width, height=height, color=list(BLACK), keep=True)


def _black(clip: vs.VideoNode) -> list[float]:
    if clip.format.sample_type == vs.FLOAT:
        return [0.0, 0.0, 0.0]
    return [code >> (16 - clip.format.bits_per_sample) for code in BLACK]


def _check_wide(wide: vs.VideoNode, layout: Layout) -> None:
    """Refuse a wide that does not fit the layout."""
    if wide.format.id != vs.YUV444P16:
        raise wrong("composite", "wide", "YUV444P16", wide.format.name)
    crop = layout.wide_crop
    if wide.width < crop.right or wide.height < crop.bottom:
        least = f"at least {crop.right}x{crop.bottom}"
        raise wrong("composite", "wide", least, f"{wide.width}x{wide.height}")


def _checked_strips(
    strips: vs.VideoNode | None, layout: Layout, width: int
) -> list[tuple[Rect, Callable[[int, int], vs.VideoNode]]]:
    """Where each strip lies, and what cuts rows (first, count) out of it."""
    if width < 0:
        raise wrong("composite", "width", "0 or more rows", width)
    parts = layout.strips(width)
    if not parts:
        return []
    if strips is None:
        raise wrong("composite", "strips", f"the {len(parts)} bands", "none")
    if strips.format.id != vs.YUV444P16:
        raise wrong("composite", "strips", "YUV444P16", strips.format.name)
    size = (parts[0].w, sum(part.h for part in parts))
    if (strips.width, strips.height) != size:
        raise wrong(
            "composite", "strips", f"{size[0]}x{size[1]}", f"{strips.width}x{strips.height}"
        )
    shared(strips)
    found: list[tuple[Rect, Callable[[int, int], vs.VideoNode]]] = []
    row = 0
    for part in parts:
        found.append((part, partial(_rows, strips, row)))
        row += part.h
    return found


def _rows(strips: vs.VideoNode, start: int, first: int, count: int) -> vs.VideoNode:
    return core.std.CropAbs(strips, strips.width, count, 0, start + first)
