"""A scene with known truth: a rendered open picture, and the two releases derived from it.

    scene = Scene(seed=3, frames=48, cuts=(20,), dvd_blur=0.5, dvd_noise=2.0)
    scene.master(m)        # the ideal composite: the open picture, h x w x 3 uint8 RGB
    scene.wide(i)          # widescreen frame i: the canvas' centre rows, 1:1 (uint8 RGB)
    scene.dvd(j)           # DVD frame j: area-averaged, in the DVD's own colours (uint8 RGB)
    scene.pairs            # (wide i, dvd j or None, master m) for each wide frame that has picture
    scene.to_canvas        # 3x3, DVD edge coordinates -> canvas edge coordinates
    scene.mask(m), scene.face_mask(m), scene.matte(m)
    scene.face_matrix(m, key=k)     # 3x3, canvas edge coordinates at k -> at m

Three clocks: `m` counts master frames, `i` frames of the wide file, `j` frames of the DVD file.
Frames are made on demand, in any order, always the same for one seed. Files and clips are made by
`scene_files.write_pair` and `scene_files.clip`. Sizes: "everyday" (wide 1024x430, DVD 192x144 x4,
canvas 1024x576), "small" (512x214, 96x72, 512x288), "tiny" (256x106, 48x36, 256x144), "full"
(3840x1610, 720x540, 3840x2160).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import cv2
import numpy as np

from . import scene_art, scene_look
from .scene_art import Array
from .scene_look import SceneLook

SIZES = {  # canvas, rows of the wide, DVD
    "tiny": ((256, 144), 106, (48, 36)),
    "small": ((512, 288), 214, (96, 72)),
    "everyday": ((1024, 576), 430, (192, 144)),
    "full": ((3840, 2160), 1610, (720, 540)),
}


class ScenePair(NamedTuple):
    """One wide frame and what shows the same moment; `dvd` is None where the DVD lost it."""

    wide: int
    dvd: int | None
    master: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How the DVD's colours differ: out = lift + gain * 255 * (x / 255) ** gamma, then saturation.

    Lift in codes, per channel; saturation about the BT.601 luma.
    """

    gain: tuple[float, float, float] = (0.93, 0.90, 0.86)
    lift: tuple[float, float, float] = (10.0, 7.0, 12.0)
    gamma: float = 1.08
    saturation: float = 0.85

    def apply(self, rgb: Array) -> Array:
        """Grades h x w x 3 float32 RGB, codes 0..255."""
        x = 255 * np.power(np.clip(rgb, 0, 255) / 255, self.gamma, dtype=np.float32)
        x = x * np.array(self.gain, np.float32) + np.array(self.lift, np.float32)
        luma = (x @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
        graded: Array = luma + self.saturation * (x - luma)
        return graded


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Knobs; all times in master frames unless they say otherwise.

    Attributes:
        size: one of SIZES. dvd_size: stored DVD size where it differs (anamorphic, 180x144).
        dvd_scale: canvas px per DVD px, horizontally and vertically; None: canvas height over DVD
            height, both ways. dvd_offset: the DVD's picture lies this many DVD px off the centre.
        dvd_turn: degrees about the centre. dvd_blank: black DVD px left, top, right, bottom.
        cuts: first frames of later shots. static: [first, last) passages where nothing moves.
        pan: background px per frame. walk: of the actor, px per frame at 1024 wide.
        actor: False for none.
        wide_trim, dvd_trim: frames missing at (head, tail). wide_black, dvd_black: black frames put
            before. dvd_drops: lost, dvd_repeats: shown twice (frames of the master).
        wide_noise, dvd_noise: deviation in codes. dvd_blur: Gaussian sigma, DVD px.
        dvd_jpeg: quality.
        art: "drawn", or the name of a painter registered in scene_look.ART.
    """

    seed: int = 0
    size: str = "everyday"
    frames: int = 48
    fps: Fraction = field(default=Fraction(24000, 1001))
    cuts: tuple[int, ...] = ()
    static: tuple[tuple[int, int], ...] = ()
    pan: tuple[float, float] = (0.0, 0.0)
    walk: float = 1.5
    actor: bool = True
    art: str = "drawn"
    dvd_size: tuple[int, int] | None = None
    dvd_scale: tuple[float, float] | None = None
    dvd_offset: tuple[float, float] = (0.0, 0.0)
    dvd_turn: float = 0.0
    dvd_blank: tuple[int, int, int, int] = (0, 0, 0, 0)
    wide_trim: tuple[int, int] = (0, 0)
    dvd_trim: tuple[int, int] = (0, 0)
    wide_black: int = 0
    dvd_black: int = 0
    dvd_drops: tuple[int, ...] = ()
    dvd_repeats: tuple[int, ...] = ()
    grade: Grade | None = None
    wide_noise: float = 0.0
    dvd_noise: float = 0.0
    dvd_blur: float = 0.0
    dvd_jpeg: int | None = None

    @property
    def look(self) -> SceneLook:
        """The knobs that the open picture depends on."""
        return SceneLook(seed=self.seed, canvas=self.canvas, frames=self.frames, cuts=self.cuts,
                    static=self.static, pan=self.pan, walk=self.walk, actor=self.actor,
                    art=self.art)  # fmt: skip

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of the canvas, px."""
        return SIZES[self.size][0]

    @property
    def wide_rect(self) -> tuple[int, int, int, int]:
        """The wide on the canvas: x, y, w, h."""
        (w, h), rows, _ = SIZES[self.size]
        return 0, (h - rows) // 2, w, rows

    @property
    def dvd_stored(self) -> tuple[int, int]:
        """Width and height of the DVD as it is stored, px."""
        return self.dvd_size or SIZES[self.size][2]

    @property
    def to_canvas(self) -> Array:
        """3x3 float64, DVD edge coordinates (stored px) to canvas edge coordinates."""
        (cw, ch), (w, h) = self.canvas, self.dvd_stored
        sx, sy = self.dvd_scale or (ch / h, ch / h)
        ox, oy = self.dvd_offset
        plain = np.array([[sx, 0, cw / 2 + sx * (ox - w / 2)],
                          [0, sy, ch / 2 + sy * (oy - h / 2)], [0, 0, 1.0]])  # fmt: skip
        if not self.dvd_turn:
            return plain
        centre = (cw / 2, ch / 2)
        turned: Array = scene_art.turned_about(centre, self.dvd_turn, 1.0, centre) @ plain
        return turned

    def shot(self, m: int) -> int:
        """The shot that master frame m belongs to."""
        return self.look.shot(m)

    def motion_time(self, m: int) -> int:
        """Frames of motion since the shot began; still frames of one shot share a motion time."""
        return self.look.motion_time(m)

    @property
    def wide_master(self) -> tuple[int | None, ...]:
        """The master frame that each wide frame shows; None: black."""
        head, tail = self.wide_trim
        return (*[None] * self.wide_black, *range(head, self.frames - tail))

    @property
    def dvd_master(self) -> tuple[int | None, ...]:
        """The master frame that each DVD frame shows; None: black."""
        head, tail = self.dvd_trim
        out: list[int | None] = [None] * self.dvd_black
        for m in range(head, self.frames - tail):
            out += [m] * (m not in self.dvd_drops) * (1 + (m in self.dvd_repeats))
        return tuple(out)

    @property
    def pairs(self) -> tuple[ScenePair, ...]:
        """The truth, for every wide frame with picture; the first DVD frame where it is doubled."""
        dvd = self.dvd_master
        first = {m: dvd.index(m) for m in set(dvd) if m is not None}
        return tuple(
            ScenePair(i, first.get(m), m) for i, m in enumerate(self.wide_master) if m is not None
        )

    def acceptable_dvd(self, m: int) -> tuple[int, ...]:
        """All DVD frames that show master frame m's very picture (repeats, static passages)."""
        moment = self.shot(m), self.motion_time(m)
        return tuple(
            j
            for j, n in enumerate(self.dvd_master)
            if n is not None and (self.shot(n), self.motion_time(n)) == moment
        )

    def picture(self, m: int, rect: tuple[int, int, int, int] | None = None) -> Array:
        """Master frame m, uint8 RGB; `rect` (x, y, w, h) in canvas px may reach into the margin."""
        pad = self.margin
        world = scene_look.world(self.look, m)
        x, y, w, h = rect or (0, 0, *self.canvas)
        if min(x, y) < -pad or x + w > self.canvas[0] + pad or y + h > self.canvas[1] + pad:
            raise ValueError(f"{rect} leaves the rendered world (margin {pad} px)")
        return world[y + pad : y + pad + h, x + pad : x + pad + w]

    @property
    def margin(self) -> int:
        """Canvas px of picture beyond each side of the canvas."""
        return self.look.margin

    def master(self, m: int) -> Array:
        """The ideal composite, canvas size, uint8 RGB in the wide's colours."""
        return self.picture(m)

    def wide(self, i: int) -> Array:
        """Frame i of the wide, uint8 RGB."""
        m = self.wide_master[i]
        x, y, w, h = self.wide_rect
        if m is None:
            return np.zeros((h, w, 3), np.uint8)
        clean = self.picture(m)[y : y + h, x : x + w]
        return _noisy(clean, self.wide_noise, (self.seed, 1, i))

    def dvd(self, j: int) -> Array:
        """Frame j of the DVD, uint8 RGB in the DVD's colours, stored size."""
        m = self.dvd_master[j]
        w, h = self.dvd_stored
        if m is None:
            return np.zeros((h, w, 3), np.uint8)
        out = self.dvd_clean(m)
        if self.dvd_blur:
            out = cv2.GaussianBlur(out, (0, 0), self.dvd_blur)
        if self.grade:
            out = self.grade.apply(out)
        codes = _noisy(out, self.dvd_noise, (self.seed, 2, j))
        if self.dvd_jpeg:
            flags = [cv2.IMWRITE_JPEG_QUALITY, self.dvd_jpeg]
            packed = cv2.imencode(".jpg", codes, flags)[1]
            codes = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))
        left, top, right, bottom = self.dvd_blank
        codes[:top] = codes[h - bottom :] = 0
        codes[:, :left] = codes[:, w - right :] = 0
        return codes

    def dvd_clean(self, m: int) -> Array:
        """Master frame m area-averaged to the DVD's grid, float32 RGB, in the wide's colours."""
        w, h = self.dvd_stored
        matrix = self.to_canvas
        k = max(1, round(max(matrix[0, 0], matrix[1, 1])))
        fine = matrix @ np.diag([1 / k, 1 / k, 1.0])  # k samples per DVD px, each way
        pad = self.margin
        world = scene_look.world(self.look, m)
        moved = scene_art.shifted(fine, pad, pad)
        whole = np.round(moved[:2, 2]).astype(int)
        if np.allclose(moved, [[1, 0, whole[0]], [0, 1, whole[1]], [0, 0, 1]], atol=1e-9):
            x, y = whole
            big: Array = world[y : y + h * k, x : x + w * k].astype(np.float32)
        else:
            flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            index = scene_art.to_index(moved)
            big = cv2.warpAffine(world.astype(np.float32), index, (w * k, h * k), flags=flags,
                                 borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
        return big.reshape(h, k, w, k, 3).mean((1, 3), dtype=np.float32)

    def matte(self, m: int) -> Array:
        """How far the actor covers each canvas px, float32 0..1."""
        return scene_look.mattes(self.look, m)[0]

    def mask(self, m: int) -> Array:
        """The actor, uint8 0 or 255, canvas size."""
        return ((self.matte(m) > 0.5) * 255).astype(np.uint8)

    def face_mask(self, m: int) -> Array:
        """The visible part of the face, uint8 0 or 255, canvas size."""
        return ((scene_look.mattes(self.look, m)[1] > 0.5) * 255).astype(np.uint8)

    def face_matrix(self, m: int, *, key: int = 0) -> Array:
        """3x3 float64: the face's canvas edge coordinates at frame `key` to those at frame m."""
        return self.head_matrix(m) @ np.linalg.inv(self.head_matrix(key))

    def head_matrix(self, m: int) -> Array:
        """3x3 float64: the head layer's edge coordinates to the canvas'."""
        return scene_look.poses(self.look, m)[1]

    def face_box(self, m: int) -> tuple[int, int, int, int]:
        """Bounding box of the face, x, y, w, h in canvas px."""
        return _box(self.face_mask(m))

    def body_box(self, m: int) -> tuple[int, int, int, int]:
        """Bounding box of the actor, x, y, w, h in canvas px."""
        return _box(self.mask(m))


def _noisy(picture: Array, sigma: float, seed: tuple[int, ...]) -> Array:
    if not sigma:
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    noise = np.random.default_rng(seed).standard_normal(picture.shape, np.float32)
    codes: Array = np.clip(np.rint(picture + sigma * noise), 0, 255).astype(np.uint8)
    return codes


def _box(mask: Array) -> tuple[int, int, int, int]:
    x, y, w, h = cv2.boundingRect(mask)
    return x, y, w, h
