"""The film's own SDR grade, learned from the DVD: a smooth map of colours, per film, gain per shot.

The map is affine in what the standard's curve gives, plus a cubic in the coded colours. Both are
averaged over the same places as the DVD's colours before they are compared: the terms are, not the
colours that they are made of. The cubic is held back until no channel falls where its own rises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import cv2
import numpy as np

from ...arrays.images import Floats
from ...arrays.lab import ciede2000, lab_of
from ...source.tone_plan import Light
from .static_tone import Colours, sdr_colours

BLUR_PX = 1.0  # of the DVD's proxies
RIDGE = 1e-7  # weight of the prior a sample, on the cubic; ten times more until the map is monotone
MOST_RIDGE = 1e3
ROUNDS = 6  # of weighing down what does not fit
ROBUST = 0.03  # difference of R'G'B' from which a sample counts less
RANGE_PERCENT = 0.5
MOST_ERROR = 6.0  # CIEDE2000, above it the DVD does not show the wide's colours at all
BETTER = 0.9  # of the static map's error on held-out frames: what the fit has to stay below
GAIN_LIMITS = 0.85, 1.18
GAIN_STEP = 0.02  # of a gain; so few tables do for many shots
CHECKED, STEP = 2000, 0.01  # colours at which it is checked that the map rises, and how far
MOST_RISE = 0.995
POWERS = [
    power for degree in (1, 2, 3) for power in combinations_with_replacement(range(3), degree)
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TonePair:
    """One moment in both films.

    Attributes:
        shot: Its shot.
        wide: ``H x W x 3``, R'G'B' as the wide codes it, 0..1.
        dvd: ``h x w x 3``, R'G'B' of BT.709, 0..1, what both show.
        matrix: Index coordinates of ``dvd`` to those of ``wide``, 2x3.
    """

    shot: int
    wide: Floats
    dvd: Floats
    matrix: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToneFit:
    """A fitted map.

    Attributes:
        light: How the wide is coded.
        weights: Of the constant, the static map's three channels and `POWERS`, by output channel.
        low: Lower end of the coded colours that the fit saw.
        high: Upper end.
        gains: By shot, where a shot is lighter or darker than the map says.
        error: Mean CIEDE2000 to the DVD on held-out frames.
        static_error: That of the static map.
    """

    light: Light
    weights: Floats
    low: Floats
    high: Floats
    gains: dict[int, float]
    error: float
    static_error: float

    @property
    def better(self) -> bool:
        """Whether held-out frames say that the fit is closer to the DVD than the static map."""
        return self.error < min(MOST_ERROR, BETTER * self.static_error)

    def convert(self, colours: Colours, *, gain: float = 1.0) -> Colours:
        """Map coded colours ``n x 3`` to R'G'B' of BT.709.

        Beyond what the fit saw it goes on as the static map does.
        """
        inside = np.clip(colours, self.low, self.high)
        fitted = _terms(inside, self.light) @ self.weights
        if np.any(inside != colours):
            fitted = fitted + sdr_colours(colours, self.light) - sdr_colours(inside, self.light)
        return np.asarray(np.clip(gain * fitted, 0, 1))


def fit_tone(pairs: Sequence[TonePair], light: Light) -> ToneFit:
    """Fit the map on every other pair, judge it on the rest, then fit it on all.

    Args:
        pairs: At least 2, spread over the film.
        light: How the wide is coded.
    """
    seen = [_averaged(pair, light) for pair in pairs]
    shots = [pair.shot for pair in pairs]
    trial, _ = _fit(seen[0::2], light)
    held = seen[1::2]
    target = np.concatenate([dvd for _, dvd in held])
    errors = [
        _difference(np.concatenate([terms @ weights for terms, _ in held]), target)
        for weights in (trial, _static_weights())
    ]
    weights, (low, high) = _fit(seen, light)
    return ToneFit(
        light=light,
        weights=weights,
        low=low,
        high=high,
        gains=_gains(seen, shots, weights),
        error=errors[0],
        static_error=errors[1],
    )


def _terms(colours: Colours, light: Light) -> Floats:
    powers = [np.prod([colours[..., i] for i in power], axis=0) for power in POWERS]
    static = sdr_colours(colours, light)
    parts = [np.ones_like(colours[..., :1]), static, np.stack(powers, axis=-1)]
    return np.asarray(np.concatenate(parts, axis=-1), np.float32)


def _static_weights() -> Floats:
    weights = np.zeros((4 + len(POWERS), 3), np.float32)
    weights[1:4] = np.eye(3)
    return weights


def _averaged(pair: TonePair, light: Light) -> tuple[Floats, Floats]:
    """Terms and the DVD's colours over the same places, ``n x terms`` and ``n x 3``."""
    height, width = pair.dvd.shape[:2]
    terms = _terms(pair.wide, light)
    spread = 0.5 * float(np.hypot(*pair.matrix[:, :2].sum(axis=1))) / np.sqrt(2)
    warped = [
        cv2.warpAffine(
            cv2.GaussianBlur(terms[..., n], (0, 0), spread),
            pair.matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for n in range(terms.shape[-1])
    ]
    soft = [cv2.GaussianBlur(plane, (0, 0), BLUR_PX) for plane in warped]
    dvd = cv2.GaussianBlur(pair.dvd, (0, 0), BLUR_PX)
    size = height * width
    terms = np.asarray(np.stack(soft, axis=-1), np.float32).reshape(size, -1)
    return terms, np.asarray(dvd, np.float32).reshape(size, 3)


def _fit(
    seen: Sequence[tuple[Floats, Floats]], light: Light
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Weights, and the range of coded colours that they were fitted in."""
    terms = np.concatenate([t for t, _ in seen]).astype(np.float64)
    target = np.concatenate([dvd for _, dvd in seen]).astype(np.float64)
    coded = terms[:, 4:7]
    ends = np.percentile(coded, (RANGE_PERCENT, 100 - RANGE_PERCENT), axis=0)
    low = np.asarray(ends[0], np.float32)
    high = np.asarray(ends[1], np.float32)
    ridge = RIDGE
    while True:
        weights = _solve(terms, target, ridge)
        if ridge >= MOST_RIDGE or _never_falls(weights, light, coded):
            return np.asarray(weights, np.float32), (low, high)
        ridge *= 10


def _solve(terms: Colours, target: Colours, ridge: float) -> Colours:
    """Robust least squares; the prior is the static map itself."""
    prior = _static_weights().astype(np.float64)
    left = target - terms @ prior
    penalty = np.full(terms.shape[1], float(ridge * len(terms)))
    penalty[:4] *= 1e-2
    weight = np.ones(len(terms))
    step = np.zeros_like(prior)
    for _ in range(ROUNDS):
        weighted = terms * weight[:, None]
        step = np.linalg.solve(weighted.T @ terms + np.diag(penalty), weighted.T @ left)
        off = np.abs(left - terms @ step).max(axis=1)
        weight = 1 / np.maximum(1, off / ROBUST)
    return prior + step


def _never_falls(weights: Colours, light: Light, coded: Colours) -> bool:
    """Whether every channel rises where real colours get lighter, and where its own input rises."""
    points = np.clip(coded[:: max(1, len(coded) // CHECKED)], 0, 1 - STEP)
    made = _terms(points, light) @ weights
    lighter = _terms(points + STEP, light) @ weights - made
    rises = [bool(np.mean(lighter >= -1e-4) > MOST_RISE)]
    for channel in range(3):
        moved = points + STEP * np.eye(3)[channel]
        own = (_terms(moved, light) @ weights - made)[:, channel]
        rises.append(bool(np.mean(own >= -1e-4) > MOST_RISE))
    return all(rises)


def _difference(made: Floats, target: Floats) -> float:
    """Mean CIEDE2000 of R'G'B' colours."""
    return float(ciede2000(*(lab_of(colours) for colours in (made, target))).mean())


def _gains(
    seen: Sequence[tuple[Floats, Floats]], shots: Sequence[int], weights: Floats
) -> dict[int, float]:
    gains: dict[int, float] = {}
    for shot in sorted(set(shots)):
        own = [pair for pair, of in zip(seen, shots, strict=True) if of == shot]
        made = np.concatenate([terms @ weights for terms, _ in own])
        target = np.concatenate([dvd for _, dvd in own])
        keep = np.abs(made - target).max(axis=1) < 4 * ROBUST
        power = float((made[keep] ** 2).sum())
        gain = float((made[keep] * target[keep]).sum()) / power if power > 1 else 1.0
        gain = float(np.clip(gain, *GAIN_LIMITS))
        gain = round(round(gain / GAIN_STEP) * GAIN_STEP, 2)
        if gain != 1:
            gains[shot] = gain
    return gains
