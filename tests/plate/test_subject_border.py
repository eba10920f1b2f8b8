import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vsmeme.pixels.rect import Rect
from vsmeme.plate.subject_border import carried_light, continued_mask

core = vs.core
AREAS = (Rect(x=0, y=0, w=24, h=16), Rect(x=72, y=48, w=24, h=16))
SIZE = 96, 64


def as_clip(planes: NDArray[np.generic], kind: int) -> vs.VideoNode:
    blank = core.std.BlankClip(format=kind, width=SIZE[0], height=SIZE[1], length=1, keep=True)

    def draw(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(len(planes)):
            np.asarray(out[plane])[:] = planes[plane]
        return out

    return core.std.ModifyFrame(blank, blank, draw)


def planes_of(clip: vs.VideoNode) -> NDArray[np.generic]:
    with clip.get_frame(0) as frame:
        return np.stack([np.array(frame[plane]) for plane in range(frame.format.num_planes)])


def lack() -> NDArray[np.bool_]:
    mask = np.zeros(SIZE[::-1], np.bool_)
    for area in AREAS:
        mask[area.y : area.bottom, area.x : area.right] = True
    return mask


def test_a_mask_runs_straight_on_into_missing_area() -> None:
    mask = np.zeros((1, *SIZE[::-1]), np.uint8)
    mask[0, 16:30, 4:9] = 255  # below the first area
    mask[0, 50:54, 60:72] = 200  # left of the second
    mask[0, 40:44, 30:40] = 255  # beside neither
    expected = mask.copy()
    expected[0, 10:16, 4:9] = 255
    expected[0, 50:54, 72:78] = 200
    got = continued_mask(as_clip(mask, vs.GRAY8), AREAS, px=6)
    assert np.array_equal(planes_of(got), expected)


def test_light_is_carried_and_nothing_else_changes() -> None:
    under = np.full((3, *SIZE[::-1]), 30000, np.uint16)
    changed = under.copy()
    changed[1, 16:40, :] += 4000
    changed[:, lack()] = 60000  # what was done inside missing area counts for nothing
    got = planes_of(
        carried_light(as_clip(changed, vs.YUV444P16), as_clip(under, vs.YUV444P16), AREAS)
    ).astype(int)
    assert np.array_equal(got[:, ~lack()], changed[:, ~lack()])
    assert (got[0][lack()] == 30000).all()
    first = got[1, :16, :24]
    assert first[-1, 4] > 33500  # all of it at the border below
    assert np.diff(first[:, 4]).min() >= 0
    assert first[0, 23] < 30500  # nothing beside the border where nothing changed
    assert (np.abs(got[1, 48:, 72:] - 30000) <= 1).all()
