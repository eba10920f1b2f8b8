"""Small shots with known background for the plate's tests, and backends that misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from vsmeme.config import Config
from vsmeme.plate.ledger import PlateKey
from vsmeme.plate.prepare.inpainters.base import Inpainter
from vsmeme.plate.prepare.make_plates import shot_plates
from vsmeme.plate.prepare.shot_frames import FrameView
from vsmeme.settings.picture_settings import Background, Inpaint
from vsmeme.settings.source_settings import SourceSetting
from vsmeme.sync.shots import Shot as ShotRange

Array = np.ndarray[Any, Any]
BLACK = np.array([4096, 32768, 32768], np.uint16)


@dataclass
class Shot:
    """A background that moves by whole pixels, a box that walks across it, corners that lack.

    `offset(n)` is where the canvas lies in the world at frame n; `box(n)` is the subject's
    (x, y, w, h) on the canvas, or None; `gain(n)` scales the luma.
    """

    size: tuple[int, int] = (160, 96)
    corner: tuple[int, int] = (20, 12)
    frames: int = 16
    margin: int = 48
    offset: Callable[[int], tuple[int, int]] = lambda n: (0, 0)
    box: Callable[[int], tuple[int, int, int, int] | None] = lambda n: (30 + 5 * n, 30, 24, 50)
    gain: Callable[[int], float] = lambda n: 1.0
    noise: float = 0.0
    reads: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(5)
        w, h = self.size[0] + 2 * self.margin, self.size[1] + 2 * self.margin
        world = np.zeros((3, h, w))
        for sigma, strength in ((2.0, 30000), (7.0, 160000), (20.0, 300000)):
            for p, share in enumerate((1.0, 0.3, 0.3)):
                smooth = cv2.GaussianBlur(rng.normal(0, 1, (h, w)), (0, 0), sigma)
                world[p] += strength * share * smooth
        world += np.array([30000, 32768, 32768])[:, None, None]
        self.world = np.clip(np.rint(world), 4096, 60000).astype(np.uint16)

    @property
    def missing(self) -> Array:
        mask = np.zeros(self.size[::-1], np.bool_)
        w, h = self.corner
        for rows in (slice(0, h), slice(self.size[1] - h, None)):
            mask[rows, :w] = mask[rows, self.size[0] - w :] = True
        return mask

    def truth(self, n: int) -> Array:
        """The background of frame n, canvas size."""
        dx, dy = self.offset(n)
        x, y = self.margin + dx, self.margin + dy
        cut = self.world[:, y : y + self.size[1], x : x + self.size[0]].copy()
        cut[0] = np.clip(np.rint(cut[0] * self.gain(n)), 0, 65535)
        return cut

    def subject(self, n: int) -> Array:
        mask = np.zeros(self.size[::-1], np.uint8)
        where = self.box(n)
        if where:
            x, y, w, h = where
            mask[max(y, 0) : y + h, max(x, 0) : x + w] = 255
        return mask

    def picture(self, n: int) -> Array:
        picture = self.truth(n)
        if self.noise:
            grain = np.random.default_rng(n).normal(0, self.noise, picture.shape)
            picture = np.clip(np.rint(picture + grain), 0, 65535).astype(np.uint16)
        picture[:, self.subject(n) > 0] = np.array([60000, 20000, 50000], np.uint16)[:, None]
        picture[:, self.missing] = BLACK[:, None]
        return picture

    def read(self, frames: Sequence[int]) -> Iterator[FrameView]:
        for n in frames:
            self.reads.append(n)
            subject = self.subject(n)
            subject[self.missing] = 0
            yield FrameView(frame=n, picture=self.picture(n), subject=subject, missing=self.missing)


@dataclass
class Hostile:
    """Counts its calls, in a file too, and scribbles over everything."""

    calls: int = 0
    log: Path | None = None
    returns: Callable[[Array], Any] | None = None
    name: str = "hostile"
    model: str = "scribble"

    def fill(self, picture: Array, mask: Array, avoid: Array) -> Any:  # noqa: ANN401
        self.calls += 1
        if self.log:
            with self.log.open("a") as stream:
                stream.write("call\n")
        noise = np.random.default_rng(1).random(picture.shape).astype(np.float32)
        picture[:], mask[:], avoid[:] = 0.0, True, True
        return noise if self.returns is None else self.returns(noise)


def make(shot: Shot, work: Path, *, backend: Inpainter | None = None, **settings: Any) -> PlateKey:  # noqa: ANN401
    """Make the one plate of a shot."""
    keys = make_all(shot, work, backend=backend, **settings)
    assert len(keys) == 1
    return keys[0]


def make_all(
    shot: Shot,
    work: Path,
    *,
    backend: Inpainter | None = None,
    keys: int | Literal["auto"] = "auto",
    mode: Literal["auto", "still", "live"] = "auto",
    frame: int | Literal["best", "first"] = "best",
) -> list[PlateKey]:
    """Make the plates of a shot."""
    return shot_plates(
        shot,
        ShotRange(first=0, last=shot.frames - 1),
        number=0,
        config=Config(
            sources=SourceSetting(wide=work, dvd=work),
            background=Background(mode=mode, frame=frame),
            inpaint=Inpaint(seed=7, keys=keys),
        ),
        backend=backend or Hostile(),
        feather_px=3,
        work=work,
    )
