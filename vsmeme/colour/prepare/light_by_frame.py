"""Light that differs between both films from frame to frame: fades, flicker.

Measured on the luma of the proxies, where every frame is at hand: gain and offset on top of a tone
curve that the frames of the shot's usual light give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.images import Floats, Ints, Mask
from ...sync.prepare.maps.proxy_view import ProxyMap, ProxyView
from ...sync.prepare.proxies import FilmProxies
from ...sync.shots import Light
from ..transform import LUMA

BLUR_PX, STRIDE_PX = 2.0, 3  # DVD proxy px
LEAST_FRAMES = 8  # of a shot that pairs with the DVD
SAME_CODES = 1.0  # 8-bit codes within which frames are lit alike; less is the content's doing
LEAST_LIT = 2  # frames beyond that
FULL_CONTRAST = 0.6  # of the shot's greatest: darker frames say too little to count from
HELD_OUT_ROWS = 0.25  # of the shared rows at the top and at the bottom, next to the bands
HELD_OUT_GAIN = 0.7  # share of the error there that may be left
GAINS = (0.2, 5.0)  # beyond, the DVD is too dark or too bright to tell anything
PRIOR_CODES = 0.7  # deviation of luma at which a frame's gain is believed by half
LEAST_PX = 40
LOOKED_AT, END_FRAMES, END_STEP = 32, 36, 5  # first, a few frames; more of its ends, where it fades
AT_CODES = (60.0, 160.0)  # luma of the DVD at which the light of frames is compared
FILM_FRAMES, FRAMES_A_SHOT = 240, 5  # that the film's usual light is taken from
WEIGHT_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class ShotLight:
    """How the light of a shot differs from frame to frame.

    Attributes:
        rows: As `Shot` has it, one a frame.
        usual: Frames of the usual light, numbers within the shot.
    """

    rows: tuple[Light, ...]
    usual: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Lumas:
    """Smoothed luma of frames on the DVD's grid, ``n x h x w`` codes; which px are held out."""

    wide: Floats
    dvd: Floats
    outer: Mask


Pairs = Sequence[tuple[int, int] | None]
"""Frame of the wide and of the DVD, one entry a frame; None for a frame without partner."""


def measure_light_by_frame(
    wide: FilmProxies, dvd: FilmProxies, places: Sequence[ProxyMap], shots: Sequence[Pairs]
) -> dict[int, ShotLight]:
    """Measure the light of every frame of a film.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        places: Where the DVD lies, one a shot.
        shots: The pairs of every shot.

    Returns:
        The light of the shots in which it changes against the wide, by their number. All count from
        frames whose light is nearest to the film's.
    """
    film = _film_level(wide, dvd, places, shots)
    if film is None:
        return {}
    made = {
        number: measure_shot_light(wide, dvd, place, pairs, film)
        for number, (place, pairs) in enumerate(zip(places, shots, strict=True))
    }
    return {number: light for number, light in made.items() if light is not None}


