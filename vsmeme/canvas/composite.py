"""One picture from both sources: the wide untouched, the bands beyond it, the rest missing."""

from __future__ import annotations

from collections.abc import Callable

import vapoursynth as vs

from ..errors import wrong
from ..memory import repeated
from ..pixels.bt709 import BLACK
from ..pixels.rect import Rect
from ..pixels.region import cut
from ..placement.layout import Layout
from .joint import Joint, above_and_below, beside, cut_strips
from .seam import SEAM_WIDTH_PX, Blend

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
        strips: `layout.strips(width)` stacked as `upscale_bands` does, YUV444P16; None where there
            is no band.
        layout: where everything lies.
        blend: "feather" mixes `width` rows (columns) of the wide with the strip; "poisson" does,
            too, and adds to the whole band a membrane that carries the seam's difference away.
        width: rows and columns of overlap, canvas px, 0 for a hard seam.

    Returns:
        YUV444P16 of the canvas, with the wide's length and props; black where picture is missing.
        Beyond `width` px from a seam the wide's samples are its own.
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
    moving: bool = False,
) -> vs.VideoNode:
    """Join the bands and a wide that is made part by part, so that the canvas is its only copy.

    Args:
        wide_part: Returns a part of the wide's active picture, YUV444P16, BT.709 limited; the
            rectangle counts in px of that picture.
        strips: As for `composite`, like all that follows.
        layout: Where everything lies.
        blend: How the seam is joined.
        width: Rows of overlap.
        moving: Whether the strips carry the props of `MovingBands.limits`, and show the DVD only
            within them.

    Returns:
        As `composite`.
    """
    strips_of = cut_strips(strips, layout, width, moving=moving)
    crop = layout.wide_crop

    def own(part: Rect) -> vs.VideoNode:
        return wide_part(part.shifted(crop.x, crop.y))

    whole = beside(Joint(area=layout.wide, part=own), strips_of, blend=blend)
    columns = above_and_below(whole, strips_of, layout.canvas[1], blend=blend)
    left, right = whole.area.x, layout.canvas[0] - whole.area.right
    if not left and not right:
        return columns
    return core.std.AddBorders(columns, left=left, right=right, color=list(BLACK))


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
        GRAY8, full range, canvas size; 255 where picture is missing, 0 elsewhere.
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
