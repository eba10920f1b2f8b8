"""What is done to the subject's look: another colour, more detail. Nothing is generated.

Every filter takes the working format (integer YUV 4:4:4, BT.709 limited) and a full-range mask,
and leaves each sample outside the mask as it is.
"""

from __future__ import annotations

import re

import vapoursynth as vs

from ..errors import check_share, wrong
from ..memory import shared
from ..pixels.box_blur import box_blur
from ..pixels.bt709 import BLUE_PER_CB, KB, KG, KR, RED_PER_CR, alpha_of, luma_of, span
from ..pixels.checks import check_masked, check_region
from ..pixels.rect import Rect
from ..pixels.region import cut, paste, three

core = vs.core

HOT_PINK = "#ff2fa0"
TEXTURE = 0.15
GREY_CHROMA = 0.10  # chroma length from which cloth counts as coloured
OVERSHOOT = 0.02  # of the luma range, beyond the 3x3 neighbours

Rgb = tuple[float, float, float]


def recolour(
    clip: vs.VideoNode,
    mask: vs.VideoNode,
    colour: str | Rgb = HOT_PINK,
    *,
    strength: float = 1.0,
    texture: float = TEXTURE,
    spare: vs.VideoNode | None = None,
    own: vs.VideoNode | None = None,
) -> vs.VideoNode:
    """Bring what the mask covers to one hue, with every luma sample as it was.

    The chroma is what a thing of this colour has under the light that the luma shows: its
    saturation is the target's, less where the luma leaves no room in BT.709. A little of the
    cloth's own saturation stays as texture.

    Args:
        clip: YUV444P8 to P16, BT.709 limited, ``w x h x n``.
        mask: GRAY8 or GRAY16, full range, ``w x h x n``; soft edges mix.
        colour: ``#rrggbb``, or R, G, B of 0..1 (gamma-encoded).
        strength: 0..1.
        texture: How much of the saturation (0..1) follows the clip's own.
        spare: Mask of what keeps its colour (the face), as ``mask``.
        own: The covered thing's own colour where a soft edge mixes it with what lies behind, as
            ``clip``: it alone is replaced, and no colour of its light comes from behind. The clip
            by default.

    Returns:
        The clip's format, size, length and props.

    Raises:
        UsageError: A format, size, length or value is not accepted.
    """
    check_masked("recolour", clip, mask, spare=spare)
    check_share("recolour", strength=strength, texture=texture)
    rgb = _rgb("recolour", colour)
    direction = _direction(rgb)
    own = _like("recolour", own, clip)
    half, gain = 128 << (clip.format.bits_per_sample - 8), span(clip, 224)
    # Clips of the expression: of its own colour x this chroma plane, y luma, z the other chroma
    # plane; a mask; b the clip's chroma plane.
    common = [
        f"y {luma_of(clip)} y! {_wanted(rgb)} {_room(direction)} min k!",
        f"x {half} - {gain} / u! z {half} - {gain} / v!",
        f"u@ u@ * v@ v@ * + sqrt {GREY_CHROMA} / 1 min 1 - {texture:.9g} * 1 + k@ * k!",
        f"{alpha_of('a', mask)} {strength:.9g} * m!",
    ]
    other = core.std.ShufflePlanes([own] * 3, [0, 2, 1], vs.YUV)
    clips = [own, three(own), other, three(mask), clip]
    if spare is not None:
        clips.append(three(spare))
        common.append(f"m@ 1 {alpha_of('c', spare)} - * m!")
    chroma = [
        " ".join([*common, f"k@ {part * gain:.9g} * {half} + x - m@ * b +"]) for part in direction
    ]
    made = core.akarin.Expr(clips, ["", *chroma])
    return core.std.CopyFrameProps(
        core.std.ShufflePlanes([clip, made, made], [0, 1, 2], vs.YUV), clip
    )


def gamut_hits(
    clip: vs.VideoNode, mask: vs.VideoNode, colour: str | Rgb = HOT_PINK
) -> vs.VideoNode:
    """Show where ``recolour`` has to give up saturation, because BT.709 has no such colour.

    Args:
        clip: As for ``recolour``.
        mask: As for ``recolour``; inside is what it covers by half or more.
        colour: As for ``recolour``.

    Returns:
        GRAY8, full range; 255 where the chroma is limited inside the mask, 0 elsewhere. The share
        is its mean over the mask's.
    """
    check_masked("gamut_hits", clip, mask)
    rgb = _rgb("gamut_hits", colour)
    direction = _direction(rgb)
    luma = core.std.ShufflePlanes(clip, 0, vs.GRAY)
    code = f"x {luma_of(clip)} y!"
    # 1e-3: a target on the gamut's edge is no hit by rounding.
    hit = f"{_wanted(rgb)} {_room(direction)} 1.001 * 1e-3 + > {alpha_of('y', mask)} 0.5 >= and"
    full = int(vs.RANGE_FULL)
    hits = core.akarin.Expr([luma, mask], f"{code} {hit} 255 0 ?", format=vs.GRAY8)
    return core.std.SetFrameProps(hits, _Range=full)


