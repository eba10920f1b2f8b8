"""A source beyond BT.709 SDR brought there by look-up tables, in one pass."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import vapoursynth as vs

from ..errors import ArtifactError, MissingError, wrong
from ..host import install_command
from .formats import WORKING
from .tone_plan import TonePlan

core = vs.core
BT709 = 1


def apply_tone(
    clip: vs.VideoNode, plan: TonePlan, *, folder: str | os.PathLike[str]
) -> vs.VideoNode:
    """Bring a clip to BT.709 SDR.

    Args:
        clip: YUV or RGB of 8 to 16 bit in BT.2020 (PQ, HLG or SDR) with colour props,
            ``w x h x n``.
        plan: Which table for which frames.
        folder: What the tables' names are relative to.

    Returns:
        YUV444P16, BT.709 limited, ``w x h x n``; chroma is upsampled once, before the table.

    Raises:
        ArtifactError: A table is missing.
        MissingError: The plugin is not installed.
        UsageError: The plan begins a run beyond the clip.
    """
    if not hasattr(core, "timecube"):
        raise MissingError(f"vapoursynth-timecube is not installed; run: {install_command()}")
    if plan.runs[-1][0] >= clip.num_frames:
        raise wrong("apply_tone", "plan", f"runs below {clip.num_frames}", plan.runs[-1])
    rgb = core.resize.Bicubic(clip, format=vs.RGB48)
    toned = []
    for name in plan.cubes:
        path = Path(folder) / name
        if not path.exists():
            raise ArtifactError(f"{path}: missing; run: vsmeme match")
        toned.append(core.timecube.Cube(rgb, cube=str(path)))
    edges = [*(first for first, _ in plan.runs), clip.num_frames]
    parts = [toned[cube][a:b] for (a, b), (_, cube) in zip(pairwise(edges), plan.runs, strict=True)]
    made = core.std.Splice(parts) if len(parts) > 1 else parts[0]
    made = core.std.SetFrameProps(made, _Transfer=BT709, _Primaries=BT709)
    return core.resize.Bicubic(made, format=WORKING, matrix=BT709, range=vs.RANGE_LIMITED)
