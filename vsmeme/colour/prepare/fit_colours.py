"""Fit the colours of the DVD to the wide on the overlap: one polynomial per shot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ...errors import UsageError
from ...placement.layout import Layout
from ...source.formats import to_working
from ...sync.shots import Shot, Shots
from ..transform import TERMS, Colour
from .overlap import Clips, Overlap, Planes, clip_by_layout, overlaps

BLUR_PX, STRIDE_PX = 2.5, 3
"""DVD px. Both sides are smoothed before they are compared, so that noise in the DVD and a
misplacement of a fraction of a px do not flatten the fit: the polynomial's *terms* are, not the
colours that they are made of, or a curve would be fitted to means that it is not applied to
(measured: 0.44 codes of low-pass error in the bands, against 0.23)."""
FRAMES_PER_SHOT, MOST_FRAMES, MOST_PLACES = 3, 48, 400_000
SHRINK_FILM, SHRINK_SHOT = 1e-6, 1e-2
"""Weight of the prior, per sample: of the identity in the film's fit, of the film's in a shot's."""
SHRINK_ALIKE = 1e-2
"""Of the identity where the wide was toned to the DVD's grade: what differs is the tone's own
error, which a free fit carries on into the bands (d5 in PQ: 2.28 there, 1.94 so, 1.84 unfitted)."""
RANGE_PERCENT = 0.2
NEAR_WEIGHT, NEAR_SHARE = 3.0, 1 / 9
"""How many times more rows next to a band count, and over which share of the rows that fades."""


Colours = npt.NDArray[np.floating]
MOST = 5.0
"""Largest weight, and one over the smallest: a ratio of densities is noisy where both are low."""
CELL = (0.1, 0.04, 0.04)
"""Size of a cell in normalised luma and chroma."""
LOW, HIGH = (-1.1, -0.6, -0.6), (1.1, 0.6, 0.6)
_KERNEL = (0.1, 0.2, 0.4, 0.2, 0.1)


@dataclass(frozen=True, slots=True, eq=False)
class ColourSample:
    """What one frame says, n places of the overlap.

    Attributes:
        shot: its shot.
        terms: smoothed `TERMS` of the DVD, 13 x n.
        wide: smoothed, normalised YUV, 3 x n.
        weight: n, larger next to the bands.
        range: `RANGE_PERCENT` and its complement of the DVD's colours, 3 x 2.
        beyond: smoothed colours of the DVD's rows outside the wide, 3 x m, normalised.
    """

    shot: int
    terms: Planes
    wide: Planes
    weight: Planes
    range: Planes
    beyond: Planes


def measure_colour(
    wide: Clips,
    dvd: Clips,
    layouts: Sequence[Layout],
    shots: Shots,
    *,
    picks: Sequence[int] | None = None,
    alike: bool = False,
) -> tuple[tuple[Colour, ...], Shots]:
    """Fit one transform for each shot.

    Args:
        wide: matched wide, YUV of any subsampling, 8 to 16 bit; one clip, or one a layout.
        dvd: matched and conformed DVD, same length; one clip, or one a layout.
        layouts: as the shots index them.
        shots: from cut detection and registration.
        picks: frames to look at, in order; None for some of every shot.
        alike: the wide was brought to the DVD's own grade.

    Returns:
        The transforms and the shots with their colour numbers set. The transform of the whole film
        comes first.

    Raises:
        UsageError: There is no overlap to compare.
    """
    frames = frames_to_sample(shots) if picks is None else picks
    sides = [[to_working(clip) for clip in clip_by_layout(s, len(layouts))] for s in (wide, dvd)]
    return fit_colours(overlaps(sides[0], sides[1], layouts, shots, frames), shots, alike=alike)


