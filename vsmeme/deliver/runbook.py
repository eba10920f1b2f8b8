"""The placement as one page of arithmetic and command lines, for doing it by hand."""

from __future__ import annotations

import shlex

from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..project import Project
from ..readers import layouts, match_record, shots, timeline


def runbook(project: Project) -> str:
    """Return the page of a project: every layout, and the shots that lie so.

    Args:
        project: Its ``match.json`` and ``geometry.json`` must be fresh.
    """
    cuts, table = shots(project).shots, timeline(project)
    pages = []
    for index, layout in enumerate(layouts(project)):
        alike = [(n, shot) for n, shot in enumerate(cuts) if shot.layout == index and shot.placed]
        if not alike and index:
            continue
        first = alike[0][1].first if alike else 0
        listed = ", ".join(f"{n} ({table.clock(shot.first)})" for n, shot in alike)
        head = f"Shots {listed}\n" if len(layouts(project)) > 1 and alike else ""
        pages.append(head + _page(project, layout, first))
    absent = [str(n) for n, shot in enumerate(cuts) if not shot.placed]
    if absent:
        pages.append(f"Shots {', '.join(absent)}: the DVD is absent, the wide lies alone.")
    return "\n\n\n".join(pages)


def _page(project: Project, layout: Layout, first: int) -> str:
    """One layout, by hand, from a pair on."""
    pair = timeline(project).pairs[first]
    active = layout.wide_active or match_record(project).wide.facts.active
    crop = layout.wide_crop
    wide = (active.x + crop.x, active.y + crop.y, crop.w, crop.h)
    names = (str(project.film("wide")), str(project.film("dvd")))
    return "\n".join(
        (
            arithmetic(layout, wide=wide),
            f"Frame {pair.wide} of the wide shows what frame {pair.dvd} of the DVD shows.",
            "\nThe whole clip with ffmpeg (YUV 4:4:4: the wide may lie on an odd row):\n",
            "  " + shlex.join(["ffmpeg", *ffmpeg_line(layout, names, wide, (pair.wide, pair.dvd))]),
            "\nOne frame with ImageMagick (wide.png and dvd.png as decoded, RGB):\n",
            "  " + magick_line(layout, wide),
        )
    )


def arithmetic(layout: Layout, *, wide: tuple[int, int, int, int]) -> str:
    """Return canvas, rectangles and transforms as text, in edge coordinates.

    Args:
        layout: The layout.
        wide: The part of the decoded wide that is used: x, y, w, h.
    """
    a, d, (w, h) = layout.active, layout.dvd, layout.dvd_size
    left, top, sx, sy = _window(layout)
    lines = [
        f"canvas    {layout.canvas[0]} x {layout.canvas[1]}",
        f"wide      {wide[2]} x {wide[3]} from ({wide[0]}, {wide[1]}), put at "
        f"({layout.wide.x}, {layout.wide.y}), never resampled",
        f"          X = x + {layout.wide.x - wide[0]},  Y = y + {layout.wide.y - wide[1]}",
        f"DVD       {a.w} x {a.h} from ({a.x}, {a.y}), to {w} x {h}, times {layout.scale}, put at "
        f"({d.x}, {d.y})",
        f"          X = {sx:.6g} * (x - {a.x + left:g}) + {d.x},  "
        f"Y = {sy:.6g} * (y - {a.y + top:g}) + {d.y}",
        f"          measured: {layout.fit.matrix[0]}, {layout.fit.matrix[1]}",
        f"          worst point of the bands {layout.fit.max_misfit_px:.3f} px off",
    ]
    for band in layout.bands():
        lines.append(f"band      {band.w} x {band.h} at ({band.x}, {band.y}) from the DVD")
    for part in layout.missing():
        lines.append(f"missing   {part.w} x {part.h} at ({part.x}, {part.y})")
    lines.append("x, y are px edges of the source, X, Y of the canvas; px u covers [u, u + 1).")
    return "\n".join(lines)


def _window(layout: Layout) -> tuple[float, float, float, float]:
    """Left and top of the resampled window in the active DVD, and canvas px per decoded DVD px."""
    a, d = layout.active, layout.dvd
    left, top, w, h = layout.window or (0.0, 0.0, float(a.w), float(a.h))
    return left, top, d.w / w, d.h / h


def _whole(layout: Layout) -> Rect:
    """Where the whole active DVD lies on the canvas, to the nearest px."""
    left, top, sx, sy = _window(layout)
    a, d = layout.active, layout.dvd
    return Rect(
        x=round(d.x - left * sx), y=round(d.y - top * sy), w=round(a.w * sx), h=round(a.h * sy)
    )


def ffmpeg_line(
    layout: Layout,
    names: tuple[str, str],
    wide: tuple[int, int, int, int],
    first: tuple[int, int],
    *,
    to: str = "canvas.mkv",
) -> list[str]:
    """Return ffmpeg's arguments that lay both sources on the canvas, lossless.

    Args:
        layout: The layout.
        names: Files of wide and DVD.
        wide: The part of the decoded wide that is used: x, y, w, h.
        first: Frame numbers of wide and DVD that belong together.
        to: Result.
    """
    a, d = layout.active, _whole(layout)
    size = f"{layout.canvas[0]}x{layout.canvas[1]}"
    picture = "scale=out_range=tv:in_color_matrix={}:out_color_matrix=bt709:flags=accurate_rnd"
    graph = ";".join(
        (
            f"[0:v]trim=start_frame={first[0]},setpts=PTS-STARTPTS,format=yuv444p,"
            f"crop={wide[2]}:{wide[3]}:{wide[0]}:{wide[1]}:exact=1,split[w][s]",
            f"[1:v]trim=start_frame={first[1]},setpts=PTS-STARTPTS,"
            f"{picture.format('bt601')},format=yuv444p,crop={a.w}:{a.h}:{a.x}:{a.y}:exact=1,"
            f"scale={d.w}:{d.h}:flags=bicubic+accurate_rnd,setsar=1[d]",
            f"[s]scale={size.replace('x', ':')},drawbox=color=black:t=fill,setsar=1[c]",
            f"[c][d]overlay={d.x}:{d.y}:format=yuv444:eof_action=repeat[b]",
            f"[b][w]overlay={layout.wide.x}:{layout.wide.y}:format=yuv444:shortest=1",
        )
    )
    return [
        *["-i", names[0], "-i", names[1], "-filter_complex", graph],
        *["-c:v", "ffv1", "-pix_fmt", "yuv444p", to],
    ]


def magick_line(layout: Layout, wide: tuple[int, int, int, int]) -> str:
    """Return an ImageMagick command for one frame of each source."""
    a, d = layout.active, _whole(layout)
    return " ".join(
        (
            f"magick -size {layout.canvas[0]}x{layout.canvas[1]} xc:black",
            rf"\( dvd.png -crop {a.w}x{a.h}+{a.x}+{a.y} +repage -filter Catrom",
            rf"-resize {d.w}x{d.h}\! \) -geometry {d.x:+d}{d.y:+d} -composite",
            rf"\( wide.png -crop {wide[2]}x{wide[3]}+{wide[0]}+{wide[1]} +repage \)",
            f"-geometry {layout.wide.x:+d}{layout.wide.y:+d} -composite canvas.png",
        )
    )
