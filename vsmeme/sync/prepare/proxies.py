"""What matching sees of a film: small luma frames, decoded once and kept on disk.

Nothing of them reaches the composite. Wide and DVD are brought to BT.709 luma of limited range and
to about the same pixel density, and no further: the finest detail tells MPEG noise, not frames.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from threading import Event
from typing import cast

import cv2
import numpy as np
import vapoursynth as vs

from ...arrays.images import Floats, Image
from ...arrays.stored_images import StoredImages
from ...artifact import atomic_path, locked
from ...errors import wrong
from ...memory import in_order
from ...pixels.rect import Rect
from ...progress import bar
from ...source.files import STREAM_PROP, Role
from ...source.prepare.active_picture import EdgeProfiles, active_of, edge_profiles, unit_luma

VERSION = 4
PROFILES = 12  # frames that are looked at for blanked edges
PROXY_WIDTH = {"wide": 128, "dvd": 96}
BLOCK_FRAMES = 64
BT601_MATRICES = (5, 6)
# BT.709 luma from full-range BT.601 YCbCr: both standards' luma coefficients (ITU-R BT.601, BT.709)
CB_TO_709, CR_TO_709 = -0.118188, -0.212685


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmProxies:
    """The proxies of one source.

    Attributes:
        proxies: ``n x h x w``, 8-bit BT.709 limited luma of the active picture.
        active: The picture that they show, px of the source.
        sar: Sample aspect ratio of the source.
        fps: Frame rate as labelled.
        stream: Number of the stream's frame that each frame came from; None: all of them, in order.
    """

    proxies: Image | StoredImages
    active: Rect
    sar: Fraction
    fps: Fraction
    stream: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.proxies)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a proxy, px."""
        return int(self.proxies.shape[2]), int(self.proxies.shape[1])

    @property
    def px(self) -> tuple[float, float]:
        """Source px per proxy px, horizontally and vertically."""
        return self.active.w / self.size[0], self.active.h / self.size[1]

    def cropped(self, active: Rect) -> FilmProxies:
        """Keep what the proxies show of an active picture, to whole proxy px inside it."""
        kx, ky = self.px
        whole = self.active
        left, top = ceil((active.x - whole.x) / kx - 0.05), ceil((active.y - whole.y) / ky - 0.05)
        right = floor((active.right - whole.x) / kx + 0.05)
        bottom = floor((active.bottom - whole.y) / ky + 0.05)
        if (left, top, right, bottom) == (0, 0, *self.size):
            return self
        x, y = whole.x + round(left * kx), whole.y + round(top * ky)
        w, h = round((right - left) * kx), round((bottom - top) * ky)
        rows, columns = slice(top, bottom), slice(left, right)
        return replace(
            self,
            proxies=self.proxies.cut(rows, columns)
            if isinstance(self.proxies, StoredImages)
            else self.proxies[:, rows, columns],
            active=Rect(x=x, y=y, w=w, h=h),
        )

    def block(self, first: int, last: int) -> Image:
        """Return frames ``first`` to ``last - 1`` in memory."""
        return np.array(self.proxies[first:last])


def measure_film(
    clip: vs.VideoNode,
    *,
    role: Role,
    sar: Fraction,
    folder: Path,
    key: str,
    active: Rect | None = None,
    stop: Event | None = None,
) -> tuple[FilmProxies, Rect]:
    """Decode a source once, or take its proxies from the cache.

    Args:
        clip: YUV or RGB of 8 to 16 bit with colour props, ``w x h x n``.
        role: Which proxy size to make.
        sar: Sample aspect ratio.
        folder: Where proxies are kept.
        key: Content hash of the source.
        active: The picture inside bars and blanked edges, px; None to find it on the way.
        stop: Set by another thread that no longer wants the proxies.

    Returns:
        The film and its active picture, px. The proxies stay on disk, so that memory does not grow
        with the film's length.

    Raises:
        CancelledError: Stopped.
    """
    store = folder / f"{role}-{key[:20]}-{clip.num_frames}-v{VERSION}.npy"
    with locked(store):
        if not (store.exists() and _facts_of(store).exists()):
            _store_film(clip, role, sar, store, stop or Event())
    return _stored_film(clip, sar, store, active)


def _facts_of(store: Path) -> Path:
    """Where what was found on the way is kept beside the proxies."""
    return store.with_suffix(".json")


def _store_film(clip: vs.VideoNode, role: Role, sar: Fraction, store: Path, stop: Event) -> None:
    """Decode a source; write its proxies and what was found on the way."""
    active, stream = _write_proxies(clip, role, sar, store, stop)
    with atomic_path(_facts_of(store)) as part:
        told = {"active": active.as_list(), "stream": stream}
        part.write_text(json.dumps(told), encoding="utf-8")


def _stored_film(
    clip: vs.VideoNode, sar: Fraction, store: Path, active: Rect | None
) -> tuple[FilmProxies, Rect]:
    """Take a film from the cache, cut to its active picture."""
    told = json.loads(_facts_of(store).read_text(encoding="utf-8"))
    known = active or Rect.from_list(told["active"])
    film = FilmProxies(
        proxies=StoredImages(store),
        active=Rect(x=0, y=0, w=clip.width, h=clip.height),
        sar=sar,
        fps=Fraction(clip.fps),
        stream=told["stream"] and tuple(told["stream"]),
    )
    return film.cropped(known), known