def sharpen(
    clip: vs.VideoNode,
    mask: vs.VideoNode,
    *,
    strength: float = 0.3,
    radius_px: int = 2,
    region: Rect | None = None,
) -> vs.VideoNode:
    """Sharpen the luma inside the mask; no sample leaves the range of its 3x3 neighbours by much.

    Args:
        clip: YUV444P8 to P16, limited, ``w x h x n``.
        mask: GRAY8 or GRAY16, full range, ``w x h x n``: the face.
        strength: 0..1; 1 adds twice the detail.
        radius_px: Size of the detail, canvas px.
        region: A rectangle that holds the mask in every frame; only it is computed.

    Returns:
        The clip's format, size, length and props; chroma and what is outside the mask identical.

    Raises:
        UsageError: A format, size, length or value is not accepted.
    """
    check_masked("sharpen", clip, mask)
    check_region("sharpen", region, clip)
    check_share("sharpen", strength=strength)
    if radius_px < 1:
        raise wrong("sharpen", "radius_px", "1 or more", radius_px)
    if strength == 0:
        return clip
    whole = core.std.ShufflePlanes(shared(clip), 0, vs.GRAY)
    luma, inside = shared(cut(whole, region)), cut(mask, region)
    soft = box_blur(luma, across=radius_px, down=radius_px, passes=2)
    low, high = core.std.Minimum(luma), core.std.Maximum(luma)
    slack = f"{span(clip, 219) * OVERSHOOT:.9g}"
    value = f"x y - {2 * strength:.9g} * x + z {slack} - max a {slack} + min"
    sharp = core.akarin.Expr(
        [luma, soft, low, high, inside], f"{value} x - {alpha_of('b', inside)} * x +"
    )
    done = paste(whole, sharp, region)
    return core.std.CopyFrameProps(core.std.ShufflePlanes([done, clip], [0, 1, 2], vs.YUV), clip)


def parse_colour(text: str) -> Rgb | None:
    """Return R, G, B of 0..1 of ``#rrggbb``; ``None`` if it is not one."""
    found = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text)
    if not found:
        return None
    r, g, b = (int(part, 16) / 255 for part in found.groups())
    return r, g, b


def _like(function: str, own: vs.VideoNode | None, clip: vs.VideoNode) -> vs.VideoNode:
    """Return ``own``, which has to be of the clip's kind; the clip where there is none."""
    if own is None:
        return clip
    kinds = [f"{c.format.name} {c.width}x{c.height}x{c.num_frames}" for c in (clip, own)]
    if kinds[0] != kinds[1]:
        raise wrong(function, "own", kinds[0], kinds[1])
    return own


def _rgb(function: str, colour: str | Rgb) -> Rgb:
    rgb = parse_colour(colour) if isinstance(colour, str) else colour
    if rgb is None or len(rgb) != 3 or not all(0.0 <= v <= 1.0 for v in rgb):
        raise wrong(function, "colour", "#rrggbb or three numbers of 0..1", colour)
    return rgb


def _luma(rgb: Rgb) -> float:
    return KR * rgb[0] + KG * rgb[1] + KB * rgb[2]


def _chroma(rgb: Rgb) -> tuple[float, float]:
    y = _luma(rgb)
    return (rgb[2] - y) / BLUE_PER_CB, (rgb[0] - y) / RED_PER_CR


def _wanted(rgb: Rgb) -> str:
    """Chroma length that the target's saturation has at luma ``y@``."""
    cb, cr = _chroma(rgb)
    y = _luma(rgb)
    return f"y@ {((cb * cb + cr * cr) ** 0.5 / y if y else 0.0):.9g} *"


def _room(direction: tuple[float, float]) -> str:
    """Longest chroma of a direction that stays inside R, G, B of 0..1 at luma ``y@``."""
    red, blue = RED_PER_CR * direction[1], BLUE_PER_CB * direction[0]
    deltas = (red, -(KR * red + KB * blue) / KG, blue)
    up, down = max(*deltas, 1e-9), max(*(-d for d in deltas), 1e-9)
    return f"y@ {1 / down:.9g} * 1 y@ - {1 / up:.9g} * min 0 max"


def _direction(rgb: Rgb) -> tuple[float, float]:
    cb, cr = _chroma(rgb)
    length = (cb * cb + cr * cr) ** 0.5
    return (cb / length, cr / length) if length > 1e-9 else (0.0, 0.0)
