"""Where the DVD lies on the wide, roughly: an exhaustive search over scale and offset."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Luma = npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | npt.NDArray[np.float32]

SEARCH_WIDTH_PX = 96
"""Width that the DVD is reduced to: 0.5 px there is a scale error of 1 %, which refines."""
SCALE_STEP = 1.02
COVERAGE = (0.5, 1.25)
"""Share of the wide's width that the DVD may show; above 1 it is refused later, with numbers."""
LEAST_OVERLAP = 0.35
"""Share of the smaller picture that must lie in the overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A rough placement: wide px a DVD px on each axis, offset in wide px, correlation 0..1."""

    scale: tuple[float, float]
    offset: tuple[float, float]
    correlation: float


def band_pass(plane: Plane, *, fine: float, wide: float) -> Plane:
    """Difference of two Gaussians, `fine` and `wide` px: what a grade leaves alone."""
    low = cv2.GaussianBlur(plane, (0, 0), wide, borderType=cv2.BORDER_REFLECT)
    if fine:
        plane = cv2.GaussianBlur(plane, (0, 0), fine, borderType=cv2.BORDER_REFLECT).astype(
            np.float32, copy=False
        )
    return np.asarray(plane - low, np.float32)


def search(
    pairs: Sequence[tuple[Luma, Luma]],
    *,
    aspect: float = 1.0,
    coverage: tuple[float, float] = COVERAGE,
) -> Guess:
    """Find scale and offset by correlating band-passed luma at every scale of a fine ladder.

    Args:
        pairs: matched luma frames (wide, DVD), all of one size each.
        aspect: horizontal over vertical wide px a DVD px (the DVD's sample aspect ratio).
        coverage: lowest and highest share of the wide's width that the DVD may show.

    Returns:
        The best placement; its offset is good to about one search px.
    """
    wide_h, wide_w = pairs[0][0].shape
    dvd_h, dvd_w = pairs[0][1].shape
    lowest, highest = (share * wide_w / dvd_w for share in coverage)
    steps = max(1, round(np.log(highest / lowest) / np.log(SCALE_STEP)))
    small_w = min(SEARCH_WIDTH_PX, dvd_w)
    # the DVD on square pixels at search size
    small_h = max(8, round(dvd_h * small_w / dvd_w / aspect))
    smalls = [_reduced(dvd, small_w, small_h) for _, dvd in pairs]
    first = [_reduced(wide, *_fitting(wide_w, wide_h, 4 * small_w)) for wide, _ in pairs]
    best = Guess(scale=(lowest, lowest / aspect), offset=(0.0, 0.0), correlation=-1.0)
    for scale in np.geomspace(lowest, highest, steps + 1):
        size = (
            max(8, round(wide_w / scale * small_w / dvd_w)),
            max(8, round(wide_h / scale * small_w / dvd_w)),
        )
        wides = [_reduced(wide, *size) for wide in first]
        (dx, dy), score = _best_shift(wides, smalls)
        if score > best.correlation:
            best = Guess(
                scale=(wide_w / size[0] * small_w / dvd_w, wide_h / size[1] * small_h / dvd_h),
                offset=(dx * wide_w / size[0], dy * wide_h / size[1]),
                correlation=score,
            )
    return best


def _fitting(width: int, height: int, target: int) -> tuple[int, int]:
    target = min(target, width)
    return target, max(8, round(height * target / width))


def _reduced(plane: Luma, width: int, height: int) -> Plane:
    out = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(out, np.float32)


def _best_shift(wides: Sequence[Plane], dvds: Sequence[Plane]) -> tuple[tuple[int, int], float]:
    """Shift of the DVD's corner on the wide that correlates best, summed over the frames."""
    (wide_h, wide_w), (dvd_h, dvd_w) = wides[0].shape, dvds[0].shape
    size = (cv2.getOptimalDFTSize(wide_h + dvd_h), cv2.getOptimalDFTSize(wide_w + dvd_w))

    def spectrum(stack: npt.NDArray[np.float32]) -> npt.NDArray[np.complex64]:
        return np.asarray(np.fft.rfft2(stack, size), np.complex64)

    a = np.stack([band_pass(plane, fine=0, wide=3) for plane in wides])
    b = np.stack([band_pass(plane, fine=0, wide=3) for plane in dvds])
    # one frame must not outvote the others: each has unit energy
    a /= np.maximum(np.sqrt(np.mean(a * a, axis=(1, 2), keepdims=True)), 1e-3)
    b /= np.maximum(np.sqrt(np.mean(b * b, axis=(1, 2), keepdims=True)), 1e-3)
    ones_a, ones_b = spectrum(np.ones_like(a[:1])), spectrum(np.ones_like(b[:1]))
    products = np.stack(
        [
            (spectrum(a) * spectrum(b).conj()).sum(0),
            (spectrum((a * a).sum(0)[None]) * ones_b.conj())[0],
            (ones_a * spectrum((b * b).sum(0)[None]).conj())[0],
            (ones_a * ones_b.conj())[0],
        ]
    )
    cross, energy_a, energy_b, area = np.fft.irfft2(products, size)
    enough = area > LEAST_OVERLAP * min(wide_h * wide_w, dvd_h * dvd_w)
    ncc = np.where(enough, cross / np.sqrt(np.maximum(energy_a * energy_b, 1e-6)), -1.0)
    y, x = np.unravel_index(int(np.argmax(ncc)), ncc.shape)
    dy = int(y) - (size[0] if y > wide_h else 0)
    dx = int(x) - (size[1] if x > wide_w else 0)
    return (dx, dy), float(ncc[y, x])
