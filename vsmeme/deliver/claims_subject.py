"""Claims about the generation and the subject; arithmetic of its own, in NumPy."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from .evidence import Claim, Evidence

Mask = npt.NDArray[np.bool_]
LUMA_CODES = 0.02  # of 255: five steps of the 16-bit grid


def one_generation(evidence: Evidence) -> Claim:
    """Every key frame was generated once, or not at all where nothing was open."""
    keys = evidence.json("inpaint")["keys"]
    wrong = [k for k in keys if k["generations"] != int(bool(_mask(evidence, k).any()))]
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


def background_real(evidence: Evidence) -> Claim:
    """Where a source has picture, a live background is the composite; generation is elsewhere."""
    changed, note = 0, "no live shot"
    modes = {k["shot"]: k.get("mode", "live") for k in evidence.json("inpaint")["keys"]}
    wanted = evidence.project.config.background.mode
    shots = evidence.json("match", "shots.json")["shots"]
    for n in evidence.samples:
        shot = next(i for i, s in enumerate(shots) if s["first"] <= n <= s["last"])
        if (modes.get(shot, "live") if wanted == "auto" else wanted) != "live":
            continue
        open_ = evidence.frame("missing", n)[0] > 0
        pairs = zip(evidence.frame("background", n), evidence.frame("composite", n), strict=True)
        changed += sum(int((a != b)[~open_].sum()) for a, b in pairs)
        note = f"looked at pairs up to {n}"
    return Claim(
        name="live background keeps every real sample",
        passed=not changed,
        number=changed,
        limit="0 samples",
        note=note,
    )


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


def luma_kept(evidence: Evidence) -> Claim:
    """Recolouring alone leaves the subject's luma as it is."""
    worst, note = 0.0, "no subject in the samples"
    for n in evidence.samples:
        inside = evidence.frame("foreground_mask", n)[0] > 0
        if not inside.any():
            continue
        before = evidence.frame("plain_background", n)[0].astype(np.int64)
        after = evidence.frame("plain_foreground", n)[0].astype(np.int64)
        off = float(np.abs(after - before)[inside].max()) / 257
        if off >= worst:
            worst, note = off, f"worst at pair {n}"
    return Claim(
        name="luma of the recoloured subject unchanged",
        passed=worst <= LUMA_CODES,
        number=worst,
        limit=f"<= {LUMA_CODES} codes of 255",
        note=note,
    )


def outside_masks(evidence: Evidence) -> Claim:
    """Subject effects change nothing outside the masks."""
    changed, note = 0, ""
    for n in evidence.samples:
        either = evidence.frame("foreground_mask", n)[0] > 0
        either |= evidence.frame("face_mask", n)[0] > 0
        either = _grown(either, (evidence.project.config.segment.feather + 1) // 2 + 1)
        for after, before, mask in (
            ("foreground", "background", either),
            ("face", "background", either),
        ):
            pairs = zip(evidence.frame(after, n), evidence.frame(before, n), strict=True)
            count = sum(int((a != b)[~mask].sum()) for a, b in pairs)
            if count:
                changed, note = changed + count, f"{after}, pair {n}"
    return Claim(
        name="nothing changed outside the masks",
        passed=not changed,
        number=changed,
        limit="0 samples",
        note=note or "recolouring, effects and face",
    )


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
