"""Harmonic surfaces from what is known along the sides of a rectangle, in native expressions.

Along a side the values are taken apart into cosines or sines; away from it each mode dies as
``cosh`` or ``sinh`` of the rest of the way, which is two geometric series: one Clenshaw recurrence
(Clenshaw 1955) on a coarse grid evaluates each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import vapoursynth as vs

from ..errors import wrong
from .bilinear import OPPOSITE, SIDES, Side, bilinear_part

core = vs.core

CUT_OFF = 3.0
"""Modes beyond this many deviations in frequency are below 1 % and left out."""
DECAYED = 5.0
"""The far edge's reflection of a mode is left out once it has died by exp(-2 * this)."""
MOST_EXPONENT = 40
"""Beyond it a mode of a side of one px leaves the range of 32-bit floats, and is nothing anyway."""
MOST_MODES = 96
"""A long side is smoothed more rather than taken apart into more modes than this."""
STEPS_A_DEVIATION = 2.5
"""Grid on which a surface is evaluated: so many steps in a deviation of the smoothing."""


def clenshaw(ratio: str, modes: int, *, first: str = "1", second: str | None = None) -> str:
    """Expression for the sum of c[k] f[k], k below ``modes``; coefficient k is pixel k of ``y``.

    The functions obey f[k + 1] = 2 r cos(theta) f[k] - r**2 f[k - 1], as r**k cos(k theta) does.

    Args:
        ratio: Name of the variable that holds r; ``C`` holds cos(theta).
        modes: How many.
        first: Expression for f[0].
        second: Expression for f[1]; by default r cos(theta), which goes with f[0] = 1.
    """
    p, q = f"P{ratio}", f"Q{ratio}"
    parts = [f"{ratio}@ C@ * {p}! {ratio}@ dup * {q}! 0 B2! 0 B1!"]
    for k in range(modes - 1, 0, -1):
        parts.append(f"{k} 0 y[] {p}@ 2 * B1@ * + {q}@ B2@ * - B1@ B2! B1!")
    if second is None:
        parts.append(f"0 0 y[] {p}@ B1@ * + {q}@ B2@ * -")
    else:
        parts.append(f"0 0 y[] {q}@ B2@ * - {first} * B1@ {second} * +")
    return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Basis:
    """The modes of one side: what they are like along it, and how they die away from it.

    Attributes:
        ends: Whether the values are held at 0 at the side's first and last end, where another
            known side begins.
        far: Whether they are held at 0 at the opposite side.
        length: Of the side, px.
        depth: Way to the opposite side, px.
    """

    ends: tuple[bool, bool]
    far: bool
    length: float
    depth: float

    @property
    def offset(self) -> float:
        """Frequency of mode 0, half waves along the side."""
        return {(False, False): 0.0, (True, True): 1.0}.get(self.ends, 0.5)

    @property
    def wave(self) -> str:
        """Sine where the first end is held, else cosine."""
        return "sin" if self.ends[0] else "cos"

    def modes(self, deviation: float) -> int:
        """How many modes pass the smoothing."""
        return max(1, math.ceil(CUT_OFF * self.length / (math.pi * deviation)))


def smoothing(longest: float, deviation: float) -> float:
    """Return the deviation with which a rectangle's sides are smoothed, px.

    Args:
        longest: Its longest side, px.
        deviation: What is asked for, px: less than `MOST_MODES` can show is not to be had.
    """
    return max(deviation, CUT_OFF * longest / (math.pi * MOST_MODES))


def surface(
    size: tuple[int, int], sides: Mapping[Side, vs.VideoNode], *, deviation: float
) -> vs.VideoNode:
    """The harmonic surface over a rectangle; free where nothing is known.

    Args:
        size: Width and height of the rectangle, px.
        sides: What is known along each side, left to right or top to bottom: YUV444PS, one row,
            the same number of evenly spaced samples on all sides.
        deviation: Of the Gaussian that smooths them along a side, px.

    Returns:
        YUV444PS of the rectangle's size.
    """
    if not sides:
        raise wrong("surface", "sides", "one or more", "none")
    shapes = {(row.format.id, row.width, row.height) for row in sides.values()}
    nodes = next(iter(sides.values())).width
    if shapes != {(vs.YUV444PS, nodes, 1)}:
        raise wrong("surface", "sides", "rows of YUV444PS, all of one width", shapes)
    longest = max(size)
    deviation = smoothing(longest, max(deviation, CUT_OFF * longest / (math.pi * nodes)))
    step = max(1.0, deviation / STEPS_A_DEVIATION)
    # a step more all around, so that enlarging never reaches beyond the grid
    grid = tuple(max(1, math.ceil(length / step)) + 2 for length in size)
    scale = tuple(length / (count - 2) for length, count in zip(size, grid, strict=True))
    across, down = (b in sides and a not in sides for a, b in (SIDES[:2], SIDES[2:]))
    sides = _turned(sides, across=across, down=down)
    plain, rest = bilinear_part(sides, size, grid, scale)
    total = plain
    for side, row in rest.items():
        part = _one_side(side, row, set(sides), size, grid, scale, deviation)
        total = core.akarin.Expr([total, part], "x y +")
    if across:
        total = core.std.FlipHorizontal(total)
    if down:
        total = core.std.FlipVertical(total)
    return core.resize.Bicubic(
        total,
        width=size[0],
        height=size[1],
        src_left=1,
        src_top=1,
        src_width=grid[0] - 2,
        src_height=grid[1] - 2,
    )


