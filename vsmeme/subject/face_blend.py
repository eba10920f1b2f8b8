"""The blend of a placed picture with the film: tone, mask, and the light of the edge.

A placed picture is YUV444PS, premultiplied by its cover, and carries its tone as frame props.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import vapoursynth as vs

from ..memory import shared
from ..pixels.box_blur import box_blur
from ..pixels.frame_props import number_text, with_props
from ..pixels.region import three
from .track import Tone

core = vs.core

_WEIGHT = "VsmemeFaceWeight"
_GAIN, _COS, _SIN = (f"VsmemeFace{name}" for name in ("Gain", "Cos", "Sin"))
_OFFSETS = tuple(f"VsmemeFaceOffset{plane}" for plane in "YUV")
_PROPS = (_WEIGHT, _GAIN, _COS, _SIN, *_OFFSETS)
_LIMITED = ((16, 219), (128, 224), (128, 224))  # black and span of Y, Cb, Cr in 8-bit codes
REDUCE = 4  # the membrane is smooth: it is computed at a quarter of the size
NEAR, FAR = 0.05, 0.3  # reach of its two box blurs, of the window's size
FAR_WEIGHT = 0.02
LARGEST = (0.12, 0.06, 0.06)  # shift of Y, Cb, Cr: hair must not flow into the forehead


def with_tones(face: vs.VideoNode, weights: Sequence[float], tones: Sequence[Tone]) -> vs.VideoNode:
    """Attach weight and colour of each frame as props.

    Args:
        face: The placed picture, one frame a weight.
        weights: 0..1.
        tones: One a frame, or none.

    Returns:
        The same samples.
    """
    table = []
    for n, weight in enumerate(weights):
        tone = tones[n] if tones else Tone()
        turn = math.radians(tone.turn)
        mixed = tone.chroma * math.cos(turn), tone.chroma * math.sin(turn)
        table.append((weight, tone.gain, *mixed, *tone.offset))
    columns = {name: [number_text(row[i]) for row in table] for i, name in enumerate(_PROPS)}
    return with_props(face, columns)


def mix(
    film: vs.VideoNode,
    mask: vs.VideoNode,
    face: vs.VideoNode,
    cover: vs.VideoNode,
    *,
    shift: vs.VideoNode | None = None,
) -> vs.VideoNode:
    """Lay the picture over the film, in one pass.

    Args:
        film: Integer YUV 4:4:4, limited.
        mask: GRAY8 or GRAY16, full range.
        face: The placed picture with its props (``with_tones``).
        cover: GRAYS, its cover.
        shift: YUV444PS that is added to the picture's colour, if any.

    Returns:
        The film's format and props; where the mask is 0, the film's samples.
    """
    depth, top = film.format.bits_per_sample, (1 << mask.format.bits_per_sample) - 1
    extra = "c@ c * +" if shift is not None else ""
    expressions = []
    # x film, y premultiplied face, z cover, a mask, b the face's other chroma plane, c shift
    for plane, (zero, span) in enumerate(_LIMITED):
        expressions.append(
            f"z 0 1 clamp c! {_toned(plane, 'b')} {extra} {span << (depth - 8)} * "
            f"c@ {zero << (depth - 8)} * + c@ x * - a {top} / y.{_WEIGHT} * * x +"
        )
    clips = [film, face, three(cover), three(mask), _swapped(face)]
    return core.akarin.Expr([*clips, shift] if shift is not None else clips, expressions)


def face_membrane(
    film: vs.VideoNode, mask: vs.VideoNode, face: vs.VideoNode, cover: vs.VideoNode
) -> vs.VideoNode:
    """Spread the difference between film and picture from the mask's edge over the picture.

    A smooth interpolation of the edge's difference (normalised convolution, Knutsson and Westin
    1993), in place of the Poisson equation's harmonic one: it needs no solver.

    Args:
        film: Integer YUV 4:4:4, limited.
        mask: GRAY8 or GRAY16, full range, soft at its edge: the soft part is where it is measured.
        face: The placed picture with its props.
        cover: GRAYS, its cover.

    Returns:
        YUV444PS, of the film's size: what to add.
    """
    top = (1 << mask.format.bits_per_sample) - 1
    # Only the edge counts, and only where the picture is solid.
    edge = core.akarin.Expr(
        [mask, cover], f"x {top} / 1 x {top} / - * 4 * y 0 1 clamp dup * dup * *", format=vs.GRAYS
    )
    depth = film.format.bits_per_sample
    gaps = []
    for plane, (zero, span) in enumerate(_LIMITED):
        value = f"x {zero << (depth - 8)} - {span << (depth - 8)} /"
        limit = f"{-LARGEST[plane]} {LARGEST[plane]}"
        gaps.append(f"z 0.5 max c! {value} {_toned(plane, 'b')} c@ / - {limit} clamp a *")
    clips = [film, face, three(cover), three(edge), _swapped(face)]
    gap = core.akarin.Expr(clips, gaps, format=vs.YUV444PS)
    small = max(1, film.width // REDUCE), max(1, film.height // REDUCE)
    gap, edge = (shared(core.resize.Bilinear(clip, *small)) for clip in (gap, edge))
    near, far = (max(1, round(reach * max(small))) for reach in (NEAR, FAR))
    wide = [gap, *(three(_blur(edge, radius)) for radius in (near, far))]
    wide = [_blur(gap, near), _blur(gap, far), *wide[1:]]
    value = f"x {FAR_WEIGHT} y * + z {FAR_WEIGHT} a * + 1e-6 + /"
    smooth = core.akarin.Expr(wide, value)
    return core.resize.Bilinear(smooth, film.width, film.height)


def _toned(plane: int, other: str) -> str:
    """The premultiplied picture ``y`` in its tone, for the cover ``c@``."""
    offset = f"c@ y.{_OFFSETS[plane]} * +"
    if plane == 0:
        return f"y y.{_GAIN} * {offset}"
    return f"y y.{_COS} * {other} y.{_SIN} * {'-' if plane == 1 else '+'} {offset}"


def _swapped(face: vs.VideoNode) -> vs.VideoNode:
    return core.std.ShufflePlanes([shared(face)] * 3, [0, 2, 1], vs.YUV)


def _blur(clip: vs.VideoNode, radius: int) -> vs.VideoNode:
    return box_blur(clip, across=radius, down=radius, passes=2)
