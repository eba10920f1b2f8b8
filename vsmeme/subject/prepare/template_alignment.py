"""Where a piece of a key frame lies in another frame: robust, sub-pixel, in edge coordinates.

Efficient second-order minimisation (Benhimane and Malis, IROS 2004): the gradients of the template
and of the warped frame are averaged, which doubles the reach of inverse-compositional alignment
(Baker and Matthews, IJCV 2004) at nearly its cost. Gain and offset of the light are solved for with
the motion; samples that disagree (occluders, blinks) lose their weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from ...arrays.images import Doubles, Floats
from .template import Template, TemplateLevel, gradient

MotionKind = Literal["translation", "similarity", "affine", "homography"]

PARAMETERS = {"translation": 2, "similarity": 4, "affine": 6, "homography": 8}
ITERATIONS = 20
SETTLED_PX, GUESSED_PX = 0.004, 0.04  # at full size, and where a finer size goes on, own px
# Steps that shrink by a factor in this range, along a line, are followed to their end at once.
PARALLEL, LEAST_RATIO, MOST_RATIO = 0.9, 0.3, 0.9
# Halved and doubled: docs/benchmarks/constants.md.
TAIL = 2.5  # deviations at which a sample has lost three quarters of its weight
NOISE_FLOOR = 1.0  # codes of 255
# What a fit is worth: nothing at the first number, everything at the second.
LIKENESS = (0.5, 0.95)
AGREEING = (0.15, 0.5)  # of the template's weight
BOX_PX = 5  # window over which the residual is averaged


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateFit:
    """Result of an alignment.

    Attributes:
        matrix: 3x3, key frame to frame, edge coordinates.
        likeness: Correlation over the samples that agree, -1..1.
        share: How much of the template's weight agrees, 0..1.
        seen: How much of the template lies inside the frame and its mask, 0..1.
    """

    matrix: Doubles
    likeness: float
    share: float
    seen: float

    @property
    def confidence(self) -> float:
        """0..1."""
        good, much = (
            np.clip((value - none) / (full - none), 0.0, 1.0)
            for value, (none, full) in ((self.likeness, LIKENESS), (self.share, AGREEING))
        )
        return float(good * much)


def align(
    template: Template,
    frame: Sequence[Floats],
    start: Doubles,
    *,
    visible: Sequence[Floats] | None = None,
    origin: tuple[float, float] = (0.0, 0.0),
    model: MotionKind = "similarity",
) -> TemplateFit:
    """Find a template in a frame.

    Args:
        template: The template.
        frame: The frame's pyramid (``template_pyramid``), full size first.
        start: First guess, 3x3, key frame to frame.
        visible: Pyramid of 0..1 of the same sizes: what of the frame may show the thing.
        origin: Where the frame's first sample lies, if it is a cut-out.
        model: The motion.

    Returns:
        The fit.
    """
    matrix = np.array(start, np.float64)
    out = TemplateFit(matrix=matrix, likeness=0.0, share=0.0, seen=0.0)
    for level in template.levels[-len(frame) :]:
        index = round(np.log2(level.scale))
        to_patch = np.diag([level.scale, level.scale, 1.0])
        to_patch[:2, 2] = template.x, template.y
        to_frame = np.diag([1 / level.scale, 1 / level.scale, 1.0])
        to_frame[:2, 2] = -origin[0] / level.scale, -origin[1] / level.scale
        local = to_frame @ out.matrix @ to_patch
        seen = visible[index] if visible is not None else None
        local, likeness, share, part = _solve(level, frame[index], seen, local, model)
        matrix = np.linalg.inv(to_frame) @ local @ np.linalg.inv(to_patch)
        out = TemplateFit(matrix=matrix / matrix[2, 2], likeness=likeness, share=share, seen=part)
    return out


def _solve(
    level: TemplateLevel, frame: Floats, visible: Floats | None, matrix: Doubles, model: MotionKind
) -> tuple[Doubles, float, float, float]:
    h, w = level.picture.shape
    basis = _basis(h, w)
    total = float(level.weight.sum()) or 1.0
    weight = level.weight
    warped, inside = level.picture, level.weight
    light = np.stack([level.picture.reshape(-1), np.ones(h * w, np.float32)])
    count, corners = PARAMETERS[model], np.array([[0, w, 0, w], [0, 0, h, h], [1, 1, 1, 1]], float)
    settled = SETTLED_PX if level.scale == 1 else GUESSED_PX
    before = np.zeros(count)
    for _ in range(ITERATIONS):
        warped = _look(frame, matrix, (w, h))
        inside = level.weight * _inside(frame.shape, visible, matrix, (w, h))
        if float(inside.sum()) < 0.05 * total:
            return matrix, 0.0, 0.0, float(inside.sum()) / total
        gx, gy = gradient(warped)
        jacobian = _jacobian(basis, _mean(level.gx, gx), _mean(level.gy, gy), model)
        columns = np.concatenate([jacobian, light])
        weight = _verdict(level.picture, warped, inside)
        weighted = columns * weight.reshape(1, -1)
        normal = np.asarray(weighted @ columns.T, np.float64)
        normal[np.diag_indices(len(normal))] *= 1 + 1e-6
        # of the difference, whose small numbers leave single precision room
        left = np.asarray(weighted @ (warped - level.picture).reshape(-1), np.float64)
        try:
            step = np.linalg.solve(normal, left)
        except np.linalg.LinAlgError:
            break
        gain = 1 + step[count] if abs(1 + step[count]) > 0.2 else 1.0
        # The template predicts gain * T; its motion therefore is step / gain, and is undone.
        plain = -step[:count] / gain
        far = _farther(before, plain)
        before = plain if far is plain else np.zeros(count)
        delta = _motion(far, h, w, model)
        matrix = matrix @ delta
        moved = delta @ corners
        if np.abs(moved[:2] / moved[2] - corners[:2]).max() < settled:
            break
    likeness = _correlation(level.picture, warped, weight)
    return matrix, likeness, float(weight.sum()) / total, float(inside.sum()) / total


def _farther(before: Doubles, step: Doubles) -> Doubles:
    """A step lengthened to where a row of ever shorter ones would end (Aitken's extrapolation).

    The weights follow each step, so that the steps shrink by a nearly constant factor.
    """
    size, other = float(np.dot(before, before)), float(np.dot(step, step))
    along = float(np.dot(before, step))
    if size == 0 or along <= PARALLEL * (size * other) ** 0.5:
        return step
    ratio = along / size
    return step / (1 - ratio) if LEAST_RATIO < ratio < MOST_RATIO else step


def _basis(h: int, w: int) -> Floats:
    """Centred, scaled coordinates of the samples: 2 x (h w)."""
    half = max(h, w) / 2
    y, x = np.mgrid[0:h, 0:w].astype(np.float32) + 0.5
    return np.stack([(x - w / 2) / half, (y - h / 2) / half]).reshape(2, -1)


def _jacobian(basis: Floats, gx: Floats, gy: Floats, model: MotionKind) -> Floats:
    x, y = basis
    u, v = gx.reshape(-1), gy.reshape(-1)
    if model == "translation":
        return np.stack([u, v])
    if model == "similarity":
        return np.stack([u, v, u * x + v * y, v * x - u * y])
    rows = [u, v, u * x, u * y, v * x, v * y]
    if model == "homography":
        both = u * x + v * y
        rows += [-x * both, -y * both]
    return np.stack(rows)


def _motion(p: Doubles, h: int, w: int, model: MotionKind) -> Doubles:
    """The step as a matrix in the patch's edge coordinates."""
    half = max(h, w) / 2
    m = np.eye(3)
    if model == "translation":
        m[:2, 2] = p[:2]
        return m
    if model == "similarity":
        m[:2, :2] += np.array([[p[2], -p[3]], [p[3], p[2]]]) / half
    else:
        m[:2, :2] += np.array([[p[2], p[3]], [p[4], p[5]]]) / half
    m[:2, 2] = p[:2]
    if model == "homography":
        m[2, :2] = p[6:8] / half / half
    centre = np.array([[1, 0, w / 2], [0, 1, h / 2], [0, 0, 1]])
    back = np.array([[1, 0, -w / 2], [0, 1, -h / 2], [0, 0, 1]])
    return np.asarray(centre @ m @ back, np.float64)


def _look(frame: Floats, matrix: Doubles, size: tuple[int, int]) -> Floats:
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    out = cv2.warpPerspective(
        frame, _to_index(matrix), size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(out, np.float32)


def _inside(
    shape: tuple[int, ...], visible: Floats | None, matrix: Doubles, size: tuple[int, int]
) -> Floats:
    picture = np.ones(shape[:2], np.float32) if visible is None else visible
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpPerspective(
        picture, _to_index(matrix), size, flags=flags, borderMode=cv2.BORDER_CONSTANT
    )
    return np.asarray(out, np.float32)


def _verdict(template: Floats, warped: Floats, inside: Floats) -> Floats:
    """Weights of the samples: Geman-McClure on the local residual after gain and offset."""
    gain, offset = _light(template, warped, inside)
    squared = (warped - gain * template - offset) ** 2
    for _ in range(2):
        local = np.sqrt(cv2.boxFilter(squared, -1, (BOX_PX, BOX_PX)))
        known = local[inside > 0.3 * inside.max()]
        spread = max(NOISE_FLOOR, float(np.median(known)) if known.size else NOISE_FLOOR)
        fall = 1 / (1 + (local / (TAIL * spread)) ** 2) ** 2
        weight = np.asarray(inside * fall, np.float32)
        gain, offset = _light(template, warped, weight)
        squared = (warped - gain * template - offset) ** 2
    return weight


def _light(template: Floats, warped: Floats, weight: Floats) -> tuple[float, float]:
    total = float(weight.sum()) or 1.0
    a, b = float((weight * template).sum()) / total, float((weight * warped).sum()) / total
    dev = template - a
    var = float((weight * dev * dev).sum())
    gain = float((weight * dev * (warped - b)).sum()) / var if var > 0 else 1.0
    gain = min(max(gain, 0.5), 2.0)
    return gain, b - gain * a


def _correlation(template: Floats, warped: Floats, weight: Floats) -> float:
    total = float(weight.sum())
    if total <= 0:
        return 0.0
    a = template - float((weight * template).sum()) / total
    b = warped - float((weight * warped).sum()) / total
    power = float((weight * a * a).sum()) * float((weight * b * b).sum())
    return float((weight * a * b).sum()) / power**0.5 if power > 0 else 0.0


def _mean(one: Floats, other: Floats) -> Floats:
    return np.asarray((one + other) * np.float32(0.5), np.float32)


def _to_index(matrix: Doubles) -> Doubles:
    """Edge coordinates to sample indices (sample centres at whole numbers)."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.asarray(np.linalg.inv(half) @ matrix @ half, np.float64)
