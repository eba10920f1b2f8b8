"""Work out what the bands lack from blocks of the overlap."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..grain import KERNEL, Stock
from ..texture_tables import KNOTS, Texture
from .measure_grain import BLOCK_PX, kernel_of

Numbers = npt.NDArray[np.float64]

DITHERS = (1.0, 0.5, 0.0)
"""Shares of the delivered dither. Ordered dither adds up to 0.4 codes that the wide, whose samples
are whole codes already, does not have."""
FEW_BLOCKS = 24  # fewer say nothing about a degree of activity
SEEN_BLOCKS = 96  # as many make a brightness or a shot count by half
LEAST_CODES = 0.1  # a lack below this is rounding
MOST_GAIN = 1.25  # more shows the blocks of the DVD's codec
MOST_FACTOR = 2.0  # of a shot or a brightness on the film's strengths
STRANGERS, RELATIVES = 0.2, 0.5
"""Correlation of both fine structures below which the bands' own is not raised, and from which it
is raised to the wide's strength: that costs less than noise, and follows all motion."""
EDGES, EVEN = 0.42, 0.56
"""Spread of fine structure that is all edges, and that is texture: 0.36 beside the sharp rims of an
interview, 0.54 and more in grain, cloth and drawn texture."""
OVERSHOOT = 1.6  # by which one kind of energy may come out too strong so that their sum fits
LUMA_STEPS = (16.0, 70.0, 130.0, 236.0)  # limits of the brightness classes, 8-bit codes
DELIVERED_STEP = -0.05  # log2: what is aimed at; rows that were learnt from come out too well
TINY = 0.02**2


class TextureBlocks(NamedTuple):
    """Blocks of the overlap, one number each; energies are mean squares in 8-bit codes.

    Attributes:
        shot: Number of the shot.
        luma: Mean luma, 8-bit codes.
        activity: log2 of the local activity of the upscaled DVD.
        own_still: Fine energy of the upscaled DVD that two neighbouring frames share.
        own_moving: The rest of it, in one frame.
        wide_still: The same of the wide.
        wide_moving: The same of the wide.
        both: Mean product of their fine structures.
        spread: How evenly the wide's fine structure fills the block: squared mean amount over mean
            square, 0.64 for noise, less for edges.
        rounded_still: What rounding to the delivered bits adds to ``own_still``, with each of
            `DITHERS`.
        rounded_moving: The same to ``own_moving``.
    """

    shot: Numbers
    luma: Numbers
    activity: Numbers
    own_still: Numbers
    own_moving: Numbers
    wide_still: Numbers
    wide_moving: Numbers
    both: Numbers
    spread: Numbers
    rounded_still: Numbers
    rounded_moving: Numbers


def texture_of(seen: TextureBlocks, power: Numbers, stock: Stock, *, shots: int) -> Texture:
    """Work out what blocks of the overlap say.

    Args:
        seen: The blocks.
        power: Power spectrum of what is lacking, FFT order, of blocks of 32 px.
        stock: The film's grain.
        shots: How many shots the film has.
    """
    kernel = kernel_of(np.maximum(power, 1e-6))
    grain = _at(seen.luma, stock.levels) ** 2 * fine_share(stock.kernel)
    made = []
    for k, dither in enumerate(DITHERS):
        still, moving = seen.rounded_still[:, k], seen.rounded_moving[:, k]
        one = seen._replace(rounded_still=still, rounded_moving=moving)
        texture = _with_factors(_with_tables(one, grain, kernel, dither), one, grain, shots=shots)
        made.append((abs(_step(texture, one, grain) - DELIVERED_STEP), texture))
    return min(made, key=lambda pair: round(pair[0], 2))[1]


def _with_tables(
    seen: TextureBlocks, grain: Numbers, kernel: tuple[float, ...], dither: float
) -> Texture:
    place = np.rint((seen.activity - KNOTS[0]) / (KNOTS[1] - KNOTS[0]))
    place = np.clip(place, 0, len(KNOTS) - 1).astype(int)
    rows = [_at_knot(seen, grain, place == k) for k in range(len(KNOTS))]
    table = np.array(_filled(rows))
    unit = np.sqrt(fine_share(kernel))
    return Texture(
        gain=_numbers(table[:, 0]),
        static=_numbers(table[:, 1] / unit),
        moving=_numbers(table[:, 2] / unit),
        grain=_numbers(table[:, 3]),
        own=_numbers(table[:, 4]),
        level=_numbers(table[:, 5]),
        kernel=kernel,
        dither=dither,
    )


def _step(made: Texture, seen: TextureBlocks, grain: Numbers) -> float:
    """How much stronger the finished bands come out than the wide: log2 of fine deviations."""
    gain, static, moving, left = (
        np.interp(seen.activity, KNOTS, table)
        for table in (made.gain, made.static, made.moving, made.grain)
    )
    noise = (static**2 + moving**2) * fine_share(made.kernel) * _at(seen.luma, made.lumas) ** 2
    own = gain**2 * (seen.own_still + seen.own_moving) + seen.rounded_still + seen.rounded_moving
    total, wide = own + noise + left**2 * grain, seen.wide_still + seen.wide_moving
    return float(np.median(np.log2((total + TINY) / (wide + TINY))) / 2)


