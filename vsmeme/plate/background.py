"""The background of every frame, from the plate that was generated once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import vapoursynth as vs

from ..artifact import FilePath
from ..errors import ArtifactError, wrong
from ..memory import shared
from ..pixels.bt709 import LIMITS
from ..pixels.matrix import Matrix33
from ..pixels.rect import Rect
from ..pixels.region import cut, replaced, spliced, three
from ..source.files import open_stream
from .area_membrane import joined_areas, plan_borders
from .ledger import Exposure, Fill, Ledger, Mode, PlateKey
from .mirror import mirrored
from .placed_plate import PlacedPlate

core = vs.core


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Frames in which the same area is missing.

    Attributes:
        first: First pair.
        last: Last pair, included.
        areas: Rectangles that hold all of it, canvas px.
    """

    first: int
    last: int
    areas: tuple[Rect, ...]


def load_plate(key: PlateKey, work: FilePath) -> vs.VideoNode:
    """Load the plate of one key frame, after comparing its files with the ledger.

    Args:
        key: The ledger's entry.
        work: The work folder, to which the entry's files are relative.

    Returns:
        YUV444P16, BT.709 limited, of the plate's size, one frame.

    Raises:
        ArtifactError: A file is missing, was changed, or is not a plate.
    """
    work = Path(work)
    key.check_files(work)
    packed = _open_png(work / key.samples)
    if packed.format.id != vs.RGB48 or (packed.width, packed.height) != key.size:
        raise ArtifactError(f"{work / key.samples}: not a plate of {key.size[0]}x{key.size[1]}")
    plate = core.std.ShufflePlanes(packed, planes=[1, 2, 0], colorfamily=vs.YUV)
    return core.std.SetFrameProps(
        core.std.RemoveFrameProps(plate),
        _Matrix=1,
        _Transfer=1,
        _Primaries=1,
        _Range=int(vs.RANGE_LIMITED),
        _FieldBased=0,
    )


def load_plate_mask(key: PlateKey, work: FilePath) -> vs.VideoNode:
    """Load the mask of what was generated: GRAY8, full range, the plate's size, one frame."""
    work = Path(work)
    key.check_files(work)
    mask = core.std.RemoveFrameProps(_open_png(work / key.mask))
    return core.std.SetFrameProps(mask, _Range=int(vs.RANGE_FULL))


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
    _check(clip, plate, missing, motion=motion, exposure=exposure)
    whole = Rect(x=0, y=0, w=clip.width, h=clip.height)
    sheet = PlacedPlate(plate=plate, origin=origin, motion=motion, exposure=exposure)

    def placed(area: Rect) -> vs.VideoNode:
        return _in_time(sheet.exposed(sheet.on(area, clip.num_frames)), clip)

    borders = plan_borders((whole,) if areas is None else areas, (clip.width, clip.height))
    if fill == "mirror" and areas is not None:
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
    if mode == "live":
        return live
    lack = three(core.resize.Point(missing, format=vs.GRAY16))
    return core.akarin.Expr([live, placed(whole), lack], "z x y ?")


def backgrounds(
    clip: vs.VideoNode,
    missing: vs.VideoNode,
    ledger: Ledger,
    work: FilePath,
    *,
    mode: Literal["auto", "still", "live"] = "auto",
    lacks: Sequence[Lack] = (),
    avoid: vs.VideoNode | None = None,
) -> vs.VideoNode:
    """Put every shot's plates behind a whole composite.

    Args:
        clip: The composite, YUV444P16, ``w x h x n``.
        missing: Where neither source has picture, GRAY8 full range, ``w x h x n``.
        ledger: Which plate serves which frames.
        work: The work folder.
        mode: ``auto`` takes what the ledger records for each shot.
        lacks: Which rectangles are missing in which frames, in order; where none is given, the
            plate is taken as it is.
        avoid: GRAY8 full range, ``w x h x n``: what a mirror does not show.

    Returns:
        YUV444P16, ``w x h x n``.

    Raises:
        ArtifactError: The ledger does not reach over the clip, or a plate was changed.
    """
    work = Path(work)
    parts = []
    expected = 0
    for key in ledger.keys:
        if expected >= clip.num_frames or key.first != expected:
            break
        last = min(key.last, clip.num_frames - 1)
        plate = load_plate(key, work)
        for first, end, areas in _pieces(key.first, last, lacks):
            at = slice(first, end + 1)
            local = slice(first - key.first, end + 1 - key.first)
            parts.append(
                background(
                    clip[at],
                    plate,
                    missing[at],
                    mode=key.mode if mode == "auto" else mode,
                    origin=key.origin,
                    motion=key.motion[local],
                    exposure=key.exposure[local],
                    areas=areas,
                    fill=key.fill,
                    avoid=avoid and avoid[at],
                )
            )
        expected = last + 1
    if expected != clip.num_frames:
        raise ArtifactError(f"background.json: no plate for frame {expected}; run vsmeme inpaint")
    return spliced(parts)


def _pieces(
    first: int, last: int, lacks: Sequence[Lack]
) -> Iterator[tuple[int, int, tuple[Rect, ...] | None]]:
    """Split frames where other area is missing: first, last and the area, or ``None``."""
    at = first
    for lack in lacks:
        if lack.last < at or lack.first > last:
            continue
        if lack.first > at:
            yield at, lack.first - 1, None
        at = max(at, lack.first)
        end = min(last, lack.last)
        yield at, end, lack.areas
        at = end + 1
    if at <= last:
        yield at, last, None


def _open_png(path: Path) -> vs.VideoNode:
    try:
        return open_stream(path)
    except vs.Error as error:
        raise ArtifactError(f"{path}: not a readable PNG ({error})") from None


def _check(
    clip: vs.VideoNode,
    plate: vs.VideoNode,
    missing: vs.VideoNode,
    *,
    motion: Sequence[Matrix33],
    exposure: Sequence[Exposure],
) -> None:
    for name, node in (("clip", clip), ("plate", plate)):
        if node.format.id != vs.YUV444P16:
            raise wrong("background", name, "YUV444P16", node.format.name)
    if missing.format.id != vs.GRAY8:
        raise wrong("background", "missing", "GRAY8", missing.format.name)
    if (missing.width, missing.height) != (clip.width, clip.height):
        raise wrong(
            "background",
            "missing",
            f"{clip.width}x{clip.height}",
            f"{missing.width}x{missing.height}",
        )
    if plate.width < clip.width or plate.height < clip.height:
        raise wrong(
            "background",
            "plate",
            f"{clip.width}x{clip.height} or more",
            f"{plate.width}x{plate.height}",
        )
    for name, values in (("motion", motion), ("exposure", exposure)):
        if values and len(values) != clip.num_frames:
            raise wrong("background", name, f"{clip.num_frames} entries", len(values))


def _in_time(placed: vs.VideoNode, clip: vs.VideoNode) -> vs.VideoNode:
    return core.std.AssumeFPS(placed, src=clip) if clip.fps else placed
