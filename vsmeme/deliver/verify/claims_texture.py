"""The claim that fine structure runs on through the seams; arithmetic of its own, in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from .evidence import Claim, Evidence, Numbers

OFF_PX = 16  # at most, between the seam and what is compared
ROWS_PX = 24  # at most; thin bands have fewer
LEAST_ROWS = 8
BLOCK_PX = 32  # columns
FINE_PX, BROAD_PX = 1.5, 5.0  # Gaussians: above the first is fine
CLASSES = (-2.0, -0.5, 1.0, 2.5, 9.0)  # limits of the degrees of activity, log2 of 8-bit codes
FEW = 8  # blocks on either side; fewer say nothing about a degree
UNSEEN = 0.3**2  # energy that nobody sees, 8-bit codes squared; also that of rounding
HIDDEN = 0.2**2  # what moves in strong texture is lost in it up to a fifth of its contrast
MOST_STEP = 0.75  # log2


def texture_runs_on(evidence: Evidence) -> Claim:
    """Fine structure is as strong in the bands as beside them, where as much is going on."""
    name, limit = "fine structure runs on through the seams", f"<= {MOST_STEP} log2"
    if not evidence.project.config.finish.texture:
        note = "not looked at: finish.texture is 0"
        return Claim(name=name, passed=True, number=0.0, limit=limit, note=note)
    bands, wides = [], []
    for n in evidence.samples:
        for band, wide in _beside_seams(evidence, n):
            bands.append(band)
            wides.append(wide)
    steps = texture_steps(np.concatenate(bands, 1), np.concatenate(wides, 1)) if bands else {}
    worst = max(steps, key=lambda kind: abs(steps[kind]), default="")
    number = abs(steps[worst]) if steps else 0.0
    told = ", ".join(f"{kind} {step:+.2f}" for kind, step in steps.items())
    return Claim(
        name=name,
        passed=number <= MOST_STEP,
        number=number,
        limit=limit,
        note=told or "no band is wide enough",
    )


def texture_steps(band: Numbers, wide: Numbers) -> dict[str, float]:
    """Compare blocks of like activity.

    Args:
        band: Activity (log2), still and moving energy of blocks of the bands.
        wide: The same of the wide.

    Returns:
        For each kind by how much the bands are finer, log2 of deviations; empty where too few
        blocks are alike.
    """
    weights, steps = [], []
    for low, high in pairwise(CLASSES):
        mine, theirs = (part[1:, (part[0] >= low) & (part[0] < high)] for part in (band, wide))
        count = min(mine.shape[1], theirs.shape[1])
        if count >= FEW:
            unseen = np.array([[UNSEEN], [UNSEEN + HIDDEN * np.median(theirs[0])]])
            levels = [np.median(np.log2(part + unseen), axis=1) / 2 for part in (mine, theirs)]
            weights.append(count)
            steps.append(levels[0] - levels[1])
    if not steps:
        return {}
    mean = np.average(steps, axis=0, weights=weights)
    return {"still": float(mean[0]), "moving": float(mean[1])}


def _beside_seams(evidence: Evidence, n: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Blocks of the bands above and below, each with those of the wide across the seam."""
    layout = evidence.layout(n)
    if evidence.absent(n) or n + 1 > evidence.shot(n)["last"]:
        return
    _, y, _, h = layout["wide"]
    for side in ("top", "bottom"):
        band = layout["bands"].get(side)
        least = min(band[3], h) if band else 0
        off = min(OFF_PX, least // 4)
        rows = min(ROWS_PX, least - 2 * off)
        if rows < LEAST_ROWS:
            continue
        places = (y - off - rows, y + off) if side == "top" else (y + h + off, y + h - off - rows)
        first, second = (evidence.frame("delivered", k)[0] / 256.0 for k in (n, n + 1))
        columns = slice(band[0], band[0] + band[2])
        size = (rows, off - 1)  # nothing across the seam counts
        parts = [_energies(first[:, columns], second[:, columns], at, size) for at in places]
        yield parts[0], parts[1]


def _energies(first: Numbers, second: Numbers, at: int, size: tuple[int, int]) -> Numbers:
    """Activity, still and moving energy of the blocks of some rows of two neighbouring frames."""
    rows, reach = size
    top = max(0, at - reach)
    cut = [frame[top : at + rows + reach] for frame in (first, second)]
    inner = slice(at - top, at - top + rows)
    soft = [_blurred(part, FINE_PX) for part in cut]
    a, b = ((part - low)[inner] for part, low in zip(cut, soft, strict=True))
    coarse = (soft[0] - _blurred(soft[0], BROAD_PX))[inner]
    moving = _blocks((b - a) ** 2) / 2
    still = np.maximum(_blocks(((a + b) / 2) ** 2) - moving / 2, 0)
    return np.stack([np.log2(np.maximum(_blocks(coarse**2), 1e-6)) / 2, still, moving])


def _blocks(picture: Numbers) -> Numbers:
    """Means over blocks of columns."""
    width = picture.shape[1] // BLOCK_PX * BLOCK_PX
    return np.asarray(picture[:, :width].reshape(len(picture), -1, BLOCK_PX).mean((0, 2)))


def _blurred(picture: Numbers, sigma: float) -> Numbers:
    """A Gaussian, edges repeated."""
    reach = int(np.ceil(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps /= taps.sum()
    for axis in (0, 1):
        pad = [(reach, reach) if k == axis else (0, 0) for k in range(2)]
        wide = np.pad(picture, pad, mode="edge")
        size = picture.shape[axis]
        pieces = (np.take(wide, range(k, k + size), axis=axis) for k in range(len(taps)))
        picture = np.asarray(sum(tap * piece for tap, piece in zip(taps, pieces, strict=True)))
    return picture
