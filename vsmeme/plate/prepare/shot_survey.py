"""A first look at every frame of a shot, at reduced size: motion, sharpness, exposure, coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arrays.images import Floats, Mask, Picture
from ...errors import UsageError
from ...pixels.matrix import Matrix33, apply, compose, invert
from .camera_motion import CameraMotion, Tracker
from .shot_frames import Footage, FrameView

# Every frame is looked at with this width or a little more; glances are kept smaller.
LOOK_WIDTH_PX = 960
SMALL_WIDTH_PX = 240
# Below this much motion anywhere on the canvas a camera counts as still; above, plates are warped.
STILL_PX = 0.25
# Frames that agree less with their anchors show no one background whose motion could be followed.
LEAST_CONFIDENCE = 0.55
# A homography must leave this share of what a similarity leaves unexplained.
WORTH_BENDING = 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One frame at reduced size.

    Attributes:
        frame: Pair number.
        picture: Samples, ``3 x h x w``, 16-bit codes.
        background: Share of each small pixel that is real background, 0..1.
        real: Share that is picture, not missing.
        subject: Share that is subject.
        sharpness: Mean strength of fine detail in the background, 16-bit codes.
        near_missing: Share of the rim of the missing area that the subject hides, 0..1.
        motion: Of the background, since the first frame.
    """

    frame: int
    picture: Floats
    background: Floats
    real: Floats
    subject: Floats
    sharpness: float
    near_missing: float
    motion: CameraMotion


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All glances of a shot.

    Attributes:
        size: Canvas width and height.
        glances: One a frame, in order.
    """

    size: tuple[int, int]
    glances: tuple[Glance, ...]

    @property
    def projective(self) -> bool:
        """Whether a homography explains the shot clearly better than shift, turn and zoom."""
        left = [1.0 - glance.motion.projective_ncc for glance in self.glances[1:]]
        plain = [1.0 - glance.motion.similar_ncc for glance in self.glances[1:]]
        return bool(left) and float(np.median(left)) < WORTH_BENDING * float(np.median(plain))

    @property
    def confidence(self) -> float:
        """Median correlation of the frames with their anchors, -1..1."""
        bent, motions = self.projective, [glance.motion for glance in self.glances]
        return float(np.median([m.projective_ncc if bent else m.similar_ncc for m in motions]))

    @property
    def path(self) -> tuple[Matrix33, ...]:
        """First frame's canvas edge coordinates to every frame's."""
        if self.projective:
            return tuple(glance.motion.projective for glance in self.glances)
        return tuple(glance.motion.similar for glance in self.glances)

    def motion_from(self, frame: int) -> tuple[Matrix33, ...]:
        """Return the motion from a frame of the shot to every frame."""
        path = self.path
        back = invert(path[frame - self.glances[0].frame])
        return tuple(compose(matrix, back) for matrix in path)

    def at(self, frame: int) -> Glance:
        """Return the glance at a pair number."""
        return self.glances[frame - self.glances[0].frame]

    def reach_px(self) -> float:
        """Return how far any canvas corner moves over the shot, canvas px."""
        paths = np.array([corner_shifts(matrix, self.size) for matrix in self.path])
        return float(np.linalg.norm(np.ptp(paths, axis=0), axis=-1).max())

    @property
    def reliable(self) -> bool:
        """Whether the measured motion explains what the frames show."""
        return self.confidence >= LEAST_CONFIDENCE

    @property
    def still(self) -> bool:
        """Whether the camera stands still, as far as it can be measured."""
        return self.reach_px() <= max(STILL_PX, 4.0 * _jitter(self.path, self.size))


def survey(footage: Footage, frames: Sequence[int]) -> Survey:
    """Look at frames of one shot.

    Args:
        footage: Where they come from.
        frames: Pair numbers, neighbours in rising order.

    Returns:
        What was seen.

    Raises:
        UsageError: No frame shows any background.
    """
    tracker = Tracker(size=footage.size)
    glances = tuple(_glance(view, tracker) for view in footage.read(frames))
    if not any(glance.background.max() > 0.5 for glance in glances):
        raise UsageError(
            f"frames {frames[0]} to {frames[-1]}: no background visible (the masks cover every "
            "frame); give other prompts in [segment]"
        )
    return Survey(size=footage.size, glances=glances)


def best_frame(seen: Survey) -> int:
    """Return the most representative frame: sharp, subject small and away from missing areas.

    A frame in the middle of the camera's path is preferred: the plate is warped the least. So is
    one that has more real picture than others, where the missing area changes.
    """
    glances = seen.glances
    sharp = np.array([g.sharpness for g in glances])
    sharp = sharp / max(float(sharp.max()), 1e-6)
    subject = np.array([float(g.subject.mean()) for g in glances])
    near = np.array([g.near_missing for g in glances])
    shifts = np.array([corner_shifts(matrix, seen.size) for matrix in seen.path])
    away = np.linalg.norm(shifts - np.median(shifts, axis=0), axis=-1).max(axis=-1)
    diagonal = float(np.hypot(*seen.size))
    real = np.array([float(g.real.mean()) for g in glances])
    score = sharp - 2.0 * subject - 2.0 * near - 2.0 * away / diagonal + 2.0 * (real - real.max())
    return glances[int(score.argmax())].frame


def corner_shifts(matrix: Matrix33, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return how far a transform moves the canvas corners, ``4 x 2``, px."""
    width, height = size
    corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
    moved = [apply(matrix, x, y) for x, y in corners]
    shifts: NDArray[np.float64] = np.array(moved, np.float64) - np.array(corners, np.float64)
    return shifts


