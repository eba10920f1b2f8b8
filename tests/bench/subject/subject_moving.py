"""A head with a known path: rotation of 8 degrees, scale of 10 %, noise, a bar that passes."""

from __future__ import annotations

import cv2
import numpy as np

from vsmeme.demo import (
    scene_art,
    scene_photo,  # noqa: F401 - registers its art
)
from vsmeme.demo.scene import Scene

Array = np.ndarray


class Moving:
    """One frame of the scene whose head layer is moved over its background."""

    frames = 72
    hidden = slice(30, 40)

    def __init__(self, *, photo: bool, seed: int = 3) -> None:
        scene = Scene(seed=seed, frames=1, art="photo" if photo else "drawn")
        self.open = scene.master(0).astype(np.float32) @ np.float32([0.2126, 0.7152, 0.0722])
        self.box = scene.face_box(0)
        self.face = scene.face_mask(0).astype(np.float32) / 255
        x, y, w, h = self.box
        self.centre = (x + w / 2, y + h / 2)
        reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (25, 25))
        self.matte = cv2.GaussianBlur(cv2.dilate(self.face, reach), (0, 0), 2)
        self.wall = cv2.GaussianBlur(np.roll(self.open, 260, axis=1), (0, 0), 1.0)
        self.rng = np.random.default_rng(seed)

    def matrix(self, n: int) -> Array:
        """Frame 0 to frame n, edge coordinates."""
        t = 2 * np.pi * n / 36
        angle, scale = 8 * np.sin(t), 1 + 0.1 * np.sin(0.7 * t)
        at = (self.centre[0] + 25 * np.sin(0.5 * t), self.centre[1] + 8 * np.sin(0.9 * t))
        return scene_art.turned_about(at, angle, scale, self.centre)

    def seen(self, n: int, *, occluded: bool) -> tuple[Array, Array]:
        """Luma with noise of 3 codes, and the mask of the visible face."""
        index = scene_art.to_index(self.matrix(n))
        size = self.open.shape[::-1]
        moved = cv2.warpAffine(self.open, index, size, flags=cv2.INTER_CUBIC)
        cover = cv2.warpAffine(self.matte, index, size)
        mask = cv2.warpAffine(self.face, index, size)
        luma = moved * cover + self.wall * (1 - cover)
        if occluded and self.hidden.start <= n < self.hidden.stop:
            x, y, w, h = self.box
            left = x + int(0.07 * (n - self.hidden.start) * w)
            bar = slice(y - 20, y + h + 20), slice(left, left + int(0.3 * w))
            luma[bar] = 50 + 90 * (np.arange(h + 40) // 7 % 2)[:, None]
            mask[bar] = 0
        return luma + 3 * self.rng.standard_normal(luma.shape, np.float32), mask

    def gap(self, n: int, pose: Array) -> Array:
        """Error at the face's four corners, 2 x 4 px."""
        x, y, w, h = self.box
        corners = np.array([[x, x + w, x, x + w], [y, y, y + h, y + h], [1, 1, 1, 1]], float)
        a, b = pose @ corners, self.matrix(n) @ corners
        return a[:2] / a[2] - b[:2] / b[2]
