"""A plate brought behind the canvas, or behind a part of it: by its place, motion and exposure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import vapoursynth as vs

from ..memory import repeated
from ..pixels.frame_props import number_text, with_props
from ..pixels.matrix import Matrix33, compose, invert, scaling, translation
from ..pixels.rect import Rect
from ..pixels.region import cut, spliced
from ..pixels.warp import warp
from ..pixels.windows import plan_windows
from .ledger import Exposure

core = vs.core

TAPS_PX = 3  # what the warp looks at beyond a sample's place
_PROPS = tuple(f"VsmemePlate{name}{plane}" for plane in range(3) for name in ("Gain", "Offset"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPlate:
    """A plate and what brings it behind each frame.

    Attributes:
        plate: YUV444P16, one frame.
        origin: Where the key frame's canvas lies in the plate, plate px.
        motion: Key-frame canvas edge coordinates to each frame's; empty for a still camera.
        exposure: Gain and offset (16-bit codes) of each plane for each frame; empty for none.
    """

    plate: vs.VideoNode
    origin: tuple[int, int]
    motion: Sequence[Matrix33]
    exposure: Sequence[Exposure]

    def on(self, area: Rect, length: int) -> vs.VideoNode:
        """The part of the plate that lies behind an area of the canvas: YUV444P16."""
        if not self.motion:
            x, y = self.origin
            return repeated(cut(self.plate, area.shifted(x, y)), length)
        back = translation(-self.origin[0], -self.origin[1])
        matrices = [
            compose(translation(-area.x, -area.y), compose(matrix, back)) for matrix in self.motion
        ]
        moved = _warped(self.plate, matrices, (area.w, area.h))
        return core.resize.Point(moved, format=vs.YUV444P16, dither_type="none")

    def small(self, across: int, down: int, canvas: tuple[int, int], length: int) -> vs.VideoNode:
        """The plate behind the whole canvas, shrunk: YUV444P16."""
        factor = across / canvas[0], down / canvas[1]
        width, height = (
            max(1, round(size * by))
            for size, by in zip((self.plate.width, self.plate.height), factor, strict=True)
        )
        few = core.resize.Bilinear(self.plate, width=width, height=height)
        grown = scaling(self.plate.width / width, self.plate.height / height)
        origin = translation(-self.origin[0], -self.origin[1])
        matrices = [
            compose(compose(scaling(*factor), matrix), compose(origin, grown))
            for matrix in self.motion or [translation(0, 0)]
        ]
        floats = core.resize.Point(few, format=vs.YUV444PS)
        moved = warp(floats, matrices if self.motion else matrices[0], size=(across, down))
        moved = core.resize.Point(moved, format=vs.YUV444P16, dither_type="none")
        return moved if self.motion else repeated(moved, length)

    def exposed(self, placed: vs.VideoNode) -> vs.VideoNode:
        """Bring what was placed to each frame's exposure."""
        if not self.exposure:
            return placed
        columns = {
            name: [number_text(entry[i // 2][i % 2]) for entry in self.exposure]
            for i, name in enumerate(_PROPS)
        }
        placed = with_props(placed, columns)
        gains = [f"x x.{_PROPS[2 * p]} * x.{_PROPS[2 * p + 1]} +" for p in range(3)]
        return core.akarin.Expr(placed, gains)


def _warped(
    plate: vs.VideoNode, matrices: Sequence[Matrix33], size: tuple[int, int]
) -> vs.VideoNode:
    """Warp the plate to a size, each run of frames from the part that it looks at: YUV444PS."""
    grown = size[0] + 2 * TAPS_PX, size[1] + 2 * TAPS_PX
    looks = [compose(invert(matrix), translation(-TAPS_PX, -TAPS_PX)) for matrix in matrices]
    parts, local = [], []
    windows = plan_windows(looks, grown, (plate.width, plate.height))
    whole = Rect(x=0, y=0, w=plate.width, h=plate.height)
    some = next((window.rect for window in windows if window.rect), whole)
    for window in windows:
        rect = window.rect or some  # frames that see nothing of the plate, in clips of one size
        parts.append(repeated(cut(plate, rect), window.last - window.first + 1))
        corner = translation(rect.x, rect.y)
        local += [compose(m, corner) for m in matrices[window.first : window.last + 1]]
    source = spliced(parts)
    return warp(core.resize.Point(source, format=vs.YUV444PS), local, size=size)
