"""Every claim holds on a sound project, and fails on the fault that is planted against it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from scenes.finished import copy_project, restamp

from vsmeme import stages
from vsmeme.artifact import file_sha256
from vsmeme.deliver.verify.evidence import STAGES, Claim, Evidence
from vsmeme.deliver.verify.verify import (
    CHECKS,
    as_json,
    claims_composite,
    claims_corner,
    claims_output,
    claims_sound,
    claims_subject,
    claims_texture,
    claims_time,
    table,
    verify,
)
from vsmeme.ffmpeg import call, streams
from vsmeme.project import Project, load_project

core = vs.core
REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sound(exported: Project) -> Project:
    return exported


def check(project: Project, claim: Callable[[Evidence], Claim]) -> Claim:
    return claim(Evidence(project))


def edit(project: Project, name: str, change: Callable[[Any], None]) -> None:
    path = project.work / name
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    restamp(project)


def changed_at(clip: vs.VideoNode, x: int, y: int, by: int = 300) -> vs.VideoNode:
    """The clip with one luma sample changed in every frame."""
    return core.akarin.Expr(clip, [f"X {x} = Y {y} = and x {by} + x ?", "", ""])


def test_all_claims_hold_on_a_sound_project(sound: Project) -> None:
    found = verify(sound)
    assert len(found) == len(CHECKS) == 20
    assert [claim.name for claim in found if not claim.passed] == []
    assert table(found).endswith("20 of 20 claims hold")
    assert json.loads(json.dumps(as_json(found)))[0]["passed"] is True


def test_the_script_s_exit_codes(sound: Project, tmp_path: Path) -> None:
    bad = copy_project(sound, tmp_path)
    (bad.out / "meme.mp4").unlink()
    command = [sys.executable, str(REPO / "scripts" / "verify.py"), str(bad.file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    rows = json.loads(done.stdout)
    assert [row["name"] for row in rows if not row["passed"]] == [
        "delivered frame: no padding, nothing lost unsaid",
        "output: tags, count, rate, duration",
        "sound: that of the wide, in time",
    ]
    (bad.work / "track.json").unlink()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "track.json: missing; run: vsmeme track" in done.stderr


def test_fault_dvd_off_centre(sound: Project, tmp_path: Path) -> None:
    bad = copy_project(sound, tmp_path)

    def shift(data: Any) -> None:  # noqa: ANN401
        for layout in (data, *data["layouts"]):
            layout["dvd"][0] += 2

    edit(bad, "geometry.json", shift)
    claim = check(bad, claims_composite.centre)
    assert not claim.passed
    assert claim.number == pytest.approx(2, abs=0.3)


def test_fault_wide_off_centre(sound: Project, tmp_path: Path) -> None:
    bad = copy_project(sound, tmp_path)

    def shift(data: Any) -> None:  # noqa: ANN401
        for layout in (data, *data["layouts"]):
            layout["wide"][1] += 1

    edit(bad, "geometry.json", shift)
    assert not check(bad, claims_composite.centre).passed


def test_fault_one_sample_of_the_wide(sound: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    good = stages.composite
    monkeypatch.setattr(stages, "composite", lambda p, **k: changed_at(good(p, **k), 300, 150, 1))
    claim = check(sound, claims_composite.wide_untouched)
    assert not claim.passed
    assert claim.number == len(Evidence(sound).samples)


def test_fault_core_enters_the_bands(sound: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    good = stages.composite

    def leaky(project: Project, *, pair: stages.Sources | None = None) -> vs.VideoNode:
        clip = good(project, pair=pair)
        dvd = (pair or stages.sources(project)).dvd.std.PlaneStats()
        known = core.akarin.PropExpr([clip, dvd], lambda: {"Leak": "y.PlaneStatsAverage"})
        return core.akarin.Expr(known, ["Y 3 < x x.Leak 300 * + x ?", "", ""])

    monkeypatch.setattr(stages, "composite", leaky)
    assert not check(sound, claims_composite.only_bands).passed


def test_fault_a_step_back(sound: Project, tmp_path: Path) -> None:
    bad = copy_project(sound, tmp_path)

    def swap(data: Any) -> None:  # noqa: ANN401
        a, b = data["pairs"][5], data["pairs"][6]
        a["dvd"], b["dvd"] = b["dvd"], a["dvd"]

    edit(bad, "match.json", swap)
    claim = check(bad, claims_time.monotone)
    assert (claim.passed, claim.note) == (False, "pair 6 steps back or skips")
    assert not verify(bad)[1].passed  # the wide is untouched: not proven


def test_fault_a_wrong_partner(sound: Project, tmp_path: Path) -> None:
    bad = copy_project(sound, tmp_path)

    def late(data: Any) -> None:  # noqa: ANN401
        for pair in data["pairs"][8:-1]:
            pair["dvd"] += 1

    edit(bad, "match.json", late)
    assert not check(bad, claims_time.best_partner).passed


def test_fault_a_soft_band(sound: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    good = STAGES["delivered"]

    def soft(evidence: Evidence) -> vs.VideoNode:
        clip, wide = good(evidence), evidence.layout(0)["wide"]
        dull = clip.std.BoxBlur(hradius=3, hpasses=2, vradius=3, vpasses=2)
        inside = f"Y {wide[1]} >= Y {wide[1] + wide[3]} < and"
        return core.akarin.Expr([clip, dull], f"{inside} x y ?")

    honest = check(sound, claims_texture.texture_runs_on)
    assert honest.passed, honest
    monkeypatch.setitem(STAGES, "delivered", soft)
    claim = check(sound, claims_texture.texture_runs_on)
    assert not claim.passed
    assert claim.note.startswith("still -")
    off = load_project(sound.file, set_="finish.texture=0")
    assert check(off, claims_texture.texture_runs_on).note.startswith("not looked at")


def test_fault_a_box_in_the_corner(sound: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    good = STAGES["delivered"]

    def boxed(evidence: Evidence) -> vs.VideoNode:
        clip = good(evidence)
        inside = [
            f"X {x} >= X {x + w} < and Y {y} >= and Y {y + h} < and"
            for x, y, w, h in evidence.layout(0)["missing"]
        ]
        code = " ".join([*inside, *["or"] * (len(inside) - 1)])
        return core.akarin.Expr(clip, f"x {code} 30 0 ? 256 * +")

    assert check(sound, claims_corner.corners_join).passed
    monkeypatch.setitem(STAGES, "delivered", boxed)
    assert not check(sound, claims_corner.corners_join).passed


def test_corner_edges_are_those_beside_picture() -> None:
    layout = {"canvas": [200, 120], "missing": [[0, 0, 40, 40], [160, 80, 40, 40], [0, 50, 9, 40]]}
    edges = [(area[:2], side) for area, side in claims_corner.corner_edges(layout)]
    assert edges == [
        ([0, 0], "bottom"), ([0, 0], "right"), ([160, 80], "top"), ([160, 80], "left"),
    ]  # fmt: skip


def noise(seed: int, sigma: float = 1.0) -> Any:  # noqa: ANN401
    return sigma * np.random.default_rng(seed).standard_normal((48, 64))


def moments(step: float) -> list[Any]:
    """Five frames of a picture in front of which something moves."""
    still = noise(0, 20)
    frames = []
    for n in range(5):
        frame = still.copy()
        at = round(4 + step * n)
        frame[16:32, at : at + 16] = 30 * np.sin(np.arange(256).reshape(16, 16) / 7)
        frames.append(frame)
    return frames


def test_the_partner_of_what_moves_is_told_by_its_changes() -> None:
    wide = moments(6)
    dvd = {n: frame + noise(n + 9, 2) for n, frame in enumerate(wide)}
    right = claims_time.rivalry(wide[2], wide, dvd, own=2)
    assert not right.still
    assert right.sure > claims_time.SURE
    wrong = claims_time.rivalry(wide[2], wide, dvd, own=3)
    assert claims_time.is_beaten(wrong)


def test_a_still_passage_s_better_coded_frame_is_no_better_partner() -> None:
    wide = moments(0)
    dvd = {n: frame + noise(n + 9, 6 if n == 2 else 1) for n, frame in enumerate(wide)}
    found = claims_time.rivalry(wide[2], wide, dvd, own=2)
    assert found.still
    assert not claims_time.is_beaten(found)


def test_fault_generated_twice(sound: Project, tmp_path: Path) -> None:
    bad = copy_project(sound, tmp_path)
    edit(bad, "background.json", lambda data: data["keys"][0].update(generations=2))
    assert not check(bad, claims_subject.one_generation).passed
    edit(bad, "background.json", lambda data: data["keys"][0].update(generations=1))
    edit(bad, "background.json", lambda data: data["keys"].append(data["keys"][0]))
    assert not check(bad, claims_subject.one_generation).passed


def test_fault_generation_outside_its_mask(sound: Project, tmp_path: Path) -> None:
    bad = copy_project(sound, tmp_path)
    key = Evidence(bad).json("inpaint")["keys"][0]
    path = bad.work / key["samples"]
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    picture[144, 256, 1] ^= 1  # one bit of luma in the middle
    cv2.imwrite(str(path), picture)
    digest = file_sha256(path)
    edit(bad, "background.json", lambda d: d["keys"][0]["files"].update({key["samples"]: digest}))
    assert not check(bad, claims_subject.outside_generation).passed


def test_fault_background_over_real_picture(
    sound: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = stages.background
    monkeypatch.setattr(stages, "background", lambda p, **k: changed_at(good(p, **k), 300, 150))
    assert not check(sound, claims_subject.background_real).passed


def test_fault_subject_in_the_generated_area(
    sound: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = stages.masks

    def wider(project: Project) -> stages.Masks:
        whole, face = good(project)
        return stages.Masks(core.akarin.Expr(whole, "X 9 < Y 9 < and 255 x ?"), face)

    monkeypatch.setattr(stages, "masks", wider)
    claim = check(sound, claims_subject.no_subject_generated)
    assert (claim.passed, claim.number) == (False, 2 * 81)  # both shots' plates


def test_fault_luma_of_the_subject(sound: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    good = stages.foreground

    def three(mask: vs.VideoNode) -> vs.VideoNode:
        return core.std.ShufflePlanes([mask] * 3, [0, 0, 0], vs.YUV)

    def painted(project: Project, **given: Any) -> vs.VideoNode:  # noqa: ANN401
        clip, mask = good(project, **given), three(stages.masks(project).foreground)
        return core.akarin.Expr([clip, mask], ["y x 300 + x ?", "x", "x"])

    monkeypatch.setattr(stages, "foreground", painted)
    claim = check(sound, claims_subject.luma_kept)
    assert not claim.passed
    assert claim.number == pytest.approx(300 / 257, abs=0.01)


@pytest.mark.parametrize("stage", ["foreground", "face"])
def test_fault_outside_the_masks(
    stage: str, sound: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = getattr(stages, stage)
    monkeypatch.setattr(stages, stage, lambda p, **k: changed_at(good(p, **k), 4, 100))
    claim = check(sound, claims_subject.outside_masks)
    assert not claim.passed
    assert claim.note.startswith(stage)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-vf", "setparams=color_primaries=bt470bg", "-c:v", "libx264"], "_Primaries is 5"),
        (["-c:v", "libx264", "-frames:v", "19"], "19 frames, expected 21"),
        (["-vf", "fps=25", "-c:v", "libx264"], "25 fps"),
        (["-vf", "setsar=16/15", "-c:v", "libx264"], "_SARNum is 16"),
    ],
)
def test_fault_in_the_output(
    arguments: list[str], told: str, sound: Project, tmp_path: Path
) -> None:
    bad = copy_project(sound, tmp_path)
    call(["-i", str(sound.out / "meme.mp4"), *arguments, str(bad.out / "meme.mp4")])
    claim = check(bad, claims_output.output)
    assert not claim.passed
    assert told in claim.note


def test_a_check_that_breaks_is_a_failed_claim(
    sound: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(project: Project, **given: Any) -> vs.VideoNode:  # noqa: ANN401
        raise RuntimeError("planted")

    monkeypatch.setattr(stages, "face", broken)
    failed = [claim for claim in verify(load_project(sound.file)) if not claim.passed]
    assert {claim.note for claim in failed} == {"RuntimeError: planted"}
    assert np.isnan(failed[0].number)


@pytest.mark.parametrize(
    ("fault", "note"), [("volume=0", "s are silent although"), ("adelay=80|80", "correlation")]
)
def test_sound_that_is_lost_or_late_is_noticed(
    sound: Project, tmp_path: Path, fault: str, note: str
) -> None:
    bad = copy_project(sound, tmp_path)
    mp4 = bad.out / "meme.mp4"
    good = mp4.rename(tmp_path / "good.mp4")
    call(["-i", str(good), "-c:v", "copy", "-af", fault, "-c:a", "aac", str(mp4)])
    claim = check(bad, claims_sound.heard)
    assert not claim.passed
    assert note in claim.note
    assert check(sound, claims_sound.heard).passed


def test_the_graph_carries_the_sound(sound: Project, tmp_path: Path) -> None:
    made = tmp_path / "all.mkv"
    script = REPO / "scripts" / "meme.vpy"
    told = [f"project={sound.file}", "-a", "until=composite"]
    subprocess.run(
        [
            str(Path(sys.executable).parent / "vspipe"),
            "-c",
            "mkv",
            "-a",
            *told,
            str(script),
            str(made),
        ],
        check=True,
        capture_output=True,
    )
    assert "Audio: pcm_s16le" in streams(made)
    node = stages.sound(sound)
    assert node is not None
    pairs = len(json.loads((sound.work / "match.json").read_text())["pairs"])
    assert node.num_samples == round(pairs * 1001 / 24000 * 48000)
    muted = load_project(sound.file, set_="output.audio=none")
    assert stages.sound(muted) is None
