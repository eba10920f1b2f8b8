"""The face picture: read, cut out, laid on a key frame."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ...artifact import atomic_path
from ...errors import UsageError
from ...masks.prepare.face_detectors.base import Face
from ...masks.prepare.face_detectors.choose import detect_faces
from ...masks.prepare.face_shape import face_outline
from ...progress import log

Rgb = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Points = NDArray[np.float64]

LARGEST_PX = 1024
SMALLEST_PX = 16
SURE_SHARE = 0.7  # of the surest face's score: what is less is seldom a face
UNREADABLE = (UnidentifiedImageError, OSError, SyntaxError, ValueError)
"""What Pillow raises for a damaged file; a PNG with a broken chunk is a SyntaxError."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A face, cut out.

    Attributes:
        rgb: ``h x w x 3``.
        alpha: ``h x w``, 0..255.
        points: Five landmarks (eyes, nose, corners of the mouth), edge coordinates, or ``None``.
    """

    rgb: Rgb
    alpha: Mask
    points: Points | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crop:
    """A cut-out of a frame around the face.

    Attributes:
        rgb: ``h x w x 3``.
        mask: The face, ``h x w``, 0..255.
        origin: Where it lies on the canvas, px.
    """

    rgb: Rgb
    mask: Mask
    origin: tuple[int, int]


def read_picture(path: Path) -> Picture:
    """Read the user's picture and free the face of its background.

    Args:
        path: JPEG, PNG or anything else that Pillow reads. Alpha is taken as it is; without, the
            head is cut out around the face that is found, and a picture without a face that can
            be found is cut to an ellipse.

    Returns:
        The picture, cut to what is visible.

    Raises:
        UsageError: It cannot be read, is too small or fully transparent.
    """
    clear, pixels = _decoded(path)
    rgb, alpha = pixels[..., :3].copy(), pixels[..., 3].copy()
    if min(alpha.shape) < SMALLEST_PX:
        got = f"{alpha.shape[1]}x{alpha.shape[0]}"
        raise UsageError(f"{path}: expected {SMALLEST_PX}x{SMALLEST_PX} px or more, got {got}")
    faces = detect_faces(rgb) or detect_faces(rgb, detector="mtcnn")  # drawn faces, too
    face = _chosen(faces)
    if len(faces) > 1:
        log.info("%s: %d faces in it; the largest is taken", path.name, len(faces))
    if face is None:
        log.warning("%s: no face found in it; it is placed by its outline", path.name)
    if not clear or alpha.min() > 250:
        alpha = _cut_out(rgb, face)
    ys, xs = np.nonzero(alpha > 127)
    if len(xs) < SMALLEST_PX:
        raise UsageError(f"{path}: the picture is transparent")
    x0, y0, x1, y1 = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
    points = np.asarray(face.points, np.float64) - (x0, y0) if face else None
    return Picture(
        rgb=np.ascontiguousarray(rgb[y0:y1, x0:x1]),
        alpha=np.ascontiguousarray(alpha[y0:y1, x0:x1]),
        points=points,
    )


def turned_left_to_right(picture: Picture) -> Picture:
    """Return a picture turned left to right; its left eye becomes the right one."""
    width = picture.rgb.shape[1]
    points = picture.points
    if points is not None:
        points = (np.array([width, 0.0]) - points * [1.0, -1.0])[[1, 0, 2, 4, 3]]
    return Picture(
        rgb=np.ascontiguousarray(picture.rgb[:, ::-1]),
        alpha=np.ascontiguousarray(picture.alpha[:, ::-1]),
        points=points,
    )


def _decoded(path: Path) -> tuple[bool, Rgb]:
    """Whether a picture has transparency, and its pixels as RGBA, at most 1024 px a side."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path)
        with opened:
            opened.draft("RGB", (LARGEST_PX, LARGEST_PX))  # a JPEG is decoded no larger than needed
            image = _eight_bits(ImageOps.exif_transpose(opened))
            image.thumbnail((LARGEST_PX, LARGEST_PX), Image.Resampling.LANCZOS)
            return image.has_transparency_data, np.asarray(image.convert("RGBA"))
    except Image.DecompressionBombError as error:
        raise UsageError(f"{path}: too large a picture ({error}); make it smaller") from None
    except UNREADABLE as error:
        reason = "an unknown format" if isinstance(error, UnidentifiedImageError) else error
        raise UsageError(
            f"{path}: not a readable picture ({reason}); convert it to JPEG or PNG"
        ) from None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring gray pictures of more than 8 bits to 8; Pillow itself would cut them off at 255."""
    if not image.mode.startswith(("I", "F")):
        return image
    codes = np.asarray(image, np.float64)
    white = 1.0 if image.mode == "F" and codes.max() <= 1 else 65535.0
    return Image.fromarray(np.rint(np.clip(codes / white, 0, 1) * 255).astype(np.uint8))


def _chosen(faces: Sequence[Face]) -> Face | None:
    """The largest of the faces that are about as sure as the surest."""
    sure = [face for face in faces if face.score >= SURE_SHARE * faces[0].score]
    return max(sure, key=lambda face: face.w * face.h, default=None)


def _cut_out(rgb: Rgb, face: Face | None) -> Mask:
    """The head around a face, or an ellipse that fills the picture."""
    h, w = rgb.shape[:2]
    if face is None:
        ellipse = np.zeros((h, w), np.uint8)
        cv2.ellipse(ellipse, ((w / 2, h / 2), (w * 0.94, h * 0.94), 0), 255, -1, cv2.LINE_AA)
        return ellipse
    outline = face_outline(face, (w, h))
    reach = max(3, int(0.12 * face.w))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    labels = np.full((h, w), cv2.GC_BGD, np.uint8)
    labels[cv2.dilate(outline, kernel, iterations=2) > 0] = cv2.GC_PR_BGD
    labels[outline > 0] = cv2.GC_PR_FGD
    labels[cv2.erode(outline, kernel) > 0] = cv2.GC_FGD
    try:
        background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.setRNGSeed(0)
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        rect = (0, 0, w, h)
        cv2.grabCut(bgr, labels, rect, background, foreground, 4, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return outline
    cut = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    cut[:] = cv2.morphologyEx(cut, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    if not 0.6 < float((cut > 0).sum()) / float((outline > 0).sum()) < 1.8:
        return outline
    soft = max(1.0, 0.015 * face.w)
    inset = max(1, round(0.03 * face.w))  # edges of the cut are of both colours
    cut[:] = cv2.erode(cut, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * inset + 1,) * 2))
    return np.asarray(cv2.GaussianBlur(cut, (0, 0), soft), np.uint8)


def write_picture(picture: Picture, folder: Path) -> dict[str, str]:
    """Write ``picture.png`` and ``alpha.png``.

    Returns:
        Their paths relative to the folder above, for ``track.json``.
    """
    for name, pixels in (("picture.png", picture.rgb), ("alpha.png", picture.alpha)):
        with atomic_path(folder / name) as part:
            Image.fromarray(pixels).save(part)
    return {"picture": f"{folder.name}/picture.png", "alpha": f"{folder.name}/alpha.png"}
