"""Small films that behave as real releases do: shots lie where they truly do, or are absent."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scenes.shared_folder import SHARED

from vsmeme import readers
from vsmeme.ffmpeg import find_ffmpeg
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Layout
from vsmeme.placement.prepare.shot_drift import layout_point
from vsmeme.project import load_project
from vsmeme.steps.match import run_match
from vsmeme.sync.shots import Shot
from vsmeme.sync.timeline import Pair

CASES = SHARED / "cases"
WITHIN_PX, MOVING_WITHIN_PX, MOVING_SHARE = 0.5, 0.3, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A pair, how far the DVD lies from its truth, canvas px, and whether it is shown there."""

    pair: Pair
    error: float
    shown: bool


def filled(name: str, variant: str, folder: Path) -> Path:
    """Fill a folder with a case."""
    script, bash = CASES / f"{name}.sh", shutil.which("bash")
    if bash is None or not script.exists():
        pytest.skip("needs ../shared/cases, and bash")
    environment = {**os.environ, "FFMPEG": str(find_ffmpeg())}
    subprocess.run(
        [bash, str(script), str(folder), *variant.split()],
        check=True,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    return folder


def frames_of(folder: Path) -> Iterator[Frame]:
    """Yield every pair of a matched case."""
    project = load_project(folder / "meme.toml")
    truth = json.loads((folder / "truth.json").read_text())
    layouts, shots = readers.layouts(project), readers.shots(project)
    record = readers.match_record(project)
    film = record.wide.facts.active
    for n, pair in enumerate(record.timeline.pairs):
        shot, true = shots.at(n), true_shot(truth, pair.wide)
        error = error_px(layouts[shot.layout], shot, n, film, true, truth)
        yield Frame(pair=pair, error=error, shown=shot.placed and pair.partner)


def true_shot(truth: dict[str, Any], frame: int) -> dict[str, Any]:
    """The true shot of a frame of the wide."""
    return next(s for s in truth["shots"] if s["first"] <= frame <= s["last"])


def error_px(
    layout: Layout, shot: Shot, n: int, film: Rect, true: dict[str, Any], truth: dict[str, Any]
) -> float:
    """Worst distance over the corners of the DVD, canvas px."""
    x, y, w, h = true["dvd"]
    width, height = truth["dvd_size"]
    wide = true.get("wide", truth["wide"])
    corner = (0, 0) if "ratio" in truth else wide[:2]
    active = layout.wide_active or film
    move = (
        layout.wide.x - layout.wide_crop.x - active.x - corner[0],
        layout.wide.y - layout.wide_crop.y - active.y - corner[1],
    )
    drift = shot.drift[n - shot.first] if shot.drift else (0.0, 0.0)
    worst = 0.0
    for u, v in ((0, 0), (width, 0), (0, height), (width, height)):
        point = layout_point(layout, u, v) + drift
        wanted = (x + w * u / width + move[0], y + h * v / height + move[1])
        worst = max(worst, float(np.hypot(*(point - wanted))))
    return worst


def wrong(frames: Sequence[Frame]) -> list[int]:
    """Frames of the wide whose bands are shown more than half a px off."""
    return [f.pair.wide for f in frames if f.shown and f.error > WITHIN_PX]


@pytest.mark.parametrize(
    ("name", "variant", "layouts"),
    [
        ("reframed_far", "24", 2),
        ("zoomed_shots", "1.03", 2),
        ("hard_matted_shots", "", 2),
        ("changing_ratio", "tall", 2),
        ("dvd_wider", "756", 1),
        ("subtitle_in_bar", "subtitle", 1),
        ("reframed_of_forty", "even", 2),
    ],
)
def test_every_shot_lies_where_it_does(
    name: str, variant: str, layouts: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = filled(name, variant, tmp_path)
    with caplog.at_level(logging.INFO):
        run_match(load_project(folder / "meme.toml"))
    frames = list(frames_of(folder))
    assert wrong(frames) == []
    assert all(f.shown for f in frames)
    assert len(readers.layouts(load_project(folder / "meme.toml"))) == layouts
    assert ("the wide's bars hold something" in caplog.text) == (name == "subtitle_in_bar")


@pytest.mark.parametrize("variant", ["weave", "pan"])
def test_what_moves_within_a_shot_is_followed(variant: str, tmp_path: Path) -> None:
    folder = filled("weave_and_pan", variant, tmp_path)
    run_match(load_project(folder / "meme.toml"))
    frames = [f for f in frames_of(folder) if f.shown]
    assert len(frames) >= 0.98 * 360
    assert np.mean([f.error <= MOVING_WITHIN_PX for f in frames]) >= MOVING_SHARE


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("missing_scene", range(100, 220)),
        ("halves_swapped", range(158)),
        ("scenes_swapped", range(158, 221)),
    ],
)
def test_what_has_no_partner_is_absent_and_told(
    name: str, gone: range, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = filled(name, "", tmp_path)
    with caplog.at_level(logging.INFO):
        run_match(load_project(folder / "meme.toml"))
    frames = list(frames_of(folder))
    assert len(frames) == 360
    absent = {f.pair.wide for f in frames if not f.shown}
    assert set(gone) <= absent
    assert len(absent) <= len(gone) + 1
    assert wrong(frames) == []
    assert "no partner in the DVD" in caplog.text
    assert ("in another order" in caplog.text) == name.endswith("swapped")
