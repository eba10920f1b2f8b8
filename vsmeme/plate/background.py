"""The background of frames, from a plate that was generated once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import vapoursynth as vs

from ..errors import wrong
from ..memory import shared
from ..pixels.bt709 import LIMITS
from ..pixels.matrix import Matrix33
from ..pixels.rect import Rect
from ..pixels.region import cut, replaced, spliced, three
from .area_membrane import joined_areas, plan_borders
from .ledger import Exposure, Fill, Mode
from .mirror import mirrored
from .placed_plate import PlacedPlate

core = vs.core


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What is alike where one graph does for the frames of several plates.

    Attributes:
        mode: As for `background`, like all that follows.
        fill: What the areas show.
        areas: The rectangles that are missing, if they are known.
    """

    mode: Mode
    fill: Fill
    areas: tuple[Rect, ...] | None


def background(
    clip: vs.VideoNode,
    plate: vs.VideoNode,
    missing: vs.VideoNode,
    *,
    mode: Mode = "live",
    origin: tuple[int, int] = (0, 0),
    motion: Sequence[Matrix33] = (),
    exposure: Sequence[Exposure] = (),
    areas: Sequence[Rect] | None = None,
    fill: Fill = "plate",
    avoid: vs.VideoNode | None = None,
) -> vs.VideoNode:
    """Put one plate behind a clip.

    Args:
        clip: Composite of the frames that use the plate, YUV444P16, ``w x h x n``.
        plate: The plate, YUV444P16, one frame; at least the canvas.
        missing: Where neither source has picture, GRAY8 full range (0 or 255), ``w x h x n``.
        mode: ``live`` keeps every real sample and takes the rest from the plate; ``still`` takes
            everything from the plate.
        origin: Where the key frame's canvas lies in the plate, plate px.
        motion: Key-frame canvas edge coordinates to each frame's, one a frame; empty for a still
            camera, whose plate is never resampled.
        exposure: Gain and offset (16-bit codes) of each plane for each frame; empty for none.
        areas: The rectangles that are missing, canvas px: nothing else is computed, and what the
            plate shows there is joined to the picture beside it. ``None`` where they are not known:
            the plate is taken as it is.
        fill: What the areas show of a live background: the ``plate``, or a ``mirror`` of the
            picture beside them.
        avoid: GRAY8 full range, ``w x h x n``: what a mirror does not show.

    Returns:
        YUV444P16, ``w x h x n``, with the clip's props.

    Raises:
        UsageError: Formats, sizes or lengths do not fit.
    """
    sheet = PlacedPlate(plate=plate, origin=origin, motion=motion, exposure=exposure)
    filling = Filling(mode=mode, fill=fill, areas=None if areas is None else tuple(areas))
    return behind(clip, [(sheet, clip.num_frames)], missing, filling, avoid=avoid)


def behind(
    clip: vs.VideoNode,
    sheets: Sequence[tuple[PlacedPlate, int]],
    missing: vs.VideoNode,
    filling: Filling,
    *,
    avoid: vs.VideoNode | None,
) -> vs.VideoNode:
    """Put plates behind a clip, one after the other.

    Args:
        clip: As for `background`.
        sheets: The plates, each with the number of its frames.
        missing: As for `background`, like all that follows.
        filling: How they are put there.
        avoid: What a mirror does not show.

    Returns:
        YUV444P16, ``w x h x n``, with the clip's props.

    Raises:
        UsageError: Formats, sizes or lengths do not fit.
    """
    for sheet, count in sheets:
        _check(clip, sheet, missing, frames=count)
    whole = Rect(x=0, y=0, w=clip.width, h=clip.height)

    def placed(area: Rect) -> vs.VideoNode:
        return _in_time(spliced([sheet.exposed(sheet.on(area, n)) for sheet, n in sheets]), clip)

    areas = (whole,) if filling.areas is None else filling.areas
    borders = plan_borders(areas, (clip.width, clip.height))
    if filling.fill == "mirror" and filling.areas is not None:
        laid = [shared(part) for part in mirrored(clip, borders, avoid=avoid)]
    else:
        laid = [shared(placed(border.area)) for border in borders]
    parts = dict(zip([border.area for border in borders], laid, strict=True))
    added = dict(zip(parts, joined_areas(clip, borders, laid), strict=True))

    def filled(area: Rect) -> vs.VideoNode:
        lack = three(core.resize.Point(cut(missing, area), format=vs.GRAY16))
        clips, more = [cut(clip, area), parts[area], lack], added[area]
        if more is None:
            return core.akarin.Expr(clips, "z y x ?")
        words = [f"z y a + {low} {high} clamp x ?" for low, high in LIMITS]
        return core.akarin.Expr([*clips, more], words)

    live = replaced(clip, [border.area for border in borders], filled)
    if filling.mode == "live":
        return live
    lack = three(core.resize.Point(missing, format=vs.GRAY16))
    return core.akarin.Expr([live, placed(whole), lack], "z x y ?")


def _check(clip: vs.VideoNode, sheet: PlacedPlate, missing: vs.VideoNode, *, frames: int) -> None:
    plate, size = sheet.plate, f"{clip.width}x{clip.height}"
    for name, node in (("clip", clip), ("plate", plate)):
        if node.format.id != vs.YUV444P16:
            raise wrong("background", name, "YUV444P16", node.format.name)
    if missing.format.id != vs.GRAY8:
        raise wrong("background", "missing", "GRAY8", missing.format.name)
    if (missing.width, missing.height) != (clip.width, clip.height):
        raise wrong("background", "missing", size, f"{missing.width}x{missing.height}")
    if plate.width < clip.width or plate.height < clip.height:
        raise wrong("background", "plate", f"{size} or more", f"{plate.width}x{plate.height}")
    for name, values in (("motion", sheet.motion), ("exposure", sheet.exposure)):
        if values and len(values) != frames:
            raise wrong("background", name, f"{frames} entries", len(values))


def _in_time(placed: vs.VideoNode, clip: vs.VideoNode) -> vs.VideoNode:
    return core.std.AssumeFPS(placed, src=clip) if clip.fps else placed
