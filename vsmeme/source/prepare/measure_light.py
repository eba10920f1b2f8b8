"""Whether a source is BT.709 SDR; what it is otherwise; and what makes no sense in its tags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs

from ...errors import UsageError
from ...progress import log
from ..colour_tags import SourceColour
from ..files import CODED_TRANSFER, SD_LINES, Role
from ..tone_plan import Light
from .active_picture import unit_luma

PQ, HLG, BT2020 = 16, 18, 9  # ITU-T H.273
WIDE_MATRICES = 9, 10
UNTAGGED = 2
USUAL_PEAK_NITS = 1000.0  # where a file does not say what it was mastered for
PQ_BRIGHTEST = 0.72  # of full scale: PQ films stay below (900 cd/m2), SDR films hardly ever do
_PLACES = 5


def measure_light(
    clip: vs.VideoNode, *, path: Path, role: Role, colour: SourceColour = "auto"
) -> Light | None:
    """Read from a stream's first frame what its colours stand for.

    Args:
        clip: As `open_video` returns it.
        path: Its file, for the messages.
        role: ``wide`` or ``dvd``.
        colour: A person's word on it.

    Returns:
        None for SDR in BT.709 or BT.601.

    Raises:
        UsageError: Dolby Vision without an HDR10 base, BT.2020 without a transfer, or 10 bit
            without tags that look like PQ.
    """
    with clip.get_frame(0) as frame:
        props: dict[str, Any] = dict(frame.props)
    transfer = int(props["_Transfer"])
    coded = int(props.get(CODED_TRANSFER, UNTAGGED))
    if colour == "auto":
        _refuse_dolby(props, coded, path=path, role=role)
        if coded in (0, UNTAGGED) and int(props["_Matrix"]) in WIDE_MATRICES:
            raise UsageError(
                f"{path}: tagged BT.2020, but not how bright its codes are; say what it is: "
                f'sources.{role}_colour = "pq", "hlg" or "bt2020"'
            )
        if coded in (0, UNTAGGED) and clip.format.bits_per_sample >= 10:
            _ask(clip, path=path, role=role)
        _warn(int(props["_Matrix"]), clip.height, path=path, role=role)
    if transfer == PQ:
        return Light(transfer="pq", peak_nits=_peak(props))
    if transfer == HLG:
        return Light(transfer="hlg", peak_nits=USUAL_PEAK_NITS)
    if int(props["_Primaries"]) == BT2020:
        return Light(transfer="bt2020", peak_nits=100.0)
    return None


def _peak(props: Mapping[str, Any]) -> float:
    """What the film was mastered for, cd/m2: the lower of the display's and the content's."""
    names = "MasteringDisplayMaxLuminance", "ContentLightLevelMax"
    told = [float(props[name]) for name in names if float(props.get(name, 0)) > 0]
    return min(told, default=USUAL_PEAK_NITS)


def _refuse_dolby(props: Mapping[str, Any], coded: int, *, path: Path, role: Role) -> None:
    if "DolbyVisionRPU" in props and coded not in (PQ, HLG):
        raise UsageError(
            f"{path}: Dolby Vision profile 5, whose base picture is neither HDR10 nor SDR; give "
            f"a release with an HDR10 base (profile 7 or 8) or the SDR release as {role}"
        )


def _ask(clip: vs.VideoNode, *, path: Path, role: Role) -> None:
    """Refuse 10 bit without tags where even the brightest samples lie where PQ has its white."""
    brightest = 0.0
    for n in np.linspace(0, clip.num_frames - 1, _PLACES).astype(int):
        with clip.get_frame(int(n)) as frame:
            brightest = max(brightest, float(np.percentile(unit_luma(frame), 99.9)))
    if brightest < PQ_BRIGHTEST:
        raise UsageError(
            f"{path}: {clip.format.bits_per_sample} bit without colour tags, and its brightest "
            f"samples reach {brightest:.0%}, as in PQ; say what it is: "
            f'sources.{role}_colour = "pq" or "bt709" (or "hlg", "bt2020")'
        )


def _warn(matrix: int, lines: int, *, path: Path, role: Role) -> None:
    if matrix in (5, 6) and lines > SD_LINES:
        log.warning(
            "%s: tagged BT.601 at %d lines, which is hardly ever true; if its reds look orange "
            'set sources.%s_colour = "bt709"',
            *(path, lines, role),
        )
