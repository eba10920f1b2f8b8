"""Masks as clips: loaded, combined, grown, feathered; always full range."""

from __future__ import annotations

from pathlib import Path

import vapoursynth as vs

from ..artifact import FilePath
from ..errors import ArtifactError, wrong
from ..pixels.box_blur import box_blur
from ..source.files import open_stream

core = vs.core

FULL = int(vs.RANGE_FULL)
MAX_FEATHER_PX = 256
# Every third step of growing takes all eight neighbours less: an octagon, near enough to a disc.
_SQUARE = [1] * 8
_CROSS = [0, 1, 0, 1, 1, 0, 1, 0]


def load_mask(path: FilePath, *, cache: FilePath | None = None) -> vs.VideoNode:
    """Open a mask that `vsmeme segment` has written.

    Args:
        path: FFV1 file, gray, 8 or 16 bit, full range.
        cache: Folder for the index of the stream; without it, it is built again every time.

    Returns:
        GRAY8 or GRAY16, canvas size, one frame per pair, full range.

    Raises:
        ArtifactError: The file does not exist or is not a gray video.
        MissingError: The source plugin is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise ArtifactError(f"{path}: missing; run vsmeme segment to make it")
    try:
        clip = open_stream(path, cache=cache, intra=True)
    except vs.Error as error:
        raise ArtifactError(f"{path}: broken ({error}); run vsmeme segment again") from None
    if clip.format.color_family != vs.GRAY:
        raise ArtifactError(f"{path}: expected a gray mask, got {clip.format.name}")
    return as_mask(clip)


def as_mask(clip: vs.VideoNode) -> vs.VideoNode:
    """Stamp a gray clip as a mask: full range, no colour tags left.

    Args:
        clip: GRAY, any depth, `w x h x n`, whose numbers already are 0 to the full value.

    Returns:
        The same samples with `_Range` full.
    """
    _check("as_mask", "clip", clip)
    bare = core.std.RemoveFrameProps(clip, ["_Matrix", "_Transfer", "_Primaries", "_ColorRange"])
    return core.std.SetFrameProps(bare, _Range=FULL)


def feather(mask: vs.VideoNode, *, px: int = 12) -> vs.VideoNode:
    """Soften a mask's edge.

    Args:
        mask: GRAY, any depth, `w x h x n`.
        px: Width of the ramp from outside to inside, canvas px, centred on the edge; 0 to 256.

    Returns:
        The softened mask, full range.
    """
    _check("feather", "mask", mask)
    if not 0 <= px <= MAX_FEATHER_PX:
        raise wrong("feather", "px", f"0 to {MAX_FEATHER_PX} canvas px", px)
    # Two boxes of radii r and s make a ramp of 2 (r + s) px, without overshoot.
    for radius in (px // 2 - px // 4, px // 4):
        if radius:
            mask = box_blur(mask, across=radius, down=radius)
    return core.std.SetFrameProps(mask, _Range=FULL)


def grow(mask: vs.VideoNode, *, px: int) -> vs.VideoNode:
    """Move a mask's edge outward.

    Args:
        mask: GRAY, any depth, `w x h x n`.
        px: Canvas px; negative shrinks.

    Returns:
        The mask, full range; corners grow as an octagon.
    """
    _check("grow", "mask", mask)
    if abs(px) > MAX_FEATHER_PX:
        raise wrong("grow", "px", f"at most {MAX_FEATHER_PX} canvas px", px)
    step = core.std.Maximum if px > 0 else core.std.Minimum
    for i in range(abs(px)):
        mask = step(mask, coordinates=_CROSS if i % 2 else _SQUARE)
    return core.std.SetFrameProps(mask, _Range=FULL)


def subtract(mask: vs.VideoNode, other: vs.VideoNode) -> vs.VideoNode:
    """Take one mask out of another.

    Args:
        mask: GRAY, any depth, `w x h x n`.
        other: The same format, size and length.

    Returns:
        `mask - other`, at least 0, full range.
    """
    return _combine("subtract", mask, other, "x y - 0 max")


def intersect(mask: vs.VideoNode, other: vs.VideoNode) -> vs.VideoNode:
    """Keep what two masks share.

    Args:
        mask: GRAY, any depth, `w x h x n`.
        other: The same format, size and length.

    Returns:
        The smaller of the two at each pixel, full range.
    """
    return _combine("intersect", mask, other, "x y min")


def _combine(
    function: str, mask: vs.VideoNode, other: vs.VideoNode, expression: str
) -> vs.VideoNode:
    _check(function, "mask", mask)
    _check(function, "other", other)
    if _kind(mask) != _kind(other):
        raise wrong(function, "other", _kind(mask), _kind(other))
    return core.std.SetFrameProps(core.std.Expr([mask, other], expression), _Range=FULL)


def _check(function: str, parameter: str, clip: vs.VideoNode) -> None:
    if clip.format.id == vs.NONE or clip.format.color_family != vs.GRAY or not clip.width:
        got = "a variable format" if clip.format.id == vs.NONE else clip.format.name
        raise wrong(function, parameter, "a gray clip of constant format and size", got)


def _kind(clip: vs.VideoNode) -> str:
    return f"{clip.format.name} {clip.width}x{clip.height}x{clip.num_frames}"
