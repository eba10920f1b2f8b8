"""The graph that every script and .vpy builds, on a scene whose truth is known."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs
from scenes.projects import truth_project

from vsmeme import readers, stages
from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_files import luma
from vsmeme.errors import ArtifactError, UsageError
from vsmeme.project import Project, load_project
from vsmeme.source.facts import SourceFacts
from vsmeme.source.files import open_video
from vsmeme.source.formats import to_working
from vsmeme.stage_parts import source_stage

FEATHER = '[seam]\nblend = "feather"\n'
SCENE = Scene(seed=4, size="small", frames=24, cuts=(10,), dvd_drops=(5,), dvd_repeats=(15,))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return truth_project(tmp_path_factory.mktemp("stages"), SCENE)


def planes(clip: vs.VideoNode, n: int) -> list[np.ndarray]:
    with clip.get_frame(n) as frame:
        return [np.asarray(plane).copy() for plane in frame]


def test_composite_shows_the_master(project: Project) -> None:
    clip = stages.composite(project, bands="fast")
    assert (clip.format.id, clip.width, clip.height) == (vs.YUV444P16, 512, 288)
    assert clip.num_frames == len(SCENE.pairs)
    for n in (0, 9, 17):
        built = planes(clip, n)[0][:, 64:448].astype(float) / 256
        truth = luma(SCENE.master(SCENE.pairs[n].master), "709")[:, 64:448]
        assert np.abs(built - truth)[60:220].max() < 1
        # the DVD holds 4x4 averages: of those, the bands have to be right, a shifted one is not
        for rows in (slice(0, 36), slice(252, 288)):
            error = np.abs(coarse(built[rows]) - coarse(truth[rows]))
            assert error.mean() < 4
            assert error.mean() < 0.3 * np.abs(coarse(built[rows]) - coarse(truth[rows], 4)).mean()


def coarse(luma: np.ndarray, shift: int = 0) -> np.ndarray:
    """Return 4x4 averages."""
    h, w = luma.shape
    return np.roll(luma, shift, axis=1).reshape(h // 4, 4, w // 4, 4).mean((1, 3))


def test_wide_is_bit_identical_outside_the_feather(project: Project) -> None:
    clip = stages.composite(project, bands="fast")
    wide = to_working(open_video(project.config.sources.wide, role="wide"))
    width = project.config.seam.width
    for n in (0, 12):
        built, source = planes(clip, n), planes(wide, readers.timeline(project).pairs[n].wide)
        for a, b in zip(built, source, strict=True):
            assert np.array_equal(a[37 + width : 251 - width], b[width:-width])
            assert np.array_equal(a[37:251, :64], b[:, :64])  # beside the bands: not even a feather


def test_missing_is_black_and_masked(project: Project) -> None:
    mask = planes(stages.missing(project), 3)[0]
    assert mask.sum() == 255 * 4 * 64 * 37
    y, u, v = planes(stages.composite(project, bands="fast"), 3)
    hole = mask == 255
    assert set(y[hole]) == {4096}
    assert set(u[hole]) | set(v[hole]) == {32768}


def test_access_order_does_not_matter(project: Project) -> None:
    clip = stages.composite(project, bands="fast")
    forward = [planes(clip, n)[0].tobytes() for n in range(clip.num_frames)]
    again = stages.composite(project, bands="fast")
    backward = [planes(again, n)[0].tobytes() for n in reversed(range(again.num_frames))]
    assert forward == backward[::-1]


def test_several_layouts(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(project.folder, folder)
    (folder / "meme.toml").write_text((folder / "meme.toml").read_text() + FEATHER)
    moved = load_project(folder / "meme.toml")
    path = moved.work / "geometry.json"
    data = json.loads(path.read_text())
    second = json.loads(json.dumps(data["layouts"][0]))
    second["dvd"][0] += 4
    data["layouts"].append(second)
    path.write_text(json.dumps(data))
    path = moved.work / "shots.json"
    shots = json.loads(path.read_text())
    shots["shots"][1]["layout"] = 1
    path.write_text(json.dumps(shots))
    plain = load_project(project.file, set_="seam.blend=feather")
    one, two = stages.composite(plain, bands="fast"), stages.composite(moved, bands="fast")
    assert np.array_equal(planes(one, 2)[0], planes(two, 2)[0])
    assert np.array_equal(planes(one, 15)[0][:30, 64:440], planes(two, 15)[0][:30, 68:444])
    assert planes(stages.missing(moved), 15)[0][:37, :68].all()


def test_missing_artifacts_name_the_command(project: Project) -> None:
    with pytest.raises(ArtifactError, match=r"upscale.json: missing; run: vsmeme learn"):
        stages.composite(project)
    with pytest.raises(ArtifactError, match=r"run: vsmeme segment"):
        stages.masks(project)


def test_until_is_checked() -> None:
    assert stages.parse_until("face") == "face"
    with pytest.raises(UsageError, match="until: expected one of composite, background"):
        stages.parse_until("faces")


def test_building_requests_no_frame(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = []
    opened = source_stage.open_source_film

    def watched(facts: SourceFacts, **given: Any) -> vs.VideoNode:  # noqa: ANN401
        clip = opened(facts, **given)

        def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
            requests.append(n)
            return f

        return vs.core.std.ModifyFrame(clip, clip, note)

    monkeypatch.setattr(source_stage, "open_source_film", watched)
    clip = stages.composite(project, bands="fast")
    stages.missing(project)
    assert requests == []
    planes(clip, 7)
    assert requests


def test_the_graph_needs_no_preparation_library(project: Project) -> None:
    code = (
        "import sys\n"
        "from vsmeme import stages\n"
        "from vsmeme.project import load_project\n"
        "stages.composite(load_project(sys.argv[1]), bands='fast').get_frame(3)\n"
        "print(sorted({'torch', 'cv2', 'diffusers', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(project.file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
