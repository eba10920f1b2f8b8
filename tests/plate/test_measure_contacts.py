import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vsmeme import Fit, Layout
from vsmeme.pixels.rect import Rect
from vsmeme.placement.placed_runs import PlacedRun
from vsmeme.plate.contact_record import Contact, ContactRecord
from vsmeme.plate.prepare.measure_contacts import measure_contacts

core = vs.core
# a strip of 2 rows of padding above, then corners of 8x10 and 8x12
LAYOUT = Layout(
    canvas=(64, 48),
    scale=4,
    wide=Rect(x=0, y=12, w=64, h=24),
    wide_crop=Rect(x=0, y=0, w=64, h=24),
    dvd=Rect(x=8, y=2, w=48, h=48),
    dvd_size=(12, 12),
    active=Rect(x=0, y=0, w=12, h=12),
    centre_dvd=(6, 6),
    fit=Fit(matrix=((4.0, 0.0, 8.0), (0.0, 4.0, 2.0))),
)


def as_mask(frames: NDArray[np.uint8]) -> vs.VideoNode:
    blank = core.std.BlankClip(format=vs.GRAY8, width=64, height=48, length=len(frames), keep=True)

    def draw(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.asarray(out[0])[:] = frames[n]
        return out

    return core.std.ModifyFrame(blank, blank, draw)


def test_every_contact_is_found_and_every_frame_counted() -> None:
    body, face = np.zeros((2, 6, 48, 64), np.uint8)
    body[0, 20:30, 20:30] = 255  # touches nothing
    body[1, 12:20, 3:6] = 255  # below the upper left corner
    face[2, 40:44, 50:56] = 255  # left of the lower right one
    body[3, 2:6, 20:24] = 255  # only at the padding
    body[4, 30:36, 60:64] = 127  # too faint, above the lower right corner
    body[5, 30:48, :] = 255  # masks that run on into missing area count no further
    runs = [PlacedRun(first=0, last=5, layout=LAYOUT)]
    record = measure_contacts(runs, [as_mask(body), as_mask(face)])
    assert record.frames == 4
    assert record.frames_filled == 3
    assert Contact(line=12, first=3, count=3) in record.level
    assert Contact(line=2, first=20, count=4) in record.level
    assert [c for c in record.level if c.line == 36] == [
        Contact(line=36, first=0, count=8), Contact(line=36, first=56, count=8)
    ]  # fmt: skip
    assert record.upright == (
        Contact(line=8, first=36, count=12), Contact(line=56, first=36, count=12)
    )  # fmt: skip
    assert ContactRecord.from_json(record.to_json()) == record


def test_a_drifting_dvd_is_followed() -> None:
    mask = np.zeros((2, 48, 64), np.uint8)
    mask[:, 40:42, 56:60] = 255  # real picture only where the DVD lies 2 px to the right
    run = PlacedRun(first=0, last=1, layout=LAYOUT, drift=((0.0, 0.0), (2.0, 0.0)))
    record = measure_contacts([run], [as_mask(mask)])
    assert record.frames == 1
    assert record.upright == (Contact(line=58, first=40, count=2),)
