"""Pictures that a page sends: checked before they are decoded, kept under names of our own."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from ...arrays.images import Image
from ...artifact import atomic_path
from ...errors import UsageError

FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
LARGEST_PIXELS = 40_000_000
NAME_DIGITS = 10


def checked_picture(data: bytes) -> tuple[str, Pictures.Image]:
    """Decode an uploaded picture.

    Args:
        data: The bytes of a PNG, JPEG or WebP.

    Returns:
        Its file ending, and the picture, decoded.

    Raises:
        UsageError: It is of another kind, damaged, or of more than 40 million px.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pictures.DecompressionBombWarning)
            picture = Pictures.open(io.BytesIO(data), formats=tuple(FORMATS))
        if picture.width * picture.height > LARGEST_PIXELS:
            got = f"{picture.width}x{picture.height}"
            raise UsageError(f"picture: expected {LARGEST_PIXELS} px at most, got {got}")
        if getattr(picture, "n_frames", 1) != 1:
            raise UsageError("picture: expected one frame, got a moving picture")
        ending = FORMATS[str(picture.format)]
        picture.load()
    except UsageError:
        raise
    except Exception as error:  # a decoder's own faults differ from format to format
        raise UsageError(
            f"picture: expected a PNG, JPEG or WebP ({type(error).__name__})"
        ) from None
    return ending, picture


def kept_upload(folder: Path, stem: str, data: bytes, ending: str) -> Path:
    """Write an upload beside a project; the same bytes become the same file.

    Args:
        folder: Of the project.
        stem: Begin of the name; ours, never the page's.
        data: Its bytes.
        ending: Its file ending.

    Returns:
        The file.
    """
    path = folder / f"{stem}-{hashlib.sha256(data).hexdigest()[:NAME_DIGITS]}.{ending}"
    if not path.exists():
        with atomic_path(path) as part:
            part.write_bytes(data)
    return path


def painted_mask(data: bytes, size: tuple[int, int]) -> bytes:
    """Bring a painted mask to the canvas.

    Args:
        data: A PNG of any size; its alpha is the mask, or without one its brightness.
        size: Width and height of the canvas, px.

    Returns:
        A gray PNG of the canvas's size.

    Raises:
        UsageError: It is no picture, or empty.
    """
    _, picture = checked_picture(data)
    channel = picture.getchannel("A") if "A" in picture.getbands() else picture.convert("L")
    mask: Image = np.asarray(channel.resize(size, Pictures.Resampling.BILINEAR), np.uint8)
    if mask.max(initial=0) < 128:
        raise UsageError("painted mask: expected something painted, got nothing")
    stream = io.BytesIO()
    Pictures.fromarray(np.where(mask > 127, 255, 0).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()