def _film_level(
    wide: FilmProxies, dvd: FilmProxies, places: Sequence[ProxyMap], shots: Sequence[Pairs]
) -> Floats | None:
    """The wide's luma where the DVD has the codes `AT_CODES`: median over the film's frames."""
    each = max(1, min(FRAMES_A_SHOT, FILM_FRAMES // max(1, len(shots))))
    levels = []
    for place, pairs in zip(places, shots, strict=True):
        known = np.array([pair for pair in pairs if pair is not None], np.int64).reshape(-1, 2)
        view = ProxyView.of(wide, dvd, place)
        if len(known) and view.region.area >= LEAST_PX * STRIDE_PX**2:
            picks = np.unique(np.linspace(0, len(known) - 1, each + 2)[1:-1].astype(np.int64))
            levels.append(_levels(_read(wide, dvd, view, known[picks])))
    return np.median(np.concatenate(levels), axis=0) if levels else None


def _levels(lumas: _Lumas) -> Floats:
    """The wide's luma where the DVD has the codes `AT_CODES`, a row a frame."""
    everywhere = np.ones_like(lumas.outer)
    pairs = zip(lumas.wide, lumas.dvd, strict=True)
    fits = np.array([_fit(*pair, everywhere) for pair in pairs])
    return np.stack([fits[:, 0] * code + fits[:, 1] for code in AT_CODES], axis=1)


def measure_shot_light(
    wide: FilmProxies, dvd: FilmProxies, place: ProxyMap, pairs: Pairs, film: Floats
) -> ShotLight | None:
    """Measure the light of every frame of a shot.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        place: Where the DVD lies in this shot.
        pairs: Its pairs.
        film: The wide's luma at `AT_CODES` of the DVD's in the film's usual light.

    Returns:
        Gain and offset of every frame, between those that tell it; None where the light is constant
        as far as frames at the bands confirm it.
    """
    known = np.array([n for n, pair in enumerate(pairs) if pair is not None], np.int64)
    numbers = np.array([pair for pair in pairs if pair is not None], np.int64).reshape(-1, 2)
    view = ProxyView.of(wide, dvd, place)
    if len(known) < LEAST_FRAMES or view.region.area < LEAST_PX * STRIDE_PX**2:
        return None
    few = _spread(len(known))
    if len(few) < len(known) and _fitted(_read(wide, dvd, view, numbers[few]), film) is None:
        return None
    fitted = _fitted(_read(wide, dvd, view, numbers), film)
    if fitted is None:
        return None
    fits, usual = fitted
    at = np.arange(len(pairs))
    gain, offset = (np.interp(at, known, fits[:, side]) for side in range(2))
    rows = tuple(_row(float(g), float(o)) for g, o in zip(gain, offset, strict=True))
    return ShotLight(rows, known[usual])


def _spread(count: int) -> Ints:
    """Some frames of a shot, more of them near its ends."""
    ends = np.arange(0, END_FRAMES, END_STEP)
    all_over = np.linspace(0, count - 1, LOOKED_AT).astype(np.int64)
    picks = np.concatenate((all_over, ends, count - 1 - ends))
    return np.unique(picks[(picks >= 0) & (picks < count)])


def _fitted(lumas: _Lumas, film: Floats) -> tuple[Floats, Mask] | None:
    """Gain and offset of each frame, and which frames are lit as usual; None for constant light."""
    usual = _usual(lumas, film)
    toned = _toned(lumas.dvd, _curve(lumas, usual))
    everywhere = np.ones_like(lumas.outer)
    fits = np.array([_fit(*pair, everywhere) for pair in zip(lumas.wide, toned, strict=True)])
    strange = _strangeness(fits, toned) > SAME_CODES
    if int(strange.sum()) < LEAST_LIT or not _confirmed(lumas, toned, strange):
        return None
    return fits, usual


def _read(wide: FilmProxies, dvd: FilmProxies, view: ProxyView, numbers: Ints) -> _Lumas:
    region = view.region
    part = slice(region.y, region.bottom), slice(region.x, region.right)
    sides: tuple[list[Floats], list[Floats]] = ([], [])
    for n, d in numbers.tolist():
        frames = view.warped(wide.proxies[n]), dvd.proxies[d].astype(np.float32)
        for side, frame in zip(sides, frames, strict=True):
            soft = cv2.GaussianBlur(np.ascontiguousarray(frame[part]), (0, 0), BLUR_PX)
            side.append(np.asarray(soft[::STRIDE_PX, ::STRIDE_PX], np.float32))
    made = [np.stack(side) for side in sides]
    rows = np.arange(made[0].shape[1]) / made[0].shape[1]
    edge = (rows < HELD_OUT_ROWS) | (rows >= 1 - HELD_OUT_ROWS)
    outer = np.broadcast_to(edge[:, None], made[0].shape[1:])
    return _Lumas(made[0], made[1], np.array(outer))


def _usual(lumas: _Lumas, film: Floats) -> Mask:
    """The frames of full contrast whose light is that of the one nearest to the film's."""
    contrast = lumas.dvd.std(axis=(1, 2))
    full = contrast >= FULL_CONTRAST * contrast.max()
    levels = _levels(lumas)
    away = np.where(full, np.abs(levels - film).max(axis=1), np.inf)
    lead = levels[int(np.argmin(away))]
    return np.asarray(full & (np.abs(levels - lead).max(axis=1) < SAME_CODES))


def _curve(lumas: _Lumas, usual: Mask) -> Floats:
    """The cubic that maps the DVD's luma onto the wide's in frames of the usual light."""
    a, b = lumas.dvd[usual].ravel(), lumas.wide[usual].ravel()
    step = 1 + a.size // 20_000
    basis = np.vander((a[::step].astype(np.float64) - 128) / 64, 4)
    target, weight = b[::step].astype(np.float64), np.ones(len(basis))
    solved = np.zeros(4)
    for _ in range(WEIGHT_ROUNDS):
        scaled = basis * weight[:, None]
        ridge = 1e-3 * np.diag([len(basis), len(basis), 1e-3, 1e-3])
        start = np.array([0.0, 0.0, 64.0, 128.0])
        solved = start + np.linalg.solve(
            scaled.T @ basis + ridge, scaled.T @ (target - basis @ start)
        )
        error = np.abs(target - basis @ solved)
        weight = np.minimum(1.0, 2 * float(np.median(error)) / np.maximum(error, 1e-3))
    low, high = np.percentile(a, (0.2, 99.8))
    return np.array([*solved, low, high], np.float32)


def _toned(luma: Floats, curve: Floats) -> Floats:
    """Luma through the curve; beyond what that has seen it goes on in a straight line."""
    x = (luma - 128) / 64
    near = np.clip(x, (curve[4] - 128) / 64, (curve[5] - 128) / 64)
    slope = (3 * curve[0] * near + 2 * curve[1]) * near + curve[2]
    made = ((curve[0] * near + curve[1]) * near + curve[2]) * near + curve[3]
    return np.asarray(made + slope * (x - near), np.float32)


def _fit(wide: Floats, dvd: Floats, area: Mask) -> Floats:
    """Gain and offset that bring one frame's luma to the other's, robustly."""
    a, b = dvd[area].astype(np.float64), wide[area].astype(np.float64)
    weight, gain, offset = np.ones(a.size), 1.0, 0.0
    for _ in range(WEIGHT_ROUNDS):
        total = float(weight.sum())
        centre, level = float(weight @ a) / total, float(weight @ b) / total
        spread = float(weight @ (a - centre) ** 2)
        both = float(weight @ ((a - centre) * (b - level)))
        prior = PRIOR_CODES**2 * total
        gain = (both + prior) / (spread + prior)
        gain = min(max(gain, GAINS[0]), GAINS[1])
        offset = level - gain * centre
        error = np.abs(b - gain * a - offset)
        weight = np.minimum(1.0, 2 * float(np.median(error)) / np.maximum(error, 1e-3))
    return np.array([gain, offset], np.float32)


def _strangeness(fits: Floats, toned: Floats) -> Floats:
    """How far each frame's light is from the usual one over its picture, RMS in codes."""
    flat = toned.reshape(len(toned), -1)
    change = flat * (fits[:, :1] - 1) + fits[:, 1:]
    return np.asarray(np.sqrt((change**2).mean(axis=1)))


def _confirmed(lumas: _Lumas, toned: Floats, strange: Mask) -> bool:
    """Whether light fitted in the middle of frames explains what differs next to the bands."""
    plain, fitted = [], []
    for wide, dvd in zip(lumas.wide[strange], toned[strange], strict=True):
        gain, offset = _fit(wide, dvd, ~lumas.outer)
        a, b = dvd[lumas.outer], wide[lumas.outer]
        plain.append(float(np.abs(b - a).mean()))
        fitted.append(float(np.abs(b - gain * a - offset).mean()))
    return float(np.mean(fitted)) < HELD_OUT_GAIN * float(np.mean(plain))


def _row(gain: float, offset: float) -> Light:
    """Gain and offset of normalised planes: what fades, fades in its colours as well."""
    zero, unit = LUMA[0] + LUMA[1], LUMA[1]
    moved = (offset + (gain - 1) * zero) / unit
    chroma = round(gain, 5)
    return chroma, round(moved, 5), chroma, 0.0, chroma, 0.0
