"""Where the silly face goes on the key frame."""

from __future__ import annotations

import cv2
import numpy as np

from ...arrays.images import Floats
from ...masks.prepare.face_detectors.choose import detect_faces
from ...pixels.matrix import Matrix33, compose, scaling, similarity, translation
from ...settings.subject_settings import FacePlacement as Wanted
from .face_picture import SMALLEST_PX, Crop, Mask, Picture, Points

SEARCH_PX = 320  # size at which a face is looked for inside a crop
COVER = 0.97  # share of the face mask that the picture has to cover
LARGEST_GROWTH = 1.3


def place_face(picture: Picture, crop: Crop, wanted: Wanted | None) -> Matrix33:
    """Lay the picture on a key frame.

    Args:
        picture: The picture.
        crop: The key frame around the face.
        wanted: ``[face.placement]``: where the user wants it.

    Returns:
        Picture edge coordinates to canvas edge coordinates. By landmarks if both show a face,
        else by the outlines; grown until it covers the face mask.
    """
    h, w = picture.alpha.shape
    if wanted is not None:
        scale = wanted.width / w
        return similarity(
            scale=scale, degrees=wanted.angle, from_point=(w / 2, h / 2), to_point=wanted.centre
        )
    face = find_face(crop)
    if picture.points is not None and face is not None:
        matrix = fit_points(picture.points, face)
    else:
        matrix = _by_outline(picture.alpha, crop)
    return _covering(matrix, picture.alpha, crop)


def find_face(crop: Crop) -> Points | None:
    """Return five landmarks on the canvas of the face that the mask shows."""
    h, w = crop.mask.shape
    k = SEARCH_PX / max(1.0, float(np.sqrt((crop.mask > 127).sum())) * 2)
    k = min(k, 3.0)
    mode = cv2.INTER_AREA if k < 1 else cv2.INTER_CUBIC
    size = (max(SMALLEST_PX, round(w * k)), max(SMALLEST_PX, round(h * k)))
    near = np.ascontiguousarray(cv2.resize(crop.rgb, size, interpolation=mode), np.uint8)
    found = detect_faces(near) or detect_faces(near, detector="mtcnn")  # drawn faces, too
    ratio = np.array([w / size[0], h / size[1]])
    for face in found:
        points = np.asarray(face.points, np.float64) * ratio
        inside = [crop.mask[min(h - 1, max(0, int(y))), min(w - 1, max(0, int(x)))]
                  for x, y in points]  # fmt: skip
        if np.mean(np.array(inside) > 127) >= 0.6:
            return np.asarray(points + np.asarray(crop.origin, np.float64), np.float64)
    return None


def fit_points(source: Points, target: Points) -> Matrix33:
    """Return the least-squares similarity from points to points (Umeyama 1991)."""
    a, b = source - source.mean(0), target - target.mean(0)
    power = float((a * a).sum())
    c = float((a * b).sum()) / power
    s = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / power
    x, y = source.mean(0)
    u, v = target.mean(0)
    return (
        (c, -s, float(u - c * x + s * y)),
        (s, c, float(v - s * x - c * y)),
        (0.0, 0.0, 1.0),
    )


def _by_outline(alpha: Mask, crop: Crop) -> Matrix33:
    """Align the centres and the areas of the two outlines."""
    here, there = _moments(alpha), _moments(crop.mask)
    scale = (there[2] / here[2]) ** 0.5
    goal = (there[0] + crop.origin[0], there[1] + crop.origin[1])
    return similarity(scale=scale, degrees=0.0, from_point=here[:2], to_point=goal)


def _moments(mask: Mask) -> tuple[float, float, float]:
    ys, xs = np.nonzero(mask > 127)
    return float(xs.mean()) + 0.5, float(ys.mean()) + 0.5, float(len(xs))


def _covering(matrix: Matrix33, alpha: Mask, crop: Crop) -> Matrix33:
    """Grow the picture about the mask's centre until it covers nearly all of the old face."""
    inside = crop.mask > 127
    x, y, _ = _moments(crop.mask)
    at = (x + crop.origin[0], y + crop.origin[1])
    growth = 1.0
    while True:
        grown = compose(similarity(scale=growth, degrees=0, from_point=at, to_point=at), matrix)
        cover = warp_in(alpha.astype(np.float32), grown, crop)
        if float((cover[inside] > 127).mean()) >= COVER or growth >= LARGEST_GROWTH:
            return grown
        growth += 0.02


def warp_in(pixels: Floats, matrix: Matrix33, crop: Crop) -> Floats:
    """Warp the picture (or its alpha) into a cut-out; 0 outside. Averages where it shrinks."""
    k = float(np.sqrt(abs(matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0])))
    if k < 1:
        h, w = pixels.shape[:2]
        size = (max(1, round(w * k)), max(1, round(h * k)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
        matrix = compose(matrix, scaling(w / size[0], h / size[1]))
    local = compose(
        translation(-crop.origin[0] - 0.5, -crop.origin[1] - 0.5), matrix, translation(0.5, 0.5)
    )
    shape = (crop.mask.shape[1], crop.mask.shape[0])
    out = cv2.warpPerspective(pixels, np.array(local), shape, flags=cv2.INTER_LINEAR)
    return np.asarray(out, np.float32)
