"""The last touch: grain where the picture has none of its own, and one tie of colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import vapoursynth as vs

from ..errors import MissingError, check_share, wrong
from ..host import install_command
from ..memory import repeated, shared
from ..pixels.box_blur import box_blur
from ..pixels.rect import Rect
from ..pixels.region import cut, grid, replaced
from ..source.formats import WORKING

core = vs.core

CODE = 256  # one 8-bit code on the 16-bit grid
NEUTRAL = 128.0
TIE_FULL = 0.12  # share of the way to the film's mean chroma at tie = 1
EDGE_PX = 3  # half width of the ramp at the border of the grained area
KERNEL = 5
_WHITE = tuple(float(i == KERNEL * KERNEL // 2) for i in range(KERNEL * KERNEL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a film's own picture is like where nothing is in focus: its grain and its mean colour.

    Attributes:
        levels: ``(luma, sigma)`` knots, 8-bit limited codes, luma rising: the grain's deviation.
        kernel: 5x5 convolution, row by row, that turns white noise into the grain's spectrum; its
            squares add up to 1.
        chroma: Mean U and V of the film, 8-bit codes.
    """

    levels: tuple[tuple[float, float], ...] = ((16.0, 0.0), (235.0, 0.0))
    kernel: tuple[float, ...] = _WHITE
    chroma: tuple[float, float] = (NEUTRAL, NEUTRAL)

    def __post_init__(self) -> None:
        lumas = [luma for luma, _ in self.levels]
        if not lumas or lumas != sorted(set(lumas)):
            raise wrong("Stock", "levels", "knots of rising luma", self.levels)
        if min(sigma for _, sigma in self.levels) < 0:
            raise wrong("Stock", "levels", "deviations of 0 or more", self.levels)
        if len(self.kernel) != KERNEL * KERNEL:
            raise wrong("Stock", "kernel", f"{KERNEL * KERNEL} numbers", len(self.kernel))

    @property
    def grainless(self) -> bool:
        """Whether the film has no grain at all."""
        return not any(sigma for _, sigma in self.levels)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of an artifact's ``stock`` key."""
        return {
            "levels": [list(level) for level in self.levels],
            "kernel": list(self.kernel),
            "chroma": list(self.chroma),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an artifact's ``stock`` key; an empty one is a film without grain."""
        if not data:
            return cls()
        return cls(
            levels=tuple((float(a), float(b)) for a, b in data["levels"]),
            kernel=tuple(float(k) for k in data["kernel"]),
            chroma=(float(data["chroma"][0]), float(data["chroma"][1])),
        )


def unify(
    clip: vs.VideoNode,
    fresh: vs.VideoNode,
    stock: Stock,
    *,
    grain: float = 1.0,
    tie: float = 0.3,
    seed: int = 1,
    areas: Sequence[Rect] | None = None,
) -> vs.VideoNode:
    """Give upscaled, generated and inserted areas the film's own grain, and tie the colours.

    Grain is Gaussian noise of ``vsnoise``, shaped to the film's spectrum, as strong as the film's
    own at each brightness, on luma. It depends on the frame number and the seed alone. The tie
    moves all chroma a little towards the film's mean, so that new colours belong to the picture.

    Args:
        clip: YUV444P16, ``w x h x n``, limited.
        fresh: GRAY8, full range, ``w x h x n``: 255 where the picture has no grain of its own.
        stock: The film's grain and mean chroma.
        grain: 0 (none) to 1 (as strong as the film's own).
        tie: 0 (none) to 1 (12 % of the way to the mean).
        seed: Any other number gives other grain.
        areas: Rectangles that hold everything fresh, px: grain is made for nothing else. ``None``
            for the whole picture.

    Returns:
        YUV444P16, ``w x h x n``; untouched where ``fresh`` is 0 and ``tie`` is 0.
    """
    if clip.format.id != WORKING:
        raise wrong("unify", "clip", "YUV444P16", clip.format.name)
    if fresh.format.id != vs.GRAY8 or (fresh.width, fresh.height) != (clip.width, clip.height):
        expected = f"GRAY8 of {clip.width}x{clip.height}"
        raise wrong("unify", "fresh", expected, f"{fresh.format.name} {fresh.width}x{fresh.height}")
    check_share("unify", grain=grain, tie=tie)
    if tie:
        clip = core.akarin.Expr(clip, ["", *(_pull(mean, tie) for mean in stock.chroma)])
    if not grain or stock.grainless:
        return clip
    luma = core.std.ShufflePlanes(shared(clip), 0, vs.GRAY)
    whole = Rect(x=0, y=0, w=clip.width, h=clip.height)
    cells = [rect for row in grid((whole,) if areas is None else areas) for rect in row]
    if not cells:
        return clip
    noise = shared(shaped_noise(luma, stock.kernel, seed=seed, cells=cells))
    shared(fresh)
    code = f"x {_piecewise(stock.levels)} {grain * CODE:.9g} * y * z 255 / * +"

    def grained(rect: Rect) -> vs.VideoNode:
        row = sum(cell.h for cell in cells[: cells.index(rect)])
        own = cut(noise, Rect(x=0, y=row, w=rect.w, h=rect.h))
        return core.akarin.Expr([cut(luma, rect), own, cut(fresh, rect)], code)

    done = replaced(luma, cells, grained)
    return core.std.ShufflePlanes([done, clip], [0, 1, 2], vs.YUV, clip)


def fresh_mask(clip: vs.VideoNode, wide: Rect) -> vs.VideoNode:
    """Mark what is not the wide's own picture: bands and generated corners.

    Args:
        clip: The canvas, any constant format, ``w x h x n``.
        wide: Where the wide lies, canvas px.

    Returns:
        GRAY8, full range, ``w x h x n``; 255 outside the wide, with a ramp of a few px.
    """
    inner = core.std.BlankClip(
        clip, format=vs.GRAY8, width=wide.w, height=wide.h, color=0, length=1, keep=True
    )
    mask = core.std.AddBorders(
        inner,
        left=wide.x,
        right=clip.width - wide.right,
        top=wide.y,
        bottom=clip.height - wide.bottom,
        color=255,
    )
    soft = box_blur(mask, across=EDGE_PX, down=EDGE_PX)
    one = soft.std.SetFrameProps(_Range=int(vs.RANGE_FULL))
    return repeated(one, clip.num_frames)


def fresh_areas(wide: Rect, canvas: tuple[int, int]) -> tuple[Rect, ...]:
    """Return the rectangles that hold what ``fresh_mask`` marks.

    Args:
        wide: Where the wide lies, canvas px.
        canvas: Width and height.
    """
    whole = Rect(x=0, y=0, w=canvas[0], h=canvas[1])
    left, right = (EDGE_PX if side else 0 for side in (wide.x, canvas[0] - wide.right))
    top, bottom = (EDGE_PX if side else 0 for side in (wide.y, canvas[1] - wide.bottom))
    own = Rect(x=wide.x + left, y=wide.y + top, w=wide.w - left - right, h=wide.h - top - bottom)
    return whole.minus(own)


def _pull(mean: float, tie: float) -> str:
    share = tie * TIE_FULL
    return f"x {1 - share:.9g} * {mean * CODE * share:.9g} +"


def _piecewise(levels: tuple[tuple[float, float], ...]) -> str:
    """Sigma at luma ``x`` (16-bit), straight lines between the knots, constant beyond them."""
    out = f"{levels[0][1]:.9g}"
    for (a, low), (b, high) in pairwise(levels):
        slope = (high - low) / (b - a) / CODE
        rise = f"x {a * CODE:.9g} - 0 max {(b - a) * CODE:.9g} min {slope:.9g} *"
        out += f" {rise} +"
    return out


def shaped_noise(
    luma: vs.VideoNode,
    kernel: Sequence[float],
    *,
    seed: int,
    cells: Sequence[Rect],
    length: int | None = None,
) -> vs.VideoNode:
    """Return Gaussian noise of a spectrum, one cell below the other.

    Args:
        luma: For rate and length.
        kernel: 5x5, that gives white noise the spectrum.
        seed: Any other number gives other noise.
        cells: What it is made for, px.
        length: Frames (default: those of ``luma``).

    Returns:
        GRAYS of mean 0, and deviation 1 where the kernel leaves it.

    Raises:
        MissingError: vsnoise is not installed.
    """
    if not hasattr(core, "noise"):
        raise MissingError(f"vsnoise is not installed; run: {install_command()}")
    width, height = max(cell.w for cell in cells), sum(cell.h for cell in cells)
    count = luma.num_frames if length is None else length
    flat = core.std.BlankClip(
        luma, format=vs.GRAYS, width=width, height=height, color=0.5, length=count, keep=True
    )
    raw = core.noise.Add(flat, var=100.0, type=0, seed=seed)  # 0.5 and a deviation of 10 / 255
    taps = [25.5 * tap for tap in kernel]
    return core.std.Convolution(raw, taps, bias=-0.5 * sum(taps), divisor=1.0)
