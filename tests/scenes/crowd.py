"""Crowds of one real dancer over moving pictures: fast, deforming, look-alikes before and behind.

    crowd = Crowd(kind="passers", folder=FOOTAGE)
    frames, truth = crowd.frames(90)

The dancer is cut out of `masks/*` and `d5_dancer` by its known mask, shown several times at other
moments, sizes and mirrored, and laid over the films of other pairs. The truth is exact: what can be
seen of the one whose mask is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

SIZE = (854, 480)
Picture = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One appearance of the dancer.

    Attributes:
        source: Whose cut-outs.
        start, pace: Cut-out of frame 0, and how many each frame goes on.
        height: Of the cut-out's frame, as a share of the picture's height.
        grow: By how much it has grown after 90 frames.
        at: Where its middle is, as shares of the picture: the middle of its path.
        sway: How far it goes each way, likewise.
        turns: Rounds of the path in 90 frames.
        mirrored: Left for right.
    """

    source: str
    start: int = 0
    pace: int = 2
    height: float = 0.8
    grow: float = 1.0
    at: tuple[float, float] = (0.5, 0.5)
    sway: tuple[float, float] = (0.0, 0.0)
    turns: float = 1.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who stands behind whom: the last is in front; `asked` is the one whose mask is known."""

    film: str
    roles: tuple[Role, ...]
    asked: int
    blur_px: int = 0  # length of horizontal motion blur
    shade: float = 0.0  # flicker of the light, share


CASTS = {
    "row": Cast(
        film="d3_signs",
        roles=(
            Role(source="dancer_drive", start=20, at=(0.2, 0.48), sway=(0.05, 0), mirrored=True),
            Role(source="d5_dancer", start=50, at=(0.8, 0.5), sway=(0.08, 0), height=0.9),
            Role(source="dancer_room", at=(0.5, 0.52), sway=(0.16, 0.03), height=0.95),
        ),
        asked=2,
    ),
    "passers": Cast(
        film="d1_tos",
        roles=(
            Role(source="dancer_room", start=9, at=(0.65, 0.5), sway=(0.2, 0), turns=1.5),
            Role(source="dancer_drive", at=(0.45, 0.5), sway=(0.2, 0.04), turns=2, height=0.9),
            Role(source="d5_dancer", start=33, at=(0.4, 0.55), sway=(0.5, 0), mirrored=True),
        ),
        asked=1,
        blur_px=5,
    ),
    "runner": Cast(
        film="d4_bunny",
        roles=(
            Role(source="d5_dancer", pace=3, at=(0.5, 0.5), sway=(0.34, 0.05), turns=2.5, grow=1.5),
        ),
        asked=0,
        blur_px=9,
    ),
    "troupe": Cast(
        film="d2_meeting",
        roles=(
            Role(source="dancer_room", start=40, at=(0.2, 0.45), height=0.7, sway=(0.1, 0)),
            Role(source="dancer_room", start=20, at=(0.5, 0.42), height=0.7, mirrored=True),
            Role(source="dancer_drive", start=11, at=(0.8, 0.45), height=0.7, sway=(0.1, 0)),
            Role(source="dancer_drive", pace=3, at=(0.5, 0.55), height=1.0, sway=(0.22, 0.02)),
            Role(source="dancer_room", start=55, at=(0.9, 0.62), height=1.0, sway=(0.25, 0)),
        ),
        asked=3,
        blur_px=5,
        shade=0.15,
    ),
    "small": Cast(
        film="d1_tos",
        roles=(
            Role(source="dancer_room", start=30, at=(0.7, 0.4), height=0.45, sway=(0.2, 0.05)),
            Role(source="d5_dancer", at=(0.4, 0.5), height=0.4, sway=(0.3, 0.1), turns=3, pace=3),
            Role(source="dancer_drive", start=5, at=(0.3, 0.6), height=0.5, sway=(0.2, 0.05)),
        ),
        asked=1,
        blur_px=5,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """One sequence; always the same."""

    kind: str
    folder: Path

    def frames(self, count: int) -> tuple[list[Picture], list[Picture]]:
        """Frames (uint8 RGB) and masks (uint8, 0 or 255)."""
        cast = CASTS[self.kind]
        film = _film(self.folder / cast.film / "master.mkv", count)
        made = [_frame(cast, film[n % len(film)], n, self.folder) for n in range(count)]
        return [picture for picture, _ in made], [mask for _, mask in made]


def _frame(cast: Cast, back: Picture, n: int, folder: Path) -> tuple[Picture, Picture]:
    picture = back.astype(np.float32)
    seen = np.zeros(SIZE[::-1], np.float32)
    for index, role in enumerate(cast.roles):
        cut = _cutouts(folder, role.source)
        colour, alpha = cut[_pingpong(role.start + role.pace * n, len(cut))]
        matrix = _place(role, n, colour.shape)
        colour = cv2.warpAffine(colour, matrix, SIZE, flags=cv2.INTER_AREA)
        alpha = cv2.warpAffine(alpha, matrix, SIZE, flags=cv2.INTER_AREA)
        share = alpha.astype(np.float32) / 255
        picture += share[..., None] * (colour - picture)
        seen = share if index == cast.asked else seen * (1 - share)
    if cast.blur_px:
        picture = cv2.blur(picture, (cast.blur_px, 1))
    picture *= 1 + cast.shade * np.sin(0.9 * n)
    noise = np.random.default_rng((7, n)).standard_normal(picture.shape).astype(np.float32)
    frame = np.clip(picture + 1.5 * noise, 0, 255).round().astype(np.uint8)
    return frame, (seen > 0.5).astype(np.uint8) * 255


def _place(role: Role, n: int, shape: tuple[int, ...]) -> np.ndarray:
    """From the cut-out to the picture: 2x3."""
    scale = role.height * SIZE[1] / shape[0] * role.grow ** (n / 90)
    angle = 2 * np.pi * role.turns * n / 90
    x = SIZE[0] * (role.at[0] + role.sway[0] * np.sin(angle))
    y = SIZE[1] * (role.at[1] + role.sway[1] * np.cos(2 * angle))
    across = -scale if role.mirrored else scale
    return np.array([[across, 0, x - across * shape[1] / 2], [0, scale, y - scale * shape[0] / 2]])


def _pingpong(n: int, length: int) -> int:
    n %= 2 * length - 2
    return n if n < length else 2 * length - 2 - n


@cache
def _cutouts(folder: Path, source: str) -> list[tuple[Picture, Picture]]:
    """The dancer frame by frame: RGB and a soft matte a px inside its mask."""
    if source == "d5_dancer":
        pictures = _film(folder / source / "master.mkv", 120, size=None)
        names = sorted((folder / source / "gt_masks").iterdir())
    else:
        paths = sorted((folder / "masks" / source / "frames").iterdir())
        pictures = [np.ascontiguousarray(cv2.imread(str(p))[..., ::-1]) for p in paths]
        names = sorted((folder / "masks" / source / "gt").iterdir())
    masks = [cv2.imread(str(p), cv2.IMREAD_GRAYSCALE) for p in names]
    inner = np.ones((3, 3), np.uint8)
    soft = [cv2.GaussianBlur(cv2.erode(m, inner), (0, 0), 0.8) for m in masks]
    return list(zip(pictures, soft, strict=True))


@cache
def _film(path: Path, count: int, *, size: tuple[int, int] | None = SIZE) -> list[Picture]:
    """The first frames of a film, RGB."""
    video, frames = cv2.VideoCapture(str(path)), []
    while len(frames) < count:
        good, frame = video.read()
        if not good:
            break
        if size:
            frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        frames.append(np.ascontiguousarray(frame[..., ::-1]))
    return frames
