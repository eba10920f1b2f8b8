"""The fitted colour transform of the bands: a polynomial per shot, in one native pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import vapoursynth as vs

from ..errors import wrong
from ..memory import repeated, shared
from ..pixels.bt709 import KB, KG, KR
from ..pixels.frame_props import number_text, with_props
from ..sync.shots import Shots

core = vs.core

Kind = Literal["affine", "quadratic", "cubic"]
SPACE = "yuv709"
LUMA, CHROMA = (16.0, 109.5), (128.0, 112.0)
"""8-bit limited codes at which normalised luma is -1 and chroma 0, and codes a unit."""
TERMS = ("1", "y", "u", "v", "yy", "uu", "vv", "yu", "yv", "uv", "yyy", "yyu", "yyv")
_SQUARES = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
_PROP = "VsmemeColour"
_LIGHT = tuple(f"VsmemeLight{name}{plane}" for plane in range(3) for name in ("Gain", "Offset"))

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A colour transform in normalised BT.709 YUV (luma -1..1, chroma -1..1, gamma-encoded).

    Beyond the fitted range it continues along its slope, so that unseen colours stay sane.

    Attributes:
        coefficients: for y, u and v: the weights of `TERMS`, constant first. Of third degree only
            those that follow luma are there: full cubics run away (measured: -2.2 dB on a pair).
        low: lower end of the range in which the fit saw samples, for y, u, v.
        high: upper end.
        kind: the highest degree whose weights are not all 0.
        space: "yuv709".
    """

    coefficients: tuple[Row, Row, Row]
    low: Row = (-1.0, -1.0, -1.0)
    high: Row = (1.0, 1.0, 1.0)
    kind: Kind = "cubic"
    space: str = SPACE

    def __post_init__(self) -> None:
        if [len(row) for row in self.coefficients] != [len(TERMS)] * 3:
            raise wrong("Colour", "coefficients", f"3 rows of {len(TERMS)}", self.coefficients)
        if self.space != SPACE:
            raise wrong("Colour", "space", SPACE, self.space)
        if len(self.low) != 3 or len(self.high) != 3:
            raise wrong("Colour", "low, high", "3 numbers each", (self.low, self.high))

    @classmethod
    def identity(cls) -> Self:
        """The transform that changes nothing."""
        rows = [tuple(float(i == j + 1) for i in range(len(TERMS))) for j in range(3)]
        return cls(coefficients=(rows[0], rows[1], rows[2]), kind="affine")

    def at(self, y: float, u: float, v: float) -> tuple[float, float, float]:
        """Transform one normalised colour."""
        x = (y, u, v)
        beyond = [c - min(max(c, a), b) for c, a, b in zip(x, self.low, self.high, strict=True)]
        squares = [x[i] * x[j] - beyond[i] * beyond[j] for i, j in _SQUARES]
        near = [a - b for a, b in zip(x, beyond, strict=True)]
        c, d = near[0], beyond[0]
        cubes = [c * (c * x[i] + 2 * d * near[i]) for i in range(3)]
        terms = [1.0, *x, *squares, *cubes]
        out = [sum(w * t for w, t in zip(row, terms, strict=True)) for row in self.coefficients]
        return out[0], out[1], out[2]

    def to_json(self) -> dict[str, Any]:
        """Return an entry of ``colour.json``."""
        return {
            "kind": self.kind,
            "space": self.space,
            "coefficients": [list(row) for row in self.coefficients],
            "terms": list(TERMS),
            "low": list(self.low),
            "high": list(self.high),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an entry of ``colour.json``."""
        y, u, v = (tuple(float(w) for w in row) for row in data["coefficients"])
        return cls(
            coefficients=(y, u, v),
            low=tuple(float(c) for c in data["low"]),
            high=tuple(float(c) for c in data["high"]),
            kind=data["kind"],
            space=data["space"],
        )


def apply_colour(
    clip: vs.VideoNode, colours: Sequence[Colour], *, shots: Shots | None = None
) -> vs.VideoNode:
    """Transform a clip's colours, shot by shot, and their light, frame by frame.

    Args:
        clip: YUV444P16, BT.709 limited, any size, n frames.
        colours: the transforms that the shots index.
        shots: which frames use which transform, at least n of them, and the light that is measured
            on top of it; None for the first throughout.

    Returns:
        YUV444P16, same size and length.

    Raises:
        UsageError: Wrong format, a shot that names a missing transform, or too few shots.
    """
    if clip.format.id != vs.YUV444P16:
        raise wrong("apply_colour", "clip", "YUV444P16", clip.format.name)
    if not colours:
        raise wrong("apply_colour", "colours", "at least one", "none")
    runs = _runs(shots, clip.num_frames, len(colours))
    shared(clip)
    planes = [shared(core.std.ShufflePlanes(clip, plane, vs.GRAY)) for plane in range(3)]
    used = {colour for colour, _ in runs}
    if len(used) == 1:
        numbers = _numbers(colours[runs[0][0]])
    else:
        planes[0] = _with_props(planes[0], colours, runs)
        numbers = [f"x.{_PROP}{i}" for i in range(len(_numbers(colours[0])))]
    light = _light(shots, clip.num_frames)
    if light:
        planes[0] = with_props(planes[0], light)
    out = [
        core.akarin.Expr(planes, _expression(numbers, plane, lit=bool(light))) for plane in range(3)
    ]
    joined = core.std.ShufflePlanes(out, [0, 0, 0], vs.YUV)
    return core.std.CopyFrameProps(joined, clip)


def _runs(shots: Shots | None, length: int, count: int) -> list[tuple[int, int]]:
    """Runs of (colour, frames) that cover the clip, neighbours with one colour joined."""
    if shots is None:
        return [(0, length)]
    if shots.length < length:
        raise wrong("apply_colour", "shots", f"at least {length} frames", shots.length)
    runs: list[tuple[int, int]] = []
    for shot in shots.cut(length).shots:
        if not 0 <= shot.colour < count:
            raise wrong("apply_colour", "shots", f"colours below {count}", shot.colour)
        if runs and runs[-1][0] == shot.colour:
            runs[-1] = (shot.colour, runs[-1][1] + len(shot))
        else:
            runs.append((shot.colour, len(shot)))
    return runs


def _light(shots: Shots | None, length: int) -> dict[str, list[str]]:
    """Gain and offset of every frame as props; none where the light is constant throughout."""
    if shots is None or not any(shot.light for shot in shots.shots):
        return {}
    constant = ((1.0, 0.0, 1.0, 0.0, 1.0, 0.0),)
    rows = [row for shot in shots.cut(length).shots for row in shot.light or constant * len(shot)]
    return {
        name: [number_text(value) for value in column]
        for name, column in zip(_LIGHT, zip(*rows, strict=True), strict=True)
    }


def _numbers(colour: Colour) -> list[str]:
    # PropExpr and Expr print Python floats with six decimals; strings keep them all
    flat = [w for row in colour.coefficients for w in row]
    return [number_text(w) for w in (*flat, *colour.low, *colour.high)]


def _with_props(
    plane: vs.VideoNode, colours: Sequence[Colour], runs: Sequence[tuple[int, int]]
) -> vs.VideoNode:
    """Attach each frame's numbers, made once per transform and repeated without Python."""
    table = [_numbers(colour) for colour in colours]
    names = [f"{_PROP}{i}" for i in range(len(table[0]))]
    cards = core.std.BlankClip(format=vs.GRAY8, width=16, height=16, length=len(table), keep=True)
    cards = core.akarin.PropExpr(
        cards, lambda: {name: [row[i] for row in table] for i, name in enumerate(names)}
    )
    dealt = core.std.Splice([repeated(cards[colour], length) for colour, length in runs])
    return core.std.CopyFrameProps(plane, dealt, props=names)


def _expression(numbers: Sequence[str], plane: int, *, lit: bool = False) -> str:
    """Polynomial for one plane; x, y, z are the planes in 16-bit codes."""
    weights = numbers[plane * len(TERMS) : (plane + 1) * len(TERMS)]
    low, high = numbers[-6:-3], numbers[-3:]
    parts = []
    for i, name in enumerate("xyz"):
        zero, unit = _scale(i)
        parts.append(f"{name} {zero:.9g} - {1 / unit:.9g} * X{i}!")
        parts.append(f"X{i}@ {low[i]} max {high[i]} min C{i}! X{i}@ C{i}@ - D{i}!")
    terms = [weights[0]]
    terms += [f"X{i}@ {weights[1 + i]} *" for i in range(3)]
    terms += [
        f"X{i}@ X{j}@ * D{i}@ D{j}@ * - {weight} *"
        for (i, j), weight in zip(_SQUARES, weights[4:10], strict=True)
    ]
    terms += [
        f"C0@ C0@ X{i}@ * D0@ 2 * C{i}@ * + * {weight} *" for i, weight in enumerate(weights[10:])
    ]
    zero, unit = _scale(plane)
    total = " ".join([terms[0], *(f"{term} +" for term in terms[1:])])
    if lit:
        total += f" x.{_LIGHT[2 * plane]} * x.{_LIGHT[2 * plane + 1]} +"
    return " ".join([*parts, total, f"{unit:.9g} * {zero:.9g} +"])


def _scale(plane: int) -> tuple[float, float]:
    """16-bit code of normalised 0 and codes a unit."""
    if plane == 0:
        return (LUMA[0] + LUMA[1]) * 256, LUMA[1] * 256
    return CHROMA[0] * 256, CHROMA[1] * 256


def cube(colour: Colour, *, size: int = 33, title: str = "vsmeme") -> str:
    """Write a transform as the text of a 3D look-up table (.cube) on BT.709 R'G'B'.

    Args:
        colour: the transform.
        size: nodes an axis, 2 to 129.
        title: shown by programs that load it.

    Returns:
        The file's text, red fastest.
    """
    if not 2 <= size <= 129:
        raise wrong("cube", "size", "2 to 129", size)
    lines = [f'TITLE "{title}"', f"LUT_3D_SIZE {size}", "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1"]
    steps = [i / (size - 1) for i in range(size)]
    for b in steps:
        for g in steps:
            for r in steps:
                rgb = _to_rgb(*colour.at(*_to_yuv(r, g, b)))
                lines.append(" ".join(f"{min(max(c, 0.0), 1.0):.6f}" for c in rgb))
    return "\n".join(lines) + "\n"


def _to_yuv(r: float, g: float, b: float) -> tuple[float, float, float]:
    y = KR * r + KG * g + KB * b
    return 2 * y - 1, (b - y) / (1 - KB), (r - y) / (1 - KR)


def _to_rgb(y: float, u: float, v: float) -> tuple[float, float, float]:
    luma = (y + 1) / 2
    r, b = luma + (1 - KR) * v, luma + (1 - KB) * u
    return r, (luma - KR * r - KB * b) / KG, b
