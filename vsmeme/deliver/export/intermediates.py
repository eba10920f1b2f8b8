"""Intermediates for other programs: lossless, in formats that open anywhere."""

from __future__ import annotations

from pathlib import Path

import vapoursynth as vs

from ... import readers, stages
from ...artifact import atomic_path
from ...canvas.film_canvas import joined
from ...ffmpeg import Raw, pipe, write_frame
from ...memory import in_order
from ...placement.placed_runs import PlacedRun
from ...progress import bar
from ...project import Project
from .samples import TAGS

core = vs.core


def keep_stages(project: Project, folder: Path) -> tuple[Path, ...]:
    """Write masks, bands, plate and the cut-out face.

    Args:
        project: All artifacts must be fresh.
        folder: Where to.

    Returns:
        ``bands.mkv`` and ``plate.mkv`` (FFV1, YUV 4:4:4 10 bit), ``foreground_mask.mkv``,
        ``face_mask.mkv`` and ``missing_mask.mkv`` (FFV1, gray, full range), ``face.mov`` (PNG with
        alpha: the face and nothing else).
    """
    folder.mkdir(parents=True, exist_ok=True)
    masks = stages.masks(project)
    composite = stages.composite(project)
    wanted = {
        "bands": _ten_bit(_without_wide(project, composite)),
        "plate": _ten_bit(stages.plate(project)),
        "foreground_mask": masks.foreground,
        "face_mask": masks.face,
        "missing_mask": stages.missing(project),
    }
    made = [_lossless(clip, folder / f"{name}.mkv", label=name) for name, clip in wanted.items()]
    face = folder / "face.mov"
    _cutout(stages.face(project), masks.face, face)
    return (*made, face)


def _ten_bit(clip: vs.VideoNode) -> vs.VideoNode:
    return core.resize.Point(clip, format=vs.YUV444P10, dither_type="ordered")


def _without_wide(project: Project, clip: vs.VideoNode) -> vs.VideoNode:
    """Black out the wide, wherever it lies: what is left is bands."""

    def blacked(run: PlacedRun) -> vs.VideoNode:
        wide = run.layout.wide
        inside = f"X {wide.x} >= X {wide.right} < and Y {wide.y} >= and Y {wide.bottom} < and"
        return core.akarin.Expr(clip, [f"{inside} {v} x ?" for v in (4096, 32768, 32768)])

    return joined(readers.placements(project), lambda run: run.layout.wide, blacked)


def _lossless(clip: vs.VideoNode, path: Path, *, label: str) -> Path:
    gray = clip.format.color_family == vs.GRAY
    tags = ["-color_range", "pc"] if gray else ["-vf", TAGS]
    arguments = [*tags, "-c:v", "ffv1", "-level", "3", "-g", "1", "-slicecrc", "1"]
    with atomic_path(path) as part, pipe(Raw.of(clip, clip.fps), [*arguments, str(part)]) as stream:
        for frame in bar(in_order(clip), label=label, total=clip.num_frames):
            write_frame(stream, frame)
    return path


def _cutout(clip: vs.VideoNode, mask: vs.VideoNode, path: Path) -> None:
    """Write a region alone, with alpha."""
    rgb = core.resize.Bicubic(clip, format=vs.RGB24, dither_type="ordered")
    alpha = core.std.SetFrameProps(mask, _Range=int(vs.RANGE_FULL))
    both = core.std.ClipToProp(rgb, alpha, prop="VsmemeAlpha")
    raw = Raw(width=clip.width, height=clip.height, fps=clip.fps, pixels="gbrap")
    with (
        atomic_path(path) as part,
        pipe(raw, ["-c:v", "png", "-pix_fmt", "rgba", str(part)]) as stream,
    ):
        for frame in bar(in_order(both), label="face", total=clip.num_frames):
            write_frame(stream, frame)
            alpha_frame = frame.props["VsmemeAlpha"]
            if isinstance(alpha_frame, vs.VideoFrame):
                write_frame(stream, alpha_frame)
