"""One direction of propagation: the rigid fast path while it holds, else the deforming one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....arrays.images import Floats
from .colour_model import ColourModel
from .deforming_subject import Walker
from .frame_features import FrameFeatures
from .mean_field import sigmoid
from .optical_flow import FlowField
from .rigid_subject import RigidFit, RigidTracker, ring_around

MOST_STRANGE, LATER_STRANGE = 0.03, 0.25  # once it has held, an occluder may pass
MOST_SPILL, LATER_SPILL = 0.3, 0.6  # beyond, the subject is not the key moved in one piece
STRANGE_ALARM = 0.02
STEADY_FRAMES = 4  # of the fast path: when it fails after so many, something has happened
DRIFT_ALARM = 0.15


class Follower:
    """Carries a key's mask along, frame by frame, and says how far it can be trusted.

    Attributes:
        mask: Of the last frame, `h x w` in 0..1.
        drift: Disagreement with the key's appearance, 0 at the key.
        rigid: Whether the last frame went by the fast path.
        broken: Whether the fast path failed after it had held.
    """

    def __init__(self, key: FrameFeatures, mask: Floats, colour: ColourModel) -> None:
        self._colour = colour
        self._look = key
        self.mask = mask
        self.drift = 0.0
        self.rigid = True
        self.broken = False
        self._steps = 0
        self._walker: Walker | None = None
        self._tracker: RigidTracker | None = RigidTracker(key, mask)
        odds = colour.odds(key)
        ring = ring_around(np.asarray(mask > 0.5, np.uint8))
        self._calm = float((odds[ring] > 1).mean()) if ring.any() else 0.0
        self._base = disagreement(odds, mask)

    def step(
        self,
        after: FrameFeatures,
        motion: Callable[[], FlowField],
        background: Callable[[], Floats | None],
    ) -> Floats:
        """Move on to the next frame.

        Args:
            after: The next frame.
            motion: Gives the motion to it; only asked where the subject deforms.
            background: Gives log odds by the remembered background, or `None`; likewise.

        Returns:
            Probability of foreground in it, `h x w`.
        """
        odds = self._colour.odds(after)
        self._steps += 1
        if not self._try_rigid(after, odds):
            if self._walker is None:
                self._walker = Walker(self._look, self.mask, self._colour)
            self.mask = self._walker.step(after, motion(), background())
            self.drift = disagreement(odds, self.mask) - self._base
        self._look = after
        return self.mask

    def _try_rigid(self, after: FrameFeatures, odds: Floats) -> bool:
        self.rigid = False
        if self._tracker is None:
            return False
        fit = self._tracker.follow(after, odds, self._calm)
        if fit is None or self._refused(fit):
            self._tracker = None
            self.broken = self._steps > STEADY_FRAMES
            return False
        self.mask, self.drift, self.rigid = fit.mask, fit.strange, True
        return True

    def _refused(self, fit: RigidFit) -> bool:
        if self._steps <= STEADY_FRAMES:
            return fit.strange > MOST_STRANGE or fit.spill > MOST_SPILL
        return fit.strange > LATER_STRANGE or fit.spill > LATER_SPILL

    @property
    def alarming(self) -> bool:
        """Whether appearance says that the mask is no longer the key's subject."""
        if self.rigid:
            return self.drift > STRANGE_ALARM
        return self.broken or self.drift > DRIFT_ALARM


def disagreement(odds: Floats, mask: Floats) -> float:
    """How much a mask and the colours of the keys differ around it, as a share of its area."""
    hard = mask > 0.5
    area = float(hard.sum())
    if not area:
        return 0.0
    likely = sigmoid(odds)
    ring = ring_around(np.asarray(hard, np.uint8))
    missing = float((1 - likely[hard]).sum())
    beyond = float(likely[ring].sum())
    return (missing + beyond) / area
