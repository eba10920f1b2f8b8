"""Both films over the overlap, and the wide's px sorted by the DVD's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import vapoursynth as vs

from ....arrays.frames import plane_stack
from ....pixels.rect import Rect
from ....pixels.region import cut
from ....placement.layout import Layout

Array = npt.NDArray[np.float32]
Samples = npt.NDArray[np.uint16]  # of the working format
Doubles = npt.NDArray[np.float64]
CUBIC_PX = 3  # around a place that a cubic looks at, and one for its rounded position
Grade = Callable[[vs.VideoNode], vs.VideoNode]  # the fitted colour, on the working format


class FramePart(NamedTuple):
    """A part of a frame of the wide, px of it."""

    frame: int
    part: Rect


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPair:
    """Both films over the overlap of one layout.

    Attributes:
        wide: Working format, matched.
        dvd: YUV with its colour props, matched and conformed.
        layout: Where they lie.
        grade: The fitted colour.
        cutter: Makes a part of ``wide`` without making the whole; by default it is cut out of it.
        kept: Parts of the wide that were read ahead: by frame, where they lie, and their samples.
    """

    wide: vs.VideoNode
    dvd: vs.VideoNode
    layout: Layout
    grade: Grade
    cutter: Callable[[Rect], vs.VideoNode] | None = None
    kept: dict[int, list[tuple[Rect, Samples]]] = field(default_factory=dict, repr=False)

    @property
    def core(self) -> Rect:
        """Whole DVD px that lie under the wide, DVD px; at least one."""
        core = self.layout.core
        return Rect(x=core.x, y=core.y, w=max(1, core.w), h=max(1, core.h))

    def wide_part(self, part: Rect) -> vs.VideoNode:
        """Return a part of the wide, px of it, in the working format."""
        return self.cutter(part) if self.cutter else cut(self.wide, part)

    def keep(self, parts: Iterable[FramePart]) -> None:
        """Read parts of the wide's frames in film order, so that its file is decoded once.

        Args:
            parts: What will be asked for; several passes ask for it range by range, each of them
                from the film's beginning to its end.
        """
        clips: dict[Rect, vs.VideoNode] = {}
        for n, part in sorted(set(parts), key=lambda asked: asked.frame):
            if part not in clips:
                clips[part] = self.wide_part(part)
            with clips[part].get_frame(n) as frame:
                self.kept.setdefault(n, []).append((part, plane_stack(frame)))

    def wide_planes(self, part: Rect, n: int) -> Array:
        """Return a part of a frame of the wide, as `yuv_planes` does; what was kept isn't read."""
        for home, samples in self.kept.get(n, ()):
            if home.contains(part):
                return _to_values(planes_at(samples, part.shifted(-home.x, -home.y)))
        return yuv_planes(self.wide_part(part), n)