def _at_knot(seen: TextureBlocks, grain: Numbers, inside: npt.NDArray[np.bool_]) -> list[float]:
    """Gain, static and moving deviation, share of the grain, own and wide deviation."""
    if inside.sum() < FEW_BLOCKS:
        return []
    own, wide = seen.own_still[inside], seen.wide_still[inside]
    own_moving, wide_moving = seen.own_moving[inside], seen.wide_moving[inside]
    total, aim = own + own_moving, wide + wide_moving
    alike = np.median(seen.both[inside] / np.sqrt(np.maximum(total * aim, TINY**2)))
    kinds = ((own, wide), (own_moving, wide_moving))
    ratios = [_ratio(b, a) for a, b in kinds if np.median(b) > LEAST_CODES**2]
    most = min(_ratio(aim, total), OVERSHOOT * min(ratios, default=1.0))
    hint = float(np.clip((alike - STRANGERS) / (RELATIVES - STRANGERS), 0, 1))
    gain = 1 + hint * (float(np.sqrt(max(most, 1.0))) - 1)
    gain = min(gain, MOST_GAIN)
    raised = own * gain**2 + seen.rounded_still[inside]
    raised_moving = own_moving * gain**2 + seen.rounded_moving[inside]
    share = _share_of_grain(raised_moving, grain[inside], wide_moving)
    even = float(np.clip((np.median(seen.spread[inside]) - EDGES) / (EVEN - EDGES), 0, 1))
    noise = max(1 - hint, even)  # what edges lack is sharpness: noise does not make up for it
    static = _lack(raised, wide) * noise
    moving = _lack(raised_moving + share**2 * grain[inside], wide_moving) * noise
    return [gain, static, moving, share, *(float(np.sqrt(np.median(e))) for e in (total, aim))]


def _at(luma: Numbers, knots: Sequence[tuple[float, float]]) -> Numbers:
    """Values between knots, constant beyond them."""
    places, values = np.array(knots, np.float64).T
    return np.asarray(np.interp(luma, places, values))


def _ratio(wide: Numbers, own: Numbers) -> float:
    return float(np.exp(np.median(np.log((wide + TINY) / (own + TINY)))))


def _lack(own: Numbers, wide: Numbers) -> float:
    """The deviation of noise that brings half of the blocks above the wide's energy."""
    low, high = 0.0, float(wide.max()) + TINY
    for _ in range(40):
        middle = (low + high) / 2
        short = np.median(np.log((own + middle + TINY) / (wide + TINY))) < 0
        low, high = (middle, high) if short else (low, middle)
    return float(np.sqrt(low)) if low > LEAST_CODES**2 else 0.0


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
        return [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]] * len(rows)
    filled = []
    for k in range(len(rows)):
        nearest = min(known, key=partial(_gap, k))
        gain, static, moving, grain, own, level = rows[nearest]
        calm = 2.0 ** min(0.0, KNOTS[k] - KNOTS[nearest])
        filled.append([gain, static * calm, moving * calm, grain, own * calm, level * calm])
    return filled


def _gap(a: int, b: int) -> int:
    return abs(a - b)


def _with_factors(made: Texture, seen: TextureBlocks, grain: Numbers, *, shots: int) -> Texture:
    """Add how much brightness and shot change the film's strengths."""
    unit = np.sqrt(fine_share(made.kernel))
    gain, static, moving, left = (
        np.interp(seen.activity, KNOTS, table)
        for table in (made.gain, made.static, made.moving, made.grain)
    )
    wanted = [
        seen.wide_still - gain**2 * seen.own_still - seen.rounded_still,
        seen.wide_moving - gain**2 * seen.own_moving - seen.rounded_moving - left**2 * grain,
    ]
    given = [(static * unit) ** 2, (moving * unit) ** 2]
    lumas = []
    for low, high in pairwise(LUMA_STEPS):
        inside = (seen.luma >= low) & (seen.luma < high)
        factor = _factor(wanted[0] + wanted[1], given[0] + given[1], inside)
        lumas.append(((low + high) / 2, factor))
    bright = _at(seen.luma, lumas)
    factors = [
        (
            _factor(wanted[0], given[0] * bright**2, seen.shot == shot),
            _factor(wanted[1], given[1] * bright**2, seen.shot == shot),
        )
        for shot in range(shots)
    ]
    tables = {name: getattr(made, name) for name in made.__dataclass_fields__}
    return Texture(**{**tables, "lumas": tuple(lumas), "shots": tuple(factors)})


def _factor(wanted: Numbers, given: Numbers, inside: npt.NDArray[np.bool_]) -> float:
    """What the given deviations are to be multiplied by; nearer to 1 the less is seen."""
    inside = inside & (given > LEAST_CODES**2)
    count = int(inside.sum())
    if not count:
        return 1.0
    factor = float(np.sqrt(max(0.0, np.median(wanted[inside] / given[inside]))))
    weight = count / (count + SEEN_BLOCKS)
    return float(np.clip(weight * factor + 1 - weight, 0, MOST_FACTOR))


def fine_share(kernel: Sequence[float]) -> float:
    """Return which share of the energy of noise of a spectrum is fine, as `detail` splits it."""
    side = 2 * BLOCK_PX
    padded = np.zeros((side, side))
    padded[:KERNEL, :KERNEL] = np.reshape(kernel, (KERNEL, KERNEL))
    f = np.fft.fftfreq(side)
    box = ((1 + 2 * np.cos(2 * np.pi * f)) / 3) ** 3
    fine = (1 - np.outer(box, box)) ** 2
    return float((np.abs(np.fft.fft2(padded)) ** 2 * fine).mean())


def _numbers(values: Numbers) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
