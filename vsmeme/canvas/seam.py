"""What joins the bands to the wide: a feather, and a membrane that carries the difference away.

The membrane is the harmonic surface over a band that takes the seam's (smoothed) difference at the
seam and is free at the other edges. In cosine modes along x each mode dies away from the seam as
``cosh(mu (n - y)) / cosh(mu n)`` (n rows of band), which is two geometric series: one Clenshaw
recurrence (Clenshaw 1955) on a coarse grid evaluates it, in native expressions only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import vapoursynth as vs

from ..errors import wrong
from ..memory import shared
from ..pixels.bt709 import BLACK
from .harmonic import CUT_OFF, DECAYED, clenshaw

core = vs.core

SMOOTH_PX = 48.0
"""Deviation of the Gaussian along the seam: what is finer is detail, not colour."""
STEP_X, STEP_Y = 16, 4
"""Grid on which the membrane is evaluated, px."""
SEAM_STEP_X = 48
"""Grid of the seam row; its triangle filter spans two steps."""
CORING = 0.8
"""8-bit codes: differences well below this are noise and detail, not colour, and stay at home.
Without it the membrane costs up to 0.1 dB in the bands of real pairs whose colours fit."""

Blend = Literal["poisson", "feather"]
SEAM_WIDTH_PX = 16
Limits = tuple[str, str, str, str]


def feather_weight(row: str, width: int) -> str:
    """Expression for the share of the wide `row` (a term, from 0) rows away from the seam.

    A smooth step from 0 to 1 over `width` rows.
    """
    t = f"{row} 0.5 + {width} /"
    return f"{t} dup dup * swap 2 * 3 swap - *"


def seam_membrane(
    difference: vs.VideoNode,
    *,
    size: tuple[int, int],
    rows: int,
    seam: str,
    runs: Sequence[tuple[int, int]],
) -> list[vs.VideoNode]:
    """The surface to add to a strip.

    Args:
        difference: YUV444PS, wide minus strip on the overlap, as wide as the strip, in 16-bit
            codes.
        size: the strip's width and height, px; overlap included.
        rows: rows of the strip that belong to the band.
        seam: "below" where the wide lies below the band, "above" where above.
        runs: First row and number of rows of each part of the strip that is wanted.

    Returns:
        A clip a run: YUV444PS, as wide as the strip, in 16-bit codes; constant along y in the
        overlap but for its first rows, where it runs on smoothly.
    """
    if difference.format.id != vs.YUV444PS:
        raise wrong("membrane", "difference", "YUV444PS", difference.format.name)
    width, height = size
    nodes = max(2, -(-width // SEAM_STEP_X))
    row = core.resize.Bilinear(difference, width=nodes, height=1)
    row = core.akarin.Expr(row, f"x x x {CORING * 256} / dup * -1 * exp * -")
    modes = max(1, min(nodes, math.ceil(CUT_OFF * width / (math.pi * SMOOTH_PX))))
    spectrum = _spectrum(row, nodes, modes, width, rows)
    grid = max(2, -(-width // STEP_X)), max(2, -(-height // STEP_Y))
    surface = _surface(spectrum, grid, modes, size, rows, seam)
    scale = grid[1] / height
    return [
        core.resize.Bicubic(
            surface, width=width, height=count, src_top=first * scale, src_height=count * scale
        )
        for first, count in runs
    ]


def _spectrum(row: vs.VideoNode, nodes: int, modes: int, width: int, rows: int) -> vs.VideoNode:
    """Cosine modes of the seam row, smoothed, over 1 + exp(-2 mu n): pixel k is mode k."""
    wide = max(nodes, modes)
    if wide > nodes:
        row = core.std.AddBorders(row, right=wide - nodes)
    angle = f"X {math.pi / nodes:.9g} *"
    terms = [f"{j} 0 x[] A@ {j + 0.5} * cos * +" for j in range(nodes)]
    omega = f"X {math.pi / width:.9g} *"
    smooth = f"{omega} {SMOOTH_PX} * dup * -0.5 * exp"
    # the triangle filter's own loss, given back
    half = f"{omega} {width / nodes / 2:.9g} * 1e-4 max"
    loss = f"{half} H! H@ H@ sin / dup *"
    reflect = f"1 {omega} {-2.0 * rows:.9g} * exp +"
    norm = f"X 0 = 1 2 ? {nodes} /"
    body = f"{angle} A! 0 {' '.join(terms)} {norm} * {smooth} * {loss} * {reflect} /"
    return core.akarin.Expr(row, body)


def _surface(
    spectrum: vs.VideoNode,
    grid: tuple[int, int],
    modes: int,
    size: tuple[int, int],
    rows: int,
    seam: str,
) -> vs.VideoNode:
    """Sum of the modes on the coarse grid."""
    width, height = size
    canvas = core.std.BlankClip(
        spectrum, width=max(grid[0], spectrum.width), height=grid[1], keep=True
    )
    padded = core.std.AddBorders(
        spectrum, right=canvas.width - spectrum.width, bottom=grid[1] - spectrum.height
    )
    position = f"Y 0.5 + {height / grid[1]:.9g} *"
    depth = f"{rows} {position} -" if seam == "below" else f"{position} {height - rows} -"
    near = f"{depth} {-STEP_Y} max DEPTH! DEPTH@ {-math.pi / width:.9g} * exp R!"
    far = f"{2 * rows} DEPTH@ - {-math.pi / width:.9g} * exp S!"
    theta = f"X 0.5 + {math.pi / grid[0]:.9g} * cos C!"
    reflected = max(1, min(modes, math.ceil(DECAYED * width / (math.pi * max(rows, 1)))))
    body = " ".join([near, far, theta, clenshaw("R", modes), clenshaw("S", reflected), "+"])
    return core.akarin.Expr([canvas, padded], body).std.Crop(right=canvas.width - grid[0])


def seam_parts(
    under: vs.VideoNode,
    strip: Callable[[int, int], vs.VideoNode],
    *,
    band: int,
    blend: Blend,
    seam: Literal["above", "below"],
    limits: Limits | None = None,
) -> tuple[vs.VideoNode, vs.VideoNode]:
    """Join a strip to what lies beside it; the seam lies flat.

    Args:
        under: What the strip overlaps, YUV444P16, as wide as the strip.
        strip: Returns rows of it (first, count), YUV444P16.
        band: Rows of the strip beyond the overlap.
        blend: How they are joined.
        seam: Whether the overlap lies below the band or above it.
        limits: Props of the strip: first column and first beyond, first row and first beyond, of
            what it shows in a frame; none where that is all of it.

    Returns:
        The band, black where it shows nothing, and the overlap mixed.
    """
    overlap, width = under.height, under.width
    at = (0, band) if seam == "below" else (overlap, 0)
    outer, over = bare_band(strip, at[0], band, limits), shared(strip(at[1], overlap))
    if blend == "poisson":
        difference = core.akarin.Expr([under, over], "x y -", format=vs.YUV444PS)
        if limits:
            difference = core.akarin.Expr([difference, over], _mirrored(limits, width))
        size, runs = (width, band + overlap), ((at[0], band), (at[1], overlap))
        surface = seam_membrane(difference, size=size, rows=band, seam=seam, runs=runs)
        shown = _within(limits, "x", at[0]) if limits else ""
        outer = core.akarin.Expr([outer, surface[0]], f"{shown} x y + x ?" if shown else "x y +")
        over = core.akarin.Expr([over, surface[1]], "x y +")
    row = "Y" if seam == "below" else f"{overlap - 1} Y -"
    share = feather_weight(row, overlap)
    mixed = f"{share} W! x W@ * y 1 W@ - * +"
    if limits:
        mixed = f"{_within(limits, 'y', at[1])} {mixed} x ?"
    return outer, core.akarin.Expr([under, over], mixed)


def bare_band(
    strip: Callable[[int, int], vs.VideoNode], first: int, count: int, limits: Limits | None
) -> vs.VideoNode:
    """Return rows of a strip, black beyond what it shows."""
    rows = strip(first, count)
    if not limits:
        return rows
    shown = _within(limits, "x", first)
    return core.akarin.Expr(rows, [f"{shown} x {black} ?" for black in BLACK])


def _mirrored(limits: Limits, width: int) -> str:
    """Expression for a difference that goes on mirrored beyond the columns that a strip shows.

    The membrane's slope is then 0 where these end, as it is at the ends of a strip.
    """
    first, end = f"y.{limits[0]}", f"y.{limits[1]}"
    left, right = f"{first} 2 * 1 - X -", f"{end} 2 * 1 - X -"
    column = f"X {first} < {left} X {end} >= {right} X ? ?"
    return f"{column} {first} max {end} 1 - min {width - 1} min 0 max Y x[]"


def _within(limits: Limits, clip: str, first: int) -> str:
    """Expression for whether a px of the rows from the first on shows the DVD."""
    left, right, above, below = (f"{clip}.{name}" for name in limits)
    row = f"Y {first} +"
    return f"X {left} >= X {right} < and {row} {above} >= and {row} {below} < and"
