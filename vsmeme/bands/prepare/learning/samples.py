"""What the learned upscaler is fitted on: features of DVD frames, and what the wide shows there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import vapoursynth as vs

from ....memory import in_order
from ....networks.backend import BACKENDS, plugin_settings
from ....networks.motion_compensation import move_neighbours
from ....pixels.rect import Rect, union
from ....source.fields import select_frames
from ....source.formats import to_rgb, to_working
from .film_pair import (
    FilmPair,
    FramePart,
    cells,
    columns_of,
    part_under,
    planes_at,
    shared_out,
    wide_on_grid,
    yuv_planes,
)
from .upscaler_graph import LEVEL_PX, YCC, Inputs, feature_network

core = vs.core

Array = npt.NDArray[np.float32]
Place = tuple[Rect, Sequence[int]]  # DVD px, and the frames in which they are looked at

RANGE_COLUMNS, RANGE_PX = 60, 20_000  # DVD px of a range of columns: at least
MOST_SHIFT_PX = 3  # canvas px; registration is better than that
CONTEXT_ROWS, CONTEXT_COLUMNS = 24, 12  # DVD px around what is looked at that features look at
STEP = 0.02  # for the slope of the colour transform, 0..1
LEAST_SLOPE = 0.1  # of the transform; below it the colours are crushed and nothing is learnt
MISMATCH = 4.0  # local error, in medians, where the sources stop showing the same


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSample:
    """One frame of the overlap.

    Attributes:
        frame: Its number.
        maps: Features of each DVD px: rows, columns, maps.
        wanted: What interpolation lacks: rows, columns, 3 * scale**2; luma, then chroma, in the
            DVD's colours.
        weight: 0 where the sources differ by more than detail, or the colours are crushed.
        texture: Variance of the wide's luma around its local level.
        luma: The wide's luma, 0..1: rows, columns, scale**2.
    """

    frame: int
    maps: Array
    wanted: Array
    weight: Array
    texture: float
    luma: Array


def places(source: FilmPair, frames: Sequence[int]) -> list[Place]:
    """Choose what each frame shows of the overlap.

    Of a wide DVD each frame shows another range of columns, which bounds time and memory.

    Args:
        source: The films.
        frames: Frame numbers, ascending.
    """
    return list(shared_out(column_ranges(source.core), frames))


def samples(source: FilmPair, inputs: Inputs, chosen: Iterable[Place]) -> Iterator[TrainingSample]:
    """Measure frames of the overlap.

    Args:
        source: The films.
        inputs: Which features.
        chosen: DVD px, and in which frames they are looked at.

    Yields:
        One sample a frame, place by place.
    """
    for at, own in chosen:
        yield from _samples_of(source, inputs, own, at)


def successions(
    source: FilmPair, inputs: Inputs, chosen: Iterable[Place]
) -> Iterator[tuple[TrainingSample, TrainingSample]]:
    """Measure frames as `samples` does, each with the one after it."""
    for at, own in chosen:
        found = _samples_of(source, inputs, [m for n in own for m in (n, n + 1)], at)
        yield from zip(found, found, strict=True)


def parts_at(
    source: FilmPair, chosen: Iterable[Place], *, after: bool = False
) -> Iterator[FramePart]:
    """Return what of the wide is read for some places, however far the placement misses.

    Args:
        source: The films.
        chosen: DVD px, and in which frames they are looked at.
        after: Whether the frame after each is looked at, too.
    """
    ends = (-MOST_SHIFT_PX, MOST_SHIFT_PX)
    for at, own in chosen:
        part = union(part_under(source, at, (step, step)) for step in ends)
        for n in own:
            yield from (FramePart(m, part) for m in range(n, n + 1 + after))


def column_ranges(whole: Rect) -> list[Rect]:
    """Cut the overlap into ranges of columns that are large enough to teach something each."""
    return columns_of(whole, min(whole.w // RANGE_COLUMNS, whole.area // RANGE_PX))


def _samples_of(
    source: FilmPair, inputs: Inputs, frames: Sequence[int], at: Rect
) -> Iterator[TrainingSample]:
    width, height = source.layout.dvd_size
    left, top = max(0, at.x - CONTEXT_COLUMNS), max(0, at.y - CONTEXT_ROWS)
    right = min(width, at.right + CONTEXT_COLUMNS)
    bottom = min(height, at.bottom + CONTEXT_ROWS)
    rgb = core.std.CropAbs(to_rgb(source.dvd), right - left, bottom - top, left, top)
    features = _features(rgb, inputs)
    smooth, plain, sloped = _graded(source, rgb)
    scale = inputs.scale
    inner = at.shifted(-left, -top)
    ahead = in_order(select_frames(features, frames))
    for n, frame in zip(frames, ahead, strict=True):
        maps = _planes_from_props(frame, inputs.maps, inner)
        slope = _slope([planes_at(yuv_planes(clip, n), inner) for clip in (plain, *sloped)])
        wide = wide_on_grid(source, n, at, inputs.shift)
        error = cells(wide - planes_at(yuv_planes(smooth, n), inner.scaled(scale)), scale)
        yield _sample(n, maps, error, slope, cells(wide[:1], scale)[0])


def _features(rgb: vs.VideoNode, inputs: Inputs) -> vs.VideoNode:
    """Return a clip whose frames carry the maps as props."""
    clips = [rgb, *(move_neighbours(rgb, reach=inputs.reach) if inputs.reach else ())]
    settings: dict[str, Any] = {"path_is_serialization": True, "flexible_output_prop": "VsmemeMap"}
    network = feature_network(inputs).SerializeToString(deterministic=True)
    backend = BACKENDS["ort-cpu" if hasattr(core, "ort") else "ov-cpu"]
    settings |= plugin_settings(backend)
    made: Any = getattr(core, backend.plugin).Model(clips, network, **settings)
    clip: vs.VideoNode = made["clip"]
    core.std.SetVideoCache(
        clip, mode=0
    )  # the maps are props, which the core's limit does not count
    return clip


def _planes_from_props(frame: vs.VideoFrame, count: int, part: Rect) -> Array:
    """Read the maps of a part of a frame: rows, columns, maps."""
    rows, columns = slice(part.y, part.bottom), slice(part.x, part.right)
    found = np.empty((part.h, part.w, count), np.float32)
    for k in range(count):
        plane: Any = frame.props[f"VsmemeMap{k}"]
        map_ = np.asarray((plane[0] if isinstance(plane, list) else plane)[0])
        found[..., k] = map_[rows, columns]
    return found


def _graded(
    source: FilmPair, rgb: vs.VideoNode
) -> tuple[vs.VideoNode, vs.VideoNode, list[vs.VideoNode]]:
    """Return the coloured interpolation, the coloured DVD, and the DVD a step up in R, G and B."""
    scale = source.layout.scale
    smooth = core.resize.Bicubic(
        rgb, rgb.width * scale, rgb.height * scale, filter_param_a=0, filter_param_b=0.5
    )
    steps = []
    for plane in range(3):
        moves = ["", "", ""]
        moves[plane] = f"x {STEP} +"
        steps.append(source.grade(to_working(core.std.Expr(rgb, moves))))
    return source.grade(to_working(smooth)), source.grade(to_working(rgb)), steps


def measure_shift(source: FilmPair, chosen: Iterable[Place]) -> tuple[int, int]:
    """Find by how many whole px the placement misses: right and down, canvas px.

    Args:
        source: The films.
        chosen: DVD px, and the few frames in which they are looked at.
    """
    steps = range(-MOST_SHIFT_PX, MOST_SHIFT_PX + 1)
    error = np.zeros((len(steps), len(steps)))
    for at, own in chosen:
        rgb = core.std.CropAbs(to_rgb(source.dvd), at.w, at.h, at.x, at.y)
        smooth, _, _ = _graded(source, rgb)
        for n in own:
            error += _shift_errors(
                _detail(yuv_planes(smooth, n)[0], source.layout.scale),
                _detail(wide_on_grid(source, n, at)[0], source.layout.scale),
                steps,
                edge=4 * source.layout.scale,
            )
    best = divmod(int(error.argmin()), len(steps))
    return best[1] - MOST_SHIFT_PX, best[0] - MOST_SHIFT_PX


def _shift_errors(mine: Array, wide: Array, steps: range, *, edge: int) -> Array:
    """Mean squares of what is left for each shift down and right, canvas px."""
    h, w = mine.shape
    inner = mine[edge : h - edge, edge : w - edge]
    theirs = [
        [wide[edge + down : h - edge + down, edge + right : w - edge + right] for right in steps]
        for down in steps
    ]
    return np.array([[((part - inner) ** 2).mean() for part in row] for row in theirs], np.float32)


def _detail(luma: Array, scale: int) -> Array:
    size = (LEVEL_PX * scale, LEVEL_PX * scale)
    return (luma - cv2.blur(luma, size)).astype(np.float32)


def _slope(coloured: Sequence[Array]) -> Array:
    """Return the colour transform's derivative: rows, columns, YUV, RGB."""
    plain = coloured[0]
    columns = [np.moveaxis((moved - plain) / STEP, 0, -1) for moved in coloured[1:]]
    return np.stack(columns, -1).astype(np.float32)


