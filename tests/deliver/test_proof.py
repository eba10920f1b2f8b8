"""The picture after matching: real composite, the DVD in the wide's place stripe by stripe."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from scenes.projects import truth_project

from vsmeme import readers, stages
from vsmeme.deliver.proof import STRIPES, chosen, dvd_on_canvas, proof, striped
from vsmeme.deliver.report.pictures import rgb
from vsmeme.demo.scene import Scene
from vsmeme.errors import ArtifactError
from vsmeme.pixels.rect import Rect
from vsmeme.project import Project, load_project

SCENE = Scene(size="small", seed=4, frames=9)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return truth_project(tmp_path_factory.mktemp("proof"), SCENE)


def test_picture_shows_three_pairs(project: Project) -> None:
    path = proof(project)
    assert path == project.out / "proof.jpg"
    canvas = readers.layouts(project)[0].canvas
    sheet = cv2.imread(str(path))
    assert sheet is not None
    assert sheet.shape[:2] == (3 * canvas[1], 2 * canvas[0])
    assert not list(project.out.glob("*.part*"))


def test_pairs_are_spread_and_confident(project: Project) -> None:
    table = readers.timeline(project)
    frames, pairs = chosen(table), table.pairs
    assert len(frames) == 3
    assert list(frames) == sorted(set(frames))
    assert all(pairs[n].confident for n in frames)


def test_the_dvd_lies_where_the_wide_shows_the_same(project: Project) -> None:
    layout = readers.layouts(project)[0]
    shared = layout.wide.intersect(layout.dvd)
    assert shared
    part = np.s_[shared.y : shared.bottom, shared.x : shared.right]
    n = 4
    wide = rgb(stages.composite(project, bands="fast")[n], 0)[part].astype(float)
    over = rgb(dvd_on_canvas(stages.sources(project).dvd[n], layout, None), 0)
    off = np.roll(over, 12, axis=1)[part].astype(float)
    right = np.abs(wide - over[part]).mean()
    assert right < 0.5 * np.abs(wide - off).mean()


def test_stripes_alternate_inside_what_both_show() -> None:
    canvas, dvd = np.zeros((8, 48, 3), np.uint8), np.full((8, 48, 3), 9, np.uint8)
    out = striped(canvas, dvd, Rect(x=6, y=2, w=40, h=4))
    columns = np.arange(48)
    inside = (columns >= 6) & (columns < 46) & (columns * STRIPES // 48 % 2 == 1)
    assert np.array_equal(out[3, :, 0] == 9, inside)
    assert not out[:2].any()
    assert not out[6:].any()
    assert not striped(canvas, dvd, None).any()


def test_without_a_match_it_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "meme.toml").write_text('[sources]\nwide = "a.mkv"\ndvd = "b.mkv"\n')
    for name in ("a.mkv", "b.mkv"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ArtifactError, match="missing; run: vsmeme match"):
        proof(load_project(tmp_path / "meme.toml"))
    assert not (tmp_path / "out").exists()
