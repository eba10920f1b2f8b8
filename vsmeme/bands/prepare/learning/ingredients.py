"""Which ingredients the learned upscaler uses: each must earn its cost on held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ....artifact import atomic_path
from ....networks.model import Model
from ....networks.onnx_facts import stamp
from ....progress import log
from .normal_equations import Measured, NormalSums, Picked, Sums, picked
from .ridge import calmed, kernels, solve_ridge
from .upscaler_graph import LEVEL_PX, Inputs, upscaler

RIDGES = (1e-4, 1e-3, 1e-2)  # smaller values fit the rounding errors of the sums
# what an ingredient must bring on the held-out rows
STEP_DB = {"own": 0.05, "reach": 0.05, "network": 0.1}
FILTER_REACH_PX = 3  # of the widest filter
# how far a result may leave the range of the px around it, 0..1
MARGIN = {"share": 0.25, "floor": 0.25 / 255}


class UnlearnableError(Exception):
    """The overlap teaches nothing; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What was fitted on some of the sums.

    Attributes:
        inputs: The ingredients.
        luma: Taps and weights.
        chroma: Taps and weights.
        ridge: Regularisation.
        gain_db: Gain over interpolation on the held-out rows: luma, chroma.
        still: How the features change in still areas; ``None`` where nothing is still.
        calm: Weight of a still px in the fit of luma.
    """

    inputs: Inputs
    luma: tuple[Picked, Sums]
    chroma: tuple[Picked, Sums]
    ridge: float
    gain_db: tuple[float, float]
    still: NormalSums | None = None
    calm: float = 0.0

    def luma_sums(self, sums: NormalSums) -> NormalSums:
        """Return the sums that luma is fitted on: these, and the still areas at their weight."""
        return sums if self.still is None else sums.plus(self.still, self.calm)


def choose_ingredients(
    measured: Sequence[Measured],
    inputs: Inputs,
    *,
    shots: Callable[[int], int],
    still: NormalSums | None = None,
) -> Filters:
    """Choose ingredients and regularisation on the held-out rows.

    Args:
        measured: Frames of the overlap.
        inputs: All ingredients that may be used.
        shots: Tells the shot of a frame.
        still: How the features change in still areas.

    Returns:
        The best filters, fitted without the held-out rows.

    Raises:
        UnlearnableError: What some shots teach does not help the others.
    """
    inner = NormalSums.total(m.inner for m in measured)
    outer = NormalSums.total(m.outer for m in measured)
    alone = replace(inputs, reach=0, network=None, deep=0, own=None)
    best = fit(inner, outer, inputs, alone, still=still)
    for part, least in _steps(inputs):
        better = fit(inner, outer, inputs, part, still=still)
        if sum(better.gain_db) >= sum(best.gain_db) + least:
            best = better
    worst = _across(measured, best, inputs, [shots(m.frame) for m in measured])
    log.info("learn: %s; a shot left out gains %.2f dB", describe_ingredients(best), worst)
    if worst <= 0:
        raise UnlearnableError(f"the shots disagree: one left out loses {-worst:.2f} dB")
    return best


def _steps(most: Inputs) -> list[tuple[Inputs, float]]:
    """Return selections of ingredients, the costlier later, and the gain that each must bring."""
    steps = []
    for deep in (0, most.deep) if most.deep else (0,):
        for own in (None, most.own) if most.own else (None,):
            for reach in range(most.reach + 1):
                network = most.network if deep else None
                part = replace(most, reach=reach, network=network, deep=deep, own=own)
                name = "reach" if reach else "own" if own else "network"
                steps.append((part, STEP_DB[name]))
    return steps[1:]


def fit(
    inner: NormalSums,
    outer: NormalSums,
    inputs: Inputs,
    part: Inputs,
    *,
    still: NormalSums | None = None,
) -> Filters:
    """Fit some ingredients; the regularisation is chosen on held-out sums.

    Args:
        inner: What to fit on.
        outer: What to choose on.
        inputs: The ingredients of the sums.
        part: Those to use.
        still: How the features change in still areas.
    """
    cells = inputs.scale**2
    luma, chroma = picked(inputs, part, luma=True), picked(inputs, part, luma=False)
    tried = []
    for ridge in RIDGES:
        calm = 0.0
        if still is not None:
            calm = calmed(inner, outer, still, luma, slice(0, cells), ridge=ridge)
        sums = inner if still is None else inner.plus(still, calm)
        first = solve_ridge(sums, luma, slice(0, cells), ridge=ridge)
        second = solve_ridge(inner, chroma, slice(cells, 3 * cells), ridge=ridge)
        gains = (
            outer.gain(first, luma, slice(0, cells)),
            outer.gain(second, chroma, slice(cells, 3 * cells)),
        )
        tried.append(
            Filters(
                inputs=part,
                luma=(luma, first),
                chroma=(chroma, second if gains[1] > 0 else np.zeros_like(second)),
                ridge=ridge,
                gain_db=(gains[0], max(0.0, gains[1])),
                still=still,
                calm=calm,
            )
        )
    return max(tried, key=lambda filters: filters.gain_db[0])


def refit(sums: NormalSums, chosen: Filters) -> Filters:
    """Fit the chosen ingredients on other sums."""
    cells = chosen.inputs.scale**2
    luma = solve_ridge(chosen.luma_sums(sums), chosen.luma[0], slice(0, cells), ridge=chosen.ridge)
    chroma = solve_ridge(sums, chosen.chroma[0], slice(cells, 3 * cells), ridge=chosen.ridge)
    if not np.any(chosen.chroma[1]):
        chroma = np.zeros_like(chroma)
    return replace(chosen, luma=(chosen.luma[0], luma), chroma=(chosen.chroma[0], chroma))


def _across(
    measured: Sequence[Measured], chosen: Filters, inputs: Inputs, shots: Sequence[int]
) -> float:
    """Return the mean gain in luma of groups of shots, each fitted on the other groups."""
    names = sorted(set(shots))
    groups = [set(names[k::4]) for k in range(min(4, len(names)))]
    if len(groups) < 2:
        return chosen.gain_db[0]
    luma = slice(0, inputs.scale**2)
    whole = [
        (NormalSums.total([m.inner, m.outer]), shot)
        for m, shot in zip(measured, shots, strict=True)
    ]
    gains, sizes = [], []
    for group in groups:
        others = NormalSums.total(sums for sums, shot in whole if shot not in group)
        own = NormalSums.total(sums for sums, shot in whole if shot in group)
        weights = solve_ridge(chosen.luma_sums(others), chosen.luma[0], luma, ridge=chosen.ridge)
        gains.append(own.gain(weights, chosen.luma[0], luma))
        sizes.append(own.count)
    return float(np.average(gains, weights=sizes))


def describe_ingredients(filters: Filters) -> str:
    """Name the ingredients and the gains in a line."""
    inputs = filters.inputs
    parts = ["filters"]
    if inputs.own:
        parts.append("own network")
    if inputs.reach:
        parts.append(f"{inputs.reach} frames either way")
    if inputs.network:
        parts.append(f"{inputs.network.stem}'s features")
    if filters.calm:
        parts.append(f"calmed by {filters.calm:.0f}")
    luma, chroma = filters.gain_db
    return f"{', '.join(parts)} gain {luma:.2f} dB in luma, {chroma:.2f} in chroma"


def write(filters: Filters, inputs: Inputs, path: Path, *, network: Model | None = None) -> Model:
    """Write the upscaler.

    Args:
        filters: What was fitted.
        inputs: The ingredients of the sums that it was fitted on.
        path: The ONNX file.
        network: The pretrained network.

    Returns:
        Its description.
    """
    part = filters.inputs
    found, constant = kernels(inputs, part, filters.luma, filters.chroma)
    made = upscaler(part, found, MARGIN, constant=constant)
    deep_radius = network.radius if network is not None and part.deep else 0
    facts = {
        "scale": part.scale,
        "radius": max(FILTER_REACH_PX, deep_radius) + LEVEL_PX // 2 + any(part.shift),
        "colour": "rgb",
        "channels": part.channels,
        "motion": part.reach,
        "value_range": [0.0, 1.0],
        "clamp": False,
        "fp16": False,
        "name": "learned",
    }
    stamp(made, **facts)
    with atomic_path(path) as temporary:
        temporary.write_bytes(made.SerializeToString(deterministic=True))
    return Model.from_json({**facts, "path": path})
