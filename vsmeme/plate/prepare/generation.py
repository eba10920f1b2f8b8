"""The one generation: a backend fills the open samples, the guard keeps everything else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.bt709 import rgb_to_yuv, yuv_to_rgb
from ...arrays.images import Floats, Mask, Picture, nearest_outside
from .inpainters.base import GenerationError, Inpainter


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A plate after its one generation, with the proof.

    Attributes:
        plate: The samples, ``3 x h x w``.
        generations: Calls of the backend.
        before: SHA-256 of everything outside the mask before it.
        after: And after it.
        changed: Samples outside the mask that differ, over all planes.
    """

    plate: Picture
    generations: int
    before: str
    after: str
    changed: int


def generate(
    plate: Picture,
    mask: Mask,
    *,
    avoid: Mask,
    backend: Inpainter,
    feather_px: int,
    shown: Mask | None = None,
) -> Generated:
    """Call a backend once and take from it only what lies in the mask.

    Args:
        plate: BT.709 limited 16-bit samples, ``3 x h x w``, after filling with real pixels.
        mask: What is open, ``h x w``.
        avoid: Where the plate holds no background, ``h x w``; must not touch the mask.
        backend: What fills it.
        feather_px: Width of the inward feather, plate px.
        shown: What any frame will take from the plate, ``h x w``; without it, everything. The
            rest of the mask keeps the edge continued into it, which costs the backend nothing.

    Returns:
        The plate and its proof. An empty mask calls nothing.

    Raises:
        GenerationError: The backend gave back something else than a picture of this size.
    """
    before = outside_sha256(plate, mask)
    if not mask.any():
        return Generated(plate=plate, generations=0, before=before, after=before, changed=0)
    continued = continue_edges(yuv_to_rgb(plate), mask | avoid)
    asked = mask & shown if shown is not None and (mask & shown).any() else mask
    returned = backend.fill(continued.copy(), asked.copy(), avoid | (mask & ~asked))
    picture = _checked(returned, shape=continued.shape, backend=backend.name)
    edge, made = continued[mask], picture[mask]
    made = np.where(asked[mask][:, None], made, edge)
    depth = _blend_share(mask | avoid, feather_px)[mask][:, None] if feather_px >= 1 else 1.0
    out = plate.copy()
    out[:, mask] = rgb_to_yuv(np.asarray(edge + (made - edge) * depth, np.float32))
    changed = int(np.count_nonzero((out != plate) & ~mask))
    after = outside_sha256(out, mask)
    if changed or after != before:
        raise GenerationError(f"{backend.name}: {changed} samples outside the mask changed")
    return Generated(plate=out, generations=1, before=before, after=after, changed=changed)


def continue_edges(picture: Floats, holes: Mask) -> Floats:
    """Continue the picture into holes: every hole pixel takes the nearest sample outside.

    A blur that grows with the depth takes the streaks away.

    Args:
        picture: ``h x w x 3``.
        holes: Where it has no samples, ``h x w``; at least one pixel must be outside.

    Returns:
        The continued picture; outside the holes it is untouched.
    """
    if holes.all():
        raise GenerationError("the plate has no real sample to continue from")
    distance, nearest = nearest_outside(holes)
    flat = picture.reshape(-1, 3)[nearest]
    smooth = cv2.GaussianBlur(flat, (0, 0), 3.0)[holes]
    weight = np.clip(distance[holes] / 12.0, 0.0, 1.0)[:, None].astype(np.float32)
    near = flat[holes]
    filled = picture.copy()
    filled[holes] = near + (smooth - near) * weight
    return filled


def _blend_share(holes: Mask, feather_px: int) -> Floats:
    """How much of the generated picture shows: nothing at the real edge, all of it further in."""
    distance, _ = nearest_outside(holes)
    depth = np.clip((distance - 0.5) / feather_px, 0.0, 1.0)
    return np.asarray(depth * depth * (3.0 - 2.0 * depth), np.float32)


def _checked(returned: object, *, shape: tuple[int, ...], backend: str) -> Floats:
    """Take floats 0..1 or integers of full range; refuse everything else."""
    if not isinstance(returned, np.ndarray):
        raise GenerationError(f"{backend}: expected an array, got {type(returned).__name__}")
    if returned.shape != shape:
        expected = "x".join(map(str, (shape[1], shape[0])))
        raise GenerationError(
            f"{backend}: expected a picture of {expected} RGB, got an array of {returned.shape}"
        )
    if returned.dtype in (np.uint8, np.uint16):
        return np.asarray(returned, np.float32) / np.float32(np.iinfo(returned.dtype).max)
    if not np.issubdtype(returned.dtype, np.floating):
        raise GenerationError(f"{backend}: expected floats or integers, got {returned.dtype}")
    if not np.isfinite(returned).all():
        raise GenerationError(f"{backend}: the picture holds NaN or infinity")
    return np.clip(returned, 0.0, 1.0).astype(np.float32)


def mask_sha256(mask: Mask) -> str:
    """Return the SHA-256 of a mask's size and samples."""
    import numpy as np

    digest = hashlib.sha256(f"{mask.shape[1]}x{mask.shape[0]}".encode())
    digest.update(np.packbits(mask).tobytes())
    return digest.hexdigest()


def outside_sha256(plate: Picture, mask: Mask) -> str:
    """Return the SHA-256 of all samples outside a mask, plane after plane, little-endian."""
    import numpy as np

    digest = hashlib.sha256()
    keep = ~mask
    for plane in plate:
        digest.update(np.ascontiguousarray(plane[keep], dtype="<u2").tobytes())
    return digest.hexdigest()
