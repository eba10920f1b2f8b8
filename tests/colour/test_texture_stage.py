"""Texture in a project: learning writes it, the finish applies it, the wide keeps its samples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scenes.finished import copy_project, restamp

from vsmeme import readers, stages
from vsmeme.colour.texture_tables import KNOTS, Texture
from vsmeme.project import Project, load_project
from vsmeme.steps.learn import run_learn

SET = "finish.tie=0"


def luma(project: Project, n: int = 3) -> np.ndarray:
    with stages.stage(project, "final").get_frame(n) as frame:
        return np.asarray(frame[0]).astype(np.float64) / 256


def test_bands_get_texture_and_the_wide_keeps_its_samples(
    exported: Project, tmp_path: Path
) -> None:
    copy = copy_project(exported, tmp_path)
    path = copy.work / "upscale.json"
    ones = (1.0,) * len(KNOTS)
    texture = Texture(static=tuple(4 * v for v in ones), level=tuple(9 * v for v in ones))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"texture": texture.to_json()}))
    restamp(copy)
    with_it = luma(load_project(copy.file, set_=SET))
    without = luma(load_project(copy.file, set_=f"{SET};finish.texture=0"))
    untouched = load_project(exported.file, set_=f"{SET};finish.texture=0")
    assert np.array_equal(without, luma(untouched))
    wide = readers.layouts(copy)[0].wide
    feather = copy.config.seam.width
    inside = slice(wide.y + feather, wide.bottom - feather)
    assert np.array_equal(with_it[inside], without[inside])
    for rows in (slice(0, wide.y), slice(wide.bottom, None)):
        assert np.std((with_it - without)[rows]) > 0.5


def test_learning_writes_what_the_bands_lack(exported: Project, tmp_path: Path) -> None:
    copy = copy_project(exported, tmp_path)
    text = copy.file.read_text(encoding="utf-8")
    copy.file.write_text(text + '[upscale]\nmodel = "bicubic"\n')
    project = load_project(copy.file)
    run_learn(project)
    texture = readers.texture(project)
    assert texture.adds
    assert len(texture.shots) == len(readers.shots(project).shots)
