"""The automatic way: what a small person network, faces and motion agree on, edges by GrabCut."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ....arrays.images import Floats, Image, floats
from ....settings.setting_values import Box
from ..hints import Hints
from ..people.likely_person import LIMIT, likely_person
from ..people.one_person import told_apart
from ..propagation.mean_field import logit
from ..small_networks.people_networks import PeopleNetworks
from ..weighed_mask import MOTION_WEIGHT, spots, weigh_evidence
from .base import Segmenter
from .grabcut import main_parts, refined
from .rivals import parted

ROUNDS = 2
EDGE = 0.004  # of the picture's width: how far from the network's edge the picture's may lie
DOUBT, SURE = 1.0, 2.5  # log odds: what the picture's edges still decide, what nothing does
# Edges away from the network's, beyond which nothing is taken in, and nothing of at least these log
# odds is left out.
FAR_EDGES, LIKELY = 3.0, 0.4
ROOM = 12.0  # edges of background around what is cut, for its colours
LEAST_AGREEMENT = 0.6  # IoU with a mask or a box below which the network means something else
PLAIN = 0.5  # motion that says more than the network where no face does
UNSURE_MOTION = 0.35  # how much plain motion counts against the network's word
UNSURE_SHARE = 0.5  # likewise what motion and colours together make of it: between legs it guesses


class People:
    """Persons by a network that knows them; anything else by the way without.

    Args:
        networks: The small networks.
        otherwise: Painted masks, and what the network does not know.
    """

    name = "people"
    sees, hears = True, True

    def __init__(self, networks: PeopleNetworks, otherwise: Segmenter) -> None:
        self._networks, self._otherwise = networks, otherwise

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        moving = hints.evidence is not None and hints.evidence.plain >= PLAIN
        if hints.painted is not None or hints.part or (hints.face is None and moving):
            return self._otherwise.segment(frame, hints)
        odds = self._odds(frame, hints)
        if odds is None:
            return self._otherwise.segment(frame, hints)
        mask = _attached(odds > 0, hints)
        if not _agrees(mask, hints):
            return self._otherwise.segment(frame, hints)
        whole = main_parts(_on_edges(frame, mask, odds, hints), hints)
        if hints.face is not None and hints.others:
            alone = told_apart(frame, hints.face, hints.others, self._networks)
            own = parted(frame, whole, hints.face, hints.others, alone=alone)
            whole = _attached(own > 0, hints)
        whole[spots(hints.background, (frame.shape[1], frame.shape[0]), 1.0) > 0] = 0
        return refined(frame, whole)

    def _odds(self, frame: Image, hints: Hints) -> Floats | None:
        """Log odds of the subject; `None` where nothing says which part to ask about."""
        size = (frame.shape[1], frame.shape[0])
        if hints.face is not None:
            box: Box | None = (hints.face.x, hints.face.y, hints.face.w, hints.face.h)
        else:
            box = _box(hints)
        if box is None:
            return None
        odds = likely_person(frame, box, self._networks, face=hints.face is not None)
        if hints.evidence is not None:
            speech = cv2.resize(hints.evidence.speech, size, interpolation=cv2.INTER_LINEAR)
            share, _ = weigh_evidence(frame, hints, hints.evidence)
            weighed = cv2.resize(logit(share, LIMIT), size, interpolation=cv2.INTER_LINEAR)
            said = UNSURE_MOTION * MOTION_WEIGHT * speech + UNSURE_SHARE * weighed
            odds += np.float32(hints.evidence.plain) * said
        if hints.boxes:
            inside = np.zeros(frame.shape[:2], bool)
            for x, y, w, h in hints.boxes:
                inside[int(y) : int(np.ceil(y + h)), int(x) : int(np.ceil(x + w))] = True
            odds[~inside] = -2 * SURE
        odds[spots(hints.points, size, 1.0) > 0] = 2 * SURE
        odds[spots(hints.background, size, 1.0) > 0] = -2 * SURE
        return floats(odds)


def _box(hints: Hints) -> Box | None:
    """What the subject lies in, by what is known of it."""
    if hints.prior is not None:
        inside = np.asarray(hints.prior > 127, np.uint8)
        x, y, w, h = (float(v) for v in cv2.boundingRect(inside))
        return (x, y, w, h) if w and h else None
    if not hints.boxes:
        return None
    left, top = min(box[0] for box in hints.boxes), min(box[1] for box in hints.boxes)
    right, bottom = (max(box[i] + box[i + 2] for box in hints.boxes) for i in (0, 1))
    return left, top, right - left, bottom - top


def _attached(inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], hints: Hints) -> Image:
    """What hangs together with the face, the points, or most of the prior; 0 or 1."""
    mask = np.asarray(inside, np.uint8)
    _, labels = cv2.connectedComponents(mask, connectivity=4)
    held = {int(labels[_at(point, mask)]) for point in hints.points} - {0}
    if hints.face is not None:
        middle = (hints.face.x + hints.face.w / 2, hints.face.y + hints.face.h / 2)
        held |= {int(labels[_at(middle, mask)])} - {0}
    if not held:
        return mask
    return np.asarray(np.isin(labels, list(held)), np.uint8)


def _at(point: tuple[float, float], mask: Image) -> tuple[int, int]:
    height, width = mask.shape
    return min(max(int(point[1]), 0), height - 1), min(max(int(point[0]), 0), width - 1)


def _agrees(mask: Image, hints: Hints) -> bool:
    """Whether the network means what the hints mean."""
    if not mask.any():
        return False
    if hints.prior is not None:
        prior = hints.prior > 127
        both = float((prior & (mask > 0)).sum())
        return both >= LEAST_AGREEMENT * float((prior | (mask > 0)).sum())
    if hints.face is not None:
        return float(mask.sum()) > hints.face.w * hints.face.h
    x, y, w, h = _box(hints) or (0.0, 0.0, 1.0, 1.0)
    a, b, c, d = cv2.boundingRect(mask)
    common = max(0.0, min(x + w, a + c) - max(x, a)) * max(0.0, min(y + h, b + d) - max(y, b))
    return common >= LEAST_AGREEMENT * (w * h + c * d - common)


def _around(trimap: Image, room: int) -> tuple[slice, slice]:
    """Where a cut may go, and enough background beside it to know its colours."""
    x, y, w, h = cv2.boundingRect(np.asarray(trimap != cv2.GC_BGD, np.uint8))
    return slice(max(0, y - room), y + h + room), slice(max(0, x - room), x + w + room)


def _on_edges(frame: Image, mask: Image, odds: Floats, hints: Hints) -> Image:
    """Let the picture decide within a band around the mask's edge; 0 or 1."""
    reach = max(2.0, EDGE * frame.shape[1])
    deep = cv2.distanceTransform(np.pad(mask, 1, mode="edge"), cv2.DIST_L2, 3)[1:-1, 1:-1]
    away = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 3)
    trimap = np.asarray(np.where(mask > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD), np.uint8)
    trimap[(mask > 0) & (deep > reach) & (odds > DOUBT)] = cv2.GC_FGD
    trimap[(mask > 0) & (deep > FAR_EDGES * reach) & (odds > LIKELY)] = cv2.GC_FGD
    trimap[(mask == 0) & (away > reach) & (odds < -DOUBT)] = cv2.GC_BGD
    trimap[(mask == 0) & ((away > FAR_EDGES * reach) | (odds < -2 * SURE + 0.1))] = cv2.GC_BGD
    if not (np.isin(trimap, (0, 2)).any() and np.isin(trimap, (1, 3)).any()):
        return mask
    part = _around(trimap, round(ROOM * reach))
    cv2.setRNGSeed(0)  # its clusters start at random
    back, fore = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
    picture, labels = (np.ascontiguousarray(a) for a in (frame[part][..., ::-1], trimap[part]))
    cv2.grabCut(picture, labels, (0, 0, 1, 1), back, fore, ROUNDS, cv2.GC_INIT_WITH_MASK)
    trimap[part] = labels
    cut = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return _attached(cut, replace(hints, boxes=()))
