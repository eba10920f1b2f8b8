"""Fringes as of a cheap lens: red reaches outwards, blue inwards, inside a mask."""

from __future__ import annotations

from collections.abc import Sequence

import vapoursynth as vs

from ..errors import wrong
from ..memory import shared
from ..pixels.bt709 import BLUE_PER_CB, KB, KR, RED_PER_CR, alpha_of, span
from ..pixels.checks import check_masked, check_region
from ..pixels.matrix import Matrix33, similarity
from ..pixels.rect import Rect
from ..pixels.region import cut, paste, three
from ..pixels.warp import warp

core = vs.core

Point = tuple[float, float]
HALF = 32767.5  # a 16-bit grid holds twice the nominal range of red and blue


def chromatic_aberration(
    clip: vs.VideoNode,
    mask: vs.VideoNode,
    *,
    strength_px: float = 3.0,
    centre: Point | Sequence[Point] | None = None,
    region: Rect | None = None,
) -> vs.VideoNode:
    """Let red reach outwards and blue inwards inside the mask, as a cheap lens does.

    A point at distance r from the centre has its red moved away from the centre, and its blue
    towards it, by ``strength_px * r / d``, d being half the picture's diagonal.

    Args:
        clip: YUV444P8 to P16, BT.709 limited, ``w x h x n``.
        mask: GRAY8 or GRAY16, full range, ``w x h x n``: the wardrobe.
        strength_px: Shift in px at half a diagonal from the centre.
        centre: Edge coordinates, px; one, or one a frame (so that it follows the subject);
            the picture's by default. One centre is much the cheaper: the shift is then the same
            separable resampling in every frame.
        region: A rectangle that holds the mask in every frame; only it is computed.

    Returns:
        The clip's format, size, length and props; outside the mask sample for sample the same.

    Raises:
        UsageError: A format, size, length or value is not accepted.
    """
    check_masked("chromatic_aberration", clip, mask)
    check_region("chromatic_aberration", region, clip)
    if strength_px == 0:
        return clip
    factor = strength_px / ((clip.width**2 + clip.height**2) ** 0.5 / 2)
    if abs(factor) > 0.5:
        raise wrong("chromatic_aberration", "strength_px", "less than half a radius", strength_px)
    x0, y0 = (region.x, region.y) if region else (0, 0)
    centres = [(x - x0, y - y0) for x, y in _centres(clip, centre)]
    part, inside = shared(cut(clip, region)), cut(mask, region)
    luma, cb, cr = (core.std.ShufflePlanes(part, i, vs.GRAY) for i in range(3))
    red = _moved(luma, cr, RED_PER_CR, centres, 1.0 + factor)
    blue = _moved(luma, cb, BLUE_PER_CB, centres, 1.0 - factor)
    # x the plane; y luma, z Cb, a Cr; b red and c blue after the move; d mask.
    code = (
        f"b {_channel(part, 'y', 'a', RED_PER_CR)} - r! c {_channel(part, 'y', 'z', BLUE_PER_CB)} "
        f"- b! r@ {KR} * b@ {KB} * + l! {alpha_of('d', inside)} {1 / HALF:.9g} * m!"
    )
    changes = (
        f"l@ {span(clip, 219)} *",
        f"b@ l@ - {span(clip, 224) / BLUE_PER_CB:.9g} *",
        f"r@ l@ - {span(clip, 224) / RED_PER_CR:.9g} *",
    )
    clips = [part, *(three(plane) for plane in (luma, cb, cr, red, blue, inside))]
    done = core.akarin.Expr(clips, [f"{code} {change} m@ * x +" for change in changes])
    return paste(clip, done, region)


def _moved(
    luma: vs.VideoNode, chroma: vs.VideoNode, per_chroma: float, centres: list[Point], scale: float
) -> vs.VideoNode:
    """Red or blue after the move, as `_channel` codes: GRAY16, or GRAYS where the centre moves."""
    code = _channel(luma, "x", "y", per_chroma)
    if len(set(centres)) > 1:
        channel = core.akarin.Expr([luma, chroma], code, format=vs.GRAYS)
        return warp(channel, [_about(at, scale) for at in centres])
    channel = core.akarin.Expr([luma, chroma], code, format=vs.GRAY16)
    x, y = centres[0]
    return core.resize.Bicubic(
        channel,
        filter_param_a=0.0,  # Catmull-Rom, as the warp's
        filter_param_b=0.5,
        src_left=x - x / scale,
        src_top=y - y / scale,
        src_width=channel.width / scale,
        src_height=channel.height / scale,
    )


def _channel(clip: vs.VideoNode, luma: str, chroma: str, per_chroma: float) -> str:
    """Red or blue in an expression, -0.5..1.5 as 0..65535: what lies outside 0..1 has room."""
    a, b = HALF / span(clip, 219), HALF * per_chroma / span(clip, 224)
    zero = HALF / 2 - a * span(clip, 16) - b * span(clip, 128)
    return f"{luma} {a:.9g} * {chroma} {b:.9g} * + {zero:.9g} +"


def _centres(clip: vs.VideoNode, centre: Point | Sequence[Point] | None) -> list[Point]:
    if centre is None:
        return [(clip.width / 2, clip.height / 2)]
    if isinstance(centre[0], (int, float)):
        x, y = centre
        return [(float(x), float(y))]  # type: ignore[arg-type]
    if len(centre) != clip.num_frames:
        expected = f"one, or one for each of {clip.num_frames} frames"
        raise wrong("chromatic_aberration", "centre", expected, len(centre))
    return [(float(x), float(y)) for x, y in centre]  # type: ignore[misc]


def _about(at: Point, scale: float) -> Matrix33:
    return similarity(scale=scale, degrees=0.0, from_point=at, to_point=at)
