"""A soft edge's own colour: the subject's nearby, so that a recolour leaves what lies behind."""

from __future__ import annotations

import numpy as np
import pytest
import vapoursynth as vs
from scenes.lacking import as_clip, planes

from vsmeme.errors import UsageError
from vsmeme.subject.edge_colour import edge_colour
from vsmeme.subject.recolour import recolour

core = vs.core
SIZE = (240, 180)
OWN, BEHIND = (16000, 30000, 36000), (46000, 38000, 28000)


def ramp() -> np.ndarray:
    """The subject on the left, a ramp of 24 px, the background on the right; 8 bit."""
    share = np.clip((132 - np.arange(SIZE[0]) - 0.5) / 24, 0, 1)
    return np.broadcast_to((255 * share).round().astype(np.uint8), SIZE[::-1]).copy()


def mask_clip(levels: np.ndarray) -> vs.VideoNode:
    blank = core.std.BlankClip(
        width=levels.shape[1], height=levels.shape[0], format=vs.GRAY8, length=1, keep=True
    )

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.asarray(out[0])[:] = levels
        return out

    return core.std.SetFrameProps(core.std.ModifyFrame(blank, blank, fill), _Range=1)


def mixed(own: tuple[int, int, int]) -> np.ndarray:
    share = ramp() / 255.0
    picture = [share * a + (1 - share) * b for a, b in zip(own, BEHIND, strict=True)]
    return np.stack(picture).round().astype(np.uint16)


def flat(colour: tuple[int, int, int]) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.uint16)[:, None, None], (3, *SIZE[::-1])).copy()


@pytest.mark.parametrize("reach", [3, 12, 24])
def test_a_mixed_edge_gets_the_subjects_colour(reach: int) -> None:
    clip, mask = as_clip([mixed(OWN)]), mask_clip(ramp())
    own = planes(edge_colour(clip, mask, reach_px=reach), 0).astype(int)
    pure = ramp() >= 0.97 * 255
    assert (own[:, pure] == mixed(OWN)[:, pure]).all()
    near = (ramp() > 0) & (np.arange(SIZE[0]) < 108 + 0.8 * reach)
    assert np.abs(own - flat(OWN).astype(int))[:, near].max() < 0.02 * 30000
    far = np.arange(SIZE[0]) > 136 + 2 * reach
    assert (own[:, :, far] == mixed(OWN)[:, :, far]).all()


def test_only_the_subjects_part_of_a_mixture_changes() -> None:
    """The truth: the recoloured subject, laid over the background by the same alpha."""
    clip, mask = as_clip([mixed(OWN)]), mask_clip(ramp())
    full = mask_clip(np.full(SIZE[::-1], 255, np.uint8))
    pink = planes(recolour(as_clip([flat(OWN)]), full), 0).astype(float)
    share = ramp() / 255.0
    truth = (share * pink + (1 - share) * flat(BEHIND))[1:]
    errors = []
    for own in (None, edge_colour(clip, mask, reach_px=24)):
        made = recolour(clip, mask, own=own)
        got = planes(made, 0)
        assert (got[0] == mixed(OWN)[0]).all()
        errors.append(np.abs(got[1:] - truth).max() / 257)
    assert errors[0] > 9
    assert errors[1] < 3


def test_a_mask_without_a_core_changes_nothing() -> None:
    clip, mask = as_clip([mixed(OWN)]), mask_clip(ramp() // 2)
    assert (planes(edge_colour(clip, mask, reach_px=24), 0) == mixed(OWN)).all()


def test_guards() -> None:
    clip, mask = as_clip([mixed(OWN)]), mask_clip(ramp())
    with pytest.raises(UsageError, match="edge_colour: reach_px: expected 1 or more"):
        edge_colour(clip, mask, reach_px=0)
    with pytest.raises(UsageError, match="recolour: own: expected"):
        recolour(clip, mask, own=core.std.CropRel(clip, right=2))
