"""A picture steadied in time: what boils is held still, what moves is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import vapoursynth as vs

from ..memory import held
from ..pixels.box_blur import box_blur

core = vs.core

AROUND_PX = 8  # radius of two boxes: over how much of the picture energies are means


class SteadyInputs(NamedTuple):
    """A picture and its neighbours in time: GRAYS, 8-bit codes.

    Attributes:
        soft: What is coarser than fine, of the frame before, the frame itself and the next one.
        fine: The rest of these three.
        change: Local mean square of how much ``soft`` changed since the frame before, and of how
            much it will have changed in the next one.
    """

    soft: tuple[vs.VideoNode, vs.VideoNode, vs.VideoNode]
    fine: tuple[vs.VideoNode, vs.VideoNode, vs.VideoNode]
    change: tuple[vs.VideoNode, vs.VideoNode]

    @property
    def clips(self) -> tuple[vs.VideoNode, ...]:
        """Its eight clips, in the order that `steady_code` wants."""
        return (*self.soft, *self.fine, *self.change)


def steady_inputs(soft: vs.VideoNode, fine: vs.VideoNode) -> SteadyInputs:
    """Look at a picture's neighbours in time.

    Args:
        soft: GRAYS, ``w x h x n``: what is coarser than fine.
        fine: The same format: the rest.
    """
    softs, fines = (_three(held(clip)) for clip in (soft, fine))
    squares = core.akarin.Expr([softs[1], softs[0]], "x y - dup *")
    change = held(local_mean(squares, AROUND_PX))
    return SteadyInputs(softs, fines, (change, _later(change)))


def steady_code(names: Sequence[str], boil: float, share: str) -> str:
    """Expression that sets ``P``, the coarser picture, and ``F``, the fine one, steadied.

    A neighbour counts in full where the coarser picture has changed by no more than what boils
    by itself, and not at all from 1.4 times as much on: there something moves.

    Args:
        names: Of the clips of a `SteadyInputs`.
        boil: How much the coarser picture changes by itself, 8-bit codes.
        share: Expression, 0..1: how far to go towards the mean of the three.
    """
    soft, fine, change = names[:3], names[3:6], names[6:]
    weights = "".join(
        f"2 {name} {1 / boil**2:.9g} * - 0 1 clamp {weight}! "
        for name, weight in zip(change, "VW", strict=True)
    )
    far = f"{share} 1 V@ + W@ + / H! "
    code = "{1} {0} {1} - V@ * {2} {1} - W@ * + H@ * +"
    return f"{weights}{far}{code.format(*soft)} P! {code.format(*fine)} F! "


def local_mean(clip: vs.VideoNode, radius: int) -> vs.VideoNode:
    """Return a picture blurred twice by a box of a radius in px; small pictures by less."""
    across, down = (max(1, min(radius, (side - 1) // 2)) for side in (clip.width, clip.height))
    return box_blur(clip, across=across, down=down, passes=2)


def _three(clip: vs.VideoNode) -> tuple[vs.VideoNode, vs.VideoNode, vs.VideoNode]:
    if clip.num_frames < 2:
        return clip, clip, clip
    return clip[0] + clip[:-1], clip, _later(clip)


def _later(clip: vs.VideoNode) -> vs.VideoNode:
    return clip[1:] + clip[-1] if clip.num_frames > 1 else clip
