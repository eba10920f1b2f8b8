"""Claims about the exported file, read back by another reader than the one that wrote it."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import vapoursynth as vs

from ...ffmpeg import duration_of, streams
from ...project import Project
from ...source.files import open_video
from .evidence import Claim, Evidence

DURATION_S = 0.05  # sound is coded in pieces of 21 ms
TAGS = {"_Matrix": 1, "_Primaries": 1, "_Transfer": 1, "_SARNum": 1, "_SARDen": 1,
        "_Range": int(vs.RANGE_LIMITED), "_ChromaLocation": int(vs.CHROMA_LEFT)}  # fmt: skip


def output(evidence: Evidence) -> Claim:
    """The MP4 has the right tags, count, rate, size and duration."""
    faults = _faults(evidence.project, evidence.delivered, _rate(evidence))
    return Claim(
        name="output: tags, count, rate, duration",
        passed=not faults,
        number=len(faults),
        limit="0 faults",
        note="; ".join(faults) or "tv range, BT.709 three times, SAR 1:1, chroma left",
    )


def _rate(evidence: Evidence) -> Fraction:
    num, den = evidence.json("match")["sources"]["wide"]["fps"]
    return Fraction(int(num), int(den))


def _faults(project: Project, frames: int, rate: Fraction) -> list[str]:
    path = project.out / project.config.output.mp4
    if not path.is_file():
        return [f"{path.name} is missing; run vsmeme export"]
    clip = open_video(path, role="wide")
    bare = vs.core.bs.VideoSource(str(path), cachemode=0, showprogress=False)
    with bare.get_frame(0) as frame:
        props = {name: cast(int, frame.props.get(name, -1)) for name in TAGS}
    found = [
        f"{name} is {int(props[name])}, expected {value} (-1: not set)"
        for name, value in TAGS.items()
        if int(props[name]) != value
    ]
    if clip.num_frames != frames:
        found.append(f"{clip.num_frames} frames, expected {frames}")
    if clip.fps != rate:
        found.append(f"{clip.fps} fps, expected {rate}")
    if clip.format.bits_per_sample != project.config.output.depth:
        found.append(f"{clip.format.bits_per_sample} bits")
    if "bt709" not in streams(path):
        found.append("ffmpeg sees no BT.709")
    seconds = duration_of(path)
    if seconds is None or abs(seconds - float(frames / rate)) > DURATION_S:
        found.append(f"lasts {seconds} s, expected {float(frames / rate):.3f}")
    return found
