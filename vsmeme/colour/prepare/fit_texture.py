"""Work out what the bands lack from blocks of the overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..grain import Stock
from ..texture_tables import KNOTS, LIGHTS, Tables, Texture
from .fit_shots import SEEN_BLOCKS, finished_energies, with_factors
from .measure_grain import kernel_of
from .texture_blocks import (
    DITHERS,
    FEW_BLOCKS,
    LEAST_CODES,
    LEAST_GAIN,
    TINY,
    Numbers,
    TextureBlocks,
    at_luma,
    fine_share,
    lack,
    least,
    log_ratio,
)

MOST_GAIN = 1.25  # more shows the blocks of the DVD's codec
STRANGERS, RELATIVES = 0.2, 0.5
"""Correlation of both fine structures below which the bands' own is not raised, and from which it
is raised to the wide's strength: that costs less than noise, and follows all motion."""
EDGES, EVEN = 0.42, 0.56
"""Spread of fine structure that is all edges, and that is texture: 0.36 beside the sharp rims of an
interview, 0.54 and more in grain, cloth and drawn texture."""
OVERSHOOT = 1.6  # by which one kind of energy may come out too strong so that their sum fits
LIGHT_STEP = 1.5  # how far a step of brightness is, in steps of activity
_GAIN, _GRAIN, _STEADY = 0, 3, 6
_ROWS = range(len(LIGHTS))
DELIVERED_STEP = -0.05  # log2: what is aimed at; rows that were learnt from come out too well


def texture_of(
    seen: TextureBlocks, power: Numbers, stock: Stock, *, shots: int, boil: float = 0.0
) -> Texture:
    """Work out what blocks of the overlap say.

    Args:
        seen: The blocks.
        power: Power spectrum of what is lacking, FFT order, of blocks of 32 px.
        stock: The film's grain.
        shots: How many shots the film has.
        boil: As `Texture` has it.
    """
    kernel = kernel_of(np.maximum(power, 1e-6))
    grain = at_luma(seen.luma, stock.levels) ** 2 * fine_share(stock.kernel)
    made = []
    for k, dither in enumerate(DITHERS):
        rounded, calm = seen.rounded[:, k], seen.rounded_calm[:, k]
        one = seen._replace(rounded=rounded, rounded_calm=calm)
        plain = replace(_with_tables(one, grain, kernel), dither=dither, boil=boil)
        texture = with_factors(plain, one, grain, shots=shots)
        made.append((_misfit(finished_energies(texture, one, grain), seen.wide), texture))
    return min(made, key=lambda pair: round(pair[0], 2))[1]


def _misfit(have: Numbers, wide: Numbers) -> float:
    """How far bands are from what is aimed at: all of it, what is still, what moves; log2."""
    steps = (
        log_ratio(a, b)
        for a, b in ((have.sum(1), wide.sum(1)), *((have[:, k], wide[:, k]) for k in (0, 1)))
    )
    return max(abs(step - DELIVERED_STEP) for step in steps)


def _with_tables(seen: TextureBlocks, grain: Numbers, kernel: tuple[float, ...]) -> Texture:
    place, light = _nearest(seen.activity, KNOTS), _nearest(seen.luma, LIGHTS)

    def cells(light_is: npt.NDArray[np.bool_]) -> list[list[float]]:
        """Rows of the table of some blocks, one for each degree of activity."""
        inside = (light_is & (place == k) for k in range(len(KNOTS)))
        return [_at_knot(seen.part(each), grain[each]) for each in inside]

    table = np.array(_filled(cells(np.ones(len(place), np.bool_))))
    # a cell's word counts with how much of it was seen, the film's with the rest
    seen_at = [[np.sum((light == n) & (place == k)) for k in range(len(KNOTS))] for n in _ROWS]
    weight = np.array(seen_at) / (np.array(seen_at) + SEEN_BLOCKS)
    rows = [
        [
            list(w * np.array(row) + (1 - w) * film) if row else []
            for row, w, film in zip(*parts, strict=True)
        ]
        for parts in ((cells(light == n), weight[n], table) for n in _ROWS)
    ]
    lit = np.array(_by_light(rows, table))
    unit = np.sqrt(fine_share(kernel))
    return Texture(
        gain=_tables(lit[..., _GAIN]),
        static=_numbers(table[:, 1] / unit),
        moving=_numbers(table[:, 2] / unit),
        grain=_tables(lit[..., _GRAIN]),
        own=_numbers(table[:, 4]),
        level=_numbers(table[:, 5]),
        steady=_tables(lit[..., _STEADY]),
        kernel=kernel,
    )


def _nearest(values: Numbers, knots: Sequence[float]) -> npt.NDArray[np.intp]:
    return np.asarray(np.abs(values[:, None] - np.array(knots)).argmin(1))


