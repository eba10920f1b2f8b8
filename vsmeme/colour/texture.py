"""Fine structure where the picture has none: what the upscaled DVD lacks beside the wide.

What the wide has at fine scale and the bands lack is of three kinds. What the DVD still hints at
(edges) is raised in proportion to its own detail. What does not change (texture) becomes noise of
the same spectrum, fixed to the picture. What changes from frame to frame becomes moving noise,
on top of the film's grain. Where the bands have too much, from the DVD's codec, what boils is
steadied in time and what stands still is lowered. How much of each was measured on the overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import vapoursynth as vs

from ..errors import check_share, wrong
from ..memory import repeated, shared
from ..pixels.box_blur import box_blur
from ..pixels.frame_props import number_text, with_props
from ..pixels.rect import Rect
from ..pixels.region import cut, grid, replaced
from ..source.formats import WORKING
from .grain import CODE, shaped_noise
from .steady import AROUND_PX, local_mean, steady_code, steady_inputs
from .table_code import by_light, knot_code, light_code
from .texture_tables import ShotTexture, Texture

core = vs.core

FINE_PASSES = 3  # of a box of 3 px: a Gaussian of 1.41 px; what it takes away is fine
BROAD_PX = 6  # radius of two boxes: a Gaussian of 5.3 px; between the two lies activity
LEAST_PX = 4  # thinner cells have no scales to split
SEED = 77


class Detail(NamedTuple):
    """A picture's fine structure: GRAYS, 8-bit codes, of the picture's size.

    Attributes:
        soft: What is coarser than 1.5 px.
        fine: The rest.
        energy: Its local mean square.
        activity: Local mean square of what is coarser, up to 5 px.
    """

    soft: vs.VideoNode
    fine: vs.VideoNode
    energy: vs.VideoNode
    activity: vs.VideoNode


def detail(luma: vs.VideoNode, inside: vs.VideoNode | None = None) -> Detail:
    """Split a picture by scale.

    Args:
        luma: GRAY16, limited, ``w x h x n``.
        inside: GRAY8 of the same size: only where it is 255 does a picture count in the means.
    """
    plain = shared(core.akarin.Expr(luma, f"x {1 / CODE:.9g} *", format=vs.GRAYS))
    soft = shared(box_blur(plain, across=1, down=1, passes=FINE_PASSES))
    broad = local_mean(soft, BROAD_PX)
    fine = shared(core.akarin.Expr([plain, soft], "x y -"))
    if inside is None:
        squares = core.akarin.Expr(fine, "x dup *"), core.akarin.Expr([soft, broad], "x y - dup *")
        return Detail(soft, fine, *(local_mean(square, AROUND_PX) for square in squares))
    squares = (
        core.akarin.Expr([fine, inside], "y 255 = x dup * 0 ?"),
        core.akarin.Expr([soft, inside, broad], "y 255 = x z - dup * 0 ?"),
    )
    weight = local_mean(core.akarin.Expr(inside, "x 255 = 1 0 ?", format=vs.GRAYS), AROUND_PX)
    shared(weight)
    means = (
        core.akarin.Expr([local_mean(square, AROUND_PX), weight], "x y 0.001 max /")
        for square in squares
    )
    return Detail(soft, fine, *means)


def add_texture(
    clip: vs.VideoNode,
    fresh: vs.VideoNode,
    texture: Texture,
    *,
    areas: Sequence[Rect],
    firsts: Sequence[int] = (0,),
    strength: float = 1.0,
    seed: int = SEED,
) -> vs.VideoNode:
    """Let the wide's fine structure run on in the bands and the generated corners, on luma.

    Args:
        clip: YUV444P16, ``w x h x n``, limited, without grain in the bands.
        fresh: GRAY8, full range, ``w x h x n``: 255 where the picture is not the wide's.
        texture: What is lacking.
        areas: Rectangles that hold everything fresh, px.
        firsts: First frame of each shot, ascending; strengths change there.
        strength: 0 (the clip itself) to 1 (as much as is lacking).
        seed: Any other number gives other noise.

    Returns:
        YUV444P16, ``w x h x n``; a frame depends on its number alone, and is untouched where
        ``fresh`` is 0.
    """
    if clip.format.id != WORKING:
        raise wrong("add_texture", "clip", "YUV444P16", clip.format.name)
    check_share("add_texture", strength=strength)
    cells = [rect for row in grid(areas) for rect in row]
    if not strength or not texture.adds or not cells:
        return clip
    luma = core.std.ShufflePlanes(shared(clip), 0, vs.GRAY)
    shared(fresh)
    noises = _noises(luma, texture, cells, seed)
    code = _code(texture, strength)
    told = shared(_told(luma, texture, firsts))

    def textured(rect: Rect) -> vs.VideoNode:
        row = sum(cell.h for cell in cells[: cells.index(rect)])
        own = [cut(noise, Rect(x=0, y=row, w=rect.w, h=rect.h)) for noise in noises]
        part, mask = cut(told, rect), cut(fresh, rect)
        if min(rect.w, rect.h) < LEAST_PX:
            return part
        soft, fine, *local = detail(part, mask)
        time = steady_inputs(soft, fine).clips if texture.steadies else (fine,)
        return core.akarin.Expr([part, *local, *own, mask, *time], code)

    done = replaced(luma, cells, textured)
    return core.std.ShufflePlanes([done, clip], [0, 1, 2], vs.YUV, clip)


def grain_left(
    clip: vs.VideoNode,
    fresh: vs.VideoNode,
    texture: Texture,
    *,
    areas: Sequence[Rect],
    firsts: Sequence[int] = (0,),
    strength: float = 1.0,
) -> vs.VideoNode:
    """Return how much of the film's grain the picture still needs.

    Args:
        clip: YUV444P16, ``w x h x n``, as it was given to `add_texture`.
        fresh: As for `add_texture`, like all that follows.
        texture: What is lacking.
        areas: Rectangles that hold everything fresh.
        firsts: First frame of each shot.
        strength: 0 (all of it) to 1 (what the bands don't have already).

    Returns:
        ``fresh`` where the bands have no grain of their own, less where they have: GRAY8.
    """
    if not strength or texture.grained:
        return fresh
    luma = core.std.ShufflePlanes(shared(clip), 0, vs.GRAY)
    share = f"{by_light(texture.grain)} {_of_shot(texture, 'z')['grain']} *"
    place = f"y 1e-6 max log {_HALF_LOG2} * L! {light_code('z', texture.grain)}"
    code = f"{place} x 1 {share} 1 - {strength:.9g} * + *"
    told = shared(_told(luma, texture, firsts))

    def lowered(rect: Rect) -> vs.VideoNode:
        part, mask = cut(told, rect), cut(fresh, rect)
        if min(rect.w, rect.h) < LEAST_PX:
            return mask
        return core.akarin.Expr([mask, detail(part, mask).activity, part], code)

    return replaced(shared(fresh), areas, lowered)


def less_dither(
    clip: vs.VideoNode,
    fresh: vs.VideoNode,
    texture: Texture,
    *,
    areas: Sequence[Rect],
    depth: int = 8,
    strength: float = 1.0,
) -> vs.VideoNode:
    """Bring luma nearer to whole delivered codes, so that dither does not stand out in the bands.

    Args:
        clip: YUV444P16, ``w x h x n``, finished.
        fresh: As for `add_texture`, like all that follows.
        texture: What the bands bear.
        areas: Rectangles that hold everything fresh.
        depth: Delivered bits per sample.
        strength: 0 (the clip itself) to 1.
    """
    pull = strength * (1 - texture.dither)
    if not pull:
        return clip
    luma = core.std.ShufflePlanes(shared(clip), 0, vs.GRAY)
    code = pull_to_codes("x", pull, 1 << (16 - depth), "y 255 /")

    def pulled(rect: Rect) -> vs.VideoNode:
        return core.akarin.Expr([cut(luma, rect), cut(fresh, rect)], code)

    done = replaced(luma, areas, pulled)
    return core.std.ShufflePlanes([done, clip], [0, 1, 2], vs.YUV, clip)


def pull_to_codes(value: str, share: float, code: int, by: str = "1") -> str:
    """Expression that moves a 16-bit value some share of the way to the nearest coarser code."""
    return f"{value} {code} / round {code} * {value} - {share:.9g} * {by} * {value} +"


_HALF_LOG2 = "0.72134752"  # half of 1 / log(2): from a mean square's logarithm to log2 of its root


def _code(texture: Texture, strength: float) -> str:
    """Expression for luma x, energy y, activity z, static a, moving b, fresh c, then fine d.

    Where the picture is steadied, d to k are the clips of a `SteadyInputs`.
    """
    tables = {
        name: knot_code(getattr(texture, name)) for name in ("static", "moving", "own", "level")
    }
    tables |= {name: by_light(getattr(texture, name)) for name in ("gain", "steady")}
    light = light_code("x", (*texture.gain, *texture.steady))
    shot = _of_shot(texture, "x")
    bright = knot_code([f for _, f in texture.lumas], [v * CODE for v, _ in texture.lumas], "x")
    lacking = f"{tables['level']} L1! {tables['own']} O! L1@ y sqrt - L1@ O@ - 0.01 max / 0 1 clamp"
    noise = f"a {tables['static']} {shot['static']} * * b {tables['moving']} {shot['moving']} * * +"
    time, change = "d F! ", ""
    if texture.steadies:
        share = f"{tables['steady']} {shot['steady']} + 0 1 clamp"
        time = steady_code("defghijk", texture.boil, share)
        change = "P@ e - + F@ h - +"
    extra = f"b {shot['extra']} *"
    raised = f"F@ {tables['gain']} {shot['gain']} * 1 - *"
    return (
        f"z 1e-6 max log {_HALF_LOG2} * L! {light}{time}{lacking} {bright} * Q! "
        f"{noise} Q@ * {extra} + {raised} + {change} {strength * CODE:.9g} * c 255 / * x +"
    )


def _of_shot(texture: Texture, clip: str) -> dict[str, str]:
    """Expressions for how a frame's shot differs; with several shots they are the frame's props."""
    if len(texture.shots) > 1:
        return {name: f"{clip}.{_prop(name)}" for name in ShotTexture._fields}
    one = texture.shots[0] if texture.shots else ShotTexture()
    return {name: f"{value:.9g}" for name, value in one._asdict().items()}


def _prop(name: str) -> str:
    return f"VsmemeTexture{name.title()}"


def _told(luma: vs.VideoNode, texture: Texture, firsts: Sequence[int]) -> vs.VideoNode:
    """Give each frame its shot's strengths as props."""
    if len(texture.shots) < 2:
        return luma
    if len(firsts) != len(texture.shots):
        raise wrong("add_texture", "firsts", f"{len(texture.shots)} shots", len(firsts))
    ends = [*firsts[1:], luma.num_frames]
    columns: dict[str, list[str]] = {_prop(name): [] for name in ShotTexture._fields}
    for (first, end), shot in zip(zip(firsts, ends, strict=True), texture.shots, strict=True):
        for column, value in zip(columns.values(), shot, strict=True):
            column += [number_text(value)] * max(0, end - first)
    return with_props(luma, columns)


def _noises(
    luma: vs.VideoNode, texture: Texture, cells: Sequence[Rect], seed: int
) -> tuple[vs.VideoNode, vs.VideoNode]:
    """Still and moving noise: GRAYS, deviation 1, one cell below the other."""
    still = shaped_noise(luma, texture.kernel, seed=seed, cells=cells, length=1)
    moving = shaped_noise(luma, texture.kernel, seed=seed + 1, cells=cells)
    return repeated(still, luma.num_frames), shared(moving)
