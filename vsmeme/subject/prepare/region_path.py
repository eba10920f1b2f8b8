"""Follow one region through one shot: anchored at its key frames, smoothed without lag."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.images import Doubles
from .region_sight import Anchor, Sight, cut_anchor, largest_view, other_guesses, predicted
from .smooth_poses import LOST, Estimate, bridge, fit_model, smooth
from .template import Template, template_pyramid
from .template_alignment import MotionKind, TemplateFit, align

GROW = 0.12  # of the mask's size: how far a mask may be wrong before it hides the region
UNSEEN = 0.15  # weight of what the mask does not show
TRUSTED = 0.75  # confidence from which no second anchor is needed
LANDMARK_CONFIDENCE = 0.4
ASTRAY = 0.3  # of the region's size: how far a doubtful pose may be from the landmarks

Landmarks = Callable[[Sight], Doubles | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionPath:
    """A region in a shot.

    Attributes:
        start: The frame that the poses start from.
        poses: One 3x3 a frame of the shot, edge coordinates of the tracked picture.
        confidences: 0..1, one a frame.
        anchors: Frames whose appearance was used.
    """

    start: int
    poses: tuple[Doubles, ...]
    confidences: tuple[float, ...]
    anchors: tuple[int, ...]


def measure_path(
    sights: Sequence[Sight],
    keys: Iterable[int],
    *,
    start: int | None = None,
    model: MotionKind = "similarity",
    landmarks: Landmarks | None = None,
) -> RegionPath | None:
    """Follow a region.

    Args:
        sights: The frames of a shot.
        keys: Frames whose masks are known to be right (numbers within the shot).
        start: The frame that the poses start from; the key with the largest view by default.
        model: The motion between the key and a frame.
        landmarks: Finds points of the region in a frame (n x 2, edge coordinates of the tracked
            picture); asked where the appearance alone is doubtful.

    Returns:
        The poses, or ``None`` if no frame shows the region.
    """
    known = sorted(k for k in set(keys) if 0 <= k < len(sights))
    first = largest_view(sights, known if start is None else [start])
    first = first or largest_view(sights, range(len(sights)))
    if first is None:
        return None
    walker = _Walker(sights, known, first, model, landmarks)
    walker.walk(range(first.frame + 1, len(sights)))
    walker.walk(range(first.frame - 1, -1, -1))
    raw = [walker.found[n] for n in range(len(sights))]
    poses = smooth(raw, _corners(sights[first.frame]), model=model)
    confidences = bridge([e.confidence for e in raw])
    return RegionPath(
        start=first.frame,
        poses=tuple(poses),
        confidences=tuple(confidences),
        anchors=tuple(sorted(a.frame for a in walker.anchors)),
    )


class _Walker:
    """Follows the region from the start frame to both ends of the shot."""

    def __init__(
        self,
        sights: Sequence[Sight],
        keys: Sequence[int],
        start: Anchor,
        model: MotionKind,
        landmarks: Landmarks | None,
    ) -> None:
        self.sights, self.keys, self.start, self.model = sights, keys, start, model
        self.found = {start.frame: Estimate(matrix=np.eye(3), confidence=1.0)}
        self.anchors = [start]
        self.landmarks = landmarks
        self.points = landmarks(sights[start.frame]) if landmarks else None
        self.size = sights[start.frame].area ** 0.5

    def walk(self, way: Iterable[int]) -> None:
        """Go one way, frame by frame."""
        made: list[Anchor] = []
        last, before = np.eye(3), np.eye(3)
        for n in way:
            best, estimate = self._look(n, [self.start, *made[-1:]], last, before)
            self.found[n] = estimate
            known = estimate.confidence >= LOST
            before, last = last, estimate.matrix if known else last
            wanted = n in self.keys or best < TRUSTED
            large = self.sights[n].area > 0.5 * self.sights[self.start.frame].area
            if wanted and large and estimate.confidence >= LANDMARK_CONFIDENCE:
                anchor = cut_anchor(self.sights, n, estimate.matrix, estimate.confidence)
                made += [anchor] if anchor else []
        self.anchors += made

    def _look(
        self, n: int, anchors: Sequence[Anchor], last: Doubles, before: Doubles
    ) -> tuple[float, Estimate]:
        """Estimate a frame; where appearance fails, try other guesses and the landmarks."""
        view = _View(self.sights[n], self.start.template)
        best, estimate = _estimate(view, anchors, predicted(last, before), self.model)
        if estimate.confidence >= TRUSTED:
            return best, estimate
        marked = self._by_landmarks(n)
        guesses = [] if marked is None else [marked]
        if estimate.confidence < LOST:
            guesses += other_guesses(self.sights, n, anchors[-1], last)
        for guess in guesses:
            again = _estimate(view, anchors, guess, self.model)
            if again[1].confidence > estimate.confidence:
                best, estimate = again
        if marked is not None:
            centre = np.array([*self.sights[self.start.frame].centre(), 1.0])
            here, there = estimate.matrix @ centre, marked @ centre
            astray = float(np.hypot(*(here[:2] / here[2] - there[:2]))) > ASTRAY * self.size
            if astray or estimate.confidence < LANDMARK_CONFIDENCE:
                return best, Estimate(matrix=marked, confidence=LANDMARK_CONFIDENCE)
        return best, estimate

    def _by_landmarks(self, n: int) -> Doubles | None:
        """The similarity that brings the start's landmarks to this frame's."""
        if self.landmarks is None or self.points is None:
            return None
        points = self.landmarks(self.sights[n])
        if points is None:
            return None
        corners = np.vstack([self.points.T, np.ones(len(self.points))])
        return fit_model(corners, points.T, "similarity")


class _View:
    """A frame's pyramids, made once for all anchors."""

    def __init__(self, sight: Sight, template: Template) -> None:
        depth = len(template.levels) + 1
        size = max(3, int(GROW * sight.area**0.5)) | 1
        visible = np.maximum(cv2.dilate(sight.mask, np.ones((size, size))), UNSEEN)
        self.luma = template_pyramid(sight.luma, depth)
        self.visible = [np.asarray(visible, np.float32)]
        for level in self.luma[1:]:
            shape = (level.shape[1], level.shape[0])
            half = cv2.resize(self.visible[-1], shape, interpolation=cv2.INTER_AREA)
            self.visible.append(np.asarray(half, np.float32))
        self.origin = sight.origin


