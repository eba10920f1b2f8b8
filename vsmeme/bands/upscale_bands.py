"""Networks on clips: whole pictures, or only the bands that the wide doesn't cover."""

from __future__ import annotations

from collections.abc import Sequence

import vapoursynth as vs

from ..memory import held
from ..networks.inference import Tile, in_time, run_network
from ..networks.model import Model
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..source.files import BT601
from ..source.formats import to_rgb, to_working
from .strip_stack import stack_strips
from .strips import (
    alike_parts,
    band_neighbours,
    band_strips,
    check_dvd,
    hold_core,
    interpolated,
    needed_parts,
    place_target,
)
from .upscale_plan import Plan

core = vs.core

FAST_MARGIN = 8
"""DVD px that interpolation reaches beyond a strip: two chroma rows of 4:2:0, two of luma."""


def upscale_bands(
    dvd: vs.VideoNode,
    layout: Layout,
    model: Model,
    *,
    overlap_px: int = 0,
    backend: str = "auto",
    tile: Tile = None,
    fp16: bool | None = None,
    extra: Sequence[vs.VideoNode] = (),
) -> vs.VideoNode:
    """Upscale only what the wide doesn't cover, plus the context that the network needs.

    Args:
        dvd: The matched and conformed DVD, YUV with its matrix set, ``layout.dvd_size``.
        layout: Where everything lies.
        model: The network; one of another scale than the layout's is resampled to the canvas grid.
        overlap_px: Rows that each strip reaches into the wide, canvas px.
        backend: One of `vsmeme.BACKENDS`, or "auto".
        tile: Largest width and height that the network is given at once, DVD px.
        fp16: Half precision; ``None``: where backend and model support it.
        extra: Further clips that the model is given, RGBS or GRAYS, of the DVD's size and length.

    Returns:
        The strips of ``layout.strips(overlap_px)`` one below the other, in that order, left and
        right ones transposed and black beside the shorter: YUV444P16, BT.709 limited, not yet
        colour-fitted, the DVD's length.

    Raises:
        UsageError: The DVD is not what the layout says, or the layout has no band, or as `upscale`.
        MissingError: As `upscale`.
    """
    parts = upscale_strips(
        dvd,
        layout,
        model,
        band_strips(dvd, layout, overlap_px, "upscale_bands"),
        backend=backend,
        tile=tile,
        fp16=fp16,
        extra=extra,
    )
    return stack_strips([to_working(part) for part in parts], layout, overlap_px)


def upscale_strips(
    dvd: vs.VideoNode,
    layout: Layout,
    model: Model,
    strips: Sequence[Rect],
    *,
    backend: str = "auto",
    tile: Tile = None,
    fp16: bool | None = None,
    extra: Sequence[vs.VideoNode] = (),
) -> list[vs.VideoNode]:
    """Upscale parts of the DVD as `upscale_bands` does, without joining or converting them.

    Args:
        dvd: As `upscale_bands`, like all that follows.
        layout: Where everything lies.
        model: The network.
        strips: What is wanted: rectangles inside ``layout.dvd``, canvas px.
        backend: Backend by name, or "auto".
        tile: Largest width and height that the network is given at once, DVD px.
        fp16: Half precision.
        extra: Further clips that the model is given.

    Returns:
        One RGBS clip a strip in the DVD's own colours, nominal range 0..1.
    """
    check_dvd("upscale_bands", dvd, layout)
    scale = model.scale
    exact = scale == layout.scale
    targets = [place_target(strip, layout, scale, exact=exact) for strip in strips]
    parts = needed_parts(layout, targets, model)
    rgb = held(to_rgb(hold_core(dvd, parts)), reach=max(model.motion, model.neighbours))
    source = _luma(rgb) if model.colour == "gray" else rgb
    clips = [*in_time(source, model), *extra]
    if model.motion:
        clips = [rgb, *band_neighbours(rgb, parts, reach=model.motion), *extra]
    made = _run_each(clips, model, targets, backend=backend, tile=tile, fp16=fp16)
    if not exact:
        made = [
            interpolated(part, strip, layout, scale=scale, corner=(target.x, target.y))
            for part, target, strip in zip(made, targets, strips, strict=True)
        ]
    if model.colour == "rgb":
        return made
    return [_coloured(part, rgb, strip, layout) for part, strip in zip(made, strips, strict=True)]


