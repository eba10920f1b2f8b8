"""GrabCut (Rother et al. 2004) from prompts, a guess or a prior, and from what moves."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ....arrays.images import Doubles, Image, Mask, floats
from ..hints import Hints
from ..motion_evidence import MotionEvidence
from ..propagation.edge_refinement import guided
from ..weighed_mask import weigh_evidence

ROUNDS = 6
POINT_RADIUS = 0.008  # of the picture's width
BAND = 0.02  # of the picture's width: what a prior leaves open on each side of its edge
MOST_OPEN_PX = 150_000  # that one cut decides: a second or so, where twice as many may take 30
MOST_OPEN_OF_PROMPTS_PX = 60_000
"""A person waits: boxes around the ten people outlined in the tests take 0.4 to 1.1 s instead of
0.4 to 2.1, and no worse (mean IoU 0.830, was 0.827). A quarter of the size would lose too much."""
HALF_SIZE_ROUNDS = 4  # beside six, masks of points and boxes on three films have an IoU of 0.98
NO_BOX = (0, 0, 1, 1)  # where labels are given
EDGE_KERNEL = np.ones((9, 9), np.uint8)
CERTAIN = 2.0  # log odds beyond which motion, place and colour have the last word


class GrabCut:
    """GrabCut (Rother et al. 2004) from boxes, points or a prior, refined by a guided filter."""

    name = "grabcut"
    sees, hears = False, True

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        if hints.evidence is None:
            trimap = _trimap(frame.shape[:2], hints)
        else:
            trimap = _weighed(frame, hints, hints.evidence)
        sure = _inside(trimap)
        if not sure.any() or sure.all():
            return np.asarray(np.where(sure, 255, 0), np.uint8)
        most = MOST_OPEN_PX if hints.prior is not None else MOST_OPEN_OF_PROMPTS_PX
        inside = _cut(np.ascontiguousarray(frame[..., ::-1]), trimap, Colours(), ROUNDS, most)
        return refined(frame, main_parts(inside.astype(np.uint8), hints))


@dataclass(slots=True, kw_only=True, eq=False)
class Colours:
    """GrabCut's two mixtures of Gaussians; the first cut learns them, later ones keep them."""

    back: Doubles = field(default_factory=lambda: np.zeros((1, 65)))
    fore: Doubles = field(default_factory=lambda: np.zeros((1, 65)))
    known: bool = False


def _cut(picture: Image, trimap: Image, colours: Colours, rounds: int, most: int) -> Mask:
    """Decide what a trimap leaves open: coarse first where that is much, then along the edge alone.

    A cut through the whole of a large box can take half a minute, and says no more than this one.

    Args:
        picture: BGR, ``h x w x 3``.
        trimap: GrabCut's labels.
        colours: Those of the picture.
        rounds: Of learning the colours.
        most: Open px beyond which half the size is cut first.
    """
    undecided = np.isin(trimap, (cv2.GC_PR_FGD, cv2.GC_PR_BGD))
    if np.count_nonzero(undecided) > most:
        size = (picture.shape[1] // 2, picture.shape[0] // 2)
        small = cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)
        for label in (cv2.GC_BGD, cv2.GC_FGD):  # points must not fall between the px
            marked = np.asarray(trimap == label, np.uint8)
            small[cv2.resize(marked, size, interpolation=cv2.INTER_AREA) > 0] = label
        half = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        coarse = _cut(half, np.asarray(small, np.uint8), colours, HALF_SIZE_ROUNDS, MOST_OPEN_PX)
        trimap = _along_the_edge(trimap, undecided, coarse)
    made = trimap.copy()
    if not _inside(made).any() or _inside(made).all():
        return _inside(made)
    cv2.setRNGSeed(0)  # its clusters start at random
    models = (colours.back, colours.fore)
    if colours.known:
        part = _open_part(made)
        labels = np.ascontiguousarray(made[part])
        cv2.grabCut(
            np.ascontiguousarray(picture[part]),
            labels,
            NO_BOX,
            *models,
            1,
            cv2.GC_EVAL_FREEZE_MODEL,
        )
        made[part] = labels
    else:
        cv2.grabCut(picture, made, NO_BOX, *models, rounds, cv2.GC_INIT_WITH_MASK)
        colours.known = True
    return _inside(made)


def _open_part(trimap: Image) -> tuple[slice, slice]:
    """Return rows and columns that hold what is open, and a px around."""
    x, y, w, h = cv2.boundingRect(np.asarray(trimap > 1, np.uint8))
    return slice(max(0, y - 1), y + h + 1), slice(max(0, x - 1), x + w + 1)


