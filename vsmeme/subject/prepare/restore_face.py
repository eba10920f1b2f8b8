"""Restored detail of the face, made once: aligned by the track, steadied over time, luma only.

What the network adds to an aligned face is high-passed, so that neither colour nor light of the
film moves, averaged over neighbouring frames, and kept as a clip that the graph warps back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, islice, repeat
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.bt709 import LUMA_WEIGHTS, rgb_of_samples
from ...arrays.images import Floats, floats
from ...artifact import atomic_path
from ...ffmpeg import Raw, pipe
from ...memory import in_order
from ...pixels.matrix import Matrix33, compose, invert, scaling
from ...progress import bar
from ..track import Placement, Region
from .face_picture import Points
from .face_placement import fit_points
from .restoration_network import Restorer

Detail = tuple[int, Floats]  # key frame of the pose (-1: none), and the detail

# Where FFHQ-aligned networks of 512 px expect eyes, nose and corners of the mouth (facexlib).
TEMPLATE_PX = 512
TEMPLATE = np.array(
    [[192.98, 239.95], [318.90, 240.19], [256.63, 314.02], [201.26, 371.41], [313.09, 371.15]]
)
LARGEST_SIGMA = 24 / 512  # of the aligned face: what is larger is light and colour, not detail
TIME_WEIGHTS = (1.0, 2.0, 3.0, 2.0, 1.0)  # two frames each way
CONFIDENCE = 0.5
FFV1 = ("-c:v", "ffv1", "-level", "3", "-g", "1", "-color_range", "pc")


def aligned(points: Points, key: int, size: int) -> Placement:
    """Return where the network's picture lies on a key frame.

    Args:
        points: Five landmarks on the key frame's canvas.
        key: The key frame.
        size: Of the network's picture, px.
    """
    template = np.asarray(TEMPLATE * (size / TEMPLATE_PX), np.float64)
    return Placement(key=key, matrix=fit_points(template, points))


def write_detail(clip: vs.VideoNode, region: Region, restorer: Restorer, path: Path) -> None:
    """Restore the face of every frame in which it is tracked.

    Args:
        clip: YUV444P16, BT.709 limited, ``w x h x n``.
        region: The face, with ``restored`` placements.
        restorer: The network.
        path: FFV1 file, GRAY16, the network's size, one frame a frame of the clip: luma that the
            network adds, 32768 for none.
    """
    size, fps = restorer.size, clip.fps or Fraction(25)
    raw = Raw(width=size, height=size, fps=fps, pixels="gray16le")
    with atomic_path(path) as part, pipe(raw, [*FFV1, str(part)]) as encoder:
        for frame in _steadied(_details(clip, region, restorer), size):
            codes = np.clip(np.rint(32768 + 32767 * frame), 0, 65535).astype("<u2")
            encoder.write(codes.tobytes())


def _details(clip: vs.VideoNode, region: Region, restorer: Restorer) -> Iterator[Detail]:
    size, sigma = restorer.size, LARGEST_SIGMA * restorer.size
    empty = np.zeros((size, size), np.float32)
    places = region.placed(clip.num_frames, of=region.restored)
    poses = {pose.frame: pose for pose in region.poses if pose.confidence >= CONFIDENCE}
    frames = bar(in_order(clip), label="restore", total=clip.num_frames)
    for n, frame in enumerate(frames):
        place, pose = places[n], poses.get(n)
        if place is None or pose is None:
            yield -1, empty
            continue
        face = _look([np.asarray(frame[i]) for i in range(3)], place, size)
        gain = np.asarray((restorer.restore(face) - face) @ LUMA_WEIGHTS, np.float32)
        detail = np.asarray(gain - cv2.GaussianBlur(gain, (0, 0), sigma), np.float32)
        yield region.keys[0] if pose.key is None else pose.key, detail


def _look(planes: Sequence[NDArray[np.uint16]], place: Matrix33, size: int) -> Floats:
    """The face in the network's picture, RGB 0..1; averaged where it is larger than that."""
    back = invert(place)
    growth = abs(back[0][0] * back[1][1] - back[0][1] * back[1][0]) ** 0.5
    fine = max(1, min(4, round(1 / growth)))
    local = compose(scaling(fine, fine), back)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    index = np.linalg.inv(half) @ np.array(local) @ half
    large = (size * fine, size * fine)
    y, cb, cr = (
        floats(
            cv2.resize(
                cv2.warpPerspective(
                    plane, index, large, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
                ).astype(np.float32),
                (size, size),
                interpolation=cv2.INTER_AREA,
            )
        )
        for plane in planes
    )
    return np.asarray(np.clip(rgb_of_samples(y, cb, cr), 0, 1), np.float32)


def _steadied(details: Iterator[Detail], size: int) -> Iterator[Floats]:
    """Average each detail with its neighbours of the same key; frames without one stay empty."""
    reach = len(TIME_WEIGHTS) // 2
    empty: Detail = (-1, np.zeros((size, size), np.float32))
    source = chain(details, repeat(empty, reach))
    window = deque([empty] * reach + list(islice(source, reach)), maxlen=len(TIME_WEIGHTS))
    for item in source:
        window.append(item)
        key, middle = window[reach]
        if key < 0:
            yield middle
            continue
        pairs = [(w, d) for w, (k, d) in zip(TIME_WEIGHTS, window, strict=True) if k == key]
        total = sum(w for w, _ in pairs)
        mean = np.zeros_like(middle)
        for weight, detail in pairs:
            mean += detail * np.float32(weight / total)
        yield mean
