"""The open picture of the known scene and its mattes, rendered by frame number."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from . import scene_art
from .scene_art import Actor, Array

MARGIN = 1 / 16  # of the canvas height: picture beyond the canvas, for DVDs whose content is moved


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneLook:
    """What the open picture depends on; the fields mean what they mean in `Scene`."""

    seed: int
    canvas: tuple[int, int]
    frames: int
    cuts: tuple[int, ...]
    static: tuple[tuple[int, int], ...]
    pan: tuple[float, float]
    walk: float
    actor: bool
    art: str

    @property
    def margin(self) -> int:
        """Canvas px of picture beyond each side of the canvas."""
        return math.ceil(self.canvas[1] * MARGIN)

    def shot(self, m: int) -> int:
        """The shot that master frame m belongs to."""
        return sum(m >= cut for cut in self.cuts)

    def motion_time(self, m: int) -> int:
        """Frames of motion since the shot began; still frames of one shot share a motion time."""
        first = (0, *self.cuts)[self.shot(m)]
        still = {n for a, b in self.static for n in range(a + 1, b)}
        return sum(n not in still for n in range(first + 1, m + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Art:
    """A painter: background(look, shot, w, h) -> float32 RGB at least that big; actor(look)."""

    background: Callable[[SceneLook, int, int, int], Array]
    actor: Callable[[SceneLook], Actor]


ART: dict[str, Art] = {
    "drawn": Art(
        background=lambda s, shot, w, h: scene_art.leaves((s.seed, shot, 5), w, h, s.canvas[1]),
        actor=lambda s: scene_art.drawn_actor(s.seed, s.canvas[1]),
    )
}


def poses(look: SceneLook, m: int) -> tuple[Array, ...]:
    """Matrices of the actor's layers (body, head, arm), layer px to canvas px, edge coordinates."""
    (w, h), t = look.canvas, look.motion_time(m)
    rng = np.random.default_rng((look.seed, look.shot(m), 9))
    way = 1 if rng.uniform() < 0.5 else -1
    x = w * rng.uniform(0.42, 0.58) + way * look.walk * (w / 1024) * t
    y = h * 0.70 + 0.01 * h * math.sin(t / 5)
    actor = ART[look.art].actor(look)
    return scene_art.pose(actor, at=(x, y), t=float(t), size=1.0)


def _still(look: SceneLook, m: int) -> int:
    """The first frame with m's picture, so that static passages are rendered once."""
    while m and look.shot(m - 1) == look.shot(m):
        if look.motion_time(m - 1) != look.motion_time(m):
            break
        m -= 1
    return m


def world(look: SceneLook, m: int) -> Array:
    """Canvas and margin at master frame m, uint8 RGB, read-only."""
    return _render(look, _still(look, m))


def mattes(look: SceneLook, m: int) -> tuple[Array, Array]:
    """(matte of the actor, matte of the visible face) at master frame m, canvas, float32."""
    return _render_mattes(look, _still(look, m))


@lru_cache(maxsize=24)
def _render(look: SceneLook, m: int) -> Array:
    """The world (canvas and margin) at master frame m, uint8 RGB, read-only."""
    pad, (cw, ch), t = look.margin, look.canvas, look.motion_time(m)
    w, h = cw + 2 * pad, ch + 2 * pad
    travel = [math.ceil(abs(v) * look.frames) for v in look.pan]
    wall = ART[look.art].background(look, look.shot(m), w + travel[0], h + travel[1])
    shift = [v * t + (space if v < 0 else 0) for v, space in zip(look.pan, travel, strict=True)]
    if all(float(s).is_integer() for s in shift):
        x, y = int(shift[0]), int(shift[1])
        out = np.array(wall[y : y + h, x : x + w])
    else:
        index = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        out = cv2.warpAffine(wall, index, (w, h), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    if look.actor:
        actor = ART[look.art].actor(look)
        for layer, matrix in zip(actor.layers, poses(look, m), strict=True):
            moved = scene_art.shifted(matrix, pad, pad)
            part, rows, columns = scene_art.warp_into(layer.rgba, moved, (w, h))
            out[rows, columns] = out[rows, columns] * (1 - part[..., 3:]) + part[..., :3]
    codes = np.clip(np.rint(out), 0, 255).astype(np.uint8)
    codes.setflags(write=False)
    return codes


@lru_cache(maxsize=64)
def _render_mattes(look: SceneLook, m: int) -> tuple[Array, Array]:
    """(matte of the actor, matte of the visible face) on the canvas, float32."""
    w, h = look.canvas
    whole, face = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
    if look.actor:
        actor = ART[look.art].actor(look)
        for layer, matrix in zip(actor.layers, poses(look, m), strict=True):
            a, rows, columns = scene_art.warp_into(layer.rgba[..., 3], matrix, (w, h))
            whole[rows, columns] = whole[rows, columns] * (1 - a) + a
            face[rows, columns] *= 1 - a
            if layer.region is not None:
                part, rows, columns = scene_art.warp_into(layer.region, matrix, (w, h))
                face[rows, columns] = np.maximum(face[rows, columns], part)
    for plane in (whole, face):
        plane.setflags(write=False)
    return whole, face
