"""Networks on clips: whole pictures, or only the bands that the wide doesn't cover."""

from __future__ import annotations

from collections.abc import Sequence

import vapoursynth as vs

from ..errors import wrong
from ..networks.inference import Tile, in_time, run_network
from ..networks.model import Model
from ..networks.motion_compensation import move_neighbours
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..source.files import BT601, to_rgb, to_working
from .strips import band_neighbours, band_strips, interpolated, place_target, resampled
from .upscale_plan import Plan

core = vs.core

FAST_MARGIN_ROWS = 8
"""DVD rows that interpolation reaches beyond a strip: two chroma rows of 4:2:0, two of luma."""


def upscale(
    clip: vs.VideoNode,
    model: Model,
    *,
    backend: str = "auto",
    tile: Tile = None,
    fp16: bool | None = None,
    extra: Sequence[vs.VideoNode] = (),
) -> vs.VideoNode:
    """Upscale whole pictures with a network.

    Args:
        clip: RGBS or RGBH, or GRAYS or GRAYH for a gray model, w x h x n, 0..1.
        model: The network.
        backend: One of `vsmeme.BACKENDS`, or "auto".
        tile: Largest width and height that the network is given at once, input px.
        fp16: Half precision; ``None`` where backend and model bear it.
        extra: Further clips that the model is given, RGBS or GRAYS of the same size and length.

    Returns:
        The format of ``clip``, (w x scale) x (h x scale) x n.

    Raises:
        UsageError: Format, size or tile is not accepted, or the model gives another result than it
            states.
        MissingError: The plugin or the model's file isn't there.
    """
    _check_clip(clip, model, "upscale")
    whole = Rect(x=0, y=0, w=clip.width * model.scale, h=clip.height * model.scale)
    source = _depth(clip, 32)
    clips = [*in_time(source, model), *extra]
    if model.motion:
        clips = [source, *move_neighbours(source, reach=model.motion), *extra]
    (out,) = run_network(clips, model, [whole], backend, tile, fp16)
    return _depth(out, clip.format.bits_per_sample)


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
        fp16: Half precision; ``None`` where backend and model bear it.
        extra: Further clips that the model is given, RGBS or GRAYS, of the DVD's size and length.

    Returns:
        The strips of ``layout.strips(overlap_px)``, top first, one below the other: YUV444P16,
        BT.709 limited, not yet colour-fitted, the DVD's length.

    Raises:
        UsageError: The DVD is not what the layout says, or the layout has no band, or as `upscale`.
        MissingError: As `upscale`.
    """
    parts = upscale_strips(
        dvd,
        layout,
        model,
        overlap_px=overlap_px,
        backend=backend,
        tile=tile,
        fp16=fp16,
        extra=extra,
    )
    return core.std.StackVertical([to_working(part) for part in parts])


def upscale_strips(
    dvd: vs.VideoNode,
    layout: Layout,
    model: Model,
    *,
    overlap_px: int = 0,
    backend: str = "auto",
    tile: Tile = None,
    fp16: bool | None = None,
    extra: Sequence[vs.VideoNode] = (),
) -> list[vs.VideoNode]:
    """Upscale the strips as `upscale_bands` does, without joining or converting them.

    Args:
        dvd: As `upscale_bands`, like all that follows.
        layout: Where everything lies.
        model: The network.
        overlap_px: Rows that each strip reaches into the wide, canvas px.
        backend: Backend by name, or "auto".
        tile: Largest width and height that the network is given at once, DVD px.
        fp16: Half precision.
        extra: Further clips that the model is given.

    Returns:
        One RGBS clip a strip in the DVD's own colours, top first, nominal range 0..1.
    """
    strips = band_strips(dvd, layout, overlap_px, "upscale_bands")
    rgb = to_rgb(dvd)
    source = _luma(rgb) if model.colour == "gray" else rgb
    scale = model.scale
    exact = scale == layout.scale
    targets = [place_target(strip, layout, scale, exact=exact) for strip in strips]
    clips = [*in_time(source, model), *extra]
    if model.motion:
        moved = band_neighbours(
            rgb, layout, reach=model.motion, context_rows=model.radius, overlap_px=overlap_px
        )
        clips = [rgb, *moved, *extra]
    parts = run_network(clips, model, targets, backend, tile, fp16)
    if not exact:
        parts = [
            resampled(part, target, strip, layout, scale)
            for part, target, strip in zip(parts, targets, strips, strict=True)
        ]
    if model.colour == "rgb":
        return parts
    return [_coloured(part, rgb, strip, layout) for part, strip in zip(parts, strips, strict=True)]


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
    if plan.model is None:
        return upscale_fast(dvd, layout, overlap_px=overlap_px)
    return upscale_bands(
        dvd,
        layout,
        plan.model,
        overlap_px=overlap_px,
        backend=plan.backend,
        tile=plan.tile,
        fp16=plan.fp16,
        extra=extra,
    )


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
    return core.std.StackVertical([_fast_strip(dvd, strip, layout) for strip in strips])


def _fast_strip(dvd: vs.VideoNode, strip: Rect, layout: Layout) -> vs.VideoNode:
    """Convert the few rows of the DVD that a strip needs, then interpolate them."""
    first, count, _ = layout.dvd_rows(strip)
    top = max(0, first - FAST_MARGIN_ROWS) // 2 * 2
    bottom = min(dvd.height, (first + count + FAST_MARGIN_ROWS + 1) // 2 * 2)
    rows = to_working(core.std.CropAbs(dvd, dvd.width, bottom - top, 0, top))
    scale = layout.scale
    return core.resize.Bicubic(
        rows,
        strip.w,
        strip.h,
        src_left=(strip.x - layout.dvd.x) / scale,
        src_top=(strip.y - layout.dvd.y) / scale - top,
        src_width=strip.w / scale,
        src_height=strip.h / scale,
        filter_param_a=0,
        filter_param_b=0.5,
    )


def _luma(rgb: vs.VideoNode) -> vs.VideoNode:
    return core.resize.Point(rgb, format=vs.GRAYS, matrix=BT601)


def _coloured(luma: vs.VideoNode, rgb: vs.VideoNode, strip: Rect, layout: Layout) -> vs.VideoNode:
    """Give a gray network's luma the interpolated colours of the DVD."""
    plain = core.resize.Point(interpolated(rgb, strip, layout), format=vs.YUV444PS, matrix=BT601)
    joined = core.std.ShufflePlanes([luma, plain, plain], [0, 1, 2], vs.YUV, plain)
    return core.resize.Point(joined, format=vs.RGBS, matrix_in=BT601)


def _depth(clip: vs.VideoNode, bits: int) -> vs.VideoNode:
    wanted = clip.format.replace(bits_per_sample=bits)
    return clip if clip.format.id == wanted.id else core.resize.Point(clip, format=wanted.id)


def _check_clip(clip: vs.VideoNode, model: Model, function: str) -> None:
    family = vs.RGB if model.planes == 3 else vs.GRAY
    form = clip.format
    if form.color_family != family or form.sample_type != vs.FLOAT:
        wanted = "RGBS or RGBH" if model.planes == 3 else "GRAYS or GRAYH"
        got = "a variable format" if form.id == vs.NONE else form.name
        raise wrong(function, "clip", f"{wanted} for model {model.name}", got)