def _estimate(
    view: _View, anchors: Sequence[Anchor], guess: Doubles, model: MotionKind
) -> tuple[float, Estimate]:
    """The pose by the start's appearance, and by the latest anchor's as far as that one fails.

    Returns:
        The start's (or latest anchor's) own confidence, and the estimate.
    """
    matrices, weights, best = [], [], 0.0
    rest = 1.0
    for anchor in anchors:
        fit = _fit(view, anchor, guess, model)
        confidence = fit.confidence * anchor.trust
        trust = float(np.clip((confidence - LOST) / (TRUSTED - LOST), 0.0, 1.0))
        matrices.append(fit.matrix @ anchor.pose)
        weights.append((rest * trust * trust * (3 - 2 * trust), confidence))
        best = max(best, confidence)
        rest -= weights[-1][0]
        if rest < 0.01:
            break
    total = sum(w for w, _ in weights)
    if total < 1e-6:
        pick = int(np.argmax([c for _, c in weights]))
        return best, Estimate(matrix=matrices[pick], confidence=weights[pick][1])
    mixed = sum((m / m[2, 2] * (w / total) for m, (w, _) in zip(matrices, weights, strict=True)),
                np.zeros((3, 3)))  # fmt: skip
    confidence = sum(w * c for w, c in weights) / total
    return best, Estimate(matrix=mixed, confidence=float(confidence))


def _fit(view: _View, anchor: Anchor, guess: Doubles, model: MotionKind) -> TemplateFit:
    return align(
        anchor.template,
        view.luma,
        guess @ np.linalg.inv(anchor.pose),
        visible=view.visible,
        origin=view.origin,
        model=model,
    )


def _corners(sight: Sight) -> Doubles:
    ys, xs = np.nonzero(sight.mask > 0.5)
    x0, x1 = sight.origin[0] + xs.min(), sight.origin[0] + xs.max() + 1
    y0, y1 = sight.origin[1] + ys.min(), sight.origin[1] + ys.max() + 1
    return np.array([[x0, x1, x0, x1], [y0, y0, y1, y1], [1, 1, 1, 1]], np.float64)
