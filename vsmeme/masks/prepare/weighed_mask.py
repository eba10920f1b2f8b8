"""A mask from what is known about a frame: where the subject is likely, its motion, its colours."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Floats, Image, floats, resized
from .hints import Hints
from .motion_evidence import MotionEvidence, Neighbourhood
from .propagation.colour_model import ColourModel
from .propagation.frame_features import look, work_size
from .propagation.mean_field import settle_labels

# Log odds; measured on the automatic key and on boxes of a dancer (tests/bench/masks/masks.py).
MOTION_WEIGHT, COLOUR_WEIGHT = 4.0, 1.0
LIKELY, PERHAPS, ELSEWHERE = 1.0, -0.5, -2.5  # of a guess
TRUST = 0.6  # share of a guess that plain motion overrides
SURE = 6.0
ROUNDS = 3
PRIOR_PX, PRIOR_LIMIT = 6.0, 1.5  # working px a log odd from a prior's edge
SPOT = 0.012  # radius of a point, of the picture's width
REACH = 0.2  # of the picture's width: farther from points alone the subject is not looked for


def with_motion(hints: Hints, around: Neighbourhood, size: tuple[int, int]) -> Hints:
    """Add what motion says.

    Args:
        hints: In pixels of the frame.
        around: The frame's neighbourhood.
        size: Width and height of the frame, px.

    Returns:
        The hints; as they were where the frames around say nothing.
    """
    small = work_size(*size)
    k = small[0] / size[0]
    core, away = core_of(hints, small, k), away_of(hints, small, k)
    return replace(hints, evidence=around.evidence(core * 255, away * 255))


def weigh_evidence(picture: Image, hints: Hints, evidence: MotionEvidence) -> tuple[Floats, Floats]:
    """Weigh motion, place and colours against each other.

    Args:
        picture: RGB, 8 bit, `h x w x 3`.
        hints: In pixels of the picture.
        evidence: Of its motion.

    Returns:
        Probability of foreground and log odds, at working size.
    """
    seen = look(picture)
    odds = place_odds(hints, seen.size, seen.size[0] / picture.shape[1], evidence.plain)
    bound = odds <= -SURE
    odds = odds + MOTION_WEIGHT * evidence.speech
    odds[bound] = -SURE
    share = settle_labels(odds, seen.lab)
    total = odds
    for _ in range(ROUNDS):
        colours = ColourModel()
        colours.learn(seen, share)
        total = floats(odds + COLOUR_WEIGHT * colours.odds(seen))
        total[bound] = -SURE
        share = settle_labels(total, seen.lab)
    return _attached(share, core_of(hints, seen.size, seen.size[0] / picture.shape[1])), total


def place_odds(hints: Hints, size: tuple[int, int], k: float, plain: float) -> Floats:
    """Log odds by place alone; `k` brings the hints to `size`."""
    odds = np.zeros(size[::-1], np.float32)
    if hints.prior is not None:
        prior = np.asarray(resized(hints.prior, size) > 127, np.uint8)
        depth = cv2.distanceTransform(np.pad(prior, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        away = cv2.distanceTransform(1 - prior, cv2.DIST_L2, 3) if prior.any() else depth + 99
        odds = floats(np.clip((depth - away) / PRIOR_PX, -PRIOR_LIMIT, PRIOR_LIMIT))
    elif hints.guess is not None:
        guess = resized(hints.guess, size)
        odds = np.select([guess > 200, guess > 100], [LIKELY, PERHAPS], ELSEWHERE)
        odds = floats((1 - TRUST * plain) * odds)
    elif hints.boxes:
        odds[:] = -SURE
        for x, y, w, h in hints.boxes:
            rows = slice(int(y * k), int(np.ceil((y + h) * k)))
            odds[rows, int(x * k) : int(np.ceil((x + w) * k))] = 0
    elif hints.points:
        odds[cv2.distanceTransform(1 - spots(hints.points, size, k), cv2.DIST_L2, 3)
             > REACH * size[0]] = -SURE  # fmt: skip
    odds[spots(hints.points, size, k) > 0] = SURE
    odds[spots(hints.background, size, k) > 0] = -SURE
    return odds


def core_of(hints: Hints, size: tuple[int, int], k: float) -> Image:
    """Where the subject surely is, 0 or 1: points, the depth of a prior, the middle of boxes."""
    core = spots(hints.points, size, k)
    if hints.prior is not None:
        prior = np.asarray(resized(hints.prior, size) > 127, np.uint8)
        depth = cv2.distanceTransform(np.pad(prior, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        core |= np.asarray(depth > 0.4 * depth.max(), np.uint8) & prior
    elif not core.any():
        for x, y, w, h in hints.boxes:
            middle = (round((x + w / 2) * k), round((y + h / 2) * k))
            axes = (max(1, round(w * k / 8)), max(1, round(h * k / 5)))
            cv2.ellipse(core, middle, axes, 0, 0, 360, 1, -1)
    return core


def away_of(hints: Hints, size: tuple[int, int], k: float) -> Image:
    """Where the subject surely is not, 0 or 1."""
    if hints.prior is not None:
        near = cv2.dilate(resized(hints.prior, size), np.ones((25, 25), np.uint8))
        return np.asarray(near < 128, np.uint8)
    if hints.guess is not None:
        return np.asarray(resized(hints.guess, size) == 0, np.uint8)
    return np.asarray(place_odds(hints, size, k, 0.0) <= (-SURE if hints.boxes else 0), np.uint8)


def spots(points: tuple[tuple[float, float], ...], size: tuple[int, int], k: float) -> Image:
    """Discs at points, 0 or 1."""
    out = np.zeros(size[::-1], np.uint8)
    for x, y in points:
        cv2.circle(out, (int(x * k), int(y * k)), max(1, round(SPOT * size[0] / 2)), 1, -1)
    return out


def _attached(share: Floats, core: Image) -> Floats:
    """Keep the parts that hold some of the core; all where none does."""
    hard = np.asarray(share > 0.5, np.uint8)
    _, labels = cv2.connectedComponents(hard, connectivity=8)
    held: NDArray[np.int32] = np.unique(labels[(core > 0) & (hard > 0)])
    if not len(held):
        return share
    loose = (hard > 0) & ~np.isin(labels, held)
    return floats(np.where(loose, 0.05, share))
