"""One picture for a page: the wide alone, the rebuilt picture, the meme, each at its own size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from .. import readers, stages
from ..artifact import atomic_path
from ..project import Project
from .report.pictures import rgb

GAP_PX = 8
JPEG_QUALITY = 88


def before_after(project: Project, path: str | Path, *, frame: int | None = None) -> Path:
    """Write the three pictures one below the other, px for px, so that seams can be looked for.

    Args:
        project: A finished project.
        path: The JPEG.
        frame: Number of the pair; by default the middle one.

    Returns:
        The path.
    """
    target = Path(path)
    pairs = len(readers.timeline(project))
    n = pairs // 2 if frame is None else frame
    base = stages.composite(project)
    rebuilt = stages.finished(project, stages.background(project, base=base))
    wide = readers.placements(project)[0].layout.wide
    tiles = [
        rgb(base, n)[wide.y : wide.bottom, wide.x : wide.right],
        rgb(rebuilt, n),
        rgb(stages.stage(project, "final", base=base), n),
    ]
    width = max(tile.shape[1] for tile in tiles)
    sheet = Image.new("RGB", (width, sum(t.shape[0] + GAP_PX for t in tiles) - GAP_PX), "white")
    y = 0
    for tile in tiles:
        sheet.paste(Image.fromarray(np.ascontiguousarray(tile)), ((width - tile.shape[1]) // 2, y))
        y += tile.shape[0] + GAP_PX
    with atomic_path(target) as part:
        sheet.save(part, format="JPEG", quality=JPEG_QUALITY, subsampling=0)
    return target
