"""Films in memory: real people, cut out by their outlines, over a picture of nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from people_truth import Outlined, outlined_people

type Image = NDArray[np.uint8]
SIZE = (640, 360)


def cut_outs(*names: str) -> list[tuple[Image, Image]]:
    """Frames and soft masks of outlined people, at `SIZE`."""
    table = {each.name: each for each in outlined_people() if each.name in names}
    return [_cut_out(table[name]) for name in names]


def _cut_out(each: Outlined) -> tuple[Image, Image]:
    mask = np.where(each.truth == 255, 255, 0).astype(np.uint8)
    soft = cv2.GaussianBlur(mask, (0, 0), 1)
    frame = cv2.resize(each.frame, SIZE, interpolation=cv2.INTER_AREA)
    return frame, cv2.resize(soft, SIZE, interpolation=cv2.INTER_AREA)


def wall(seed: int) -> Image:
    """A wall with broad patches and grain."""
    rng = np.random.default_rng(seed)
    patches = cv2.resize(rng.uniform(70, 170, (6, 10, 3)), SIZE, interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 3, (SIZE[1], SIZE[0], 1))
    return np.clip(patches + grain, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class PeopleFilm:
    """What `CanvasFrames` offers, of pictures in memory; canvas and working size are one."""

    pictures: list[Image]
    fps: tuple[int, int] = (24, 1)
    scale: float = 1.0

    @property
    def length(self) -> int:
        return len(self.pictures)

    @property
    def size(self) -> tuple[int, int]:
        return self.pictures[0].shape[1], self.pictures[0].shape[0]

    work_size = size

    def work(self, n: int) -> Image:
        return self.pictures[n]

    def real(self, n: int) -> Image:
        return np.full(self.pictures[n].shape[:2], 255, np.uint8)

    def run(self, first: int, last: int) -> Iterator[Image]:
        return iter(self.pictures[first : last + 1])


def laid_over(wall_picture: Image, person: tuple[Image, Image], dx: int) -> tuple[Image, Image]:
    """A person moved by `dx` px over a wall, and the mask."""
    move = np.float32([[1, 0, dx], [0, 1, 0]])
    frame, mask = (cv2.warpAffine(part, move, SIZE) for part in person)
    share = mask.astype(np.float32)[..., None] / 255
    out = share * frame + (1 - share) * wall_picture
    return out.round().astype(np.uint8), np.asarray(mask, np.uint8)
