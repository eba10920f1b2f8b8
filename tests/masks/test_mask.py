"""Masks as clips: every operation against NumPy or OpenCV on every pixel."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmeme.errors import ArtifactError, UsageError
from vsmeme.masks.mask import as_mask, feather, grow, intersect, load_mask, subtract

core = vs.core


def clip_of(picture: np.ndarray, length: int = 1) -> vs.VideoNode:
    height, width = picture.shape
    depth = {np.dtype(np.uint8): vs.GRAY8, np.dtype(np.uint16): vs.GRAY16}[picture.dtype]
    blank = core.std.BlankClip(width=width, height=height, format=depth, length=length, keep=True)

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        made = f.copy()
        np.asarray(made[0])[:] = picture
        return made

    return core.std.ModifyFrame(blank, blank, fill)


def picture_of(clip: vs.VideoNode, n: int = 0) -> np.ndarray:
    with clip.get_frame(n) as frame:
        assert frame.props["_Range"] == vs.RANGE_FULL
        return np.asarray(frame[0]).copy()


pictures = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).integers(0, 256, (17, 24), dtype=np.uint8)
)


@settings(max_examples=20, deadline=None)
@given(pictures, pictures)
def test_subtract_and_intersect_are_exact(a: np.ndarray, b: np.ndarray) -> None:
    wide = np.subtract(a, b, dtype=np.int16)
    assert np.array_equal(picture_of(subtract(clip_of(a), clip_of(b))), np.maximum(wide, 0))
    assert np.array_equal(picture_of(intersect(clip_of(a), clip_of(b))), np.minimum(a, b))


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("px", [0, 8, 12, 13, 20])
def test_feather_makes_a_centred_ramp_of_its_width(px: int, depth: type) -> None:
    top = np.iinfo(depth).max
    step = np.zeros((8, 64), depth)
    step[:, 32:] = top
    row = picture_of(feather(clip_of(step), px=px))[4].astype(float) / top
    soft = np.flatnonzero((row > 0) & (row < 1))
    assert len(soft) <= px
    assert np.all(np.diff(row) >= 0)
    assert row[31] + row[32] == pytest.approx(1, abs=0.01)
    if px >= 8:
        assert px - 3 <= len(soft)


@pytest.mark.parametrize("px", [-5, -1, 0, 1, 4, 7])
def test_grow_moves_edges_by_its_distance(px: int) -> None:
    square = np.zeros((80, 80), np.uint8)
    square[20:60, 20:60] = 255
    got = picture_of(grow(clip_of(square), px=px)) > 0
    assert np.flatnonzero(got[40]).tolist() == list(range(20 - px, 60 + px))
    assert np.flatnonzero(got[:, 40]).tolist() == list(range(20 - px, 60 + px))
    disc, want = np.zeros((2, 80, 80), np.uint8)
    cv2.circle(disc, (40, 40), 20, 255, -1)
    cv2.circle(want, (40, 40), 20 + px, 255, -1)
    got = picture_of(grow(clip_of(disc), px=px)) > 0
    assert (got & (want > 0)).sum() / (got | (want > 0)).sum() > 0.9


def test_loaded_masks_are_the_written_ones(tmp_path: Path) -> None:
    from vsmeme.masks.prepare.mask_file import MaskWriter

    rng = np.random.default_rng(5)
    frames = [rng.integers(0, 256, (37, 51), dtype=np.uint8) for _ in range(9)]
    with MaskWriter(tmp_path / "m.mkv", size=(51, 37), fps=(24, 1)) as writer:
        parts = sorted(path.name for path in tmp_path.iterdir())
        assert parts[1:] == [f"{parts[0]}.held"]  # a killed run leaves nothing that is not swept
        for frame in frames:
            writer.add(frame)
    clip = load_mask(tmp_path / "m.mkv")
    assert (clip.format.id, clip.width, clip.height, clip.num_frames) == (vs.GRAY8, 51, 37, 9)
    for n in (8, 0, 4, 3):
        assert np.array_equal(picture_of(clip, n), frames[n])


def test_guards_name_what_is_wrong(tmp_path: Path) -> None:
    gray = core.std.BlankClip(format=vs.GRAY8, width=16, height=16, length=2)
    with pytest.raises(UsageError, match=r"subtract: other: expected Gray8 16x16x2, got .*x3"):
        subtract(gray, core.std.BlankClip(format=vs.GRAY8, width=16, height=16, length=3))
    with pytest.raises(UsageError, match="feather: mask: expected a gray clip"):
        feather(core.std.BlankClip(format=vs.YUV444P8))
    with pytest.raises(UsageError, match=r"feather: px: expected 0 to 256"):
        feather(gray, px=-1)
    with pytest.raises(UsageError, match="grow: px"):
        grow(gray, px=1000)
    with pytest.raises(ArtifactError, match=r"vsmeme segment"):
        load_mask(tmp_path / "none.mkv")
    (tmp_path / "broken.mkv").write_bytes(b"no video")
    with pytest.raises(ArtifactError, match="broken"):
        load_mask(tmp_path / "broken.mkv")


def test_as_mask_leaves_samples_alone() -> None:
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16)
    tagged = core.std.SetFrameProps(clip_of(picture), _Range=vs.RANGE_LIMITED, _Matrix=1)
    clip = as_mask(tagged)
    assert np.array_equal(picture_of(clip), picture)
    assert "_Matrix" not in clip.get_frame(0).props
