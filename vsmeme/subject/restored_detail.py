"""Restored detail of a tracked face, laid on its luma."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import vapoursynth as vs

from ..artifact import FilePath
from ..errors import ArtifactError, check_share, wrong
from ..pixels.checks import check_masked
from ..pixels.matrix import Matrix33, compose
from ..pixels.region import three
from ..pixels.windows import follow_windows, paste_windows, plan_windows, shrunk, through_windows
from ..source.files import open_stream

core = vs.core


def add_detail(
    clip: vs.VideoNode,
    mask: vs.VideoNode,
    detail: vs.VideoNode,
    matrices: Sequence[Matrix33 | None],
    *,
    strength: float = 0.5,
) -> vs.VideoNode:
    """Add restored detail to the luma of a tracked face.

    Args:
        clip: Integer YUV 4:4:4, limited, ``w x h x n``.
        mask: GRAY8 or GRAY16, full range, ``w x h x n``.
        detail: GRAY16, of any size, one frame a frame: what to add, 32768 for nothing, a full
            range away for the whole range of luma.
        matrices: Edge coordinates of the detail's picture to the canvas', one a frame; ``None``
            leaves a frame as it is.
        strength: 0..1.

    Returns:
        The clip's format, size, length and props; chroma and what is outside the mask identical.

    Raises:
        UsageError: A format, size, length or value is not accepted.
    """
    check_masked("add_detail", clip, mask)
    if detail.format.id != vs.GRAY16 or detail.num_frames != clip.num_frames:
        got = f"{detail.format.name}, {detail.num_frames} frames"
        raise wrong("add_detail", "detail", f"GRAY16, {clip.num_frames} frames", got)
    if len(matrices) != clip.num_frames:
        raise wrong("add_detail", "matrices", f"{clip.num_frames} of them", len(matrices))
    check_share("add_detail", strength=strength)
    windows = plan_windows(matrices, (detail.width, detail.height), (clip.width, clip.height))
    if strength == 0 or all(window.rect is None for window in windows):
        return clip
    floats = core.akarin.Expr(detail, "x 32768 - 32767 /", format=vs.GRAYS)
    width, height, shrink = shrunk(detail, matrices)
    floats = core.resize.Bicubic(floats, width, height)
    moved = follow_windows(floats, [m and compose(m, shrink) for m in matrices], windows)
    span, top = 219 << (clip.format.bits_per_sample - 8), (1 << mask.format.bits_per_sample) - 1
    film, inside = (through_windows(each, windows) for each in (clip, mask))
    value = f"y {span * strength:.9g} * z {top} / * x +"
    patch = core.akarin.Expr([film, three(moved), three(inside)], [value, "", ""])
    return paste_windows(clip, patch, windows)


def load_detail(path: FilePath, *, cache: FilePath | None = None) -> vs.VideoNode:
    """Open restored detail for ``add_detail``.

    Args:
        path: FFV1 file, GRAY16.
        cache: Folder for the index of the stream; without it, it is built again every time.

    Returns:
        GRAY16, one frame a frame of the film.

    Raises:
        ArtifactError: The file is missing or of another format.
    """
    path = Path(path)
    try:
        clip = open_stream(path, cache=cache, intra=True)
    except vs.Error as error:
        raise ArtifactError(f"{path}: {error}; run vsmeme track to make it") from None
    if clip.format.id != vs.GRAY16:
        raise ArtifactError(f"{path}: expected GRAY16; run vsmeme track again")
    return core.std.SetFrameProps(core.std.RemoveFrameProps(clip), _Range=int(vs.RANGE_FULL))
