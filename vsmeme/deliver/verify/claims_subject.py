"""Claims about the generation and the subject; arithmetic of its own, in NumPy."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from .evidence import Claim, Evidence, Look, PairClaim

Mask = npt.NDArray[np.bool_]
LUMA_CODES = 0.02  # of 255: five steps of the 16-bit grid


def one_generation(evidence: Evidence) -> Claim:
    """Every key frame was generated once, or not at all where nothing was open."""
    keys = evidence.json("inpaint")["keys"]
    wrong = [k for k in keys if k["generations"] != _calls(evidence, k)]
    seen = [(k["shot"], k["frame"]) for k in keys]
    doubled = len(seen) - len(set(seen))
    total = sum(k["generations"] for k in keys)
    return Claim(
        name="one generation per key",
        passed=not wrong and not doubled and bool(keys),
        number=total,
        limit=f"at most {len(keys)}, one a key",
        note=f"shot {wrong[0]['shot']}: {wrong[0]['generations']}"
        if wrong
        else f"{len(keys)} keys",
    )


def _calls(evidence: Evidence, key: dict[str, Any]) -> int:
    """How often a backend must have been called for a plate; a person has painted some."""
    return 0 if key["backend"] == "retouched" else int(bool(_mask(evidence, key).any()))


def outside_generation(evidence: Evidence) -> Claim:
    """The plates' samples outside the generated area are those from before the generation."""
    changed, note = 0, ""
    for key in evidence.json("inpaint")["keys"]:
        mask, plate = _mask(evidence, key), _samples(evidence, key)
        digest = hashlib.sha256()
        for plane in plate:
            digest.update(np.ascontiguousarray(plane[~mask], dtype="<u2").tobytes())
        facts = [key["changed_outside_mask"] == 0]
        facts += [key["outside_sha256_before"] == key["outside_sha256_after"]]
        facts += [digest.hexdigest() == key["outside_sha256_before"]]
        if not all(facts):
            changed, note = changed + 1, f"plate of shot {key['shot']}"
    return Claim(
        name="generation changed nothing outside its mask",
        passed=not changed,
        number=changed,
        limit="0 plates",
        note=note or "hashes of the plates recomputed",
    )


def _real_changed(evidence: Evidence, n: int) -> Look:
    """Samples with a source's picture that a live background changes; generation is elsewhere."""
    modes = {k["shot"]: k.get("mode", "live") for k in evidence.json("inpaint")["keys"]}
    wanted = evidence.project.config.background.mode
    shots = evidence.json("match", "shots.json")["shots"]
    shot = next(i for i, s in enumerate(shots) if s["first"] <= n <= s["last"])
    if (modes.get(shot, "live") if wanted == "auto" else wanted) != "live":
        return None
    real = evidence.frame("missing", n)[0] == 0
    pairs = zip(evidence.frame("background", n), evidence.frame("composite", n), strict=True)
    changed = sum(int((a != b)[real].sum()) for a, b in pairs)
    return changed, f"pair {n}" if changed else f"looked at pairs up to {n}"


def no_subject_generated(evidence: Evidence) -> Claim:
    """The generated areas hold no pixel of the subject on their key frames."""
    inside, note = 0, ""
    for key in evidence.json("inpaint")["keys"]:
        mask = _mask(evidence, key)
        subject = evidence.frame("foreground_mask", key["frame"])[0] > 127
        subject |= evidence.frame("face_mask", key["frame"])[0] > 127
        x, y = key.get("origin", (0, 0))
        h, w = subject.shape
        hit = int((mask[y : y + h, x : x + w] & subject).sum()) + key["subject_pixels_in_mask"]
        if hit:
            inside, note = inside + hit, f"plate of shot {key['shot']}"
    return Claim(
        name="no subject pixel generated",
        passed=not inside,
        number=inside,
        limit="0 px",
        note=note or "masks against the generated areas",
    )


def _luma_off(evidence: Evidence, n: int) -> Look:
    """How much recolouring alone changes the subject's luma, codes of 255."""
    inside = evidence.frame("foreground_mask", n)[0] > 0
    if not inside.any():
        return None
    before = evidence.frame("background", n)[0][inside].astype(np.int64)
    after = evidence.frame("plain_foreground", n)[0][inside].astype(np.int64)
    return float(np.abs(after - before).max()) / 257, f"worst at pair {n}"


def _outside_changed(evidence: Evidence, n: int) -> Look:
    """Samples outside the masks that recolouring, effects and face change."""
    either = evidence.frame("foreground_mask", n)[0] > 0
    either |= evidence.frame("face_mask", n)[0] > 0
    outside = ~_grown(either, (evidence.project.config.segment.feather + 1) // 2 + 1)
    changed, note = 0, ""
    for after in ("foreground", "face"):
        pairs = zip(evidence.frame(after, n), evidence.frame("background", n), strict=True)
        count = sum(int((a != b)[outside].sum()) for a, b in pairs)
        if count:
            changed, note = changed + count, f"{after}, pair {n}"
    return changed, note


def _grown(mask: Mask, px: int) -> Mask:
    """The mask with its feather: grown by some px each way."""
    out = mask.copy()
    for _ in range(px):
        padded = np.pad(out, 1)
        out = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1]
        out |= padded[1:-1, :-2] | padded[1:-1, 2:]
        out |= padded[:-2, :-2] | padded[2:, 2:] | padded[:-2, 2:] | padded[2:, :-2]
    return np.asarray(out)


def _mask(evidence: Evidence, key: dict[str, Any]) -> Mask:
    with Image.open(evidence.project.work / key["mask"]) as picture:
        return np.asarray(picture.convert("L")) > 127


def _samples(evidence: Evidence, key: dict[str, Any]) -> npt.NDArray[np.uint16]:
    """Y, Cb and Cr of a plate, which lie in G, B and R of its PNG."""
    import cv2

    bgr = cv2.imread(str(evidence.project.work / key["samples"]), cv2.IMREAD_UNCHANGED)
    if bgr is None or bgr.ndim != 3:
        return np.zeros((3, *_mask(evidence, key).shape), np.uint16)
    return np.asarray(np.stack([bgr[..., 1], bgr[..., 0], bgr[..., 2]]), np.uint16)


background_real = PairClaim(
    name="live background keeps every real sample",
    look=_real_changed,
    most=0,
    limit="0 samples",
    gather="sum",
    note="no live shot",
)
luma_kept = PairClaim(
    name="luma of the recoloured subject unchanged",
    look=_luma_off,
    most=LUMA_CODES,
    limit=f"<= {LUMA_CODES} codes of 255",
    gather="worst",
    note="no subject in the samples",
)
outside_masks = PairClaim(
    name="nothing changed outside the masks",
    look=_outside_changed,
    most=0,
    limit="0 samples",
    gather="sum",
    note="recolouring, effects and face",
)
