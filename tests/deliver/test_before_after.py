"""The picture for a page shows three stages, px for px."""

from __future__ import annotations

from pathlib import Path

import cv2

from vsmeme import readers
from vsmeme.deliver.before_after import GAP_PX, before_after
from vsmeme.project import Project


def test_three_pictures_at_their_own_size(exported: Project, tmp_path: Path) -> None:
    path = before_after(exported, str(tmp_path / "sheet.jpg"), frame=4)
    layout = readers.layouts(exported)[0]
    sheet = cv2.imread(str(path))
    assert sheet is not None
    assert sheet.shape[:2] == (layout.wide.h + 2 * (layout.canvas[1] + GAP_PX), layout.canvas[0])
    top = layout.wide.h + GAP_PX
    rebuilt, meme = (
        sheet[y : y + layout.canvas[1]] for y in (top, top + layout.canvas[1] + GAP_PX)
    )
    wide = sheet[: layout.wide.h]
    middle = (slice(60, 100), slice(40, 120))
    inside = rebuilt[layout.wide.y : layout.wide.bottom]
    assert abs(wide[middle].astype(float) - inside[middle]).mean() < 4
    assert abs(rebuilt.astype(float) - meme).max() > 60  # the subject is pink
    assert list(tmp_path.iterdir()) == [path]