def small_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of glances."""
    scale = min(1.0, SMALL_WIDTH_PX / size[0])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def to_small(matrix: Matrix33, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return a canvas transform for index coordinates of glances."""
    small = small_size(size)
    across, down = small[0] / size[0], small[1] / size[1]
    shrink = np.array([[across, 0.0, -0.5], [0.0, down, -0.5], [0.0, 0.0, 1.0]])
    result: NDArray[np.float64] = shrink @ np.array(matrix) @ np.linalg.inv(shrink)
    return result


def _glance(view: FrameView, tracker: Tracker) -> Glance:
    size = small_size((view.missing.shape[1], view.missing.shape[0]))
    near = _share_of_rim(view)
    view, clear = _reduced(view)
    weight = _shrink(clear, size)
    picture = np.stack(
        [_shrink(plane * clear, size) / np.maximum(weight, 1e-3) for plane in view.picture]
    )
    luma = view.picture[0]
    detail = cv2.absdiff(luma, cv2.blur(luma, (3, 3)))
    return Glance(
        frame=view.frame,
        picture=picture.astype(np.float32),
        background=weight,
        real=_shrink(~view.missing, size),
        subject=_shrink(view.subject, size) / 255.0,
        sharpness=float(detail[clear].mean()) if clear.any() else 0.0,
        near_missing=near,
        motion=tracker.step(luma, clear, view.missing),
    )


def _share_of_rim(view: FrameView) -> float:
    """Return how much of the missing area's rim the subject hides."""
    rim = cv2.dilate(view.missing.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rim &= ~view.missing
    return float((view.subject[rim] > 0).mean()) if rim.any() else 0.0


def _reduced(view: FrameView) -> tuple[FrameView, Mask]:
    """Shrink a large frame by a whole number, and return what of it is nothing but background."""
    height, width = view.missing.shape
    times = max(1, width // LOOK_WIDTH_PX)
    if times == 1:
        return view, ~view.missing & (view.subject == 0)
    size = width // times, height // times

    def shrunk(plane: Picture) -> Picture:
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint16)

    def any_of(mask: Mask) -> Mask:
        found: Mask = shrunk(np.where(mask, np.uint16(65535), np.uint16(0))) > 0
        return found

    missing = any_of(view.missing)
    small = FrameView(
        frame=view.frame,
        picture=np.stack([shrunk(plane) for plane in view.picture]),
        subject=shrunk(view.subject.astype(np.uint16)).astype(np.uint8),
        missing=missing,
    )
    return small, ~missing & ~any_of(view.subject > 0)


def _shrink(plane: NDArray[np.generic], size: tuple[int, int]) -> Floats:
    resized = cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.float32)


def _jitter(motion: Sequence[Matrix33], size: tuple[int, int]) -> float:
    """Return the noise of a path: the median of its second differences."""
    if len(motion) < 5:
        return 0.0
    path = np.array([corner_shifts(matrix, size) for matrix in motion])
    bend = np.abs(np.diff(path, n=2, axis=0))
    return float(np.median(bend)) * 1.4826 / math.sqrt(6.0)
