"""Frames of real people made over: nearer, off the middle, in other light, beside others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from people_truth import NOT_JUDGED, Outlined

from vsmeme.demo.scene_photo import photograph

type Image = NDArray[np.uint8]
type Box = tuple[float, float, float, float]
SIZE = (960, 540)
WIDE, OLD = 16 / 9, 4 / 3
ROOM = "coffee.png"  # a picture without people


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variant:
    """One way to make a frame over."""

    name: str
    make: Callable[[Outlined, Box], Outlined | None]


def variants(each: Outlined, face: Box) -> Iterator[tuple[str, Outlined]]:
    """Make a frame over in every way that it allows.

    Args:
        each: The frame.
        face: `x, y, w, h` of the subject's face.

    Returns:
        The kind of each, and the frame with its truth.
    """
    for variant in VARIANTS:
        made = variant.make(each, face)
        if made is not None:
            yield variant.name, replace(made, name=f"{each.name} {variant.name}")


def _crop(
    each: Outlined, face: Box, *, zoom: float, at: tuple[float, float], aspect: float = WIDE
) -> Outlined | None:
    """A part of the picture in which the face lies `at` these shares of its width and height."""
    height, width = each.truth.shape
    rows = min(height / zoom, width / aspect)
    columns = rows * aspect
    x = face[0] + face[2] / 2 - at[0] * columns
    y = face[1] + face[3] / 2 - at[1] * rows
    x0, y0 = (round(min(max(v, 0), most)) for v, most in ((x, width - columns), (y, height - rows)))
    part = slice(y0, y0 + round(rows)), slice(x0, x0 + round(columns))
    size = (round(SIZE[1] * aspect), SIZE[1])
    frame = cv2.resize(each.frame[part], size, interpolation=cv2.INTER_CUBIC)
    truth = cv2.resize(each.truth[part], size, interpolation=cv2.INTER_NEAREST)
    return replace(each, frame=np.asarray(frame, np.uint8), truth=np.asarray(truth, np.uint8))


def _near(
    zoom: float, x: float = 0.5, y: float = 0.4
) -> Callable[[Outlined, Box], Outlined | None]:
    return lambda each, face: _crop(each, face, zoom=zoom, at=(x, y))


def _changed(
    change: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> Callable[[Outlined, Box], Outlined]:
    def make(each: Outlined, face: Box) -> Outlined:
        new = np.clip(change(each.frame.astype(np.float32)), 0, 255).round().astype(np.uint8)
        return replace(each, frame=new)

    return make


def _noisy(frame: NDArray[np.float32]) -> NDArray[np.float32]:
    return frame + np.random.default_rng(0).normal(0, 14, frame.shape).astype(np.float32)


def _grey(frame: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.repeat(frame.mean(axis=2, keepdims=True), 3, axis=2)


def _mirrored(each: Outlined, face: Box) -> Outlined:
    return replace(each, frame=each.frame[:, ::-1].copy(), truth=each.truth[:, ::-1].copy())


def _share(each: Outlined) -> NDArray[np.float32]:
    """How much of a pixel shows the subject, or what cannot be told from it."""
    inside = (each.truth >= NOT_JUDGED).astype(np.float32)
    return cv2.GaussianBlur(inside, (0, 0), 0.8)[..., None]


def _elsewhere(each: Outlined, face: Box) -> Outlined:
    """Before another background."""
    height, width = each.truth.shape
    room = cv2.resize(photograph(ROOM), (width, height), interpolation=cv2.INTER_AREA)
    share = _share(each)
    frame = share * each.frame + (1 - share) * room
    return replace(each, frame=frame.round().astype(np.uint8))


def _beside(each: Outlined, face: Box) -> Outlined:
    """With a look-alike behind the shoulder: the mirrored subject, smaller."""
    height, width = each.truth.shape
    side = 1 if face[0] + face[2] / 2 < width / 2 else -1
    k = 0.85
    middle = face[0] + face[2] / 2
    goal = middle + side * 1.9 * face[2]
    move = np.array([[-k, 0, goal + k * middle], [0, k, face[1] * (1 - k) + 0.2 * face[3]]])
    other, known = (
        cv2.warpAffine(part, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        for part in (each.frame, (each.truth >= NOT_JUDGED).astype(np.float32))
    )
    behind = cv2.GaussianBlur(known, (0, 0), 0.8)[..., None] * (1 - _share(each))
    frame = behind * other + (1 - behind) * each.frame
    return replace(each, frame=frame.round().astype(np.uint8))


VARIANTS = (
    Variant(name="as it is", make=lambda each, face: each),
    Variant(name="mirrored", make=_mirrored),
    Variant(name="1.5x", make=_near(1.5)),
    Variant(name="2x", make=_near(2)),
    Variant(name="3x", make=_near(3)),
    Variant(name="2x, left", make=_near(2, 0.2)),
    Variant(name="2x, right", make=_near(2, 0.8)),
    Variant(name="2x, hair cut off", make=_near(2, 0.5, 0.15)),
    Variant(name="1.5x, low", make=_near(1.5, 0.5, 0.7)),
    Variant(
        name="4:3", make=lambda each, face: _crop(each, face, zoom=1, at=(0.5, 0.4), aspect=OLD)
    ),
    Variant(name="dark", make=_changed(lambda frame: 0.3 * frame)),
    Variant(name="bright", make=_changed(lambda frame: 1.7 * frame)),
    Variant(name="low contrast", make=_changed(lambda frame: 128 + 0.35 * (frame - 128))),
    Variant(name="noisy", make=_changed(_noisy)),
    Variant(name="grey", make=_changed(_grey)),
    Variant(name="blue", make=_changed(lambda frame: frame * np.float32([0.6, 0.8, 1.25]))),
    Variant(name="orange", make=_changed(lambda frame: frame * np.float32([1.2, 0.85, 0.5]))),
    Variant(name="soft", make=_changed(lambda frame: cv2.GaussianBlur(frame, (0, 0), 3))),
    Variant(name="elsewhere", make=_elsewhere),
    Variant(name="beside another", make=_beside),
)
