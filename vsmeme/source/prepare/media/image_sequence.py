"""A folder or pattern of images as a film without loss."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from ....errors import UsageError
from ....progress import log
from ...media.medium import LEAST_IMAGES

IMAGE_CODEC = ("-c:v", "ffv1", "-level", "3", "-g", "1", "-slices", "4", "-slicecrc", "0")


def image_arguments(files: Sequence[Path], rate: Fraction, folder: Path) -> tuple[list[str], float]:
    """Return ffmpeg's arguments that read images as a film, and how long it lasts, seconds.

    Args:
        files: In their order.
        rate: Images a second.
        folder: Gets the list that ffmpeg reads.

    Raises:
        UsageError: They are too few, of unlike sizes, or one can't be read.
    """
    if len(files) < LEAST_IMAGES:
        raise UsageError(f"{files[0]}: expected {LEAST_IMAGES} images or more, got one")
    first = _look(files[0])
    for path in files[1:]:
        if _look(path) != first:
            raise UsageError(
                f"{path}: {_worded(_look(path))}, but {files[0].name}: {_worded(first)}; the "
                "images of a film are of one size and kind"
            )
    log.info("%d images at %.3f a second", len(files), float(rate))
    listing = folder / "images.ffconcat"
    quoted = [str(path.absolute()).replace("'", r"'\''") for path in files]
    lines = [f"file '{name}'\nduration {float(1 / rate):.9f}" for name in quoted]
    listing.write_text("\n".join(["ffconcat version 1.0", *lines]) + "\n", encoding="utf-8")
    # every image is one frame, whatever the list's clock rounds to
    count = ["-r", str(rate), "-f", "concat", "-safe", "0", "-i", str(listing)]
    return count, float(len(files) / rate)


def _look(path: Path) -> tuple[int, int, str] | None:
    """Size and kind of an image; None where that takes ffmpeg."""
    if path.suffix.lower() == ".dpx":
        return None
    try:
        with PillowImage.open(path) as image:
            return (*image.size, image.mode)
    except (OSError, UnidentifiedImageError):
        raise UsageError(f"{path}: not a readable image") from None


def _worded(look: tuple[int, int, str] | None) -> str:
    return f"{look[0]}x{look[1]} {look[2]}" if look else "unknown"
