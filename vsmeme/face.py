"""Another face on the head: a hole, a picture that follows the track, one blend.

The picture is warped inside the graph, window by window: only the part of the canvas that it can
touch is computed, and every sample outside the mask stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import vapoursynth as vs

from .blend import membrane, mix, with_tones
from .errors import ArtifactError, MissingError, wrong
from .geometry import Rect
from .matrix import Matrix33, apply, compose, scaling, translation
from .region import check_mask, check_working, cut, paste, three
from .source import BT709
from .track import Tone
from .warp import warp

core = vs.core

SLACK = 1.3  # of the largest bounding box: how far a face may move inside one window
STEP_PX = 16
Blend = Literal["feather", "poisson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A run of frames and the part of the canvas that holds the picture in all of them."""

    first: int
    last: int
    rect: Rect | None


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
    check_working("punch", clip)
    check_mask("punch", "mask", mask, clip)
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
    check_working("cutout", clip)
    check_mask("cutout", "mask", mask, clip)
    return core.std.ClipToProp(clip, mask, "_Alpha")


def load_picture(picture: Path, alpha: Path) -> tuple[vs.VideoNode, vs.VideoNode]:
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
    if not hasattr(core, "bs"):
        raise MissingError("bestsource is not installed; run: uv sync")
    clips = []
    for path in (picture, alpha):
        try:
            clips.append(core.std.RemoveFrameProps(core.bs.VideoSource(str(path), cachemode=0)))
        except vs.Error as error:
            hint = "run scripts/track.py to make it"
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
    check_working("insert_face", clip)
    check_mask("insert_face", "mask", mask, clip)
    _check_picture(clip, image, alpha, matrices, tones)
    if not 0.0 <= strength <= 1.0:
        raise wrong("insert_face", "strength", "0..1", strength)
    windows = plan_windows(matrices, (image.width, image.height), (clip.width, clip.height))
    if strength == 0 or all(window.rect is None for window in windows):
        return clip
    face, cover, shrink = _prepared(image, alpha, matrices)
    placed = [m and compose(m, shrink) for m in matrices]
    moved = _moved(face, placed, windows)
    shape = _moved(cover, placed, windows)
    weights = [strength if matrix else 0.0 for matrix in matrices]
    moved = with_tones(moved, weights, tones)
    parts = []
    for window in windows:
        run = slice(window.first, window.last + 1)
        part = clip[run]
        if window.rect is not None:
            film, inside = cut(part, window.rect), cut(mask[run], window.rect)
            shift = membrane(film, inside, moved[run], shape[run]) if blend == "poisson" else None
            blended = mix(film, inside, moved[run], shape[run], shift=shift)
            part = paste(part, blended, window.rect)
        parts.append(part)
    return parts[0] if len(parts) == 1 else core.std.Splice(parts)


def plan_windows(
    matrices: Sequence[Matrix33 | None], picture: tuple[int, int], canvas: tuple[int, int]
) -> list[Window]:
    """Divide a track into runs that share a window; all windows are of one size.

    Args:
        matrices: As for ``insert_face``.
        picture: Size of the picture, px.
        canvas: Size of the clip, px.

    Returns:
        Runs in order that cover every frame once; without a rectangle where nothing shows.
    """
    boxes = [_box(m, picture, canvas) if m else None for m in matrices]
    seen = [box for box in boxes if box is not None]
    if not seen:
        return [Window(first=0, last=len(boxes) - 1, rect=None)]
    size = tuple(
        min(limit, math.ceil(largest * SLACK / STEP_PX) * STEP_PX)
        for largest, limit in zip(
            (max(b.w for b in seen), max(b.h for b in seen)), canvas, strict=True
        )
    )
    runs: list[tuple[int, int, Rect | None]] = []
    for n, box in enumerate(boxes):
        if runs:
            first, _, known = runs[-1]
            joined = _union(known, box)
            if (known is None) == (box is None) and _fits(joined, size):
                runs[-1] = (first, n, joined)
                continue
        runs.append((n, n, box))
    return [
        Window(first=first, last=last, rect=box and _around(box, size, canvas))
        for first, last, box in runs
    ]


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
    for name, values in (("matrices", matrices), ("tones", tones)):
        if len(values) != clip.num_frames and (values or name == "matrices"):
            raise wrong("insert_face", name, f"one for each of {clip.num_frames} frames",
                        len(values))  # fmt: skip


def _prepared(
    image: vs.VideoNode, alpha: vs.VideoNode | None, matrices: Sequence[Matrix33 | None]
) -> tuple[vs.VideoNode, vs.VideoNode, Matrix33]:
    """The picture premultiplied, its cover, and its coordinates to those of the original.

    The warp does not average, so a picture that is much too large is shrunk here, once.
    """
    centre = (image.width / 2, image.height / 2)
    largest = max(_scale(m, centre) for m in matrices if m)
    width, height = (max(4, math.ceil(v * min(1.0, largest))) for v in (image.width, image.height))
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
    shrink = scaling(image.width / width, image.height / height)
    return core.akarin.Expr([yuv, three(cover)], "x y *"), cover, shrink


def _scale(matrix: Matrix33, at: tuple[float, float]) -> float:
    """Linear size factor of a matrix at a point."""
    x, y = apply(matrix, *at)
    (u, v), (s, t) = apply(matrix, at[0] + 1, at[1]), apply(matrix, at[0], at[1] + 1)
    return math.sqrt(abs((u - x) * (t - y) - (v - y) * (s - x)))


def _moved(
    source: vs.VideoNode, matrices: Sequence[Matrix33 | None], windows: Sequence[Window]
) -> vs.VideoNode:
    """The source in the window of each frame, as one clip with one expression."""
    shown = next(m for m in matrices if m)
    size = next(window.rect for window in windows if window.rect)
    local = []
    for window in windows:
        corner = translation(-window.rect.x, -window.rect.y) if window.rect else None
        for n in range(window.first, window.last + 1):
            shown = matrices[n] or shown
            local.append(compose(corner, shown) if corner else shown)
    return warp(source, local, size=(size.w, size.h), edge="zero")


def _box(matrix: Matrix33, picture: tuple[int, int], canvas: tuple[int, int]) -> Rect | None:
    """What a picture touches of the canvas."""
    w, h = picture
    points = [apply(matrix, x, y) for x in (0, w) for y in (0, h)]
    left, top = (max(0, math.floor(min(p[i] for p in points)) - 1) for i in (0, 1))
    right, bottom = (min(canvas[i], math.ceil(max(p[i] for p in points)) + 1) for i in (0, 1))
    if right <= left or bottom <= top:
        return None
    return Rect(x=left, y=top, w=right - left, h=bottom - top)


def _union(one: Rect | None, other: Rect | None) -> Rect | None:
    if one is None or other is None:
        return one or other
    x, y = min(one.x, other.x), min(one.y, other.y)
    return Rect(x=x, y=y, w=max(one.right, other.right) - x, h=max(one.bottom, other.bottom) - y)


def _fits(box: Rect | None, size: tuple[int, ...]) -> bool:
    return box is None or (box.w <= size[0] and box.h <= size[1])


def _around(box: Rect, size: tuple[int, ...], canvas: tuple[int, int]) -> Rect:
    """A rectangle of a size around a box, on the canvas."""
    w, h = size
    x = min(max(0, box.x - (w - box.w) // 2), canvas[0] - w)
    y = min(max(0, box.y - (h - box.h) // 2), canvas[1] - h)
    return Rect(x=x, y=y, w=w, h=h)
