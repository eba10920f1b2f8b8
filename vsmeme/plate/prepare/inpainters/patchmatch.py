"""PatchMatch, which continues textures and needs no model."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....arrays.images import Floats, Mask, _undo_quantisation
from ....errors import MissingError
from ....host import install_command
from .open_areas import open_areas

# Radius 5 beat 3 and 7 on photographs at 1024 px width (24.1 against 22.6 and 23.6 dB).
PATCH_RADIUS = 5
# PatchMatch takes 8 s a megapixel. A crop larger than the first is filled at half its size at most,
# which came as close to the corners of the real pairs (17.4 codes both); one larger than the second
# is shrunk to it. Bands upscaled by 4 are softer than that.
FULL_SIZE_PX, LARGEST_CROP_PX = 40_000, 300_000


@dataclass(slots=True, kw_only=True)
class PatchMatch:
    """Fill by PatchMatch (Barnes et al. 2009), area by area; deterministic for a seed."""

    seed: int = 0
    name: str = "patchmatch"
    model: str = ""

    def fill(self, picture: Floats, mask: Mask, avoid: Mask) -> Floats:
        """Fill; see ``Inpainter.fill``."""
        import patchmatch

        if not patchmatch.patchmatch_available:
            raise MissingError(f"PyPatchMatch's library does not load; run: {install_command()}")
        patchmatch.set_random_seed(self.seed)
        out = picture.copy()
        done = ~mask
        for area in open_areas(mask, avoid=avoid):
            box = area.rows_columns
            crop, holes = out[box], ~done[box] | avoid[box]
            filled = _continue_textures(crop, holes)
            crop[area.mask] = filled[area.mask]
            done[box] |= area.mask
        return out


def _continue_textures(crop: Floats, holes: Mask) -> Floats:
    """Fill all holes of a crop, at reduced size where it is large.

    What is no background counts as a hole, too: background reaches through behind it, and nothing
    is copied from it. The caller takes what it wants.
    """
    import patchmatch

    size, reduced = _reduced(crop)
    eight = np.rint(np.clip(reduced, 0.0, 1.0) * 255.0).astype(np.uint8)
    filled = patchmatch.inpaint(
        np.ascontiguousarray(eight),
        _resize_mask(holes, size).astype(np.uint8),
        patch_size=min(PATCH_RADIUS, (min(size) - 1) // 4 or 1),
    )
    smooth = _undo_quantisation(filled)
    if size == (crop.shape[1], crop.shape[0]):
        return smooth
    large = cv2.resize(smooth, crop.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float32)


def _reduced(crop: Floats) -> tuple[tuple[int, int], Floats]:
    height, width = crop.shape[:2]
    area = width * height
    half = min(1.0, max(0.5, (FULL_SIZE_PX / area) ** 0.5))
    scale = min(half, (LARGEST_CROP_PX / area) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return size, crop
    return size, np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.float32)


def _resize_mask(mask: Mask, size: tuple[int, int]) -> Mask:
    """Shrink a mask so that a pixel stays open where any of its parts is."""
    if size == mask.shape[1::-1]:
        return mask
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) > 0.0
