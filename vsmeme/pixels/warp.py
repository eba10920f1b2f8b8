"""The one warp: a clip through 3x3 matrices, inside the graph, without Python per frame.

One ``akarin.Expr`` gathers 4 (bilinear) or 16 (bicubic) samples at the place that the inverse
matrix names. Changing matrices reach it as frame props. The expression works with the
*displacement* from each output sample, relative to the picture's centre, so that single
precision is enough at 4K.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, cast

import vapoursynth as vs

from ..errors import MissingError, wrong
from ..host import install_command
from ..memory import repeated
from .frame_props import number_text, with_props
from .matrix import Matrix33, compose, invert, translation

core = vs.core

Kernel = Literal["bicubic", "bilinear"]
Edge = Literal["clamp", "zero"]

_NAMES = tuple(f"VsmemeWarp{i}" for i in range(8))


def warp(
    clip: vs.VideoNode,
    matrices: Matrix33 | Sequence[Matrix33],
    *,
    size: tuple[int, int] | None = None,
    kernel: Kernel = "bicubic",
    edge: Edge = "clamp",
) -> vs.VideoNode:
    """Warp a clip by a fixed transform or by one transform per frame.

    To fill only a region of a larger picture, give the region's size as ``size`` and put
    ``translation(-x, -y)`` of its corner in front of the matrix: nothing else is computed.

    Args:
        clip: GRAYS, RGBS or YUV444PS, ``w x h x n``; of one frame, it stands still under
            changing matrices.
        matrices: Source edge coordinates to output edge coordinates; one for all frames, or one
            a frame.
        size: Width and height of the output in px; the clip's by default.
        kernel: ``bicubic`` (Catmull-Rom: Keys 1981, a = -0.5) or ``bilinear``. Neither
            averages: shrink the source by other means first where the matrix shrinks much.
        edge: What lies outside the source: its border samples (``clamp``), or 0.

    Returns:
        The warped clip, with format and props as the source, of the given size, one frame a matrix
        (or the source's length).

    Raises:
        UsageError: A format, size, length or matrix is not accepted.
        MissingError: The akarin plugin is not installed.
    """
    width, height = size or (clip.width, clip.height)
    _check(clip, width, height)
    varying = _sequence(matrices)
    if edge == "zero":  # a black rim, to which akarin clamps: cheaper than a test at every tap
        clip = core.std.AddBorders(clip, 1, 1, 1, 1, color=[0.0] * clip.format.num_planes)
        rim = {id(m): compose(m, translation(-1, -1)) for m in varying}
        varying = [rim[id(m)] for m in varying]
    rows = {id(m): _displacement(m, width, height) for m in _distinct(varying)}
    table = [rows[id(m)] for m in varying]
    length = _length(clip.num_frames, matrices)
    source = (clip.width, clip.height)
    clip = _enlarge(clip, max(width, source[0]), max(height, source[1]))
    if clip.num_frames != length:
        clip = repeated(clip, length)  # after the enlarging: a still picture needs it once
    columns = {
        name: [number_text(v) for v in column]
        for name, column in zip(_NAMES, zip(*table, strict=True), strict=True)
        if any(v != column[0] for v in column)
    }
    clip = with_props(clip, columns)
    terms = [
        f"x.{name}" if name in columns else number_text(v)
        for name, v in zip(_NAMES, table[0], strict=True)
    ]
    projective = any(row[6] != 0.0 or row[7] != 0.0 for row in table)
    expression = _expression(
        terms, source, (width, height), kernel=kernel, edge=edge, projective=projective
    )
    out = core.akarin.Expr(clip, expression)
    if columns:
        out = core.std.RemoveFrameProps(out, list(columns))
    if (out.width, out.height) == (width, height):
        return out
    return core.std.CropAbs(out, width, height, 0, 0)


def _length(frames: int, matrices: Matrix33 | Sequence[Matrix33]) -> int:
    """How many frames the result has, from the clip's length and the matrices."""
    if isinstance(matrices[0][0], (int, float)):
        return frames
    if frames not in (1, len(matrices)):
        raise wrong("warp", "matrices", f"one, or one for each of {frames} frames", len(matrices))
    return len(matrices)


def _check(clip: vs.VideoNode, width: int, height: int) -> None:
    if not hasattr(core, "akarin"):
        raise MissingError(f"vsmeme.warp: akarin is missing; run: {install_command()}")
    kind = clip.format
    if (
        kind.id == vs.NONE
        or kind.sample_type != vs.FLOAT
        or kind.bits_per_sample != 32
        or kind.subsampling_w
        or kind.subsampling_h
    ):
        raise wrong("warp", "clip", "32-bit float without subsampling", kind.name)
    if clip.width == 0 or clip.height == 0:
        raise wrong("warp", "clip", "one size", "a variable one")
    if width < 1 or height < 1:
        raise wrong("warp", "size", "1x1 or more", f"{width}x{height}")


def _distinct(matrices: Sequence[Matrix33]) -> Iterable[Matrix33]:
    """The matrices, each object once: a track that stands still repeats one."""
    return {id(m): m for m in matrices}.values()


def _sequence(matrices: Matrix33 | Sequence[Matrix33]) -> Sequence[Matrix33]:
    if len(matrices) == 0:
        raise wrong("warp", "matrices", "at least one", "none")
    if isinstance(matrices[0][0], (int, float)):
        return [cast("Matrix33", matrices)]
    return cast("Sequence[Matrix33]", matrices)


def _displacement(matrix: Matrix33, width: int, height: int) -> tuple[float, ...]:
    """Return the eight numbers of the inverse, for centred output coordinates."""
    cx, cy = width / 2, height / 2
    inverse = compose(translation(-cx, -cy), invert(matrix), translation(cx, cy))
    (a, b, c), (d, e, f), (g, h, i) = inverse
    if abs(i) < 1e-9:
        raise wrong("warp", "matrices", "a finite picture at the output's centre", matrix)
    a, b, c, d, e, f, g, h = (v / i for v in (a, b, c, d, e, f, g, h))
    return a - 1.0, b, c, d, e - 1.0, f, g, h


def _enlarge(clip: vs.VideoNode, width: int, height: int) -> vs.VideoNode:
    right, bottom = width - clip.width, height - clip.height
    if right == 0 and bottom == 0:
        return clip
    black = [0.0] * clip.format.num_planes
    return core.std.AddBorders(clip, right=right, bottom=bottom, color=black)


def _expression(
    terms: list[str],
    source: tuple[int, int],
    size: tuple[int, int],
    *,
    kernel: Kernel,
    edge: Edge,
    projective: bool,
) -> str:
    """Return the postfix expression; each term is a number or a prop of the eight."""
    a, b, c, d, e, f, g, h = terms
    parts = [f"X {number_text(0.5 - size[0] / 2)} + x! Y {number_text(0.5 - size[1] / 2)} + y!"]
    across = f"{a} x@ * {b} y@ * + {c} +"
    down = f"{d} x@ * {e} y@ * + {f} +"
    if projective:
        parts.append(f"{g} x@ * {h} y@ * + s! 1 1 s@ + 1e-6 max / q!")
        across = f"{across} s@ x@ * - q@ *"
        down = f"{down} s@ y@ * - q@ *"
    parts.append(f"{across} dx! {down} dy!")
    parts.append("dx@ floor fx! dx@ fx@ - tx! dy@ floor fy! dy@ fy@ - ty!")
    # akarin clamps to the frame, which is larger than the source if that was enlarged (by black).
    enlarged = edge == "clamp" and (source[0] < size[0] or source[1] < size[1])
    taps = (-1, 0, 1, 2) if kernel == "bicubic" else (0, 1)
    for axis, last in (("x", source[0] - 1), ("y", source[1] - 1)):
        inside = f"{last} min" if enlarged else ""
        parts.append(_weights(axis, kernel))
        parts.extend(f"{axis.upper()} f{axis}@ + {k} + {inside} p{axis}{k + 1}!" for k in taps)
    rows = []
    for j in taps:
        row = " ".join(
            f"px{i + 1}@ py{j + 1}@ x[] wx{i + 1}@ *{' +' if i != taps[0] else ''}" for i in taps
        )
        rows.append(f"{row} wy{j + 1}@ *{' +' if j != taps[0] else ''}")
    return " ".join(parts + rows)


def _weights(axis: str, kernel: Kernel) -> str:
    """Return assignments of the kernel's weights at the fraction ``t`` of an axis."""
    t, w = f"t{axis}@", f"w{axis}"
    if kernel == "bilinear":
        return f"{t} {w}2! 1 {t} - {w}1!"
    return (
        f"{t} -0.5 * 1 + {t} * -0.5 + {t} * {w}0! "
        f"{t} 1.5 * -2.5 + {t} * {t} * 1 + {w}1! "
        f"{t} -1.5 * 2 + {t} * 0.5 + {t} * {w}2! "
        f"{t} 0.5 * -0.5 + {t} * {t} * {w}3!"
    )
