"""A whole picture through a network."""

from __future__ import annotations

from collections.abc import Sequence

import vapoursynth as vs

from ..errors import wrong
from ..pixels.rect import Rect
from .inference import Tile, in_time, run_network
from .model import Model
from .motion_compensation import move_neighbours

core = vs.core


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
        fp16: Half precision; ``None``: where backend and model support it.
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
