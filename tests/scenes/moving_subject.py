"""Rigid subjects with known masks: textured shapes that move, turn, grow, hide or drag along.

    subject = MovingSubject(seed=3, kind="turning")
    subject.frame(n)    # uint8 RGB
    subject.mask(n)     # uint8 0 or 255: the visible part of the subject

Kinds: "rigid" (moves), "turning" (moves and turns), "scale" (grows by half), "occluder" (a bar
passes before it), "drag" (the background around it moves along with it), "swap" (from frame 30 on
the subject is another one: nothing that a mask could follow).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

KINDS = ("rigid", "turning", "scale", "occluder", "drag", "swap")
SWAPPED_AT = 30


def _texture(rng: np.random.Generator, size: tuple[int, int], coarse: int) -> np.ndarray:
    """Smooth noise in colour at three scales, float32, codes."""
    width, height = size
    out = np.full((height, width, 3), rng.uniform(60, 190, 3), np.float32)
    for cell, strength in ((coarse, 45), (coarse // 3, 28), (4, 14)):
        noise = rng.standard_normal((height // cell + 3, width // cell + 3, 3)).astype(np.float32)
        out += strength * cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(out, 0, 255)


@dataclass(frozen=True)
class MovingSubject:
    """One sequence; the same for the same seed."""

    seed: int = 0
    kind: str = "turning"
    size: tuple[int, int] = (480, 270)
    noise: float = 2.0
    _cache: dict[str, np.ndarray] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        rng = np.random.default_rng((self.seed, 7))
        width, height = self.size
        side = int(0.55 * height)
        back = _texture(rng, (2 * width, 2 * height), 60)
        skin = _texture(rng, (side, side), 40)
        other = _texture(rng, (side, side), 40)
        angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        radius = 0.33 * side * np.ones_like(angle)
        for k in range(2, 5):
            amplitude, phase = rng.uniform(0.02, 0.08) * side, rng.uniform(0, 6.3)
            radius += amplitude * np.cos(k * angle + phase)
        radius = np.minimum(radius, 0.48 * side)
        shape = np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None] + side / 2
        matte = np.zeros((side, side), np.uint8)
        cv2.fillPoly(matte, [shape.round().astype(np.int32)], 255, cv2.LINE_AA)
        return back, skin, other, matte

    def _pose(self, n: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, 8))
        width, height = self.size
        side = self._parts[3].shape[0]
        phase = rng.uniform(0, 6.3, 2)
        x = width * (0.5 + 0.18 * np.sin(0.05 * n + phase[0]))
        y = height * (0.5 + 0.1 * np.sin(0.07 * n + phase[1]))
        turn = rng.choice([-1, 1]) * (0.0 if self.kind == "rigid" else 1.2) * n
        grow = 1 + 0.5 * min(1, n / 48) * (self.kind == "scale")
        matrix = cv2.getRotationMatrix2D((side / 2, side / 2), turn, grow)
        matrix[:, 2] += (x - side / 2, y - side / 2)
        return matrix

    def _matte(self, n: int) -> np.ndarray:
        matte = cv2.warpAffine(self._parts[3], self._pose(n), self.size, flags=cv2.INTER_LINEAR)
        return matte.astype(np.float32) / 255

    def _bar(self, n: int) -> np.ndarray:
        """The occluder: a bar that enters from the left at frame 16."""
        bar = np.zeros(self.size[::-1], np.float32)
        if self.kind == "occluder":
            right = int((n - 16) * 0.02 * self.size[0])
            if right > 0:
                bar[:, max(0, right - self.size[0] // 2) : right] = 1
        return bar

    def frame(self, n: int) -> np.ndarray:
        """Frame n, uint8 RGB."""
        back, skin, other, _ = self._parts
        width, height = self.size
        rng = np.random.default_rng((self.seed, 9, n))
        at = np.array([0.5 * width, 0.5 * height])
        if self.kind == "drag":
            at = at - (self._pose(n)[:, 2] - self._pose(0)[:, 2])
        move = np.array([[1, 0, -at[0]], [0, 1, -at[1]]], np.float32)
        view = cv2.warpAffine(back, move, self.size, borderMode=cv2.BORDER_REFLECT)
        paint = other if self.kind == "swap" and n >= SWAPPED_AT else skin
        look = cv2.warpAffine(paint, self._pose(n), self.size, borderMode=cv2.BORDER_REFLECT)
        matte = self._matte(n)[..., None]
        view = view * (1 - matte) + look * matte
        bar = self._bar(n)[..., None]
        view = view * (1 - bar) + bar * np.array([70, 90, 60], np.float32)
        view += self.noise * rng.standard_normal(view.shape).astype(np.float32)
        return np.clip(view, 0, 255).round().astype(np.uint8)

    def mask(self, n: int) -> np.ndarray:
        """The visible subject in frame n, uint8, 0 or 255."""
        seen = (self._matte(n) > 0.5) & (self._bar(n) < 0.5)
        return seen.astype(np.uint8) * 255
