"""The background of every frame, from the plate that was generated once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import vapoursynth as vs

from ..errors import ArtifactError, wrong
from ..memory import shared
from ..pixels.matrix import Matrix33
from ..pixels.rect import Rect
from ..pixels.region import cut, replaced, spliced, three
from ..source.files import open_stream
from .ledger import Exposure, Ledger, Mode, PlateKey
from .placed_plate import PlacedPlate

core = vs.core

# The light around missing area is compared on a grid of about this width; differences of more
# than 16 8-bit codes are another object, not another light.
LIGHT_WIDTH_PX = 480
LARGEST_DIFFERENCE = 16 * 256


def load_plate(key: PlateKey, work: Path) -> vs.VideoNode:
    """Load the plate of one key frame, after comparing its files with the ledger.

    Args:
        key: The ledger's entry.
        work: The work folder, to which the entry's files are relative.

    Returns:
        YUV444P16, BT.709 limited, of the plate's size, one frame.

    Raises:
        ArtifactError: A file is missing, was changed, or is not a plate.
    """
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


def load_plate_mask(key: PlateKey, work: Path) -> vs.VideoNode:
    """Load the mask of what was generated: GRAY8, full range, the plate's size, one frame."""
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
        areas: Rectangles that hold everything missing, canvas px: ``live`` computes nothing else.
            ``None`` for the whole canvas.

    Returns:
        YUV444P16, ``w x h x n``, with the clip's props.

    Raises:
        UsageError: Formats, sizes or lengths do not fit.
    """
    _check(clip, plate, missing, motion=motion, exposure=exposure)
    whole = Rect(x=0, y=0, w=clip.width, h=clip.height)
    sheet = PlacedPlate(plate=plate, origin=origin, motion=motion, exposure=exposure)
    if mode == "still":
        placed = _in_time(sheet.exposed(sheet.on(whole, clip.num_frames)), clip)
        return core.akarin.Expr([clip, placed], "y")
    light = shared(_light(clip, sheet, missing)) if motion or exposure else None

    def filled(area: Rect) -> vs.VideoNode:
        lack = three(core.resize.Point(cut(missing, area), format=vs.GRAY16))
        placed = _in_time(sheet.exposed(sheet.on(area, clip.num_frames)), clip)
        if light is None:
            return core.akarin.Expr([cut(clip, area), placed, lack], "z y x ?")
        across, down = clip.width / light.width, clip.height / light.height
        local = core.resize.Bilinear(
            light,
            width=area.w,
            height=area.h,
            src_left=area.x / across,
            src_top=area.y / down,
            src_width=area.w / across,
            src_height=area.h / down,
        )
        return core.akarin.Expr([cut(clip, area), placed, lack, local], "z y a + x ?")

    return replaced(clip, (whole,) if areas is None else areas, filled)


def backgrounds(
    clip: vs.VideoNode,
    missing: vs.VideoNode,
    ledger: Ledger,
    work: Path,
    *,
    mode: Literal["auto", "still", "live"] = "auto",
    areas: Callable[[int, int], Sequence[Rect]] | None = None,
) -> vs.VideoNode:
    """Put every shot's plates behind a whole composite.

    Args:
        clip: The composite, YUV444P16, ``w x h x n``.
        missing: Where neither source has picture, GRAY8 full range, ``w x h x n``.
        ledger: Which plate serves which frames.
        work: The work folder.
        mode: ``auto`` takes what the ledger records for each shot.
        areas: Returns, for the frames from first to last, rectangles that hold everything missing
            in them, as ``background`` takes them; ``None`` for the whole canvas.

    Returns:
        YUV444P16, ``w x h x n``.

    Raises:
        ArtifactError: The ledger does not reach over the clip, or a plate was changed.
    """
    parts = []
    expected = 0
    for key in ledger.keys:
        if expected >= clip.num_frames:
            break
        if key.first != expected:
            break
        last = min(key.last, clip.num_frames - 1)
        length = last - key.first + 1
        parts.append(
            background(
                clip[key.first : last + 1],
                load_plate(key, work),
                missing[key.first : last + 1],
                mode=key.mode if mode == "auto" else mode,
                origin=key.origin,
                motion=key.motion[:length],
                exposure=key.exposure[:length],
                areas=areas(key.first, last) if areas else None,
            )
        )
        expected = last + 1
    if expected != clip.num_frames:
        raise ArtifactError(
            f"background.json: no plate for frame {expected}; run scripts/inpaint.py"
        )
    return spliced(parts)


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


def _light(clip: vs.VideoNode, sheet: PlacedPlate, missing: vs.VideoNode) -> vs.VideoNode:
    """Return what the frame is brighter than the plate around the missing area, continued into it.

    The gain and offset of a whole frame leave local differences of light; their local mean,
    without whatever is another object, hides the seam. Codes as floats, on a small grid.
    """
    step = max(1, clip.width // LIGHT_WIDTH_PX)
    across, down = max(8, clip.width // step), max(8, clip.height // step)
    size = (clip.width, clip.height)
    placed = sheet.exposed(sheet.small(across, down, size, clip.num_frames))
    lack = core.resize.Point(missing, width=across, height=down, format=vs.GRAY16)
    seen = core.resize.Point(clip, width=across, height=down)
    few = [shared(node) for node in (seen, placed, three(lack))]
    alike = f"z 0 = x y - abs {LARGEST_DIFFERENCE} < and"
    amount = core.akarin.Expr(few, [f"{alike} x y - 0 ?"], format=vs.YUV444PS)
    weight = core.akarin.Expr(few, [f"{alike} 1 0 ?"], format=vs.YUV444PS)
    reach = max(1, across // 48)
    blurred = [
        core.std.BoxBlur(node, hradius=reach, hpasses=3, vradius=reach, vpasses=3)
        for node in (amount, weight)
    ]
    return core.akarin.Expr(blurred, ["x y 0.02 + /"])