def _run_each(
    clips: Sequence[vs.VideoNode],
    model: Model,
    targets: Sequence[Rect],
    *,
    backend: str,
    tile: Tile,
    fp16: bool | None,
) -> list[vs.VideoNode]:
    """Run the network for flat and for upright parts, each in windows of their own size."""
    made: dict[Rect, vs.VideoNode] = {}
    for group in alike_parts(targets):
        parts = run_network(clips, model, group, backend, tile, fp16)
        made.update(zip(group, parts, strict=True))
    return [made[target] for target in targets]


def upscale_planned(
    dvd: vs.VideoNode,
    layout: Layout,
    plan: Plan,
    *,
    overlap_px: int = 0,
    extra: Sequence[vs.VideoNode] = (),
) -> vs.VideoNode:
    """Upscale the bands as ``upscale.json`` says.

    Args:
        dvd: As `upscale_bands`.
        layout: Where everything lies.
        plan: What preparation decided.
        overlap_px: Rows that each strip reaches into the wide, canvas px.
        extra: Further clips that the model is given.

    Returns:
        As `upscale_bands`.
    """
    strips = band_strips(dvd, layout, overlap_px, "upscale_planned")
    parts = planned_strips(dvd, layout, strips, plan=plan, extra=extra)
    return stack_strips(parts, layout, overlap_px)


def planned_strips(
    dvd: vs.VideoNode,
    layout: Layout,
    strips: Sequence[Rect],
    *,
    plan: Plan,
    extra: Sequence[vs.VideoNode] = (),
) -> list[vs.VideoNode]:
    """Upscale parts of the DVD as ``upscale.json`` says.

    Args:
        dvd: As `upscale_bands`.
        layout: Where everything lies.
        strips: What is wanted: rectangles inside ``layout.dvd``, canvas px.
        plan: What preparation decided.
        extra: Further clips that the model is given.

    Returns:
        One clip a strip: YUV444P16, BT.709 limited, not yet colour-fitted.
    """
    if plan.model is None:
        return fast_strips(dvd, layout, strips)
    parts = upscale_strips(
        dvd,
        layout,
        plan.model,
        strips,
        backend=plan.backend,
        tile=plan.tile,
        fp16=plan.fp16,
        extra=extra,
    )
    return [to_working(part) for part in parts]


def upscale_fast(dvd: vs.VideoNode, layout: Layout, *, overlap_px: int = 0) -> vs.VideoNode:
    """Upscale the bands by Catmull-Rom interpolation, without a model.

    Args:
        dvd: The matched and conformed DVD, YUV with its matrix set, ``layout.dvd_size``.
        layout: Where everything lies.
        overlap_px: Rows that each strip reaches into the wide, canvas px.

    Returns:
        As `upscale_bands`.

    Raises:
        UsageError: The DVD is not what the layout says, or the layout has no band.
    """
    strips = band_strips(dvd, layout, overlap_px, "upscale_fast")
    return stack_strips(fast_strips(dvd, layout, strips), layout, overlap_px)


def fast_strips(dvd: vs.VideoNode, layout: Layout, strips: Sequence[Rect]) -> list[vs.VideoNode]:
    """Upscale parts of the DVD by interpolation; as `planned_strips`."""
    return [_fast_strip(dvd, strip, layout) for strip in strips]


def _fast_strip(dvd: vs.VideoNode, strip: Rect, layout: Layout) -> vs.VideoNode:
    """Convert the few px of the DVD that a strip needs, then interpolate them."""
    at = layout.dvd_part(strip)
    x, w = _with_margin(at.x, at.right, dvd.width)
    y, h = _with_margin(at.y, at.bottom, dvd.height)
    part = to_working(core.std.CropAbs(dvd, w, h, x, y))
    return interpolated(part, strip, layout, corner=(x, y))


def _with_margin(first: int, last: int, size: int) -> tuple[int, int]:
    """First and number of px, on the chroma grid, that interpolation of a range looks at."""
    low = max(0, first - FAST_MARGIN) // 2 * 2
    return low, min(size, (last + FAST_MARGIN + 1) // 2 * 2) - low


def _luma(rgb: vs.VideoNode) -> vs.VideoNode:
    return core.resize.Point(rgb, format=vs.GRAYS, matrix=BT601)


def _coloured(luma: vs.VideoNode, rgb: vs.VideoNode, strip: Rect, layout: Layout) -> vs.VideoNode:
    """Give a gray network's luma the interpolated colours of the DVD."""
    plain = core.resize.Point(interpolated(rgb, strip, layout), format=vs.YUV444PS, matrix=BT601)
    joined = core.std.ShufflePlanes([luma, plain, plain], [0, 1, 2], vs.YUV, plain)
    return core.resize.Point(joined, format=vs.RGBS, matrix_in=BT601)