def frames_to_sample(shots: Shots) -> list[int]:
    """Frames spread over every shot; fewer a shot where there are many."""
    each = max(1, min(FRAMES_PER_SHOT, MOST_FRAMES // len(shots)))
    if len(shots) <= 4:
        each = max(each, 24 // len(shots))
    frames: set[int] = set()
    for shot in shots.shots:
        inner = np.linspace(shot.first, shot.last, min(each, len(shot)) + 2)[1:-1]
        frames.update(int(f) for f in inner)
    return sorted(frames)


def _sample(pair: Overlap) -> ColourSample:
    """What one pair says to the fit."""
    known = pair.known
    first, last = pair.rows
    rest = [_smooth(pair.dvd[:, rows]) for rows in (slice(0, first), slice(last, None))]
    below = last < pair.dvd.shape[1]
    return ColourSample(
        shot=pair.shot,
        terms=_smooth(_terms(known)),
        wide=_smooth(pair.wide),
        weight=_nearness(known.shape[1:], above=first > 0, below=below),
        range=np.percentile(known, (RANGE_PERCENT, 100 - RANGE_PERCENT), axis=(1, 2)).T,
        beyond=np.concatenate(rest, axis=1),
    )


def _smooth(planes: Planes) -> Planes:
    """Smoothed, thinned and flat."""
    soft = [
        cv2.GaussianBlur(p, (0, 0), BLUR_PX)[::STRIDE_PX, ::STRIDE_PX] for p in planes if p.size
    ]
    return (
        np.stack(soft).reshape(len(planes), -1) if soft else np.empty((len(planes), 0), np.float32)
    )


def _nearness(size: tuple[int, int], *, above: bool, below: bool) -> Planes:
    """Weights of the places of an overlap with bands above or below it."""
    rows = np.arange(size[0])[::STRIDE_PX]
    gap = np.full(rows.shape, np.inf)
    if above:
        gap = rows.astype(float)
    if below:
        gap = np.minimum(gap, size[0] - 1 - rows)
    weight = 1 + NEAR_WEIGHT * np.exp(-gap / (NEAR_SHARE * size[0]))
    return np.repeat(weight, len(range(0, size[1], STRIDE_PX))).astype(np.float32)


def fit_colours(
    pairs: Iterable[Overlap], shots: Shots, *, alike: bool = False
) -> tuple[tuple[Colour, ...], Shots]:
    """Fit the film, then every shot with the film's transform as prior.

    Args:
        pairs: of all shots.
        shots: the shots to number.
        alike: the wide was brought to the DVD's own grade.

    Returns:
        The transforms, the film's first, and the shots with their colours. A shot without
        samples uses the film's.
    """
    samples = [_sample(pair) for pair in pairs]
    if not samples:
        raise UsageError("no overlap of wide and DVD to fit colours on")
    shrink = SHRINK_ALIKE if alike else SHRINK_FILM
    film = _fit(samples, prior=_weights(Colour.identity()), shrink=shrink)
    colours = [film]
    numbered: list[Shot] = []
    for i, shot in enumerate(shots.shots):
        own = [sample for sample in samples if sample.shot == i]
        if len(shots) == 1 or not own:
            numbered.append(replace(shot, colour=0))
            continue
        colours.append(_fit(own, prior=_weights(film), shrink=SHRINK_SHOT))
        numbered.append(replace(shot, colour=len(colours) - 1))
    return tuple(colours), Shots(shots=tuple(numbered))


def _weights(colour: Colour) -> npt.NDArray[np.float64]:
    return np.array(colour.coefficients).T


def _fit(
    samples: Sequence[ColourSample], *, prior: npt.NDArray[np.float64], shrink: float
) -> Colour:
    """Ridge regression towards a prior, robust against what differs (logos, bars)."""
    step = max(1, sum(s.weight.size for s in samples) // MOST_PLACES)
    terms = np.concatenate([s.terms[:, ::step] for s in samples], axis=1).T.astype(np.float64)
    wide = np.concatenate([s.wide[:, ::step] for s in samples], axis=1).T.astype(np.float64)
    first = np.concatenate([s.weight[::step] for s in samples]).astype(np.float64)
    first *= likeness(terms[:, 1:4].T, np.concatenate([s.beyond for s in samples], axis=1))
    first /= first.mean()
    ridge = shrink * len(terms) * np.eye(len(TERMS))
    weight, found = first, prior
    for _ in range(3):
        scaled = terms * weight[:, None]
        found = prior + np.linalg.solve(scaled.T @ terms + ridge, scaled.T @ (wide - terms @ prior))
        distance = np.abs(wide - terms @ found).max(axis=1)
        weight = first * np.minimum(1.0, 2 * np.median(distance) / np.maximum(distance, 1e-9))
    low = np.min([s.range[:, 0] for s in samples], axis=0)
    high = np.max([s.range[:, 1] for s in samples], axis=0)
    rows = [tuple(float(w) for w in column) for column in found.T]
    return Colour(
        coefficients=(rows[0], rows[1], rows[2]),
        low=tuple(float(v) for v in low),
        high=tuple(float(v) for v in high),
    )


def _terms(dvd: Planes) -> Planes:
    """`TERMS` of normalised YUV, plane by plane."""
    y, u, v = dvd
    squares = [y * y, u * u, v * v, y * u, y * v, u * v]
    cubes = [y * y * y, y * y * u, y * y * v]
    return np.stack([np.ones_like(y), y, u, v, *squares, *cubes])


def likeness(here: Colours, there: Colours) -> npt.NDArray[np.float64]:
    """Ratio of the densities of two sets of colours (covariate shift, Shimodaira 2000).

    Args:
        here: 3 x n, normalised YUV.
        there: 3 x m; none for equal weights.

    Returns:
        n weights between 1 / `MOST` and `MOST`: high where a colour of `here` is more common there.
    """
    if not there.shape[1]:
        return np.ones(here.shape[1])
    cells = [_cells(colours) for colours in (here, there)]
    local, other = (_density(found) for found in cells)
    ratio = other[tuple(cells[0])] / np.maximum(local[tuple(cells[0])], 1e-9)
    return np.asarray(np.clip(ratio, 1 / MOST, MOST), np.float64)


def _cells(colours: Colours) -> npt.NDArray[np.intp]:
    shape = np.array(_shape())
    low, cell = (np.array(v)[:, None] for v in (LOW, CELL))
    return np.asarray(np.clip((colours - low) // cell, 0, shape[:, None] - 1), np.intp)


def _shape() -> tuple[int, ...]:
    spans = zip(LOW, HIGH, CELL, strict=True)
    return tuple(round((high - low) / cell) for low, high, cell in spans)


def _density(cells: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Smoothed share of the colours in each cell."""
    shape = _shape()
    flat = np.ravel_multi_index(tuple(cells), shape)
    counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape) / flat.size
    for axis in range(3):
        padded = np.pad(counts, [(2, 2) if a == axis else (0, 0) for a in range(3)])
        parts = [np.take(padded, range(k, k + shape[axis]), axis) for k in range(len(_KERNEL))]
        counts = np.sum([w * p for w, p in zip(_KERNEL, parts, strict=True)], axis=0)
    return np.asarray(counts, np.float64)
