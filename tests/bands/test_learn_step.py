from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from scenes.learn_films import SCALE, film

from vsmeme.bands.prepare.learning import training_frames
from vsmeme.bands.prepare.learning.ingredients import (
    UnlearnableError,
    choose_ingredients,
    fit,
    refit,
    write,
)
from vsmeme.bands.prepare.learning.normal_equations import NormalSums, sound_frames
from vsmeme.bands.prepare.learning.ridge import CALM_COST_DB, calmed, solve_ridge
from vsmeme.bands.prepare.learning.samples import samples
from vsmeme.bands.prepare.learning.upscaler_graph import Inputs
from vsmeme.steps import learn

core = vs.core


def test_fit_recovers_a_known_filter() -> None:
    random = np.random.default_rng(7)
    features = random.normal(size=(4000, 12))
    features[:, -1] = 1
    truth = random.normal(size=(12, 3))
    wanted = features @ truth
    sums = NormalSums(
        features=features.T @ features,
        wanted=features.T @ wanted,
        energy=(wanted**2).sum(0),
        count=4000.0,
    )
    taps = np.arange(12)
    found = solve_ridge(sums, taps, slice(0, 3), ridge=1e-9)
    assert np.abs(found - truth).max() < 1e-4
    assert sums.gain(found, taps, slice(0, 3)) > 60


def fitted(
    made: training_frames.TrainingFilm, monkeypatch: pytest.MonkeyPatch
) -> tuple[list, Inputs]:
    monkeypatch.setattr(training_frames, "REACH", 0)
    return training_frames.sum_up_film(made, None)


