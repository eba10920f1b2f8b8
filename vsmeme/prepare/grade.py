"""Fit the colours of the DVD to the wide on the overlap: one polynomial per shot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
import vapoursynth as vs

from vsmeme.colour import CHROMA, LUMA, TERMS, Colour
from vsmeme.errors import UsageError
from vsmeme.geometry import Layout
from vsmeme.shots import Shot, Shots
from vsmeme.source import to_working

Planes = npt.NDArray[np.float32]

BLUR_PX = 1.5
"""DVD px. Both sides are smoothed before they are compared, so that noise in the DVD and a
misplacement of a fraction of a px do not flatten the fit."""
FRAMES_PER_SHOT, MOST_FRAMES = 3, 48
SHRINK_FILM, SHRINK_SHOT = 1e-6, 1e-2
"""Weight of the prior a sample: of the identity on the film's fit, of the film's on a shot's."""
RANGE_PERCENT = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What one frame says: DVD and wide in normalised YUV, 3 x n, and the shot."""

    shot: int
    dvd: Planes
    wide: Planes


def measure_colour(
    wide: vs.VideoNode, dvd: vs.VideoNode, layouts: Sequence[Layout], shots: Shots
) -> tuple[tuple[Colour, ...], Shots]:
    """Fit one transform for each shot.

    Args:
        wide: matched wide, YUV of any subsampling, 8 to 16 bit.
        dvd: matched and conformed DVD, same length.
        layouts: as the shots index them.
        shots: from cut detection and registration.

    Returns:
        The transforms and the shots with their colour numbers set. The transform of the whole film
        comes first.

    Raises:
        UsageError: There is no overlap to compare.
    """
    picks = frames_to_sample(shots)
    samples = list(_samples(to_working(wide), to_working(dvd), layouts, shots, picks))
    return fit_colours(samples, shots)


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


def _samples(
    wide: vs.VideoNode,
    dvd: vs.VideoNode,
    layouts: Sequence[Layout],
    shots: Shots,
    picks: Sequence[int],
) -> Iterable[Sample]:
    core = vs.core
    clips = [core.std.Splice([clip[n] for n in picks]) for clip in (wide, dvd)]
    frames = zip(picks, clips[0].frames(close=True), clips[1].frames(close=True), strict=True)
    for n, wide_frame, dvd_frame in frames:
        planes = [
            np.stack([np.asarray(frame[p]) for p in range(3)]) for frame in (wide_frame, dvd_frame)
        ]
        layout = layouts[shots.at(n).layout]
        sample = sample_pair(planes[0], planes[1], layout, shot=shots.index(n))
        if sample is not None:
            yield sample


def sample_pair(
    wide: npt.NDArray[np.uint16], dvd: npt.NDArray[np.uint16], layout: Layout, *, shot: int = 0
) -> Sample | None:
    """Bring one pair to the DVD's grid over the overlap.

    Args:
        wide: 3 x h x w, working format.
        dvd: 3 x h x w, conformed, working format.
        layout: where both lie.
        shot: kept in the sample.

    Returns:
        None where the overlap is smaller than 4 DVD px.
    """
    k = layout.scale
    left = layout.wide.x - layout.dvd.x
    top = layout.wide.y - layout.dvd.y
    # DVD px wholly inside the wide
    u0, v0 = max(0, -(-left // k)), max(0, -(-top // k))
    u1 = min(layout.dvd_size[0], (left + layout.wide.w) // k)
    v1 = min(layout.dvd_size[1], (top + layout.wide.h) // k)
    if u1 - u0 < 4 or v1 - v0 < 4:
        return None
    x, y = layout.wide_crop.x + u0 * k - left, layout.wide_crop.y + v0 * k - top
    part = wide[:, y : y + (v1 - v0) * k, x : x + (u1 - u0) * k]
    seen = [cv2.resize(p, (u1 - u0, v1 - v0), interpolation=cv2.INTER_AREA) for p in part]
    known = [np.ascontiguousarray(p) for p in dvd[:, v0:v1, u0:u1]]
    return Sample(shot, _smooth(known), _smooth(seen))


def _smooth(planes: Sequence[npt.NDArray[np.uint16]]) -> Planes:
    """Smoothed, normalised and flat."""
    out = []
    for i, plane in enumerate(planes):
        zero, unit = (LUMA[0] + LUMA[1], LUMA[1]) if i == 0 else CHROMA
        soft = cv2.GaussianBlur(plane.astype(np.float32) / 256, (0, 0), BLUR_PX)
        out.append(((np.asarray(soft) - zero) / unit).ravel())
    return np.stack(out).astype(np.float32)


def fit_colours(samples: Sequence[Sample], shots: Shots) -> tuple[tuple[Colour, ...], Shots]:
    """Fit the film, then every shot with the film's transform as prior.

    Args:
        samples: of all shots.
        shots: the shots to number.

    Returns:
        The transforms, the film's first, and the shots with their colours. A shot without
        samples uses the film's.
    """
    if not samples:
        raise UsageError("no overlap of wide and DVD to fit colours on")
    film = _fit(samples, prior=_weights(Colour.identity()), shrink=SHRINK_FILM)
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


def _fit(samples: Sequence[Sample], *, prior: npt.NDArray[np.float64], shrink: float) -> Colour:
    """Ridge regression towards a prior, robust against what differs (logos, bars)."""
    dvd = np.concatenate([s.dvd for s in samples], axis=1)
    wide = np.concatenate([s.wide for s in samples], axis=1).T.astype(np.float64)
    step = max(1, dvd.shape[1] // 400_000)
    dvd, wide = dvd[:, ::step], wide[::step]
    terms = _terms(dvd)
    ridge = shrink * len(terms) * np.eye(len(TERMS))
    weight = np.ones(len(terms))
    found = prior
    for _ in range(3):
        scaled = terms * weight[:, None]
        found = prior + np.linalg.solve(scaled.T @ terms + ridge, scaled.T @ (wide - terms @ prior))
        distance = np.abs(wide - terms @ found).max(axis=1)
        weight = np.minimum(1.0, 2 * np.median(distance) / np.maximum(distance, 1e-9))
    low, high = np.percentile(dvd, (RANGE_PERCENT, 100 - RANGE_PERCENT), axis=1)
    rows = [tuple(float(w) for w in column) for column in found.T]
    return Colour(
        coefficients=(rows[0], rows[1], rows[2]),
        low=tuple(float(v) for v in low),
        high=tuple(float(v) for v in high),
    )


def _terms(dvd: Planes) -> npt.NDArray[np.float64]:
    y, u, v = dvd.astype(np.float64)
    squares = [y * y, u * u, v * v, y * u, y * v, u * v]
    cubes = [y * y * y, y * y * u, y * y * v]
    return np.stack([np.ones_like(y), y, u, v, *squares, *cubes], axis=1)
