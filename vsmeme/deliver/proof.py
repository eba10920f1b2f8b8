"""One picture, soon after matching, in which anybody sees whether the two films belong together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs
from PIL import Image, ImageDraw, ImageFont

from .. import readers, stages
from ..artifact import atomic_path
from ..canvas.composite import place
from ..colour.transform import Colour, apply_colour
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..progress import log
from ..project import Project
from ..source.formats import conform, to_working
from ..sync.timeline import Timeline
from .report.pictures import Picture, rgb

core = vs.core

ROWS = 3
STRIPES = 24  # across the canvas
TILE_W = 960
JPEG_QUALITY = 90


def proof(project: Project, path: Path | None = None) -> Path:
    """Write a picture in which a right match shows, and a wrong one, too.

    Each of its rows is one confident pair, early, in the middle and late: left the composite with
    interpolated bands, right the wide and the whole DVD in alternate stripes, in one's colours.
    Whatever crosses a stripe has to go on in it.

    Args:
        project: A matched project.
        path: Where; by default ``out/proof.jpg``.

    Returns:
        The path of the JPEG, at most 1920 px wide.

    Raises:
        ArtifactError: The match is missing or stale.
    """
    path = path or project.out / "proof.jpg"
    both = stages.sources(project)
    whole = stages.composite(project, bands="fast", pair=both)
    table, cuts = readers.timeline(project), readers.shots(project)
    layouts, colours = readers.layouts(project), readers.colours(project)
    clips: dict[tuple[int, int], vs.VideoNode] = {}
    rows = []
    runs = readers.placements(project)
    for n in chosen(table, [m for run in runs if run.layout.bands() for m in run.frames]):
        looks = cuts.at(n).layout, cuts.at(n).colour
        layout = layouts[looks[0]]
        if looks not in clips:
            colour = colours[looks[1]] if project.config.colour.match else None
            clips[looks] = dvd_on_canvas(both.dvd, layout, colour)
        canvas, dvd = rgb(whole, n), rgb(clips[looks], n)
        pair = table.pairs[n]
        text = f"wide frame {pair.wide}, DVD frame {pair.dvd}, score {pair.score:.4f}"
        tiles = (_small(canvas), _small(striped(canvas, dvd, layout.wide.intersect(layout.dvd))))
        rows.append(_captioned(np.concatenate(tiles, axis=1), text))
    with atomic_path(path) as part:
        Image.fromarray(np.concatenate(rows)).save(part, quality=JPEG_QUALITY)
    log.info("%s: lines that cross a stripe must continue through it", path)
    return path


def chosen(table: Timeline, placed: Sequence[int] = ()) -> tuple[int, ...]:
    """Return the pairs that are shown, spread over the film.

    Args:
        table: The match table; confident pairs are taken where there are any.
        placed: Pairs that have bands; others are taken only where there are none.
    """
    among = placed or range(len(table))
    sure = [n for n in among if table.pairs[n].confident] or list(among)
    return tuple(dict.fromkeys(sure[len(sure) * (2 * k + 1) // (2 * ROWS)] for k in range(ROWS)))


def dvd_on_canvas(dvd: vs.VideoNode, layout: Layout, colour: Colour | None) -> vs.VideoNode:
    """Bring the whole DVD to the canvas.

    Args:
        dvd: The DVD as decoded, ``n`` frames.
        layout: The layout of a shot.
        colour: Its colour transform; None leaves the DVD's own colours.

    Returns:
        YUV444P16, canvas size, ``n`` frames: interpolated, black around it.
    """
    frame = conform(dvd, active=layout.active, size=layout.dvd_size, window=layout.window)
    large = core.resize.Bicubic(to_working(frame), width=layout.dvd.w, height=layout.dvd.h)
    if colour:
        large = apply_colour(large, [colour])
    return place(large, layout.dvd, canvas=layout.canvas)


def striped(canvas: Picture, dvd: Picture, shared: Rect | None) -> Picture:
    """Put the DVD into every other stripe of what both sources show.

    Args:
        canvas: The composite, RGB, ``h x w x 3``.
        dvd: The DVD on the canvas, alike.
        shared: What both show, canvas px.

    Returns:
        RGB, ``h x w x 3``.
    """
    out = canvas.copy()
    if shared is None:
        return out
    stripe = np.arange(shared.x, shared.right) * STRIPES // canvas.shape[1] % 2 == 1
    rows, columns = slice(shared.y, shared.bottom), np.arange(shared.x, shared.right)[stripe]
    out[rows, columns] = dvd[rows, columns]
    return out


def _small(picture: Picture) -> Picture:
    width = min(TILE_W, picture.shape[1])
    height = round(picture.shape[0] * width / picture.shape[1])
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _captioned(picture: Picture, text: str) -> Picture:
    sheet = Image.fromarray(picture)
    ImageDraw.Draw(sheet).text(
        (8, sheet.height - 24), text, (255, 255, 255), ImageFont.load_default(16),
        stroke_width=2, stroke_fill=(0, 0, 0),
    )  # fmt: skip
    return np.asarray(sheet, np.uint8)