def _at_knot(seen: TextureBlocks, grain: Numbers) -> list[float]:
    """Gain, still and moving noise, share of grain, own and wide deviation, share steadied."""
    if len(seen.luma) < FEW_BLOCKS:
        return []
    total, aim = seen.own.sum(1), seen.wide.sum(1)
    hint = _hint(seen)
    gain = _gain(seen, hint)

    def moves(steady: float) -> float:
        return log_ratio(seen.delivered(gain, steady)[:, 1], seen.wide[:, 1])

    share = _share_of_grain(seen.delivered(gain, 0.0)[:, 1], grain, seen.wide[:, 1])
    boils = bool((seen.calm != seen.own).any())
    steady = least(lambda v: moves(v) <= 0) if boils else 0.0
    if gain == 1:
        cut = least(lambda v: log_ratio(seen.delivered(1 - v, steady).sum(1), aim) <= 0)
        gain = max(1 - cut, LEAST_GAIN)
    have = seen.delivered(gain, steady)
    even = float(np.clip((np.median(seen.spread) - EDGES) / (EVEN - EDGES), 0, 1))
    noise = max(1 - hint, even)  # what edges lack is sharpness: noise does not make up for it
    static = moving = 0.0  # noise of a kind that was just taken out would only do harm
    if gain >= 1:
        static = lack(seen.fixed * have[:, 0], seen.fixed * seen.wide[:, 0]) * noise
    if not steady:
        moving = lack(have[:, 1] + share**2 * grain, seen.wide[:, 1]) * noise
    levels = (float(np.sqrt(np.median(e))) for e in (total, aim))
    return [gain, static, moving, share, *levels, steady]


def _hint(seen: TextureBlocks) -> float:
    """How much the bands' own fine structure tells of the wide's, 0..1.

    Where less of it is true than there is, raising it would cost more than noise.
    """
    own = seen.own.sum(1)
    alike = np.median(seen.both / np.sqrt(np.maximum(own * seen.wide.sum(1), TINY**2)))
    true = np.median(seen.both / np.maximum(own, TINY))
    return float(np.clip((alike - STRANGERS) / (RELATIVES - STRANGERS), 0, 1) * min(true, 1))


def _gain(seen: TextureBlocks, hint: float) -> float:
    """What fine structure is raised by, 1 or more."""
    kinds = ((seen.own[:, k], seen.wide[:, k]) for k in (0, 1))
    ratios = [_ratio(b, a) for a, b in kinds if np.median(b) > LEAST_CODES**2]
    whole = _ratio(seen.wide.sum(1), seen.own.sum(1))
    most = min(whole, OVERSHOOT * min(ratios, default=1.0))
    return min(1 + hint * (float(np.sqrt(max(most, 1.0))) - 1), MOST_GAIN)


def _ratio(wide: Numbers, own: Numbers) -> float:
    return float(np.exp(np.median(np.log((wide + TINY) / (own + TINY)))))


def _share_of_grain(own: Numbers, grain: Numbers, wide: Numbers) -> float:
    """How much of the grain fits in between the bands' own moving energy and the wide's."""
    if not grain.any():
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        short = np.median(np.log((own + middle * grain + TINY) / (wide + TINY))) < 0
        low, high = (middle, high) if short else (low, middle)
    return float(np.sqrt(high)) if high < 0.999 else 1.0


def _filled(rows: Sequence[list[float]]) -> list[list[float]]:
    """Let degrees of activity of which too little was seen take what the nearest one has.

    Calmer ones than any that was seen get noise in proportion to their activity.
    """
    known = [k for k, row in enumerate(rows) if row]
    if not known:
        return [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]] * len(rows)
    filled = []
    for k in range(len(rows)):
        nearest = min(known, key=partial(_gap, k))
        gain, static, moving, grain, own, level, steady = rows[nearest]
        calm = 2.0 ** min(0.0, KNOTS[k] - KNOTS[nearest])
        filled.append([gain, static * calm, moving * calm, grain, own * calm, level * calm, steady])
    return filled


def _by_light(rows: Sequence[Sequence[list[float]]], film: Numbers) -> list[list[Any]]:
    """Let brightnesses of which too little was seen take what the nearest cell has.

    A brightness says more than a degree of activity: what the codec does to a bright sky tells
    nothing about grass.

    Args:
        rows: By brightness, then activity; empty where too little was seen.
        film: Of all brightnesses together, by activity; taken where no cell was seen.
    """
    known = [(n, k) for n, table in enumerate(rows) for k, row in enumerate(table) if row]

    def nearest(n: int, k: int) -> tuple[int, int]:
        return min(known, key=lambda at: LIGHT_STEP * abs(at[0] - n) + abs(at[1] - k))

    def row(n: int, k: int) -> Any:  # noqa: ANN401 - numbers of either kind of sequence
        if not known:
            return film[k]
        a, b = nearest(n, k)
        return rows[a][b]

    return [[row(n, k) for k in range(len(KNOTS))] for n in range(len(rows))]


def _gap(a: int, b: int) -> int:
    return abs(a - b)


def _tables(values: Numbers) -> Tables:
    return tuple(_numbers(row) for row in values)


def _numbers(values: Numbers) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
