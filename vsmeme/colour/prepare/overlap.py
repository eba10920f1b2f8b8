"""What both sources show, on the DVD's grid: the wide averaged, in normalised colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import batched

import cv2
import numpy as np
import numpy.typing as npt
import vapoursynth as vs

from ...arrays.frames import plane_stack
from ...placement.layout import Layout
from ...sync.shots import Shots
from ..transform import CHROMA, LUMA

Planes = npt.NDArray[np.float32]
Clips = vs.VideoNode | Sequence[vs.VideoNode]
AT_ONCE = 2  # frames that are worked on, each by a thread
LEAST_PX = 4
"""DVD px: a smaller overlap says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """One pair of frames, normalised BT.709 YUV as `Colour` has it.

    Attributes:
        shot: Number of its shot.
        wide: Area averages of the wide on the DVD px that lie wholly inside it, 3 x h x w.
        dvd: The whole conformed DVD, 3 x h x w.
        rows: First and last (exclusive) row of the DVD that `wide` covers.
        columns: The same for columns.
        frame: Number of the frame.
    """

    shot: int
    wide: Planes
    dvd: Planes
    rows: tuple[int, int]
    columns: tuple[int, int]
    frame: int = 0

    @property
    def known(self) -> Planes:
        """The DVD where the wide covers it, of the size of `wide`."""
        return self.dvd[:, slice(*self.rows), slice(*self.columns)]


def overlaps(
    wide: Clips, dvd: Clips, layouts: Sequence[Layout], shots: Shots, picks: Sequence[int]
) -> Iterator[Overlap]:
    """Render pairs of frames and bring them to the DVD's grid.

    Args:
        wide: Matched wide, active picture, working format; one clip, or one a layout.
        dvd: Matched and conformed DVD, working format; one clip, or one a layout.
        layouts: As the shots index them.
        shots: Of the clips.
        picks: Frames, in order.

    Yields:
        One a frame; none where the overlap is smaller than `LEAST_PX`.
    """
    sides = [clip_by_layout(side, len(layouts)) for side in (wide, dvd)]
    see = partial(_overlap, sides, layouts, shots)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for numbers in batched(picks, AT_ONCE):
            yield from (found for found in pool.map(see, numbers) if found is not None)


def _overlap(
    sides: Sequence[Sequence[vs.VideoNode]], layouts: Sequence[Layout], shots: Shots, n: int
) -> Overlap | None:
    """Render one pair and bring it to the DVD's grid."""
    shot = shots.at(n)
    layout = layouts[shot.layout]
    planes = []
    for side in sides:
        with side[shot.layout].get_frame(n) as frame:
            planes.append(plane_stack(frame))
    if shot.drift:
        dx, dy = shot.drift[n - shot.first]
        layout = layout.moved(round(dx), round(dy))
    found = overlap_rect(planes[0], planes[1], layout, shot=shots.index(n))
    return found and replace(found, frame=n)


def clip_by_layout(clips: Clips, count: int) -> list[vs.VideoNode]:
    """Return one clip a layout."""
    several = [clips] if isinstance(clips, vs.VideoNode) else list(clips)
    return several * count if len(several) == 1 else several


def overlap_rect(
    wide: npt.NDArray[np.uint16], dvd: npt.NDArray[np.uint16], layout: Layout, *, shot: int = 0
) -> Overlap | None:
    """Bring one pair to the DVD's grid.

    Args:
        wide: Active picture of the wide, 3 x h x w, working format.
        dvd: Conformed DVD, 3 x h x w, working format.
        layout: Where both lie.
        shot: Kept in the result.

    Returns:
        None where the overlap is smaller than `LEAST_PX`.
    """
    core = layout.core
    if core.w < LEAST_PX or core.h < LEAST_PX:
        return None
    fine = core.scaled(layout.scale).shifted(
        layout.wide_crop.x + layout.dvd.x - layout.wide.x,
        layout.wide_crop.y + layout.dvd.y - layout.wide.y,
    )
    part = wide[:, fine.y : fine.bottom, fine.x : fine.right]
    seen = [cv2.resize(p, (core.w, core.h), interpolation=cv2.INTER_AREA) for p in part]
    rows, columns = (core.y, core.bottom), (core.x, core.right)
    return Overlap(shot, unit_planes(np.stack(seen)), unit_planes(dvd), rows, columns)


def unit_planes(planes: npt.NDArray[np.integer]) -> Planes:
    """Bring working-format samples, 3 x h x w, to normalised YUV."""
    scales = np.array([(LUMA[0] + LUMA[1], LUMA[1]), CHROMA, CHROMA], np.float32)
    zero, unit = (scales[:, i, None, None] for i in range(2))
    return np.asarray((planes.astype(np.float32) / 256 - zero) / unit, np.float32)
