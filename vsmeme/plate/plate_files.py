"""Plates as clips: each file is read when it is shown, and let go with the frames of its shot.

An open stream of one picture holds it, 50 MB on a 4K canvas, and a film has a plate a shot.
"""

from __future__ import annotations

import struct
from pathlib import Path

import vapoursynth as vs

from ..artifact import FilePath
from ..errors import ArtifactError
from ..memory import kept_once
from ..source.files import open_stream
from .ledger import PlateKey

core = vs.core

PNG_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_HEAD = struct.Struct(">IIBB")  # width, height, bits per sample, kind of colour
_FORMATS = {(16, 2): vs.RGB48, (8, 0): vs.GRAY8}


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
    packed = _picture(work / key.samples)
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
    mask = core.std.RemoveFrameProps(_picture(work / key.mask))
    return core.std.SetFrameProps(mask, _Range=int(vs.RANGE_FULL))


def _picture(path: Path) -> vs.VideoNode:
    """Return a picture of the format and size that its file's head states; nothing is decoded."""
    with path.open("rb") as file:
        start, head = file.read(len(PNG_START)), file.read(_HEAD.size)
    if start != PNG_START or len(head) != _HEAD.size:
        raise ArtifactError(f"{path}: not a PNG")
    width, height, bits, colour = _HEAD.unpack(head)
    form = _FORMATS.get((bits, colour))
    if form is None:
        raise ArtifactError(f"{path}: not a PNG of a plate or its mask")
    blank = core.std.BlankClip(format=form, width=width, height=height, length=1)

    def opened(n: int) -> vs.VideoNode:
        return open_stream(path)

    return kept_once(core.std.FrameEval(blank, opened))
