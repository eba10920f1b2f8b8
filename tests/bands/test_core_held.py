"""Nothing of the DVD but the bands and their context reaches the network, moved or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from scenes.bands import dvd_clip, layout, pixels
from scenes.nets import tiny

from vsmeme.bands.strips import CHROMA_MARGIN, hold_core, needed_parts, place_target
from vsmeme.bands.upscale_bands import upscale_bands
from vsmeme.networks.prepare.synthetic_picture import synthetic_texture
from vsmeme.pixels.rect import Rect

core = vs.core
SIZE = (96, 96)


def moving(length: int = 3) -> vs.VideoNode:
    """A texture that runs down the picture, 3 DVD px a frame."""
    still = synthetic_texture(SIZE[0], SIZE[1] + 16, length=1)
    frames = [still.std.CropAbs(*SIZE, 0, 3 * n) for n in range(length)]
    clip = core.resize.Bicubic(core.std.Splice(frames), format=vs.YUV420P8, matrix=6)
    return clip.std.SetFrameProps(_Matrix=6, _Primaries=6, _Transfer=6, _ChromaLocation=0)


def spoiled(clip: vs.VideoNode, first: int, last: int) -> vs.VideoNode:
    """The clip with rows replaced by noise."""
    rows = core.std.CropAbs(clip, clip.width, last - first, 0, first)
    wrong = core.akarin.Expr(rows, "X 7919 * Y 104729 * + N 31 * + 220 %")
    above = core.std.CropAbs(clip, clip.width, first, 0, 0)
    below = core.std.Crop(clip, top=last)
    return core.std.StackVertical([above, wrong, below])


def test_moved_neighbours_see_nothing_beyond_the_context(tmp_path: Path) -> None:
    lay = layout(band=34, dvd=SIZE)
    model = replace(tiny(tmp_path, channels=9), motion=1)
    targets = [place_target(strip, lay, 4, exact=True) for strip in lay.strips(8)]
    top, bottom = needed_parts(lay, targets, model)
    assert (top, bottom.bottom) == (Rect(x=0, y=0, w=96, h=11 + model.radius), SIZE[1])
    clip = moving()
    clean = upscale_bands(clip, lay, model, overlap_px=8)
    first, last = top.bottom + CHROMA_MARGIN + 1, bottom.y - CHROMA_MARGIN - 1
    first, last = first + first % 2, last - last % 2
    other = upscale_bands(spoiled(clip, first, last), lay, model, overlap_px=8)
    for n in range(3):
        assert np.array_equal(pixels(clean, n), pixels(other, n))
    # and what is within the context counts
    nearer = upscale_bands(spoiled(clip, top.bottom - 2, last), lay, model, overlap_px=8)
    assert not np.array_equal(pixels(clean, 1), pixels(nearer, 1))


@pytest.mark.parametrize("name", ["YUV420P8", "YUV444P16"])
@pytest.mark.parametrize(
    ("parts", "hole"),
    [
        ([(0, 0, 48, 9), (0, 29, 48, 7)], (0, 14, 48, 24)),
        ([(0, 0, 48, 9)], (0, 14, 48, 36)),
        ([(0, 29, 48, 7)], (0, 0, 48, 24)),
        ([(0, 0, 10, 36), (40, 0, 8, 36)], (14, 0, 36, 36)),
        ([(0, 0, 48, 6), (0, 30, 48, 6), (0, 0, 8, 36), (40, 0, 8, 36)], (12, 10, 36, 26)),
    ],
)
def test_the_core_shows_what_lies_beside_it(
    name: str, parts: list[tuple[int, ...]], hole: tuple[int, ...]
) -> None:
    clip = dvd_clip()
    clip = clip if name == "YUV420P8" else core.resize.Bicubic(clip, format=vs.YUV444P16)
    held = hold_core(clip, [Rect.from_list(part) for part in parts])
    left, top, right, bottom = hole
    for p in range(3):
        step = 2 if p and name == "YUV420P8" else 1
        before, after = (np.array(c.get_frame(0)[p]) for c in (clip, held))
        inside = np.zeros(before.shape, np.bool_)
        inside[top // step : bottom // step, left // step : right // step] = True
        assert np.array_equal(before[~inside], after[~inside])
        rim = set(np.unique(before[~inside])) & set(np.unique(after[inside]))
        assert set(np.unique(after[inside])) <= rim


def test_parts_that_leave_nothing_keep_the_clip() -> None:
    clip = dvd_clip()
    halves = [Rect(x=0, y=0, w=48, h=20), Rect(x=0, y=24, w=48, h=12)]
    assert hold_core(clip, halves) is clip
