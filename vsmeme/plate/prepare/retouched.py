"""A plate that a person has painted over: taken inside its mask alone, once it is proved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ...arrays.bt709 import rgb_to_yuv, yuv_to_rgb
from ...arrays.images import Floats, Mask, Picture, channel_max
from ...errors import UsageError
from .generation import Generated, outside_sha256

OFF_CODES = 1.5
"""By how many codes of its own depth a program may change what it only loads and saves."""
_PLATE_NAME = re.compile(r"(\d+)(-\d+)?")


def check_paintings(paintings: Sequence[Path], *, shots: int) -> None:
    """Refuse files of which it is not clear whose plate they are.

    Args:
        paintings: The files.
        shots: How many shots the film has.

    Raises:
        UsageError: A name that is no plate's, in a film of several shots.
    """
    for path in paintings:
        name = _PLATE_NAME.fullmatch(path.stem)
        if name and int(name[1]) < shots:
            continue
        if not name and len(paintings) == 1 and shots == 1:
            continue
        raise UsageError(
            f"{path}: the film has {shots} shots; name it as the plate that it replaces, such as "
            f"0.png for work/plate/0.png"
        )


def painting_of(paintings: Sequence[Path], stem: str) -> Path | None:
    """Return the file that replaces a plate, if there is one.

    Args:
        paintings: Files that `check_paintings` accepts.
        stem: Name of the plate, such as ``0`` or ``0-1``.
    """
    for path in paintings:
        named = path.stem if _PLATE_NAME.fullmatch(path.stem) else "0"
        if named == stem:
            return path
    return None


def take_painting(path: Path, plate: Picture, mask: Mask, *, hidden: Mask) -> Generated:
    """Take from a painted plate what lies in the mask; everything else has to be as it was.

    Args:
        path: 8- or 16-bit RGB picture, made from the plate's PNG.
        plate: BT.709 limited 16-bit samples, ``3 x h x w``, after filling with real pixels.
        mask: What may be painted, ``h x w``.
        hidden: What no frame shows, ``h x w``: it is not looked at.

    Returns:
        The plate and its proof; no backend was called.

    Raises:
        UsageError: Another size, or real picture that was changed.
    """
    picture, codes = read_painting(path)
    real = np.clip(yuv_to_rgb(plate), 0.0, 1.0)
    if picture.shape != real.shape:
        sizes = [f"{p.shape[1]}x{p.shape[0]}" for p in (real, picture)]
        raise UsageError(f"{path}: expected a plate of {sizes[0]}, got {sizes[1]}")
    off = channel_max(np.abs(picture - real)) * codes
    wrong = (off > OFF_CODES) & ~mask & ~hidden
    if wrong.any():
        y, x = np.unravel_index(int(np.where(wrong, off, 0).argmax()), wrong.shape)
        raise UsageError(
            f"{path}: {int(wrong.sum())} px of real picture differ, most at ({x}, {y}), by "
            f"{off[y, x]:.0f} codes; paint only where work/plate/*.mask.png is white"
        )
    before = outside_sha256(plate, mask)
    out = plate.copy()
    out[:, mask] = rgb_to_yuv(picture[mask])
    return Generated(
        plate=out, generations=0, before=before, after=outside_sha256(out, mask), changed=0
    )


def read_painting(path: Path) -> tuple[Floats, float]:
    """Return a painted plate as RGB, ``h x w x 3``, 0..1, and its highest code."""
    data = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if data is None or data.ndim != 3 or data.dtype not in (np.uint8, np.uint16):
        raise UsageError(f"{path}: expected an RGB picture of 8 or 16 bit")
    most = 255.0 if data.dtype == np.uint8 else 65535.0
    if data.shape[2] == 4 and np.any(data[..., 3] != most):
        raise UsageError(f"{path}: expected an opaque picture, got one with transparency")
    rgb = np.asarray(data[..., 2::-1], np.float32) / np.float32(most)
    return rgb, most
