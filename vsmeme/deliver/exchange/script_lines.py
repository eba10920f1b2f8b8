"""The placement as lines for VapourSynth, AviSynth+ and ffmpeg, a take a line, without vsmeme."""

from __future__ import annotations

import shlex

from ...pixels.rect import Rect
from ...placement.layout import Layout
from ..runbook import ffmpeg_line
from .takes import Take, TakeList

Point = tuple[int, int]
SQUARE = "wide-square.mkv"
_VAPOURSYNTH = '''\
# The placement of {name}, shot by shot: the wide untouched, the DVD interpolated beyond it.
# Frames are those of the film: a telecined or interlaced DVD has to be joined first.
import vapoursynth as vs

core = vs.core
wide = core.bs.VideoSource({wide!r}){square}
dvd = core.bs.VideoSource({dvd!r})
CANVAS = {canvas}


def pick(clip, runs):
    """Frames of a clip, given as first and last of each run."""
    parts = [clip[first : last + 1] for first, last in runs]
    return parts[0] if len(parts) == 1 else core.std.Splice(parts)


def part(clip, window, size, matrix):
    """A window of a clip (left, top, width, height), resampled to a size, in 4:4:4."""
    left, top, width, height = window
    return core.resize.Bicubic(
        clip, width=size[0], height=size[1], format=vs.YUV444P16, src_left=left, src_top=top,
        src_width=width, src_height=height, matrix_in_s=matrix, matrix_s="709",
        range_in_s="limited", range_s="limited",
    )


def full(wide, crop, at, dvd=None, window=None, size=None, corner=None):
    """The wide's crop at its place, and the DVD's window around it."""
    w = part(wide, crop, crop[2:], "709")
    right, below = CANVAS[0] - at[0] - crop[2], CANVAS[1] - at[1] - crop[3]
    black = [4096, 32768, 32768]
    if dvd is None:
        return core.std.AddBorders(w, at[0], right, at[1], below, color=black)
    d = part(dvd, window, size, "170m")
    d = core.std.AddBorders(
        d, corner[0], CANVAS[0] - corner[0] - size[0], corner[1], CANVAS[1] - corner[1] - size[1],
        color=black,
    )
    d = core.std.AssumeFPS(d, w)
    rows = core.std.CropAbs(d, CANVAS[0], crop[3], 0, at[1])
    sides = [core.std.CropAbs(rows, at[0], crop[3], 0, 0)] if at[0] else []
    sides.append(w)
    if right:
        sides.append(core.std.CropAbs(rows, right, crop[3], CANVAS[0] - right, 0))
    middle = core.std.StackHorizontal(sides) if len(sides) > 1 else w
    parts = [core.std.CropAbs(d, CANVAS[0], at[1], 0, 0)] if at[1] else []
    parts.append(middle)
    if below:
        parts.append(core.std.CropAbs(d, CANVAS[0], below, 0, CANVAS[1] - below))
    return core.std.StackVertical(parts) if len(parts) > 1 else middle


takes = [
'''


def visible_window(layout: Layout) -> tuple[Rect, tuple[float, float, float, float]] | None:
    """Return the part of the DVD that the canvas holds, and the window of the DVD that fills it.

    Args:
        layout: Where it lies.

    Returns:
        The part in canvas px; left, top, width and height of the window in px of the DVD as
        decoded; ``None`` where the canvas holds nothing of it.
    """
    seen = layout.dvd.intersect(layout.frame)
    if seen is None:
        return None
    a, d = layout.active, layout.dvd
    left, top, w, h = layout.window or (0.0, 0.0, float(a.w), float(a.h))
    kx, ky = w / d.w, h / d.h  # DVD px a canvas px
    return seen, (
        a.x + left + (seen.x - d.x) * kx,
        a.y + top + (seen.y - d.y) * ky,
        seen.w * kx,
        seen.h * ky,
    )


def vapoursynth_lines(takes: TakeList, *, active: Point) -> str:
    """Return a script that shows every take at its place.

    Args:
        takes: The cuts of a project.
        active: Corner of the wide's active picture where a layout names none, px.
    """
    names = {"wide": str(takes.wide.path), "dvd": str(takes.dvd.path)}
    canvas = takes.takes[0].layout.canvas
    w, h = takes.wide.size
    square = f".resize.Spline36(width={w}, height={h})" if takes.wide.squared else ""
    lines = [_VAPOURSYNTH.format(name=takes.name, canvas=canvas, square=square, **names)]
    for take in takes.takes:
        crop, at = _wide(take.layout, active)
        first, last = take.wide
        arguments = [f"wide[{first}:{last + 1}]", f"crop={crop}", f"at={at}"]
        place = visible_window(take.layout) if take.dvd else None
        if place:
            seen, window = place
            numbers = ", ".join(f"{v:.6g}" for v in window)
            arguments += [f"dvd=pick(dvd, {list(take.dvd)})", f"window=({numbers})"]
            arguments += [f"size=({seen.w}, {seen.h})", f"corner=({seen.x}, {seen.y})"]
        lines.append(f"    full({', '.join(arguments)}),  # shot {take.shot}\n")
    lines += ["]\n", "core.std.Splice(takes).set_output()\n"]
    return "".join(lines)