def _inside(labels: Image) -> Mask:
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _along_the_edge(trimap: Image, undecided: Mask, coarse: Mask) -> Image:
    """Leave open what lies near the edge of a cut at half the size."""
    height, width = trimap.shape
    inside = cv2.resize(coarse.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    near = cv2.dilate(inside, EDGE_KERNEL) != cv2.erode(inside, EDGE_KERNEL)
    sure = np.where(inside > 0, cv2.GC_FGD, cv2.GC_BGD)
    likely = np.where(inside > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    decided = np.where(near, likely, sure).astype(np.uint8)
    return np.where(undecided, decided, trimap).astype(np.uint8)


def _trimap(shape: tuple[int, ...], hints: Hints) -> Image:
    height, width = shape[:2]
    trimap = np.full((height, width), cv2.GC_BGD, np.uint8)
    for x, y, w, h in hints.boxes:
        rows, columns = slice(int(y), int(np.ceil(y + h))), slice(int(x), int(np.ceil(x + w)))
        trimap[rows, columns] = cv2.GC_PR_FGD
    if hints.prior is not None:
        inside = (hints.prior > 127).astype(np.uint8)
        reach = max(2, round(BAND * width))
        outer = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3) if inside.any() else None
        if outer is not None:
            trimap[outer <= reach] = cv2.GC_PR_BGD
            trimap[inside > 0] = cv2.GC_PR_FGD
            trimap[cv2.distanceTransform(inside, cv2.DIST_L2, 3) > reach] = cv2.GC_FGD
    elif hints.guess is not None:
        trimap[hints.guess > 100] = cv2.GC_PR_BGD
        trimap[hints.guess > 200] = cv2.GC_PR_FGD
    elif not hints.boxes:
        trimap[:] = cv2.GC_PR_BGD
        margin = max(1, round(POINT_RADIUS * width))
        for x, y in hints.points:
            cv2.circle(trimap, (int(x), int(y)), width // 12, cv2.GC_PR_FGD, -1)
        trimap[:margin], trimap[:, :margin], trimap[:, -margin:] = (cv2.GC_BGD,) * 3
    radius = max(1, round(POINT_RADIUS * width))
    for points, label in ((hints.points, cv2.GC_FGD), (hints.background, cv2.GC_BGD)):
        for x, y in points:
            cv2.circle(trimap, (int(x), int(y)), radius, label, -1)
    return trimap


def _weighed(frame: Image, hints: Hints, evidence: MotionEvidence) -> Image:
    """What motion leaves open: the edge, and what it isn't sure of."""
    size = (frame.shape[1], frame.shape[0])
    share, odds = (
        floats(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR))
        for part in weigh_evidence(frame, hints, evidence)
    )
    inside = np.asarray(share > 0.5, np.uint8)
    reach = max(2, round(BAND * size[0]))
    trimap = np.asarray(np.where(inside > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD), np.uint8)
    far = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3) > reach
    deep = cv2.distanceTransform(inside, cv2.DIST_L2, 3) > reach
    trimap[(inside == 0) & (far | (odds < -CERTAIN))] = cv2.GC_BGD
    trimap[(inside > 0) & (deep | (odds > CERTAIN))] = cv2.GC_FGD
    return trimap


def main_parts(mask: Image, hints: Hints) -> Image:
    """Keep the parts that hold a hinted point, or else the large ones; fill holes."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return mask
    area = stats[:, cv2.CC_STAT_AREA].astype(float)
    area[0] = 0
    keep = area >= 0.2 * area.max()
    at = [labels[int(y), int(x)] for x, y in hints.points]
    if any(at):
        keep = np.isin(np.arange(count), at) | (area >= 0.5 * area.max())
        keep[0] = False
    kept = np.asarray(keep[labels], np.uint8)
    holes, labels, stats, _ = cv2.connectedComponentsWithStats(1 - kept, connectivity=4)
    for i in range(1, holes):
        if stats[i, cv2.CC_STAT_AREA] < 0.01 * kept.sum():
            kept[labels == i] = 1
    return kept


def refined(frame: Image, mask: Image) -> Image:
    """Let the edge of a 0 or 1 mask follow the picture; returns 0..255."""
    radius = max(2, round(0.004 * frame.shape[1]))
    guide = frame.astype(np.float32) * np.float32(1 / 255)
    soft = guided(guide, mask.astype(np.float32), radius, 1e-4)
    return np.asarray(np.clip(255 * ((soft - 0.5) * 1.5 + 0.5), 0, 255).round(), np.uint8)
