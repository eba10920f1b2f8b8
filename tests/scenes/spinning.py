"""A drawn figure that turns about its own axis: what shows of it is another thing every few frames.

    dancer = SpinningFigure(seed=1, kind="still")
    dancer.frame(n)    # uint8 RGB
    dancer.mask(n)     # uint8 0 or 255

Front and back differ in colour and in shape: a skirt or coat that is wider than deep, arms that
come and go, a bag on the back. Its colours are close to some that lie behind it. Kinds: "still",
"pan" (the camera follows), "sway" (a hand-held camera).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float32]
KINDS = ("still", "pan", "sway")
AROUND = 256  # samples of what is painted around a body


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A body whose cross-sections are ellipses, beside the axis.

    Attributes:
        top, bottom: Rows, px.
        wide, deep: Half its width and depth at its middle, px.
        away, angle: Its middle's distance from the axis, px, and where that points, radians.
        taper: Of its ends, 0 (a cylinder) to 1 (an ellipsoid).
        paint: `rows x AROUND x 3`.
    """

    top: float
    bottom: float
    wide: float
    deep: float
    away: float
    angle: float
    taper: float
    paint: Floats


@dataclass(frozen=True)
class SpinningFigure:
    """One sequence; the same for the same seed."""

    seed: int = 0
    kind: str = "still"
    size: tuple[int, int] = (427, 240)
    round_frames: int = 40  # of a full turn
    noise: float = 2.0

    @cached_property
    def _palette(self) -> Floats:
        return np.random.default_rng((self.seed, 3)).uniform(50, 200, (5, 3)).astype(np.float32)

    @cached_property
    def _back(self) -> Floats:
        """A room: patches of a few colours, of which the figure wears two."""
        rng = np.random.default_rng((self.seed, 4))
        width, height = 2 * self.size[0], 2 * self.size[1]
        out = np.empty((height, width, 3), np.float32)
        out[:] = self._palette[0]
        for _ in range(60):
            x, y = rng.integers(0, width), rng.integers(0, height)
            w, h = rng.integers(20, 140), rng.integers(20, 120)
            colour = self._palette[rng.integers(0, 4)] + rng.normal(0, 12, 3)
            cv2.rectangle(out, (int(x), int(y)), (int(x + w), int(y + h)), colour.tolist(), -1)
        grain = cv2.GaussianBlur(rng.normal(0, 30, out.shape).astype(np.float32), (0, 0), 2)
        return np.clip(cv2.GaussianBlur(out, (0, 0), 0.8) + grain, 0, 255).astype(np.float32)

    def _paint(self, rng: np.random.Generator, front: Floats, back: Floats, rows: int) -> Floats:
        """Front and back of a body, with folds that run down it."""
        angle = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
        share = np.clip(0.5 - 2 * np.sin(angle), 0, 1)[None, :, None]
        folds = rng.normal(0, 10, (1, AROUND // 8, 1)) + rng.normal(
            0, 4, (rows // 6, AROUND // 8, 1)
        )
        folds = cv2.resize(folds.astype(np.float32), (AROUND, rows), interpolation=cv2.INTER_CUBIC)
        return np.asarray(share * front + (1 - share) * back + folds[..., None], np.float32)

    @cached_property
    def _parts(self) -> list[_Part]:
        rng = np.random.default_rng((self.seed, 5))
        skin, hair = np.array([200, 160, 135]), rng.uniform(20, 110, 3)
        near = self._palette[1:4] + rng.normal(0, 14, (3, 3))  # what the room wears, too
        front, back, legs = near[0], self._palette[4], near[1]
        unit = self.size[1] / 240

        def part(
            rows_px: tuple[float, float], radii: tuple[float, float],
            colours: tuple[Floats, Floats],
            *, away: float = 0.0, angle: float = 0.0, taper: float = 0.3,
        ) -> _Part:  # fmt: skip
            (top, bottom), (wide, deep) = rows_px, radii
            rows = max(12, round((bottom - top) * unit))
            paint = self._paint(rng, *colours, rows)
            return _Part(
                top=top * unit, bottom=bottom * unit, wide=wide * unit, deep=deep * unit,
                away=away * unit, angle=angle, taper=taper, paint=paint,
            )  # fmt: skip

        reach = float(rng.uniform(26, 40))
        return [
            part((36, 66), (12, 14), (skin, hair), taper=1.0),
            part((64, 136), (27, 14), (front, back)),
            part((130, 176), (float(rng.uniform(28, 40)), 20), (front, back), taper=0.2),
            part((170, 222), (9, 9), (legs, legs), away=11, angle=0.0, taper=0.1),
            part((170, 222), (9, 9), (legs, legs), away=11, angle=np.pi, taper=0.1),
            part((70, 98), (16, 8), (front, skin), away=reach, angle=0.3, taper=0.6),
            part((74, 126), (8, 8), (skin, skin), away=26, angle=np.pi - 0.2, taper=0.5),
            part((76, 124), (17, 10), (near[2], near[2]), away=19, angle=np.pi / 2, taper=0.4),
        ]

    def _turn(self, n: int) -> float:
        return 2 * np.pi * n / self.round_frames

    def _axis(self, n: int) -> float:
        return self.size[0] * (0.5 + 0.08 * np.sin(0.09 * n))

    def _camera(self, n: int) -> tuple[float, float]:
        if self.kind == "pan":
            return 1.2 * n, 0.0
        if self.kind == "sway":
            return 6 * np.sin(0.3 * n) + 3 * np.sin(0.71 * n), 4 * np.sin(0.43 * n)
        return 0.0, 0.0

    def _drawn(self, n: int) -> tuple[Floats, NDArray[np.uint8]]:
        """The figure before nothing, and where it is."""
        width, height = self.size
        picture, mask = (
            np.zeros((height, width, 3), np.float32),
            np.zeros((height, width), np.uint8),
        )
        turn = self._turn(n)
        # far things first: a point at angle a lies in front where sin(a + turn) is below 0
        for part in sorted(self._parts, key=lambda p: -p.away * np.sin(p.angle + turn)):
            _draw(picture, mask, part, self._axis(n), turn)
        return picture, mask

    def mask(self, n: int) -> NDArray[np.uint8]:
        """Where the figure is."""
        return self._drawn(n)[1]

    def frame(self, n: int) -> NDArray[np.uint8]:
        """The picture."""
        width, height = self.size
        x, y = self._camera(n)
        shift = np.array([[1, 0, -width / 2 - x], [0, 1, -height / 2 - y]], np.float32)
        back = cv2.warpAffine(self._back, shift, self.size, flags=cv2.INTER_LINEAR)
        figure, mask = self._drawn(n)
        soft = cv2.GaussianBlur(mask, (0, 0), 0.6)[..., None] / np.float32(255)
        near = cv2.dilate(figure, np.ones((3, 3), np.uint8))
        figure = np.where(mask[..., None] > 0, figure, near)
        made = soft * figure + (1 - soft) * back
        grain = np.random.default_rng((self.seed, 6, n)).normal(0, self.noise, made.shape)
        return np.clip(made + grain, 0, 255).round().astype(np.uint8)


def _draw(picture: Floats, mask: NDArray[np.uint8], part: _Part, axis: float, turn: float) -> None:
    """Draw a part as it looks from one side: x = half * cos(angle + lag) over its own angle."""
    middle = axis + part.away * np.cos(part.angle + turn)
    wide, deep = part.wide * np.cos(turn), part.deep * np.sin(turn)
    half, lag = float(np.hypot(wide, deep)), float(np.arctan2(deep, wide))
    for y in range(max(0, int(part.top)), min(len(mask), int(part.bottom))):
        at = 2 * (y - part.top) / (part.bottom - part.top) - 1
        reach = half * ((1 - part.taper) + part.taper * np.sqrt(max(0.0, 1 - at * at)))
        x = np.arange(max(0, int(middle - reach)), min(mask.shape[1], int(middle + reach) + 1))
        if not len(x) or reach < 0.5:
            continue
        side = np.clip((x - middle) / reach, -1, 1)
        around = -np.arccos(side) - lag  # the half that is turned to the camera
        column = np.round(around / (2 * np.pi) * AROUND).astype(int) % AROUND
        row = min(len(part.paint) - 1, int((at + 1) / 2 * len(part.paint)))
        light = 0.75 + 0.25 * np.sqrt(1 - side**2)
        picture[y, x] = np.clip(part.paint[row, column] * light[:, None], 0, 255)
        mask[y, x] = 255
