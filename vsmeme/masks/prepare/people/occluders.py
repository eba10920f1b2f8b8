"""What passes in front of a face: it looks unlike the face, reaches in from its edge, and lasts."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....arrays.images import Doubles, Floats, Image, Mask, blur, channel_max, channel_sum, floats
from ..face_detectors.base import Face
from ..face_shape import face_outline, head_turn

SIDE_PX, MARGIN = 96, 0.12  # of the picture that faces are laid over each other in
UNLIKE, PER_SLOPE = 13.0, 0.8  # Lab units that a face may change: on its own, and beside an edge
PLAIN = 1.5  # times as much, in the mean over what passes
LEAST, MOST = 0.05, 0.65  # of the face: less is an eye or a mouth, more is another face
RIM = 0.1  # of the picture's side: what passes comes in over the face's edge
FREE = 0.25  # of the face that has to be free for its light to be measured
ADAPTS = 0.15  # how fast the face's look follows the frames
LEARNS = 0.3  # likewise, while a face that came back or turned is not known yet
TURNS = 0.2  # of `head_turn`: a head that turned farther shows another side, in another light
MOVES_PX = 12  # in that picture, from frame to frame
BAND = 0.06  # of the face's height: where the picture's edges decide
ROUNDS = 2


class Occluders:
    """Compares a face with its own look, frame by frame.

    Args:
        picture: RGB, 8 bit, a frame in which nothing hides the face.
        face: The face in it, with its points.
    """

    def __init__(self, picture: Image, face: Face) -> None:
        mesh = np.asarray(face.mesh, np.float64)
        low, size = mesh.min(axis=0), float((mesh.max(axis=0) - mesh.min(axis=0)).max())
        k = SIDE_PX * (1 - 2 * MARGIN) / max(size, 1e-6)
        self._goal = (mesh - low) * k + MARGIN * SIDE_PX
        self._look = blur(self._lab(picture, self._matrix(face)), 1.0)
        self._passing: Image = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        self._offset = np.zeros(3, np.float32)
        self._turn = head_turn(face)

    def has_turned(self, face: Face) -> bool:
        """Whether a face is turned otherwise than it is known: then its look says little."""
        return abs(head_turn(face) - self._turn) > TURNS

    def candidate(self, picture: Image, face: Face) -> Image:
        """What may pass in front of the face, where faces are laid over each other, 0 or 1.

        The face's look follows what is surely face; ask about frames in their order.
        """
        matrix = self._matrix(face)
        self._turn += ADAPTS * (head_turn(face) - self._turn)
        lab = blur(self._lab(picture, matrix), 1.0)
        oval = self._oval(picture, face, matrix)
        seen = floats(lab - self._light(lab, oval))
        parts = self._parts(seen, oval)
        self._passing = parts
        steady = cv2.dilate(parts, np.ones((7, 7), np.uint8)) == 0
        if parts.sum() < MOST * oval.sum():
            new = self._look + np.float32(ADAPTS) * (seen - self._look)
            self._look = floats(np.where((steady & oval)[..., None], new, self._look))
        return parts

    def learn(self, picture: Image, face: Face) -> None:
        """Let the face's look follow a frame of which nobody knows what is in front of it."""
        self._turn += LEARNS * (head_turn(face) - self._turn)
        lab = blur(self._lab(picture, self._matrix(face)), 1.0)
        self._look = floats(self._look + np.float32(LEARNS) * (lab - self._look))

    def _light(self, lab: Floats, oval: Mask) -> Floats:
        """How much lighter the face is now, where nothing was in front of it a frame ago."""
        reach = np.ones((2 * MOVES_PX + 1,) * 2, np.uint8)
        free = oval & (cv2.dilate(self._passing, reach) == 0)
        if free.sum() > FREE * oval.sum():
            self._offset = floats(np.median((lab - self._look)[free], axis=0))
        return self._offset

    def placed(self, parts: Image, picture: Image, face: Face) -> Image:
        """Bring what passes back to the picture, its edge on the picture's; 8 bit."""
        back = cv2.invertAffineTransform(self._matrix(face))
        size = (picture.shape[1], picture.shape[0])
        rough = cv2.warpAffine(floats(parts), back, size, flags=cv2.INTER_LINEAR) > 0.5
        return _on_edges(picture, np.asarray(rough, np.uint8), max(2, round(BAND * face.h)))

    def _matrix(self, face: Face) -> Doubles:
        """Affine, picture to the place where faces are compared: least squares over all points."""
        mesh = np.hstack([np.asarray(face.mesh), np.ones((len(face.mesh), 1))])
        solution = np.linalg.lstsq(mesh, self._goal, rcond=None)[0]
        return np.asarray(solution.T, np.float64)

    def _lab(self, picture: Image, matrix: Doubles) -> Floats:
        small = cv2.warpAffine(picture, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_AREA)
        return floats(cv2.cvtColor(floats(small) * np.float32(1 / 255), cv2.COLOR_RGB2LAB))

    def _oval(self, picture: Image, face: Face, matrix: Doubles) -> Mask:
        outline = face_outline(face, (picture.shape[1], picture.shape[0]))
        return np.asarray(cv2.warpAffine(outline, matrix, (SIDE_PX, SIDE_PX)) > 127)

    def _parts(self, seen: Floats, oval: Mask) -> Image:
        slopes = (cv2.Sobel(self._look, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
        across, down = (floats(channel_max(np.abs(slope))) for slope in slopes)
        allowed = UNLIKE + PER_SLOPE * floats(across + down)
        gap = floats(np.sqrt(channel_sum((seen - self._look) ** 2)))
        over = np.asarray((blur(floats(gap - allowed), 1.5) > 0) & oval, np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(over, connectivity=4)
        deep = floats(cv2.distanceTransform(oval.astype(np.uint8), cv2.DIST_L2, 3))
        parts = np.zeros_like(over)
        for i in range(1, count):
            here = labels == i
            share = stats[i, cv2.CC_STAT_AREA] / max(1, int(oval.sum()))
            from_edge = deep[here].min() <= 2 and deep[here].max() > RIM * SIDE_PX
            plain = float((gap / allowed)[here].mean()) > PLAIN
            if LEAST <= share <= MOST and from_edge and plain:
                parts[here] = 1
        return parts


def lasting(parts: Image, beside: Sequence[Image]) -> Image:
    """What of a candidate is near a candidate of the frame before or after; 0 or 1."""
    near = np.zeros_like(parts)
    for other in beside:
        near |= other
    if not (parts.any() and near.any()):
        return np.zeros_like(parts)
    reach = cv2.dilate(near, np.ones((2 * MOVES_PX + 1,) * 2, np.uint8)) > 0
    _, labels = cv2.connectedComponents(parts, connectivity=4)
    held = np.unique(labels[reach & (parts > 0)])
    return np.asarray(np.isin(labels, held) & (parts > 0), np.uint8)


def _on_edges(picture: Image, rough: Image, reach: int) -> Image:
    """Let the picture's colours decide within a band around an edge."""
    x, y, w, h = cv2.boundingRect(rough)
    if not (w and h):
        return np.zeros_like(rough)
    room = 3 * reach
    part = (slice(max(0, y - room), y + h + room), slice(max(0, x - room), x + w + room))
    inside = np.ascontiguousarray(rough[part])
    deep = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    away = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3)
    labels = np.asarray(np.where(inside > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD), np.uint8)
    labels[deep > min(reach, 0.6 * float(deep.max()))] = cv2.GC_FGD
    labels[away > reach] = cv2.GC_BGD
    out = np.zeros_like(rough)
    if (labels == cv2.GC_BGD).any() and (labels == cv2.GC_FGD).any():
        cv2.setRNGSeed(0)  # its clusters start at random
        models = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
        colours = np.ascontiguousarray(picture[part][..., ::-1])
        cv2.grabCut(colours, labels, (0, 0, 1, 1), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
        inside = np.asarray(np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)), np.uint8)
    out[part] = 255 * inside
    return out
