"""Make every picture of the pages again, from a finished demo.

uv run vsmeme demo demo
uv run docs/make_pictures.py demo/meme.toml

The guide's pictures are JPEGs of at most 960 px; plots and drawings are SVGs. All lie in
docs/pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import vapoursynth as vs
from PIL import Image

import vsmeme
from vsmeme import readers, stages
from vsmeme.arrays.images import Image as Picture
from vsmeme.deliver.proof import proof
from vsmeme.deliver.report.pictures import gray, outlined, rgb, thumb
from vsmeme.deliver.report.plots import colour_plot, geometry_drawing, match_plot, track_plot
from vsmeme.project import Project, load_project

PICTURES = Path(__file__).parent / "pictures"
WIDTH_PX = 960
QUALITY = 86
GREEN, ORANGE, RED = (60, 220, 90), (255, 150, 30), (230, 40, 60)
SEAM_CROP = (320, 180)


def write_jpeg(name: str, picture: Picture) -> None:
    """Write a picture, scaled down to the width of a page."""
    small = Image.fromarray(np.ascontiguousarray(thumb(picture, WIDTH_PX)))
    small.save(PICTURES / f"{name}.jpg", quality=QUALITY, subsampling=0, optimize=True)


def side_by_side(*pictures: Picture) -> Picture:
    """Lay pictures of one height beside each other, with a white gap."""
    gap = np.full((pictures[0].shape[0], 8, 3), 255, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.concatenate(parts[:-1], axis=1)


def write_stages(project: Project, n: int) -> None:
    """Write what each step adds to the picture of one pair."""
    base = stages.composite(project)
    fast = rgb(stages.composite(project, bands="fast"), n)
    masks = stages.masks(project)
    full = rgb(base, n)
    marked = outlined(full.copy(), gray(masks.foreground, n), GREEN)
    write_jpeg("composite", full)
    write_jpeg("masks", outlined(marked, gray(masks.face, n), ORANGE))
    write_jpeg("background", rgb(stages.background(project, base=base), n))
    write_jpeg("result", rgb(stages.stage(project, "final", base=base), n))
    layout = readers.layouts(project)[0]
    write_jpeg("bands", side_by_side(*(seam_crop(p, layout) for p in (fast, full))))
    key = readers.ledger(project).keys[0]
    hole = gray(vsmeme.load_plate_mask(key, project.work), 0)
    write_jpeg("plate", outlined(rgb(vsmeme.load_plate(key, project.work), 0), hole, RED))


def seam_crop(picture: Picture, layout: vsmeme.Layout) -> Picture:
    """Cut a part of the upper seam, px for px, and enlarge it twice so that px show."""
    w, h = SEAM_CROP
    x, y = (layout.canvas[0] - w) // 2, layout.wide.y - h // 2
    part = picture[max(0, y) : max(0, y) + h, x : x + w]
    return part.repeat(2, axis=0).repeat(2, axis=1)


def write_match(project: Project) -> None:
    """Write both releases matched, the proof, and the plots of what was measured."""
    sources, table = project.config.sources, readers.timeline(project)
    wide = vsmeme.open_video(str(sources.wide), role="wide", cache=project.index)
    dvd = vsmeme.open_video(str(sources.dvd), role="dvd", cache=project.index)
    n = len(table) // 2
    write_jpeg("sources", rgb(vsmeme.show_match(wide, dvd, table, height=280), n))
    write_jpeg("proof", np.asarray(Image.open(proof(project, PICTURES / "proof.jpg"))))
    layout = readers.layouts(project)[0]
    face = readers.track(project).regions["face"]
    drawings = {
        "sync": match_plot(table, readers.shots(project)),
        "placement": geometry_drawing(layout),
        "colour": colour_plot(readers.colours(project)),
        "track": track_plot(face, (layout.canvas[0] / 2, layout.canvas[1] / 2), len(table)),
    }
    for name, text in drawings.items():
        (PICTURES / f"{name}.svg").write_text(text, encoding="utf-8")


def main(argv: list[str]) -> int:
    """Make the pictures of a finished project; the demo's by default."""
    project = load_project(Path(argv[0] if argv else "demo/meme.toml"))
    PICTURES.mkdir(exist_ok=True)
    vs.core.max_cache_size = 2048
    write_match(project)
    write_stages(project, len(readers.timeline(project)) // 2)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
