"""What the tracker sees of a region: a frame's cut-out, anchors cut from it, first guesses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.images import Doubles, Floats
from .template import Template, make_template


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """What the tracker sees of a frame.

    Attributes:
        luma: Cut-out, codes 0..255, ``h x w``.
        mask: The region in it, 0..1.
        origin: Where the cut-out lies in the tracked picture, px.
    """

    luma: Floats
    mask: Floats
    origin: tuple[int, int]

    @property
    def area(self) -> float:
        """Px of the region."""
        return float(self.mask.sum())

    def centre(self) -> tuple[float, float]:
        """Centre of gravity of the region, edge coordinates of the tracked picture."""
        ys, xs = np.nonzero(self.mask > 0.5)
        if not len(xs):
            h, w = self.mask.shape
            return self.origin[0] + w / 2, self.origin[1] + h / 2
        return self.origin[0] + float(xs.mean()) + 0.5, self.origin[1] + float(ys.mean()) + 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anchor:
    """A frame with a template and its pose (start frame to it), and how sure that one is."""

    frame: int
    template: Template
    pose: Doubles
    trust: float = 1.0


def largest_view(sights: Sequence[Sight], frames: Iterable[int]) -> Anchor | None:
    """Return the frame with the largest view of the region, or ``None`` if none shows enough."""
    best = max(frames, key=lambda n: sights[n].area, default=None)
    return None if best is None else cut_anchor(sights, best, np.eye(3))


def cut_anchor(
    sights: Sequence[Sight], frame: int, pose: Doubles, trust: float = 1.0
) -> Anchor | None:
    """Cut the region out of a frame whose pose is known; ``None`` where it is too small."""
    sight = sights[frame]
    template = make_template(sight.luma, sight.mask)
    if template is None:
        return None
    moved = Template(
        levels=template.levels,
        x=template.x + sight.origin[0],
        y=template.y + sight.origin[1],
    )
    return Anchor(frame=frame, template=moved, pose=pose, trust=trust)


def predicted(last: Doubles, before: Doubles) -> Doubles:
    """Return the next pose at half the last step: heads stop sooner than they start."""
    step = last - before
    return np.asarray(last + 0.5 * step, np.float64)


def other_guesses(
    sights: Sequence[Sight], n: int, anchor: Anchor, last: Doubles
) -> Iterable[Doubles]:
    """Yield more first guesses: where the mask is, and where the coarse template fits best."""
    yield last
    sight = sights[n]
    centre = np.array([*sights[anchor.frame].centre(), 1.0])
    was = last @ np.linalg.inv(anchor.pose) @ centre
    here = np.asarray(last @ np.linalg.inv(anchor.pose), np.float64)
    for goal in filter(None, (sight.centre() if sight.area else None, _search(sight, anchor))):
        shifted = here.copy()
        shifted[:2] += np.outer(np.asarray(goal) - was[:2] / was[2], shifted[2])
        yield np.asarray(shifted @ anchor.pose, np.float64)


def _search(sight: Sight, anchor: Anchor) -> tuple[float, float] | None:
    """Where a coarse template correlates best: its centre, edge coordinates."""
    level = anchor.template.levels[0]
    small = cv2.resize(
        sight.luma, None, fx=1 / level.scale, fy=1 / level.scale, interpolation=cv2.INTER_AREA
    )
    h, w = level.picture.shape
    if small.shape[0] < h or small.shape[1] < w:
        return None
    score = cv2.matchTemplate(small, level.picture, cv2.TM_CCOEFF_NORMED)
    y, x = np.unravel_index(int(score.argmax()), score.shape)
    return (
        sight.origin[0] + (float(x) + w / 2) * level.scale,
        sight.origin[1] + (float(y) + h / 2) * level.scale,
    )