def shared_out[Piece](
    pieces: Sequence[Piece], frames: Sequence[int]
) -> Iterator[tuple[Piece, Sequence[int]]]:
    """Give each piece of the picture its share of the frames, which bounds time and memory.

    Args:
        pieces: Parts of the picture.
        frames: Frame numbers, ascending.

    Yields:
        A piece and its frames, evenly spread. Where frames are fewer, so are the pieces.
    """
    count = min(len(pieces), len(frames))
    for k in range(count):
        yield pieces[(2 * k + 1) * len(pieces) // (2 * count)], frames[k::count]


def strip_pieces(strips: Sequence[Rect], least: int) -> list[list[Rect]]:
    """Cut strips into pieces that can be looked at one after the other.

    Args:
        strips: Flat or upright, canvas px.
        least: Shortest length of a part, canvas px; a short strip stays whole.

    Returns:
        Of each piece one part of every strip.
    """
    cut = [_long_parts(strip, least) for strip in strips]
    count = max(map(len, cut), default=0)
    return [[parts[k * len(parts) // count] for parts in cut] for k in range(count)]


def _long_parts(strip: Rect, least: int) -> list[Rect]:
    if strip.w >= strip.h:
        return columns_of(strip, strip.w // least)
    parts = _parts(strip.h, strip.h // least)
    return [Rect(x=strip.x, y=strip.y + at, w=strip.w, h=px) for at, px in parts]


def columns_of(whole: Rect, count: int) -> list[Rect]:
    """Cut a rectangle into so many ranges of columns, one at least, as alike as can be."""
    parts = _parts(whole.w, count)
    return [Rect(x=whole.x + at, y=whole.y, w=px, h=whole.h) for at, px in parts]


def _parts(length: int, count: int) -> list[tuple[int, int]]:
    """Where each part of a length begins, and how long it is."""
    count = max(1, count)
    edges = [length * k // count for k in range(count + 1)]
    return [(begin, end - begin) for begin, end in pairwise(edges)]


def yuv_planes(clip: vs.VideoNode, n: int) -> Array:
    """Read a frame of the working format: luma 0..1, chroma -0.5..0.5."""
    with clip.get_frame(n) as frame:
        return values_of(frame)


def values_of(frame: vs.VideoFrame) -> Array:
    """Read a frame of the working format, as `yuv_planes` does."""
    return _to_values(plane_stack(frame))


def _to_values(samples: Samples) -> Array:
    """Convert samples of the working format: luma 0..1, chroma -0.5..0.5."""
    planes = samples.astype(np.float32)
    planes[0] = (planes[0] / 256 - 16) / 219
    planes[1:] = (planes[1:] / 256 - 128) / 224
    return planes


def planes_at[T: np.generic](planes: npt.NDArray[T], part: Rect) -> npt.NDArray[T]:
    """Return a part of planes, px of them."""
    return planes[:, part.y : part.bottom, part.x : part.right]


def wide_on_grid(source: FilmPair, n: int, at: Rect, shift: tuple[int, int] = (0, 0)) -> Array:
    """Return the wide on the DVD's grid, ``scale`` times as fine, over some DVD px.

    Args:
        source: The films.
        n: Frame number.
        at: Which DVD px.
        shift: Canvas px right and down of there; beyond the wide, its edge goes on.
    """
    layout = source.layout
    x, y = _corner(layout, at, shift)
    w, h = at.w * layout.scale, at.h * layout.scale
    part = part_under(source, at, shift)
    seen = source.wide_planes(part, n)
    if not layout.corrected:
        rows = np.clip(np.arange(y, y + h) - part.y, 0, part.h - 1)
        columns = np.clip(np.arange(x, x + w) - part.x, 0, part.w - 1)
        return seen[:, rows[:, None], columns]
    first, offset = _onto_wide(layout, at, shift)
    matrix = np.column_stack([first, offset - (part.x, part.y)]).astype(np.float64)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    moved = [
        cv2.warpAffine(plane, matrix, (w, h), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for plane in seen
    ]
    return np.stack(moved).astype(np.float32)


def part_under(source: FilmPair, at: Rect, shift: tuple[int, int] = (0, 0)) -> Rect:
    """Return which px of the wide `wide_on_grid` reads."""
    layout = source.layout
    size = (at.w * layout.scale, at.h * layout.scale)
    if layout.corrected:
        part = _reached(*_onto_wide(layout, at, shift), size)
    else:
        x, y = _corner(layout, at, shift)
        part = Rect(x=x, y=y, w=size[0], h=size[1])
    frame = Rect(x=0, y=0, w=source.wide.width, h=source.wide.height)
    return part.intersect(frame) or frame


def _corner(layout: Layout, at: Rect, shift: tuple[int, int]) -> tuple[int, int]:
    """Where some DVD px begin in the wide, px of it, where nothing is corrected."""
    x = layout.dvd.x + at.x * layout.scale - layout.wide.x + shift[0]
    y = layout.dvd.y + at.y * layout.scale - layout.wide.y + shift[1]
    return x, y


def _onto_wide(layout: Layout, at: Rect, shift: tuple[int, int]) -> tuple[Doubles, Doubles]:
    """From px centres of a grid over some DVD px to px centres of the wide: matrix and offset."""
    (a, b, tx), (c, d, ty) = layout.fit.matrix
    first = np.array([[a, b], [c, d]]) / layout.scale
    corner = np.array([at.x, at.y]) * layout.scale + 0.5 + shift
    return first, first @ corner + (tx - layout.wide.x, ty - layout.wide.y) - 0.5


def _reached(linear: Doubles, offset: Doubles, size: tuple[int, int]) -> Rect:
    """What holds a grid's px and the neighbours that interpolation asks for."""
    (w, h), around = size, CUBIC_PX
    corners = linear @ np.array([[0, w - 1, 0, w - 1], [0, 0, h - 1, h - 1]]) + offset[:, None]
    left, top = (math.floor(v) - around for v in corners.min(axis=1))
    right, bottom = (math.ceil(v) + around + 1 for v in corners.max(axis=1))
    return Rect(x=left, y=top, w=right - left, h=bottom - top)


def cells(planes: Array, scale: int) -> Array:
    """Sort the px of each DVD px together: planes, rows, columns, scale**2."""
    count, height, width = planes.shape
    split = planes.reshape(count, height // scale, scale, width // scale, scale)
    grouped = split.transpose(0, 1, 3, 2, 4)
    return np.ascontiguousarray(grouped).reshape(count, height // scale, width // scale, scale**2)
