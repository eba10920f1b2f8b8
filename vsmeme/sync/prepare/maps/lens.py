"""Warping and band-passing of many small frames at once, as products of matrices."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....arrays.images import Floats, Image


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lens:
    """Difference of two separable filters, ``rows @ frame @ columns.T`` each.

    Attributes:
        fine: Rows ``h x H`` and columns ``w x W`` of the one that keeps detail.
        broad: Of the one that is taken away.
    """

    fine: tuple[Floats, Floats]
    broad: tuple[Floats, Floats]

    def see(self, frames: Image | Floats) -> Floats:
        """Filter frames.

        Args:
            frames: ``n x H x W``.

        Returns:
            ``n x h x w``.
        """
        seen = np.ascontiguousarray(frames, np.float32)
        return _filtered(seen, self.fine) - _filtered(seen, self.broad)


def _filtered(frames: Floats, filters: tuple[Floats, Floats]) -> Floats:
    rows, columns = filters
    count, height, width = frames.shape
    narrow = frames.reshape(-1, width) @ columns.T
    return np.asarray(rows @ narrow.reshape(count, height, len(columns)), np.float32)


def axis_filter(
    length: int,
    size: int,
    *,
    scale: float = 1.0,
    shift: float = 0.0,
    interpolation: int = cv2.INTER_CUBIC,
    sigma: float = 0.0,
) -> Floats:
    """Measure what warping and blurring do along one axis.

    Args:
        length: Samples that go in.
        size: Samples that come out.
        scale: Input px per output px.
        shift: Where the output's edge lies, input px, edge coordinates.
        interpolation: OpenCV's flag.
        sigma: Standard deviation of the Gaussian that follows, output px; 0 for none.

    Returns:
        ``size x length``; borders as OpenCV's, replicated by the warp, reflected by the blur.
    """
    impulses = np.eye(length, dtype=np.float32)
    matrix = np.array([[scale, 0.0, shift + 0.5 * scale - 0.5], [0.0, 1.0, 0.0]])
    flags = interpolation | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(
        impulses, matrix, (size, length), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    made = np.asarray(warped, np.float32)
    if sigma:
        made = np.asarray(cv2.GaussianBlur(made, (0, 1), sigma), np.float32)
    return np.ascontiguousarray(made.T)
