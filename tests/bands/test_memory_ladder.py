from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from scenes.bands import layout
from scenes.nets import tiny

from vsmeme.bands.prepare import memory_ladder
from vsmeme.bands.prepare.trial_render import Outcome, _outcome, run_trial
from vsmeme.bands.upscale_plan import Plan
from vsmeme.errors import MissingError, UsageError
from vsmeme.networks.prepare.convert_models import bring
from vsmeme.networks.prepare.memory_need import working_bytes
from vsmeme.placement.layout import Layout

WIDE = layout(dvd=(600, 36))
NAMES = ["whole", "tiles-512", "tiles-384", "tiles-256", "tiles-192", "tiles-128", "tiles-96"]
NAMES += ["tiles-64", "lesser"]


def test_rungs_shrink_until_the_context_fills_a_tile(tmp_path: Path) -> None:
    model = tiny(tmp_path, radius=5)
    assert [name for name, _ in memory_ladder.rungs(model, WIDE, overlap_px=4)] == NAMES
    broad = replace(model, radius=47)
    assert [n for n, _ in memory_ladder.rungs(broad, WIDE, overlap_px=4)] == [
        *NAMES[:-2],
        NAMES[-1],
    ]


@pytest.mark.parametrize("fails", range(len(NAMES) + 1))
def test_out_of_memory_climbs_to_the_next_rung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    tried: list[str] = []

    def attempt(plan: Plan, where: Layout, *, overlap_px: int) -> Outcome:
        tried.append(plan.rung)
        return Outcome(memory=len(tried) <= fails)

    monkeypatch.setattr(memory_ladder, "attempt", attempt)
    model = tiny(tmp_path, radius=5)
    if fails == len(NAMES):
        with pytest.raises(MissingError, match=r"runs out of memory on ort-cpu at every rung"):
            memory_ladder.climb(WIDE, model, overlap_px=4, backend="ort-cpu")
        assert tried == NAMES
        return
    plan = memory_ladder.climb(WIDE, model, overlap_px=4, backend="ort-cpu")
    assert plan.rung == NAMES[fails]
    assert tried == NAMES[: fails + 1]
    assert plan.model is not None
    assert plan.model.scale == (3 if plan.rung == "lesser" else 4)


@pytest.mark.parametrize("rung", ["whole", "tiles-128", "lesser"])
def test_each_kind_of_rung_can_be_forced_and_runs(tmp_path: Path, rung: str) -> None:
    where = layout(dvd=(200, 36))
    plan = memory_ladder.climb(
        where, tiny(tmp_path, radius=3), overlap_px=4, backend="ort-cpu", rung=rung
    )
    assert plan.rung == rung
    again = Plan.from_json(json.loads(json.dumps(plan.to_json(work=tmp_path))), work=tmp_path)
    assert again == plan


def test_forced_values_are_kept_and_unknown_rungs_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_ladder, "attempt", lambda *a, **k: Outcome())
    model = tiny(tmp_path, radius=5)
    plan = memory_ladder.climb(WIDE, model, tile=80, fp16=True, backend="ov-cpu")
    assert (plan.tile, plan.fp16, plan.backend) == ((80, 80), True, "ov-cpu")
    with pytest.raises(UsageError, match="rung: expected one of whole, .*, got roof"):
        memory_ladder.climb(WIDE, model, rung="roof")


def test_a_tight_budget_leaves_rungs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_ladder, "attempt", lambda *a, **k: Outcome())
    model = tiny(tmp_path, radius=5)
    need = working_bytes(model)
    assert need > 4 * (3 + 48)
    monkeypatch.setattr(
        memory_ladder, "free_bytes", lambda where: int(200 * 10 * need / memory_ladder.HEADROOM) + 1
    )
    assert memory_ladder.climb(WIDE, model, backend="ort-cpu").rung == "tiles-192"


def test_trial_reports_time_and_memory(tmp_path: Path) -> None:
    plan = Plan(model=tiny(tmp_path), backend="ort-cpu")
    outcome = run_trial(plan, layout())
    assert not outcome.memory
    assert outcome.seconds > 0
    assert outcome.peak_bytes > 1e7 or sys.platform == "win32"
    ballast = bytearray(b"\1") * 800_000_000  # ours, not the trial's
    assert run_trial(plan, layout()).peak_bytes < len(ballast)


def test_trial_names_a_model_that_gives_nan_or_lies(tmp_path: Path) -> None:
    nan = Plan(model=tiny(tmp_path, nan=True), backend="ort-cpu")
    with pytest.raises(UsageError, match="model tiny does not run on ort-cpu: it returns NaN"):
        run_trial(nan, layout())
    liar = Plan(model=tiny(tmp_path, states=2), backend="ort-cpu")
    with pytest.raises(UsageError, match="model tiny states a scale of 2"):
        run_trial(liar, layout())


@pytest.mark.parametrize(
    ("code", "stdout", "memory"),
    [
        (-9, "", True),  # killed by the kernel
        (-6, "", True),  # aborted by a driver
        (0, '{"fault": "std::bad_alloc", "usage": false}', True),
        (0, '{"seconds": 1.0, "peak_bytes": 5, "share": 0.3}', False),
    ],
)
def test_ends_of_a_trial(tmp_path: Path, code: int, stdout: str, memory: bool) -> None:
    plan = Plan(model=tiny(tmp_path), backend="ort-cpu")
    done = subprocess.CompletedProcess([], code, stdout=stdout, stderr="")
    assert _outcome(plan, done).memory is memory


def test_lesser_network_is_in_the_manifest() -> None:
    assert bring("animevideov3-x3").scale == 3
