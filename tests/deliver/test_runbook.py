"""The page for doing it by hand: its arithmetic, and its ffmpeg line run for real."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from scenes.projects import truth_project

from vsmeme import readers, stages
from vsmeme.deliver.runbook import ffmpeg_line, magick_line, runbook
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.ffmpeg import call
from vsmeme.project import Project
from vsmeme.source.formats import to_working

SCENE = Scene(size="small", seed=6, frames=8, dvd_trim=(2, 0), dvd_offset=(0.0, 1.0))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return truth_project(tmp_path_factory.mktemp("runbook"), SCENE)


def test_the_page(project: Project) -> None:
    page = runbook(project)
    layout = readers.layouts(project)[0]
    assert f"canvas    {layout.canvas[0]} x {layout.canvas[1]}" in page
    assert f"X = x + 0,  Y = y + {layout.wide.y}" in page
    assert f"X = 4 * (x - 0) + {layout.dvd.x},  Y = 4 * (y - 0) + {layout.dvd.y}" in page
    assert "Frame 2 of the wide shows what frame 0 of the DVD shows." in page
    assert "ffmpeg -i" in page
    assert "magick -size" in page


def test_the_ffmpeg_line_puts_the_wide_on_the_same_pixels(project: Project, tmp_path: Path) -> None:
    layout, pair = readers.layouts(project)[0], readers.timeline(project).pairs[0]
    sources = project.config.sources
    crop = layout.wide_crop
    target = tmp_path / "canvas.mkv"
    call(
        ffmpeg_line(
            layout,
            (str(sources.wide), str(sources.dvd)),
            (crop.x, crop.y, crop.w, crop.h),
            (pair.wide, pair.dvd),
            to=str(target),
        )
    )
    clip = vs.core.bs.VideoSource(str(target), cachemode=0)
    assert (clip.width, clip.height) == layout.canvas
    assert clip.num_frames == len(SCENE.pairs) - 2
    ours = to_working(clip)
    graph = stages.composite(project, bands="fast")
    for n in (0, 5):
        got = np.asarray(ours.get_frame(n)[0])
        wide = scene_files.yuv(SCENE, "wide", pair.wide + n)[0].astype(np.uint16) * 256
        box = layout.wide
        assert np.array_equal(got[box.y : box.bottom, box.x : box.right], wide)
        want = np.asarray(graph.get_frame(n)[0]).astype(float)
        for band in layout.bands():
            part = (slice(band.y, band.bottom), slice(band.x, band.right))
            assert np.abs(got[part].astype(float) - want[part]).mean() / 256 < 2


def test_the_imagemagick_line() -> None:
    from vsmeme.pixels.rect import Rect
    from vsmeme.placement.layout import Fit, Layout

    rect = Rect(x=0, y=73, w=1024, h=430)
    layout = Layout(
        canvas=(1024, 576), scale=4, wide=rect, wide_crop=Rect(x=0, y=0, w=1024, h=430),
        dvd=Rect(x=128, y=-8, w=768, h=576), dvd_size=(192, 144),
        active=Rect(x=0, y=0, w=192, h=144), centre_dvd=(96, 74),
        fit=Fit(matrix=((4, 0, 128), (0, 4, -8))),
    )  # fmt: skip
    line = magick_line(layout, (0, 0, 1024, 430))
    assert r"-resize 768x576\! \) -geometry +128-8 -composite" in line
    assert "-geometry +0+73 -composite canvas.png" in line
