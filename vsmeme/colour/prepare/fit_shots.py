"""Work out how brightness and shot change what a film's bands lack."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..texture_tables import BY_LIGHT, KNOTS, LIGHTS, ShotTexture, Texture
from .texture_blocks import (
    LEAST_CODES,
    LEAST_GAIN,
    Numbers,
    TextureBlocks,
    at_luma,
    fine_share,
    lack,
    least,
    log_ratio,
)

SEEN_BLOCKS = 96  # as many make a brightness or a shot count by half
MOST_FACTOR = 2.0  # of a shot or a brightness on the film's strengths
LUMA_STEPS = (16.0, 70.0, 130.0, 236.0)  # limits of the brightness classes, 8-bit codes


def with_factors(made: Texture, seen: TextureBlocks, grain: Numbers, *, shots: int) -> Texture:
    """Add how much brightness and shot change the film's strengths.

    Args:
        made: The film's tables.
        seen: Blocks of the overlap.
        grain: Fine energy of the film's grain in each.
        shots: How many shots the film has.
    """
    held = [_held(made, seen.part(mine), grain[mine]) for mine in _by_shot(seen, shots)]
    lacking = seen.wide - _without_noise(replace(made, shots=tuple(held)), seen, grain)
    lacking[:, 0] *= seen.fixed
    given = _noise(made, seen)
    lumas = []
    for low, high in pairwise(LUMA_STEPS):
        inside = (seen.luma >= low) & (seen.luma < high)
        lumas.append(((low + high) / 2, _factor(lacking.sum(1), given.sum(1), inside)))
    given = given * at_luma(seen.luma, lumas)[:, None] ** 2
    factors = [
        shot._replace(
            static=_factor(lacking[:, 0], given[:, 0], mine),
            moving=_factor(lacking[:, 1], given[:, 1], mine),
        )
        for shot, mine in zip(held, _by_shot(seen, shots), strict=True)
    ]
    told = replace(made, lumas=tuple(lumas), shots=tuple(factors))
    short = finished_energies(told, seen, grain)[:, 1]
    unit = np.sqrt(fine_share(made.kernel))
    extra = (
        lack(short[mine], seen.wide[mine, 1]) / unit * _weight(mine)
        for mine in _by_shot(seen, shots)
    )
    return replace(
        told, shots=tuple(s._replace(extra=e) for s, e in zip(factors, extra, strict=True))
    )


def at_activity(made: Texture, name: str, seen: TextureBlocks) -> Numbers:
    """Return one of a film's tables at the activity, and the brightness, of blocks.

    Args:
        made: The film's tables.
        name: Which one.
        seen: The blocks.
    """
    table = getattr(made, name)
    if name not in BY_LIGHT:
        return np.asarray(np.interp(seen.activity, KNOTS, table))
    rows = np.stack([np.interp(seen.activity, KNOTS, row) for row in table])
    if len(rows) == 1:
        return np.asarray(rows[0])
    shares = np.stack([np.interp(seen.luma, LIGHTS, row) for row in np.eye(len(LIGHTS))])
    return np.asarray((rows * shares).sum(0))


def _weight(mine: npt.NDArray[np.bool_]) -> float:
    """How much is to be believed of what some of the blocks say, 0..1."""
    return float(mine.sum() / (mine.sum() + SEEN_BLOCKS))


def _by_shot(seen: TextureBlocks, shots: int) -> list[npt.NDArray[np.bool_]]:
    return [np.asarray(seen.shot == shot) for shot in range(shots)]


def _held(made: Texture, seen: TextureBlocks, grain: Numbers) -> ShotTexture:
    """What a shot needs less of: grain, what boils, fine structure."""
    if not len(seen.luma):
        return ShotTexture()
    gain, left, steady = (at_activity(made, name, seen) for name in ("gain", "grain", "steady"))
    noise = left**2 * grain

    def moving(share: float, more: float) -> float:
        have = seen.delivered(gain, np.clip(steady + more, 0, 1))[:, 1]
        return log_ratio(have + share**2 * noise, seen.wide[:, 1])

    less = least(lambda v: moving(1 - v, 0.0) <= 0)
    more = least(lambda v: moving(1 - less, v) <= 0) if made.boil and less == 1 else 0.0
    share = np.clip(steady + more, 0, 1)

    def whole(factor: float) -> float:
        have = seen.delivered(gain * factor, share).sum(1) + (1 - less) ** 2 * noise
        return log_ratio(have, seen.wide.sum(1))

    lower = min(least(lambda v: whole(1 - v) <= 0), 1 - LEAST_GAIN)
    weight = _weight(np.ones(len(seen.luma), np.bool_))
    return ShotTexture(gain=1 - weight * lower, steady=weight * more, grain=1 - weight * less)


def finished_energies(made: Texture, seen: TextureBlocks, grain: Numbers) -> Numbers:
    """Return still and moving energy of the finished bands, two numbers a block.

    Args:
        made: What is lacking.
        seen: The blocks.
        grain: Fine energy of the film's grain in each.
    """
    shot = _shots(made, seen)
    factors = np.stack([shot.static, shot.moving], -1) * at_luma(seen.luma, made.lumas)[:, None]
    have = _without_noise(made, seen, grain) + _noise(made, seen) * factors**2
    have[:, 1] += np.asarray(shot.extra) ** 2 * fine_share(made.kernel)
    return np.asarray(have)


def _without_noise(made: Texture, seen: TextureBlocks, grain: Numbers) -> Numbers:
    gain, left, steady = (at_activity(made, name, seen) for name in ("gain", "grain", "steady"))
    shot = _shots(made, seen)
    have = seen.delivered(gain * shot.gain, np.clip(steady + shot.steady, 0, 1))
    have[:, 1] += (left * shot.grain) ** 2 * grain
    return have


class _ByBlock(NamedTuple):
    """A `ShotTexture` with one number a block."""

    static: Numbers
    moving: Numbers
    gain: Numbers
    steady: Numbers
    grain: Numbers
    extra: Numbers


def _shots(made: Texture, seen: TextureBlocks) -> _ByBlock:
    every = made.shots or (ShotTexture(),) * (int(seen.shot.max()) + 1)
    return _ByBlock(*np.array([every[int(shot)] for shot in seen.shot]).T)


def _noise(made: Texture, seen: TextureBlocks) -> Numbers:
    """Still and moving energy of the film's noise, two numbers a block."""
    noise = [at_activity(made, name, seen) for name in ("static", "moving")]
    return np.asarray(np.stack(noise, 1) ** 2 * fine_share(made.kernel))


def _factor(wanted: Numbers, given: Numbers, inside: npt.NDArray[np.bool_]) -> float:
    """What the given deviations are to be multiplied by; nearer to 1 the less is seen."""
    inside = inside & (given > LEAST_CODES**2)
    if not inside.any():
        return 1.0
    factor = float(np.sqrt(max(0.0, np.median(wanted[inside] / given[inside]))))
    weight = _weight(inside)
    return float(np.clip(weight * factor + 1 - weight, 0, MOST_FACTOR))