def test_learns_and_leaves_a_wrong_frame_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured, inputs = fitted(film(12, spoil=4), monkeypatch)
    kept = sound_frames(measured)
    assert 4 not in [m.frame for m in kept]
    assert len(kept) >= 10
    chosen = choose_ingredients(kept, inputs, shots=lambda n: n // 6)
    assert chosen.gain_db[0] > 0.3
    whole = refit(NormalSums.total(p for m in kept for p in (m.inner, m.outer)), chosen)
    first = write(whole, inputs, tmp_path / "a.onnx")
    again, _ = fitted(film(12, spoil=4), monkeypatch)
    kept = sound_frames(again)
    chosen = choose_ingredients(kept, inputs, shots=lambda n: n // 6)
    whole = refit(NormalSums.total(p for m in kept for p in (m.inner, m.outer)), chosen)
    second = write(whole, inputs, tmp_path / "b.onnx")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_logo_in_the_overlap_weighs_nothing() -> None:
    made = film(4)
    source = made.sources[0]
    logo = source.wide.std.BlankClip(40, 24, color=[60000, 32768, 32768])
    marked = replace(
        source,
        wide=core.std.StackVertical(
            [
                source.wide.std.Crop(bottom=source.wide.height - 40),
                core.std.StackHorizontal(
                    [
                        source.wide.std.Crop(
                            top=40, bottom=source.wide.height - 64, right=source.wide.width - 20
                        ),
                        logo.resize.Point(40, 24),
                        source.wide.std.Crop(top=40, bottom=source.wide.height - 64, left=60),
                    ]
                ),
                source.wide.std.Crop(top=64),
            ]
        ),
    )
    weight = next(samples(marked, Inputs(scale=SCALE), [(marked.core, [0])])).weight
    assert weight[11:15, 7:13].max() == 0
    assert weight.mean() > 0.7


@pytest.mark.parametrize("fault", ["blend", "comb"])
def test_a_blended_or_combed_frame_is_left_out(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    measured, _ = fitted(film(12, **{fault: 7}), monkeypatch)
    assert 7 not in [m.frame for m in sound_frames(measured)]


def test_a_colour_fit_that_is_off_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    made = film(12)

    def off(clip: vs.VideoNode) -> vs.VideoNode:
        return core.std.Expr(clip, ["x 0.93 * 2000 +", "x 900 +", ""])

    wrong = replace(made, sources=(replace(made.sources[0], grade=off),))
    gains = []
    for each in (made, wrong):
        measured, inputs = fitted(each, monkeypatch)
        gains.append(choose_ingredients(measured, inputs, shots=lambda n: n // 6).gain_db[0])
    # the level stays what the DVD says, so only the slope of the transform matters
    assert gains[1] > 0.7 * gains[0]


@pytest.mark.parametrize(("count", "message"), [(5, "5 confident frames")])
def test_too_little_is_said(count: int, message: str) -> None:
    with pytest.raises(UnlearnableError, match=message):
        training_frames.sum_up_film(film(count), None)


def test_shots_that_disagree_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    measured, inputs = fitted(film(12), monkeypatch)
    turned = [
        m
        if m.frame < 6
        else replace(
            m,
            inner=replace(m.inner, wanted=-m.inner.wanted),
            outer=replace(m.outer, wanted=-m.outer.wanted),
        )
        for m in measured
    ]
    with pytest.raises(UnlearnableError, match="shots disagree"):
        choose_ingredients(turned, inputs, shots=lambda n: n // 6)


def test_decides_for_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_frames, "REACH", 1)
    monkeypatch.setattr(learn, "OTHERS", ())
    monkeypatch.setattr(learn, "networks", dict)
    choice = learn.decide(film(12), tmp_path)
    assert choice.model is not None
    assert choice.model.name == "learned"
    assert choice.scores["learned"].luma_db > choice.scores["bicubic"].luma_db + 0.3
    assert "best on the held-out rows" in choice.report["reason"]


def test_too_few_frames_fall_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "networks", dict)
    choice = learn.decide(film(4), tmp_path)
    assert choice.model is None
    assert "4 confident frames" in choice.report["not_learned"]


def still_sums(noise: float) -> tuple[NormalSums, NormalSums]:
    """A sharp picture seen twice, present and before; both with noise, which changes."""
    random = np.random.default_rng(1)
    truth = random.normal(size=(6000, 1))
    grain = noise * random.normal(size=(4, 6000, 1))
    ones = np.ones((6000, 1))
    seen = np.hstack([truth + grain[0], grain[1] - grain[0], ones])
    change = np.hstack([grain[2] - grain[0], grain[3] - grain[1] - grain[2] + grain[0], 0 * ones])
    # interpolation shows a half of the picture, and of its noise
    found = []
    for features, wanted in ((seen, truth / 2), (change, -(grain[2] - grain[0]) / 2)):
        found.append(
            NormalSums(
                features=features.T @ features,
                wanted=features.T @ wanted,
                energy=(wanted**2).sum(0),
                count=6000.0,
            )
        )
    return found[0], found[1]


def test_still_areas_are_calmed_through_the_neighbours() -> None:
    sums, still = still_sums(0.1)
    taps, targets = np.arange(3), slice(0, 1)
    alone = np.array([0, 2])
    wild = solve_ridge(sums, alone, targets, ridge=1e-6)
    assert still.error(wild, alone, targets) > 2 * still.energy.sum()
    share = calmed(sums, sums, still, taps, targets, ridge=1e-6)
    weights = solve_ridge(sums.plus(still, share), taps, targets, ridge=1e-6)
    assert still.error(weights, taps, targets) < still.error(wild, alone, targets)
    assert sums.gain(weights, taps, targets) > sums.gain(wild, alone, targets)


def test_calm_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    made = film(10, held=2, noise=0.01)
    measured, inputs = fitted(made, monkeypatch)
    still = training_frames.gather_still(made, inputs)
    assert still is not None
    inner, outer = (
        NormalSums.total(getattr(m, part) for m in measured) for part in ("inner", "outer")
    )
    wild, calm = (fit(inner, outer, inputs, inputs, still=some) for some in (None, still))
    assert calm.gain_db[0] > wild.gain_db[0] - CALM_COST_DB - 1e-9
    luma = slice(0, SCALE**2)
    change = [still.error(f.luma[1], f.luma[0], luma) for f in (wild, calm)]
    assert change[1] <= change[0]


def test_what_moves_is_not_taken_for_still() -> None:
    still = training_frames.gather_still(film(6), Inputs(scale=SCALE))  # the ground stays black
    assert still is not None
    assert still.count < 0.7 * 4 * 48 * 48
    assert still.energy.sum() / (48 * still.count) < (1 / 255) ** 2