def proxy_size(role: Role, active: Rect, sar: Fraction) -> tuple[int, int]:
    """Width and height of the proxies of a source, px."""
    width = PROXY_WIDTH[role]
    return width, max(16, round(width * active.h / float(active.w * sar)))


def _write_proxies(
    clip: vs.VideoNode, role: Role, sar: Fraction, path: Path, stop: Event
) -> tuple[Rect, list[int] | None]:
    """Write ``n x h x w`` bytes in the .npy format, frame by frame.

    Returns:
        The active picture, and the numbers of the stream's frames unless they just count up.
    """
    whole = Rect(x=0, y=0, w=clip.width, h=clip.height)
    width, height = proxy_size(role, whole, sar)
    profiles: list[EdgeProfiles] = []
    stream: list[int] = []
    with atomic_path(path) as part, part.open("wb") as out:
        header = {"descr": "|u1", "fortran_order": False, "shape": (clip.num_frames, height, width)}
        np.lib.format.write_array_header_1_0(out, header)
        made = proxies(clip, active=whole, size=(width, height), profiles=profiles, stream=stream)
        for proxy in bar(made, label=f"decode {role}", total=clip.num_frames):
            if stop.is_set():
                raise CancelledError
            out.write(proxy.tobytes())
    active = active_of(profiles, tape=role == "dvd")
    return active, None if stream == list(range(len(stream))) else stream


def proxies(
    clip: vs.VideoNode,
    *,
    active: Rect,
    size: tuple[int, int],
    profiles: list[EdgeProfiles] | None = None,
    stream: list[int] | None = None,
) -> Iterator[Image]:
    """Decode a clip in order into small BT.709 limited luma frames.

    Args:
        clip: YUV or RGB of 8 to 16 bit with colour props.
        active: What to keep, px of the clip.
        size: Width and height of what comes out.
        profiles: Gets the edge profiles of some frames on the way.
        stream: Gets the number of the stream's frame that each frame came from.

    Yields:
        ``h x w``, 8 bit.
    """
    if clip.format.sample_type != vs.INTEGER:
        raise wrong("proxies", "clip", "8 to 16 bit integer", clip.format.name)
    if clip.format.color_family == vs.RGB:
        clip = vs.core.resize.Bilinear(clip, format=vs.YUV444P8, matrix=1)
    every = max(1, clip.num_frames // PROFILES)
    for n, frame in enumerate(in_order(clip)):
        if profiles is not None and n % every == every // 2:
            profiles.append(edge_profiles(unit_luma(frame)))
        if stream is not None:
            stream.append(cast(int, frame.props.get(STREAM_PROP, n)))
        yield _proxy(frame, active, size)


def _proxy(frame: vs.VideoFrame, active: Rect, size: tuple[int, int]) -> Image:
    scale = 1.0 / (1 << (frame.format.bits_per_sample - 8))
    luma = _shrunk(frame, 0, active, size) * scale
    full = int(frame.props.get("_Range", 0)) == int(vs.RANGE_FULL)
    if int(frame.props.get("_Matrix", 1)) in BT601_MATRICES and frame.format.num_planes == 3:
        # BT.601 to BT.709 needs the chroma, as far as the proxies resolve it
        gain = 1.0 if full else 219 / 224
        luma += (CB_TO_709 * gain) * (_shrunk(frame, 1, active, size) * scale - 128.0)
        luma += (CR_TO_709 * gain) * (_shrunk(frame, 2, active, size) * scale - 128.0)
    if full:
        luma = luma * (219 / 255) + 16.0
    return np.asarray(np.clip(np.rint(luma), 0, 255), np.uint8)


def _shrunk(frame: vs.VideoFrame, plane: int, active: Rect, size: tuple[int, int]) -> Floats:
    across = frame.format.subsampling_w if plane else 0
    down = frame.format.subsampling_h if plane else 0
    view = np.asarray(frame[plane])[
        active.y >> down : active.bottom >> down, active.x >> across : active.right >> across
    ]
    return cv2.resize(view, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def band_passed(image: Floats, *, fine: float, broad: float) -> Floats:
    """Difference of two Gaussians: what is left is neither grain nor grading.

    Args:
        image: Luma, ``h x w``.
        fine: Standard deviation of the narrow Gaussian, px.
        broad: Standard deviation of the wide one, px.
    """
    narrow = cv2.GaussianBlur(image, (0, 0), fine)
    return np.asarray(narrow - cv2.GaussianBlur(image, (0, 0), broad), np.float32)


def unit(images: Floats, *, floor: float) -> Floats:
    """Bring each image to zero mean and unit length, as a row.

    Args:
        images: ``n x h x w``.
        floor: Standard deviation below which an image counts as blank and becomes zero.

    Returns:
        ``n x (h * w)``.
    """
    rows = images.reshape(len(images), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    blank = length < floor * np.sqrt(rows.shape[1])
    return np.asarray(np.where(blank, 0, rows / np.maximum(length, 1e-9)), np.float32)