def avisynth_lines(takes: TakeList, *, active: Point) -> str:
    """Return an AviSynth+ script that shows every take at its place.

    It wants the plugins ffms2 and avsresize; frames are those of the film.

    Args:
        takes: The cuts of a project.
        active: Corner of the wide's active picture where a layout names none, px.
    """
    (width, height), (w, h) = takes.takes[0].layout.canvas, takes.wide.size
    same = "limited=>709:709:709:limited"
    lines = [
        f"# The placement of {takes.name}, shot by shot (AviSynth+, ffms2, avsresize).",
        f'wide = FFVideoSource("{takes.wide.path}")',
        f'wide = z_ConvertFormat(wide, pixel_type="YUV444P16", colorspace_op="709:709:709:{same}")',
        *([f"wide = Spline36Resize(wide, {w}, {h})"] if takes.wide.squared else []),
        f'dvd = FFVideoSource("{takes.dvd.path}")',
        f'dvd = z_ConvertFormat(dvd, pixel_type="YUV444P16", colorspace_op="170m:601:170m:{same}")',
        f"black = BlankClip(wide, width={width}, height={height}, color_yuv=$108080)",
    ]
    names = []
    for number, take in enumerate(takes.takes):
        crop, at = _wide(take.layout, active)
        name = f"take{number}"
        names.append(name)
        lines += [
            f"# shot {take.shot}: frames {take.first} to {take.last} of the result",
            f"w = wide.Trim({take.wide[0]}, {-len(take)}).Crop({', '.join(map(str, crop))})",
            f"{name} = black.Trim(0, {-len(take)})",
        ]
        place = visible_window(take.layout) if take.dvd else None
        if place:
            seen, window = place
            picked = " ++ ".join(f"dvd.Trim({a}, {a - b - 1})" for a, b in take.dvd)
            lines.append(
                f"d = ({picked}).AssumeFPS(wide).BicubicResize({seen.w}, {seen.h}, "
                f"src_left={window[0]:.6g}, src_top={window[1]:.6g}, src_width={window[2]:.6g}, "
                f"src_height={window[3]:.6g})"
            )
            lines.append(f"{name} = Overlay({name}, d, x={seen.x}, y={seen.y})")
        lines.append(f"{name} = Overlay({name}, w, x={at[0]}, y={at[1]})")
    return "\n".join([*lines, f"return {' ++ '.join(names)}", ""])


def ffmpeg_lines(takes: TakeList, *, active: Point) -> str:
    """Return a shell script with a command a take, each of which writes one lossless file.

    Args:
        takes: The cuts of a project.
        active: Corner of the wide's active picture where a layout names none, px.
    """
    lines = ["#!/bin/sh", f"# The placement of {takes.name}, shot by shot.", "set -e"]
    if takes.wide.squared:  # its px are made square once, in a file of its own
        scale = f"scale={takes.wide.size[0]}:{takes.wide.size[1]}:flags=spline,setsar=1"
        square = ["-i", str(takes.wide.path), "-vf", scale, "-c:v", "ffv1", SQUARE]
        lines.append(shlex.join(["ffmpeg", *square]))
    for number, take in enumerate(takes.takes):
        lines.append(f"# shot {take.shot}: frames {take.first} to {take.last} of the result")
        lines.append(shlex.join(["ffmpeg", *_ffmpeg(take, takes, f"take{number}.mkv", active)]))
    return "\n".join([*lines, ""])


def _ffmpeg(take: Take, takes: TakeList, to: str, active: Point) -> list[str]:
    crop, at = _wide(take.layout, active)
    wide = SQUARE if takes.wide.squared else str(takes.wide.path)
    names = wide, str(takes.dvd.path)
    if take.dvd:
        first = take.wide[0], take.dvd[0][0]
        *most, target = ffmpeg_line(take.layout, names, crop, first, to=to)
        return [*most, "-frames:v", str(len(take)), target]
    width, height = take.layout.canvas
    graph = (
        f"trim=start_frame={take.wide[0]},setpts=PTS-STARTPTS,format=yuv444p,"
        f"crop={crop[2]}:{crop[3]}:{crop[0]}:{crop[1]}:exact=1,"
        f"pad={width}:{height}:{at[0]}:{at[1]}:black"
    )
    encoder = ["-c:v", "ffv1", "-pix_fmt", "yuv444p", "-frames:v", str(len(take)), to]
    return ["-i", names[0], "-vf", graph, *encoder]


def _wide(layout: Layout, active: Point) -> tuple[tuple[int, int, int, int], Point]:
    """Which part of the decoded wide is shown, and where."""
    x, y = (layout.wide_active.x, layout.wide_active.y) if layout.wide_active else active
    crop = layout.wide_crop
    return (x + crop.x, y + crop.y, crop.w, crop.h), (layout.wide.x, layout.wide.y)
