"""What moves with the subject and what with the background, from the frames around a key frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np

from ...arrays.images import Floats, Image, Mask, blur, channel_sum, floats, resized
from ...sync.shots import Shot
from .propagation.frame_features import FrameFeatures, look
from .propagation.optical_flow import measure_motion, pixel_grid, warp_by_flow

STEPS = (3, 6, 10, 16, 24, 34, 46)  # frames on each side that are compared with the key frame
LEAST_VIEWS = 4
BACKGROUND_POINTS, RANSAC_PX, LEAST_INLIERS = 3000, 1.0, 0.4
MOVING_PX = 1.0  # working px: less is no motion of its own
PLAIN_PX = 6.0  # median motion of the subject from which the evidence is plain
LARGEST_GAP = 40.0  # Lab units: beyond it, two looks are merely different
LEAST_NOISE = 2.0  # Lab units
EDGE_SHARE = 0.5  # of the local gradient: what half a px of misplacement changes
UNEXPLAINED = 3.0  # how bad (in noises) the subject's motion may explain a pixel before it is moot
SHARE = 0.5  # of the frames, those that speak most for the background: elsewhere it may be hidden


class Frames(Protocol):
    """What is asked of a film; see `CanvasFrames`."""

    def work(self, n: int) -> Image:
        """Frame `n`, RGB, 8 bit."""
        ...

    def real(self, n: int) -> Image:
        """Where frame `n` has picture, 8 bit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionEvidence:
    """What motion says about the pixels of a key frame, at working size.

    Attributes:
        speech: `h x w` in -1..1: 1 moves with the subject, -1 with the background, 0 unknown.
        plain: 0..1, how much the subject moves against the background.
    """

    speech: Floats
    plain: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _View:
    """Another frame: its look, and where the key frame's pixels lie in it."""

    look: FrameFeatures
    flow: Floats
    agree: Floats
    real: Mask


class Neighbourhood:
    """Frames around a key frame; they are fetched when they are first needed.

    Args:
        frames: The film.
        shot: The shot; frames of others are not looked at.
        number: The key frame; an attribute, too.
    """

    def __init__(self, frames: Frames, shot: Shot, number: int) -> None:
        self._frames, self.number = frames, number
        wanted = (number + side * step for step in STEPS for side in (1, -1))
        # in film order: the decoder goes back once
        self._numbers = sorted(n for n in wanted if shot.first <= n <= shot.last)

    @cached_property
    def _key(self) -> FrameFeatures:
        return look(self._frames.work(self.number))

    @cached_property
    def _real(self) -> Mask:
        return self._seen(self.number)

    @cached_property
    def _views(self) -> list[_View]:
        return [self._view(n) for n in self._numbers]

    def _seen(self, n: int) -> Mask:
        return np.asarray(resized(self._frames.real(n), self._key.size) > 127)

    def _view(self, n: int) -> _View:
        other = look(self._frames.work(n))
        motion = measure_motion(other, self._key)
        return _View(look=other, flow=motion.back, agree=motion.agree, real=self._seen(n))

    def evidence(self, core: Image, away: Image) -> MotionEvidence | None:
        """Compare the two motions.

        A pixel of the background looks the same where the background's homography puts it in
        other frames (in those where nothing hides it); one of the subject looks the same where
        the subject's core, or its own flow, goes.

        Args:
            core: Where the subject surely is, 8 bit, any size.
            away: Where it surely is not, 8 bit, likewise; the homography is fitted there.

        Returns:
            The evidence; `None` where too few frames can be compared, or the subject rests.
        """
        inside = np.asarray(resized(core, self._key.size) > 127)
        outside = np.asarray(resized(away, self._key.size) > 127) & self._real
        heard, moved = [], []
        for view in self._views:
            still = _still(view, outside)
            if still is None:
                continue
            own = np.median((view.flow - still)[inside], axis=0) if inside.any() else np.zeros(2)
            moved.append(float(np.hypot(*own)))
            said = self._compare(view, still, floats(own), outside)
            heard.append(said if moved[-1] >= MOVING_PX else np.maximum(said, 0))
        if len(heard) < LEAST_VIEWS or np.median(moved) < MOVING_PX:
            return None
        count = max(1, round(SHARE * len(heard)))
        speech = np.sort(np.array(heard), axis=0)[:count].mean(axis=0)
        plain = min(1.0, float(np.median(moved)) / PLAIN_PX)
        return MotionEvidence(speech=floats(speech), plain=plain)

    def _compare(self, view: _View, still: Floats, own: Floats, outside: Mask) -> Floats:
        """What one frame says: -1 background to 1 subject."""
        with_background, lost = self._gap(view, still)
        with_core, _ = self._gap(view, still + own)
        with_flow, _ = self._gap(view, view.flow)
        apart = np.hypot(*np.moveaxis(view.flow - still, 2, 0))
        trusted = (apart > MOVING_PX) & (view.agree > 0.3)
        with_flow = np.where(trusted, with_flow, LARGEST_GAP)
        noise = max(LEAST_NOISE, float(np.median(with_background[outside])))
        tolerance = noise + EDGE_SHARE * self._steepness
        subject = np.minimum(np.minimum(with_flow, with_core), UNEXPLAINED * tolerance)
        said = np.clip((with_background - subject) / (2 * tolerance), -1, 1)
        said[lost | ~self._real] = 0
        return floats(said)

    def _gap(self, view: _View, back: Floats) -> tuple[Floats, Mask]:
        """How different the key frame looks from where `back` leads, and where it leads nowhere."""
        found = warp_by_flow(view.look.lab, back)
        gap = np.sqrt(channel_sum((self._key.lab - found) ** 2))
        at = pixel_grid(*self._key.size) + back
        width, height = self._key.size
        beyond = (at < 0).any(axis=2) | (at[..., 0] > width - 1) | (at[..., 1] > height - 1)
        lost = beyond | (warp_by_flow(floats(view.real), back) < 0.99)
        return blur(floats(np.minimum(gap, LARGEST_GAP)), 1.5), np.asarray(lost)

    @cached_property
    def _steepness(self) -> Floats:
        light = floats(self._key.lab[..., 0])
        across = cv2.Sobel(light, cv2.CV_32F, 1, 0, scale=1 / 8)
        down = cv2.Sobel(light, cv2.CV_32F, 0, 1, scale=1 / 8)
        return floats(np.hypot(across, down))


def _still(view: _View, outside: Mask) -> Floats | None:
    """Where the background goes: displacements `h x w x 2`, or `None` where no homography fits."""
    y, x = np.nonzero(outside & (view.agree > 0.6))
    if len(y) < BACKGROUND_POINTS // 10:
        return None
    some = np.linspace(0, len(y) - 1, min(BACKGROUND_POINTS, len(y))).astype(int)
    start = np.stack([x[some], y[some]], axis=1).astype(np.float32)
    goal = start + view.flow[y[some], x[some]]
    matrix, inliers = cv2.findHomography(start, goal, cv2.RANSAC, RANSAC_PX)
    if matrix is None or inliers.mean() < LEAST_INLIERS:
        return None
    grid = pixel_grid(*view.look.size)
    there = cv2.perspectiveTransform(grid.reshape(-1, 1, 2), matrix).reshape(grid.shape)
    return floats(there - grid)
