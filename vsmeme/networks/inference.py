"""One network instance for any parts of a picture: windows queued in time, results joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import vapoursynth as vs

from ..errors import MissingError, UsageError, wrong
from ..memory import shared
from ..pixels.rect import Rect
from .backend import ENGINES, find_backend, infer
from .manifest import read_manifest
from .model import Model
from .repacked import repacked
from .tiles import TileGrid

core = vs.core

Tile = tuple[int, int] | None


def in_time(clip: vs.VideoNode, model: Model) -> list[vs.VideoNode]:
    """Return the clip with its neighbours in time, earliest first; the ends repeat."""
    reach = model.neighbours
    before = [clip[0] * step + clip[:-step] for step in range(reach, 0, -1) if step < len(clip)]
    after = [clip[step:] + clip[-1] * step for step in range(1, reach + 1) if step < len(clip)]
    if len(before) != reach:
        raise UsageError(
            f"vsmeme.upscale: model {model.name} needs clips of more than {reach} frames"
        )
    return [*before, clip, *after]


def run_network(
    clips: Sequence[vs.VideoNode],
    model: Model,
    targets: Sequence[Rect],
    backend: str,
    tile: Tile,
    fp16: bool | None,
) -> list[vs.VideoNode]:
    """Run a network for parts of its output: one instance, one window size, one clip a part."""
    _check_inputs(clips, model)
    chosen = find_backend(backend)
    half = (chosen.half and model.fp16) if fp16 is None else fp16
    ready = [_padded(_ranged(clip, model), model.multiple) for clip in clips]
    grid = TileGrid(
        scale=model.scale,
        radius=model.radius,
        multiple=model.multiple,
        size=(ready[0].width, ready[0].height),
    )
    window = grid.window_size(targets, tile)
    rows = [grid.windows(target, window) for target in targets]
    places = [piece.source for piece in chain.from_iterable(chain.from_iterable(rows))]
    queues = [_queue(clip, places) for clip in ready]
    whole = repacked(model.path) if model.repack and chosen.plugin not in ENGINES else model.path
    out = shared(infer(queues, chosen, network=whole, half=half))
    _check_result(out, model, window)
    pieces = iter(range(len(places)))
    parts = []
    for part in rows:
        lines = [
            core.std.StackHorizontal(
                [_crop(_turn(out, next(pieces), len(places)), piece.keep) for piece in line]
            )
            for line in part
        ]
        parts.append(_unranged(core.std.StackVertical(lines), model))
    return parts


def _queue(clip: vs.VideoNode, places: Sequence[Rect]) -> vs.VideoNode:
    """Line the windows of each frame up in time, so that one network instance serves them all."""
    crops = [_crop(clip, place) for place in places]
    return core.std.Interleave(crops, modify_duration=False) if len(crops) > 1 else crops[0]


def _turn(clip: vs.VideoNode, at: int, count: int) -> vs.VideoNode:
    return core.std.SelectEvery(clip, count, at, modify_duration=False) if count > 1 else clip


def _crop(clip: vs.VideoNode, place: Rect) -> vs.VideoNode:
    if (place.w, place.h) == (clip.width, clip.height):
        return clip
    return core.std.CropAbs(clip, place.w, place.h, place.x, place.y)


def _padded(clip: vs.VideoNode, multiple: int) -> vs.VideoNode:
    """Repeat the last column and row until both sides are multiples."""
    right, below = -clip.width % multiple, -clip.height % multiple
    if not right and not below:
        return clip
    grown = core.std.AddBorders(clip, 0, right, 0, below)
    edge = f"X {clip.width - 1} min Y {clip.height - 1} min x[]"
    return core.akarin.Expr(grown, edge)


def _ranged(clip: vs.VideoNode, model: Model) -> vs.VideoNode:
    """Clamp to 0..1 and scale; SPAN answers an excursion of 0.1 (common in a DVD) with +-25."""
    low, high = model.value_range
    steps = ["x 0 1 clamp" if model.clamp else "x"]
    if (low, high) != (0, 1):
        steps.append(f"{high - low} * {low} +")
    return clip if steps == ["x"] else core.akarin.Expr(clip, " ".join(steps))


def _unranged(clip: vs.VideoNode, model: Model) -> vs.VideoNode:
    low, high = model.value_range
    return clip if (low, high) == (0, 1) else core.std.Expr(clip, f"x {low} - {high - low} /")


def _check_inputs(clips: Sequence[vs.VideoNode], model: Model) -> None:
    if not model.path.is_file():
        entry = read_manifest().get(model.name)
        command = entry.command if entry else "vsmeme learn"
        raise MissingError(f"model {model.name} is not at {model.path}: run `{command}`")
    first = clips[0]
    for clip in clips:
        same = (clip.width, clip.height, len(clip)) == (first.width, first.height, len(first))
        if not same or clip.format.id not in (vs.RGBS, vs.GRAYS):
            raise wrong(
                "upscale",
                "extra",
                f"RGBS or GRAYS of {first.width}x{first.height}, {len(first)} frames",
                f"{clip.format.name} of {clip.width}x{clip.height}, {len(clip)} frames",
            )
    planes = sum(clip.format.num_planes for clip in clips)
    if planes != model.channels:
        raise wrong("upscale", "extra", f"{model.channels} planes for model {model.name}", planes)


def _check_result(out: vs.VideoNode, model: Model, window: tuple[int, int]) -> None:
    expected = (window[0] * model.scale, window[1] * model.scale, model.planes)
    got = (out.width, out.height, out.format.num_planes)
    if got != expected:
        raise UsageError(
            f"model {model.name} states a scale of {model.scale} and {model.planes} channels: from "
            f"{window[0]}x{window[1]} it makes {got[0]}x{got[1]} with {got[2]}"
        )
