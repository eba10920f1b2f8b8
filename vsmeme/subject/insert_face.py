"""Another face on the head: a hole, a picture that follows the track, one blend.

The picture is warped inside the graph, window by window: only the part of the canvas that it can
touch is computed, and every sample outside the mask stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import vapoursynth as vs

from ..artifact import FilePath
from ..errors import ArtifactError, check_share, wrong
from ..memory import shared
from ..pixels.checks import check_masked
from ..pixels.matrix import Matrix33, compose
from ..pixels.region import three
from ..pixels.windows import follow_windows, paste_windows, plan_windows, shrunk, through_windows
from ..source.files import BT709, open_stream
from .face_blend import face_membrane, mix, with_tones
from .track import Tone

core = vs.core

Blend = Literal["feather", "poisson"]


def punch(clip: vs.VideoNode, mask: vs.VideoNode) -> vs.VideoNode:
    """Cut a hole: what the mask covers becomes black.

    Args:
        clip: Integer YUV 4:4:4, limited, ``w x h x n``.
        mask: GRAY8 or GRAY16, full range, ``w x h x n``.

    Returns:
        The clip's format, size and props; outside the mask sample for sample the same.

    Raises:
        UsageError: A format, size or length is not accepted.
    """
    check_masked("punch", clip, mask)
    shift, top = clip.format.bits_per_sample - 8, (1 << mask.format.bits_per_sample) - 1
    black = [f"x {code << shift} x - y {top} / * +" for code in (16, 128, 128)]
    return core.akarin.Expr([clip, three(mask)], black)


def cutout(clip: vs.VideoNode, mask: vs.VideoNode) -> vs.VideoNode:
    """Attach a mask as the clip's alpha (``_Alpha``), for writers that keep it.

    Args:
        clip: Integer YUV 4:4:4, ``w x h x n``.
        mask: GRAY8 or GRAY16, full range, ``w x h x n``.

    Returns:
        The clip with the prop; no sample changes.

    Raises:
        UsageError: A format, size or length is not accepted.
    """
    check_masked("cutout", clip, mask)
    return core.std.ClipToProp(clip, mask, "_Alpha")


def load_picture(picture: FilePath, alpha: FilePath) -> tuple[vs.VideoNode, vs.VideoNode]:
    """Open a prepared face picture.

    Args:
        picture: PNG, RGB.
        alpha: PNG, gray, of the same size.

    Returns:
        RGB24 and GRAY8 (full range), one frame each.

    Raises:
        ArtifactError: A file is missing or not readable.
        MissingError: The source plugin is not installed.
    """
    picture = Path(picture)
    alpha = Path(alpha)
    clips = []
    for path in (picture, alpha):
        try:
            clips.append(core.std.RemoveFrameProps(open_stream(path)))
        except vs.Error as error:
            hint = "run vsmeme track to make it"
            raise ArtifactError(f"{path}: not a readable PNG ({error}); {hint}") from None
    rgb = core.std.SetFrameProps(clips[0], _Matrix=0, _Range=int(vs.RANGE_FULL))
    return rgb, core.std.SetFrameProps(clips[1], _Range=int(vs.RANGE_FULL))


def insert_face(
    clip: vs.VideoNode,
    mask: vs.VideoNode,
    image: vs.VideoNode,
    matrices: Sequence[Matrix33 | None],
    *,
    alpha: vs.VideoNode | None = None,
    tones: Sequence[Tone] = (),
    blend: Blend = "feather",
    strength: float = 1.0,
) -> vs.VideoNode:
    """Put a picture on a tracked face.

    Args:
        clip: Integer YUV 4:4:4, BT.709 limited, ``w x h x n``.
        mask: Where it may show: GRAY8 or GRAY16, full range, ``w x h x n``, feathered. What
            passes in front of the face is not in it, and so stays in front.
        image: The face: RGB24, RGB48 or RGBS, one frame.
        matrices: Picture edge coordinates to canvas edge coordinates, one a frame; ``None`` leaves
            a frame as it is.
        alpha: GRAY8, GRAY16 or GRAYS, full range, of the picture's size; opaque by default.
        tones: Colour of the picture, one a frame; as it is by default.
        blend: ``feather`` mixes by the mask; ``poisson`` also carries the film's colour from
            the edge into the picture, so that only the picture's gradients stay.
        strength: 0..1.

    Returns:
        The clip's format, size, length and props; outside the mask sample for sample the same.

    Raises:
        UsageError: A format, size, length or value is not accepted.
    """
    check_masked("insert_face", clip, mask)
    _check_picture(clip, image, alpha, matrices, tones)
    check_share("insert_face", strength=strength)
    windows = plan_windows(matrices, (image.width, image.height), (clip.width, clip.height))
    if strength == 0 or all(window.rect is None for window in windows):
        return clip
    face, cover, shrink = _prepared(image, alpha, matrices)
    placed = [m and compose(m, shrink) for m in matrices]
    moved = follow_windows(face, placed, windows)
    shape = follow_windows(cover, placed, windows)
    weights = [strength if matrix else 0.0 for matrix in matrices]
    moved = with_tones(moved, weights, tones)
    film, inside = (through_windows(each, windows) for each in (clip, mask))
    shift = face_membrane(shared(film), inside, moved, shape) if blend == "poisson" else None
    return paste_windows(clip, mix(film, inside, moved, shape, shift=shift), windows)


def _check_picture(
    clip: vs.VideoNode,
    image: vs.VideoNode,
    alpha: vs.VideoNode | None,
    matrices: Sequence[Matrix33 | None],
    tones: Sequence[Tone],
) -> None:
    if image.format.color_family != vs.RGB or image.num_frames != 1:
        got = f"{image.format.name}, {image.num_frames} frames"
        raise wrong("insert_face", "image", "RGB, one frame", got)
    if alpha is not None and (
        alpha.format.color_family != vs.GRAY
        or (alpha.width, alpha.height, alpha.num_frames) != (image.width, image.height, 1)
    ):
        got = f"{alpha.width}x{alpha.height} {alpha.format.name}, {alpha.num_frames} frames"
        expected = f"GRAY of {image.width}x{image.height}, one frame"
        raise wrong("insert_face", "alpha", expected, got)
    each = f"one for each of {clip.num_frames} frames"
    if len(matrices) != clip.num_frames:
        raise wrong("insert_face", "matrices", each, len(matrices))
    if tones and len(tones) != clip.num_frames:
        raise wrong("insert_face", "tones", each, len(tones))


def _prepared(
    image: vs.VideoNode, alpha: vs.VideoNode | None, matrices: Sequence[Matrix33 | None]
) -> tuple[vs.VideoNode, vs.VideoNode, Matrix33]:
    """The picture premultiplied, its cover, and its coordinates to those of the original.

    The warp does not average, so a picture that is much too large is shrunk here, once.
    """
    width, height, shrink = shrunk(image, matrices)
    yuv = core.resize.Bicubic(
        image,
        width,
        height,
        format=vs.YUV444PS,
        matrix=BT709,
        transfer=BT709,
        primaries=BT709,
        transfer_in=BT709,
        primaries_in=BT709,
        range_in=vs.RANGE_FULL,
    )
    if alpha is None:
        alpha = core.std.BlankClip(image, format=vs.GRAYS, color=1.0)
    cover = core.resize.Bicubic(alpha, width, height, format=vs.GRAYS, range_in=vs.RANGE_FULL)
    cover = core.akarin.Expr(cover, "x 0 1 clamp")
    return core.akarin.Expr([yuv, three(cover)], "x y *"), cover, shrink
