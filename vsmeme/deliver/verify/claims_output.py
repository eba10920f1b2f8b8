"""Claims about the exported files, read back by another reader than the one that wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import vapoursynth as vs

from ...ffmpeg import Raw, call, duration_of, frame_bytes, streams
from ...source.files import open_video
from ..export.formats.base import Format
from ..export.planned_files import PlannedFile, planned_files
from ..export.samples import samples_for
from ..export.stage_pictures import stage_picture
from .evidence import Claim, Evidence

DURATION_S = 0.05  # sound is coded in pieces of 21 ms
TAGS = {"_Matrix": 1, "_Primaries": 1, "_Transfer": 1, "_SARNum": 1, "_SARDen": 1,
        "_Range": int(vs.RANGE_LIMITED)}  # fmt: skip
MILLISECOND_CLOCKS = (".mkv", ".webm")
SITED = ("x264", "x265", "av1", "vp9")  # the others have no place to say where chroma lies


def output(evidence: Evidence) -> Claim:
    """Every file has the right tags, count, rate, size and duration."""
    plans, rate = planned_files(evidence.project), _rate(evidence)
    faults = [
        f"{plan.path.name}: {fault}" if len(plans) > 1 else fault
        for plan in plans
        for fault in _faults(plan, evidence.delivered, rate)
    ]
    names = ", ".join(dict.fromkeys(plan.form.name for plan in plans))
    told = f"{names}: tv range, BT.709 three times, SAR 1:1, chroma left"
    return Claim(
        name="output: tags, count, rate, duration",
        passed=not faults,
        number=len(faults),
        limit="0 faults",
        note="; ".join(faults) or told,
    )


def lossless(evidence: Evidence) -> Claim:
    """What is written without loss comes back bit by bit."""
    plans = [plan for plan in planned_files(evidence.project) if _comes_back(plan)]
    changed = [plan.path.name for plan in plans if not _same(evidence, plan)]
    names = ", ".join(dict.fromkeys(plan.form.name for plan in plans))
    return Claim(
        name="lossless files: every sample comes back",
        passed=not changed,
        number=len(changed),
        limit="0 files",
        note=", ".join(changed) or (f"{names}, one frame each" if names else "there is none"),
    )


def _rate(evidence: Evidence) -> Fraction:
    num, den = evidence.json("match")["sources"]["wide"]["fps"]
    return Fraction(int(num), int(den))


def _faults(plan: PlannedFile, frames: int, rate: Fraction) -> Iterator[str]:
    if not plan.path.exists():
        yield f"{plan.path.name} is missing; run vsmeme export"
    elif plan.form.kind == "pictures":
        count = sum(file.suffix == plan.form.piece for file in plan.path.iterdir())
        if count != frames:
            yield f"{count} pictures, expected {frames}"
    elif plan.form.kind == "video":
        yield from _video_faults(plan, frames, rate)


def same_rate(path: Path, found: Fraction, rate: Fraction, *, frames: int) -> bool:
    """Whether a file's rate is the right one, as far as its container can tell.

    Matroska counts milliseconds: a reader guesses the rate of a short film from them.
    """
    if found == rate:
        return True
    coarse = path.suffix.lower() in MILLISECOND_CLOCKS
    return coarse and abs(frames / found - frames / rate) <= Fraction(1, 1000)


def _video_faults(plan: PlannedFile, frames: int, rate: Fraction) -> Iterator[str]:
    path, form = plan.path, plan.form
    clip = open_video(path, role="wide")
    bare = vs.core.bs.VideoSource(str(path), cachemode=0, showprogress=False)
    wanted = tags_expected(form, gray=bare.format.color_family == vs.GRAY)
    with bare.get_frame(0) as frame:
        props = {name: cast(int, frame.props.get(name, -1)) for name in wanted}
    for name, value in wanted.items():
        if int(props[name]) != value:
            yield f"{name} is {int(props[name])}, expected {value} (-1: not set)"
    if clip.num_frames != frames:
        yield f"{clip.num_frames} frames, expected {frames}"
    if not same_rate(path, clip.fps, rate, frames=frames):
        yield f"{clip.fps} fps, expected {rate}"
    depth = 12 if form.name == "prores4444" else plan.quality.depth  # as its decoders read it
    if clip.format.bits_per_sample != depth:
        yield f"{clip.format.bits_per_sample} bits"
    if "_Matrix" in wanted and "bt709" not in streams(path):
        yield "ffmpeg sees no BT.709"
    seconds = duration_of(path)
    if seconds is None or abs(seconds - float(frames / rate)) > DURATION_S:
        yield f"lasts {seconds} s, expected {float(frames / rate):.3f}"


def tags_expected(form: Format, *, gray: bool) -> dict[str, int]:
    """Return the frame props that a video's tags must give.

    Args:
        form: Its format.
        gray: Whether it holds a mask as it is.
    """
    if gray:
        return {"_SARNum": 1, "_SARDen": 1, "_Range": int(vs.RANGE_FULL)}
    return TAGS | ({"_ChromaLocation": int(vs.CHROMA_LEFT)} if form.name in SITED else {})


def _comes_back(plan: PlannedFile) -> bool:
    """Whether a format holds a picture as it is; EXR multiplies by the transparency."""
    quality = plan.quality
    return quality.depth in plan.form.lossless and not (
        quality.alpha and plan.form.colours == "linear"
    )


def _same(evidence: Evidence, plan: PlannedFile) -> bool:
    """Whether the middle frame of a file holds the samples of the graph."""
    n = evidence.delivered // 2
    picture = stage_picture(evidence.graph, plan.picture)
    clip, alpha = samples_for(picture, plan.form, plan.quality)
    pixels = Raw.of(clip, clip.fps, alpha=alpha is not None).pixels
    with clip.get_frame(n) as frame:
        wanted = frame_bytes(frame)
    if alpha is not None:
        with alpha.get_frame(n) as frame:
            wanted += frame_bytes(frame)
    return read_frame(plan.path, n, plan.form, pixels=pixels) == wanted


def read_frame(path: Path, n: int, form: Format, *, pixels: str) -> bytes:
    """Return the samples of one frame of a file as ffmpeg decodes it.

    Args:
        path: The file, or the folder of pictures.
        n: Number of the frame.
        form: Its format.
        pixels: Arrangement of the samples, as ffmpeg names it.
    """
    if form.kind == "pictures":
        source = ["-i", str(path / f"{n:07d}{form.piece}")]
        chosen: list[str] = []
    else:
        source, chosen = (
            ["-i", str(path)],
            ["-vf", rf"select=eq(n\,{n})", "-fps_mode", "passthrough"],
        )
    return call([*source, *chosen, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", pixels, "-"])
