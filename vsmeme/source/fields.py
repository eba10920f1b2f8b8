"""Film frames out of coded fields, joined as a plan says that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby, pairwise

import vapoursynth as vs

from ..errors import MissingError, wrong
from ..host import install_command
from .field_plan import FieldPlan

core = vs.core


def film_frames(clip: vs.VideoNode, plan: FieldPlan) -> vs.VideoNode:
    """Join the fields of a stream into film frames, by a plan that was measured.

    Args:
        clip: As coded, any format whose chroma lines are even in number, ``w x h x n``.
        plan: Which fields make which frame.

    Returns:
        The same format, progressive, one frame a film frame, at the film's rate.

    Raises:
        UsageError: The plan names fields that the clip lacks, or its lines can't be split.
        MissingError: Fields have to be interpolated and bwdif is not installed.
    """
    last = max(run[1] + 2 * (run[2] - 1) for run in plan.runs)
    if last >= 2 * clip.num_frames:
        raise wrong("film_frames", "plan", f"fields below {2 * clip.num_frames}", last)
    whole = all(first % 2 == 0 and second == first + 1 for first, second, _ in plan.runs)
    if not whole and not splits(clip):
        need = f"a height that {2 << clip.format.subsampling_h} divides"
        raise wrong("film_frames", "clip", need, clip.height)
    if whole:
        made = select_frames(clip, [field // 2 for field in plan.first_fields()])
    elif all(first == second for first, second, _ in plan.runs):
        made = _interpolated(clip, plan)
    elif all(first != second for first, second, _ in plan.runs):
        made = _woven(clip, plan)
    else:
        made = _mixed(clip, plan)
    fps = Fraction(clip.fps) * plan.rate
    if fps:
        made = core.std.AssumeFPS(made, fpsnum=fps.numerator, fpsden=fps.denominator)
    return core.std.SetFrameProps(made, _FieldBased=0).std.RemoveFrameProps(["_Field"])


def splits(clip: vs.VideoNode) -> bool:
    """Tell whether a clip's lines can be split into fields: in every plane they are even."""
    return not clip.height % (2 << clip.format.subsampling_h)


def select_frames(clip: vs.VideoNode, frames: Sequence[int]) -> vs.VideoNode:
    """Choose frames of a clip natively, so that any access order gives the same frames.

    Args:
        clip: Any format.
        frames: Their numbers, never falling; a number may repeat.

    Returns:
        The same format, one frame a number.

    Raises:
        UsageError: A number lies outside of the clip, or they fall.
    """
    if not frames or frames[0] < 0 or frames[-1] >= clip.num_frames:
        raise wrong("select_frames", "frames", f"numbers below {clip.num_frames}", frames[-1:])
    fall = next((pair for pair in pairwise(frames) if pair[1] < pair[0]), None)
    if fall:
        raise wrong("select_frames", "frames", "numbers that never fall", fall)
    first = frames[0]
    counts = [0] * (frames[-1] + 1 - first)
    for frame in frames:
        counts[frame - first] += 1
    chosen = clip[first : frames[-1] + 1]
    unused = [n for n, count in enumerate(counts) if not count]
    if unused:
        chosen = core.std.DeleteFrames(chosen, unused)
    kept = [count for count in counts if count]
    repeats = [n for n, count in enumerate(kept) for _ in range(count - 1)]
    return core.std.DuplicateFrames(chosen, repeats) if repeats else chosen


def _fields(clip: vs.VideoNode, plan: FieldPlan) -> vs.VideoNode:
    """State the field order, which goes before what a filter is told."""
    return core.std.SetFrameProps(clip, _FieldBased=2 if plan.top_first else 1)


def _woven(clip: vs.VideoNode, plan: FieldPlan) -> vs.VideoNode:
    """Weave every frame; one that is to be interpolated takes any neighbour for the time being."""
    fields = core.std.SeparateFields(_fields(clip, plan), tff=plan.top_first)
    last = fields.num_frames - 1
    firsts = plan.first_fields()
    others = [b - a for a, b, count in plan.runs for _ in range(count)]
    seconds = [
        field + (step or (1 if field < last else -1))
        for field, step in zip(firsts, others, strict=True)
    ]
    pair = [select_frames(fields, firsts), select_frames(fields, seconds)]
    return core.std.DoubleWeave(core.std.Interleave(pair), tff=plan.top_first)[::2]


def _interpolated(clip: vs.VideoNode, plan: FieldPlan) -> vs.VideoNode:
    """Interpolate the lines between those of each film frame's first field."""
    if not hasattr(core, "bwdif"):
        raise MissingError(f"vapoursynth-bwdif is not installed; run: {install_command()}")
    rate = 3 if plan.top_first else 2  # a frame a field, the earlier field first
    return select_frames(core.bwdif.Bwdif(_fields(clip, plan), field=rate), plan.first_fields())


def _mixed(clip: vs.VideoNode, plan: FieldPlan) -> vs.VideoNode:
    """Join woven and interpolated frames, run by run."""
    woven, interpolated = _woven(clip, plan), _interpolated(clip, plan)
    parts, start = [], 0
    for single, runs in groupby(plan.runs, key=lambda run: run[0] == run[1]):
        end = start + sum(count for _, _, count in runs)
        parts.append((interpolated if single else woven)[start:end])
        start = end
    return core.std.Splice(parts)
