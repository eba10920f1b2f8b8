"""Where the DVD is absent, nothing of it shows: the plate, a cut or, when asked for, the frame."""

from __future__ import annotations

import json
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import SETTINGS, copy_project, finished_project, plant_absence, restamp

from vsmeme import readers, stages
from vsmeme.deliver.export.export import export
from vsmeme.deliver.export.sound import drop_sound
from vsmeme.deliver.export.sound_clock import RATE
from vsmeme.deliver.report.warnings import warnings
from vsmeme.demo.scene import Scene
from vsmeme.errors import UsageError
from vsmeme.ffmpeg import duration_of
from vsmeme.plate.ledger import Ledger
from vsmeme.project import Project, load_project
from vsmeme.steps.inpaint import run_inpaint

SCENE = Scene(size="small", seed=5, frames=24, cuts=(8, 14), walk=4.0)
UNPLACED = range(8, 14)
GAP = range(17, 22)
BLACK = (4096, 32768, 32768)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Three shots, everything placed."""
    return finished_project(tmp_path_factory.mktemp("whole"), SCENE, settings=SETTINGS, sound=True)


@pytest.fixture(scope="module")
def lacking(whole: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The second shot is not placed, and in the third some frames have no partner."""
    project = copy_project(whole, tmp_path_factory.mktemp("lacking"))
    plant_absence(project, GAP)
    restamp(project, "match", "learn", "segment")
    (project.work / "background.json").unlink()
    run_inpaint(project)
    restamp(project, "track")
    return project


def planes(clip: vs.VideoNode, n: int) -> list[np.ndarray]:
    with clip.get_frame(n) as frame:
        return [np.array(frame[p]) for p in range(frame.format.num_planes)]


def outside_wide(project: Project) -> np.ndarray:
    layout = readers.layouts(project)[0]
    mask = np.ones(layout.canvas[::-1], np.bool_)
    mask[layout.wide.y : layout.wide.bottom, layout.wide.x : layout.wide.right] = False
    return mask


@pytest.mark.parametrize("n", [8, 13, 17, 21])
def test_absent_bands_are_black_and_missing(whole: Project, lacking: Project, n: int) -> None:
    bare, outside = planes(stages.composite(lacking, "fast"), n), outside_wide(lacking)
    for plane, black in zip(bare, BLACK, strict=True):
        assert (plane[outside] == black).all()
    assert np.array_equal(planes(stages.missing(lacking), n)[0] == 255, outside)
    home = readers.layouts(whole)[0].wide
    wide = planes(stages.sources(whole).wide, n)
    for ours, theirs in zip(bare, wide, strict=True):  # no feather where there is nothing to join
        assert np.array_equal(ours[home.y : home.bottom, home.x : home.right], theirs)


@pytest.mark.parametrize("n", [0, 7, 14, 16, 22, 23])
def test_other_frames_are_as_they_were(whole: Project, lacking: Project, n: int) -> None:
    for before, after in zip(
        planes(stages.composite(whole, "fast"), n),
        planes(stages.composite(lacking, "fast"), n),
        strict=True,
    ):
        assert np.array_equal(before, after)
    assert np.array_equal(
        planes(stages.missing(whole), n)[0], planes(stages.missing(lacking), n)[0]
    )


def test_the_plate_fills_what_is_absent(lacking: Project) -> None:
    base = stages.composite(lacking)
    filled = stages.background(lacking, base=base)
    for n in (9, 18):
        empty = planes(stages.missing(lacking), n)[0] == 255
        luma = planes(filled, n)[0]
        assert (luma[empty] > 4096).mean() > 0.9
        assert np.array_equal(luma[~empty], planes(base, n)[0][~empty])


def test_one_generation_a_shot_and_real_bands_before_it(lacking: Project) -> None:
    keys = lacking.parsed("inpaint", Ledger.from_json).keys
    assert [key.generations for key in keys] == [1, 1, 1]
    assert [key.changed_outside_mask for key in keys] == [0, 0, 0]
    # the third shot's gap takes its bands from frames that have them; the second has none at all
    assert keys[2].frame not in GAP
    assert keys[2].generated == pytest.approx(keys[0].generated, rel=0.3)
    assert keys[1].generated > 2 * keys[0].generated


def test_hold_shows_the_frame_that_is_held(whole: Project, lacking: Project) -> None:
    held = load_project(lacking.file, set_="time.gaps=hold")
    for n in (18, 10):
        same = [
            np.array_equal(a, b)
            for a, b in zip(
                planes(stages.composite(whole, "fast"), n),
                planes(stages.composite(held, "fast"), n),
                strict=True,
            )
        ]
        assert all(same) == (n in GAP)  # a shot that is not placed has no bands to hold


def test_cut_drops_the_gap_from_picture_and_sound(lacking: Project, tmp_path: Path) -> None:
    project = copy_project(lacking, tmp_path)
    settings = project.file.read_text()
    project.file.write_text(settings + '[time]\ngaps = "cut"\n')
    project = load_project(project.file)
    restamp(project, "inpaint", "track")
    left = [n for n in range(24) if n not in GAP]
    clip = stages.delivered(project, "composite")
    plain = stages.delivered(lacking, "composite")
    assert clip.num_frames == len(left) == export(project).frames
    for n in (0, 16, 17, 18):
        assert np.array_equal(planes(clip, n)[0], planes(plain, left[n])[0])
    seconds = duration_of(project.out / "meme.mp4")
    assert seconds == pytest.approx(len(left) / float(SCENE.fps), abs=0.03)


def test_cut_that_leaves_nothing_is_refused(lacking: Project, tmp_path: Path) -> None:
    project = copy_project(lacking, tmp_path)
    path = project.work / "match.json"
    data = json.loads(path.read_text())
    for pair in data["pairs"]:
        pair |= {"partner": False, "confident": False}
    path.write_text(json.dumps(data))
    project = load_project(project.file, set_="time.gaps=cut")
    with pytest.raises(UsageError, match="time.gaps: cut: no frame has a partner on the DVD"):
        stages.delivered(project, "composite")


def test_what_is_absent_is_said(lacking: Project) -> None:
    said = [line for line in warnings(lacking) if line.startswith("Shot")]
    assert said == [
        "Shot 1 (00:00:00.334 to 00:00:00.542): where the DVD lies was not found; it is absent "
        "there."
    ]


def test_dropped_sound_is_exact(tmp_path: Path) -> None:
    path, fps = tmp_path / "sound.wav", Fraction(24000, 1001)
    samples = np.arange(RATE, dtype=np.int16).repeat(2).reshape(-1, 2)
    with wave.open(str(path), "wb") as target:
        target.setparams((2, 2, RATE, 0, "NONE", ""))
        target.writeframes(samples.tobytes())
    drop_sound(path, (3, 4, 9), fps=fps)
    edges = [round(n * RATE / fps) for n in (3, 5, 9, 10)]
    expected = np.concatenate(
        [samples[: edges[0]], samples[edges[1] : edges[2]], samples[edges[3] :]]
    )
    with wave.open(str(path)) as source:
        heard = np.frombuffer(source.readframes(source.getnframes()), np.int16).reshape(-1, 2)
    assert np.array_equal(heard, expected)