def _sample(n: int, maps: Array, error: Array, slope: Array, luma: Array) -> TrainingSample:
    grey = slope[..., 0, :].sum(-1)
    sound = (grey > LEAST_SLOPE) & (np.abs(np.linalg.det(slope)) > LEAST_SLOPE**3)
    inverse = np.zeros_like(slope)
    inverse[sound] = np.linalg.inv(slope[sound])
    wanted = np.einsum("kc,hwcd,dhwp->hwkp", YCC, inverse, error, optimize=True)
    middle = np.ascontiguousarray(wanted.mean(-1), np.float32)
    wanted = wanted - cv2.blur(middle, (LEVEL_PX, LEVEL_PX))[..., None]
    local = cv2.blur(error[0].mean(-1), (LEVEL_PX, LEVEL_PX))
    usual = float(np.median(np.abs(local))) + 1 / 255
    trust = np.clip(2 - np.abs(local) / (MISMATCH * usual), 0, 1) * sound
    level = cv2.blur(luma.mean(-1), (LEVEL_PX, LEVEL_PX))
    return TrainingSample(
        frame=n,
        maps=maps,
        wanted=wanted.reshape(*wanted.shape[:2], -1).astype(np.float32),
        weight=trust.astype(np.float32),
        texture=float(((luma - level[..., None]) ** 2).mean()),
        luma=luma,
    )
