"""Networks on clips: whole pictures, or only the bands that the wide doesn't cover."""

from __future__ import annotations

from collections.abc import Sequence

import vapoursynth as vs

from .errors import wrong
from .geometry import Layout, Rect
from .inference import Tile, in_time, run_network
from .model import Model
from .plan import Plan
from .source import BT601, to_rgb, to_working

core = vs.core

RESAMPLE_MARGIN = 4  # DVD px around a strip that interpolation looks at: two chroma rows of 4:2:0


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
    (out,) = run_network([*in_time(source, model), *extra], model, [whole], backend, tile, fp16)
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
    strips = _strips(dvd, layout, overlap_px, "upscale_bands")
    rgb = to_rgb(dvd)
    source = _luma(rgb) if model.colour == "gray" else rgb
    scale = model.scale
    exact = scale == layout.scale
    targets = [_target(strip, layout, scale, exact=exact) for strip in strips]
    parts = run_network([*in_time(source, model), *extra], model, targets, backend, tile, fp16)
    if not exact:
        parts = [
            _resampled(part, target, strip, layout, scale)
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
    strips = _strips(dvd, layout, overlap_px, "upscale_fast")
    return core.std.StackVertical([to_working(_bicubic(dvd, strip, layout)) for strip in strips])


def _strips(dvd: vs.VideoNode, layout: Layout, overlap_px: int, function: str) -> tuple[Rect, ...]:
    got = "a variable format" if dvd.format.id == vs.NONE else dvd.format.name
    if dvd.format.color_family != vs.YUV or (dvd.width, dvd.height) != layout.dvd_size:
        size = f"{layout.dvd_size[0]}x{layout.dvd_size[1]}"
        raise wrong(function, "dvd", f"a YUV DVD of {size}", f"{dvd.width}x{dvd.height} {got}")
    strips = layout.strips(overlap_px)
    if not strips:
        raise wrong(function, "layout", "a band above or below the wide", "none")
    return strips


def _target(strip: Rect, layout: Layout, scale: int, *, exact: bool) -> Rect:
    """Place a strip in the network's output: to the pixel, or with room for resampling."""
    local = strip.shifted(-layout.dvd.x, -layout.dvd.y)
    if exact:
        return local
    left, top = local.x // layout.scale, local.y // layout.scale
    right, bottom = -(-local.right // layout.scale), -(-local.bottom // layout.scale)
    left, top = max(0, left - RESAMPLE_MARGIN), max(0, top - RESAMPLE_MARGIN)
    right = min(layout.dvd_size[0], right + RESAMPLE_MARGIN)
    bottom = min(layout.dvd_size[1], bottom + RESAMPLE_MARGIN)
    return Rect(x=left, y=top, w=right - left, h=bottom - top).scaled(scale)


def _resampled(
    part: vs.VideoNode, target: Rect, strip: Rect, layout: Layout, scale: int
) -> vs.VideoNode:
    """Bring a network's result of another scale to the canvas grid, edge on edge."""
    ratio = scale / layout.scale
    return core.resize.Bicubic(
        part,
        strip.w,
        strip.h,
        src_left=(strip.x - layout.dvd.x) * ratio - target.x,
        src_top=(strip.y - layout.dvd.y) * ratio - target.y,
        src_width=strip.w * ratio,
        src_height=strip.h * ratio,
        filter_param_a=0,
        filter_param_b=0.5,
    )


def _bicubic(clip: vs.VideoNode, strip: Rect, layout: Layout) -> vs.VideoNode:
    scale = layout.scale
    return core.resize.Bicubic(
        clip,
        strip.w,
        strip.h,
        format=vs.RGBS,
        src_left=(strip.x - layout.dvd.x) / scale,
        src_top=(strip.y - layout.dvd.y) / scale,
        src_width=strip.w / scale,
        src_height=strip.h / scale,
        filter_param_a=0,
        filter_param_b=0.5,
        filter_param_a_uv=0,
        filter_param_b_uv=0.5,
    )


def _luma(rgb: vs.VideoNode) -> vs.VideoNode:
    return core.resize.Point(rgb, format=vs.GRAYS, matrix=BT601)


def _coloured(luma: vs.VideoNode, rgb: vs.VideoNode, strip: Rect, layout: Layout) -> vs.VideoNode:
    """Give a gray network's luma the interpolated colours of the DVD."""
    plain = core.resize.Point(_bicubic(rgb, strip, layout), format=vs.YUV444PS, matrix=BT601)
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