def _turned(
    sides: Mapping[Side, vs.VideoNode], *, across: bool, down: bool
) -> dict[Side, vs.VideoNode]:
    """Turn sides over: an expression is compiled once, and so all four corners share theirs."""
    turned: dict[Side, vs.VideoNode] = {}
    for side in SIDES:
        over, along = (across, down) if side in ("left", "right") else (down, across)
        row = sides.get(OPPOSITE[side] if over else side)
        if row:
            turned[side] = core.std.FlipHorizontal(row) if along else row
    return turned


def _one_side(
    side: Side,
    row: vs.VideoNode,
    known: set[Side],
    size: tuple[int, int],
    grid: tuple[int, ...],
    scale: tuple[float, ...],
    deviation: float,
) -> vs.VideoNode:
    """What one side adds: its own values there, 0 on the other known sides."""
    upright = side in ("left", "right")
    ends: tuple[Side, Side] = ("top", "bottom") if upright else ("left", "right")
    basis = _Basis(
        ends=(ends[0] in known, ends[1] in known),
        far=OPPOSITE[side] in known,
        length=size[1] if upright else size[0],
        depth=size[0] if upright else size[1],
    )
    modes = min(basis.modes(deviation), row.width)
    coefficients = _coefficients(row, basis, modes, deviation)
    along, away = ("Y", "X") if upright else ("X", "Y")
    step_along, step_away = (scale[1], scale[0]) if upright else (scale[0], scale[1])
    place = f"{away} 0.5 - {step_away:.9g} *"
    if side in ("right", "bottom"):
        place = f"{basis.depth} {place} -"
    unit = math.pi / basis.length
    theta = f"{along} 0.5 - {step_along * unit:.9g} * T! T@ cos C!"
    limited = f"{-unit:.9g} * {-MOST_EXPONENT} max {MOST_EXPONENT} min exp"
    near = f"{place} DEPTH! DEPTH@ {limited} R!"
    far = f"{2 * basis.depth} DEPTH@ - {limited} S!"
    reflected = min(modes, math.ceil(DECAYED / unit / max(basis.depth, 1.0)) + 1)
    sign = "-" if basis.far else "+"
    body = " ".join(
        [theta, near, far, _series("R", modes, basis), _series("S", reflected, basis), sign]
    )
    width, height = max(grid[0], coefficients.width), grid[1]
    padded = core.std.AddBorders(coefficients, right=width - coefficients.width, bottom=height - 1)
    canvas = core.std.BlankClip(padded, keep=True)
    return core.std.CropAbs(core.akarin.Expr([canvas, padded], body), *grid)


def _series(ratio: str, modes: int, basis: _Basis) -> str:
    """The sum over the modes of a side, each decayed by a power of the ratio."""
    if basis.ends == (False, False):
        return clenshaw(ratio, modes)
    first, second = (
        f"{ratio}@ {nu} pow T@ {nu} * {basis.wave} *" for nu in (basis.offset, basis.offset + 1)
    )
    return clenshaw(ratio, modes, first=first, second=second)


def _coefficients(row: vs.VideoNode, basis: _Basis, modes: int, deviation: float) -> vs.VideoNode:
    """The modes of a side's values, smoothed, over what both series add up to at the side."""
    nodes = row.width
    nu = f"X {basis.offset} +"
    # each wave is the last one turned on: a sine for each sample takes twice as long to compile
    angle = f"{nu} {math.pi / nodes:.9g} * N! N@ cos C! N@ sin S! N@ 0.5 * cos U! N@ 0.5 * sin V!"
    wave = {"cos": "U@", "sin": "V@"}[basis.wave]
    turn = "U@ C@ * V@ S@ * - V@ C@ * U@ S@ * + V! U!"
    terms = [f"{j} 0 x[] {wave} * + {turn}" for j in range(nodes)]
    omega = f"{nu} {math.pi / basis.length:.9g} * O!"
    smooth = f"O@ {deviation:.9g} * dup * -0.5 * exp"
    sign = "-" if basis.far else "+"
    reflect = f"1 O@ {-2.0 * basis.depth:.9g} * exp {sign} 1e-9 max"
    norm = f"{nu} 0 = 1 {nu} {nodes} = 1 2 ? ? {nodes} /"
    body = f"{angle} {omega} 0 {' '.join(terms)} {norm} * {smooth} * {reflect} /"
    return core.std.CropAbs(core.akarin.Expr(row, body), min(modes, nodes), 1)
