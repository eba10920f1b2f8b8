"""A piece of a key frame, cut out once and looked for in other frames at several sizes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.images import Floats

SMALLEST_PX = 14  # of the template, at the coarsest level
BLUR_PX = 0.7
MASK_BLUR_PX = 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateLevel:
    """The template at one size: ``scale`` canvas px a sample."""

    picture: Floats
    gx: Floats
    gy: Floats
    weight: Floats
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """A piece of a key frame.

    Attributes:
        levels: Coarse to fine.
        x: Left edge in the key frame, px of the tracked pictures.
        y: Top edge.
    """

    levels: tuple[TemplateLevel, ...]
    x: float
    y: float


def make_template(luma: Floats, mask: Floats) -> Template | None:
    """Cut a template out of a key frame.

    Args:
        luma: ``h x w``, codes 0..255.
        mask: ``h x w``, 0..1: what belongs to it.

    Returns:
        The template, or ``None`` if the mask is (nearly) empty.
    """
    ys, xs = np.nonzero(mask > 0.5)
    if len(ys) < 64 or np.ptp(xs) < 8 or np.ptp(ys) < 8:
        return None
    pad = 3
    x0, y0 = max(0, int(xs.min()) - pad), max(0, int(ys.min()) - pad)
    x1, y1 = int(xs.max()) + 1 + pad, int(ys.max()) + 1 + pad
    picture = _blur(luma[y0:y1, x0:x1], BLUR_PX)
    weight = _blur(mask[y0:y1, x0:x1].astype(np.float32), MASK_BLUR_PX)
    levels = []
    scale = 1.0
    while True:
        gx, gy = gradient(picture)
        level = TemplateLevel(picture=picture, gx=gx, gy=gy, weight=weight * weight, scale=scale)
        levels.append(level)
        if min(picture.shape) < 2 * SMALLEST_PX:
            break
        picture, weight = _half(picture), _half(weight)
        scale *= 2
    return Template(levels=tuple(reversed(levels)), x=float(x0), y=float(y0))


def template_pyramid(luma: Floats, depth: int) -> list[Floats]:
    """Return the frame at full, half, ... size, blurred as templates are."""
    levels = [_blur(luma, BLUR_PX)]
    while len(levels) < depth:
        levels.append(_half(levels[-1]))
    return levels


def gradient(picture: Floats) -> tuple[Floats, Floats]:
    """Return the central differences of fourth order along x and along y."""
    kernel = np.array([[1, -8, 0, 8, -1]], np.float32) / 12
    mode = cv2.BORDER_REPLICATE
    gx = cv2.filter2D(picture, -1, kernel, borderType=mode)
    return np.asarray(gx, np.float32), np.asarray(
        cv2.filter2D(picture, -1, kernel.T, borderType=mode), np.float32
    )


def _blur(picture: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def _half(picture: Floats) -> Floats:
    """Half the size, edges kept: an odd row or column is repeated first."""
    h, w = picture.shape
    even = cv2.copyMakeBorder(picture, 0, h % 2, 0, w % 2, cv2.BORDER_REPLICATE)
    size = ((w + 1) // 2, (h + 1) // 2)
    return np.asarray(cv2.resize(even, size, interpolation=cv2.INTER_AREA), np.float32)
