"""The inserted face: exact outside its mask, where the matrices say inside it."""

from __future__ import annotations

import numpy as np
import pytest
import vapoursynth as vs
from pixels.test_warp import clip_of, reference

from vsmeme.errors import UsageError
from vsmeme.pixels.matrix import Matrix33, compose, scaling, similarity, translation
from vsmeme.pixels.windows import plan_windows
from vsmeme.subject.insert_face import cutout, insert_face, punch
from vsmeme.subject.restored_detail import add_detail
from vsmeme.subject.track import Placement, Pose, Region, Tone, Track

core = vs.core
W, H, N = 96, 64, 5


def film() -> vs.VideoNode:
    rng = np.random.default_rng(1)
    base = core.std.BlankClip(format=vs.YUV444P16, width=W, height=H, length=N)
    pictures = rng.integers(8000, 50000, (N, 3, H, W)).astype(np.uint16)

    def put(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(3):
            np.asarray(out[plane])[...] = pictures[n, plane]
        return out

    clip = core.std.ModifyFrame(base, base, put)
    return core.std.SetFrameProps(clip, _Matrix=1, _Range=int(vs.RANGE_LIMITED))


def disc(x: int = 48, y: int = 30, r: int = 20) -> vs.VideoNode:
    yy, xx = np.mgrid[0:H, 0:W]
    inside = np.clip((r - np.hypot(xx - x, yy - y)) / 4, 0, 1) * 255
    base = core.std.BlankClip(format=vs.GRAY8, width=W, height=H, length=N)

    def put(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.asarray(out[0])[...] = inside.round()
        return out

    return core.std.ModifyFrame(base, base, put)


def planes(clip: vs.VideoNode, n: int) -> np.ndarray:
    return np.stack([np.asarray(p) for p in clip.get_frame(n)])


def picture() -> vs.VideoNode:
    rng = np.random.default_rng(2)
    return clip_of([rng.random((3, 40, 50)).astype(np.float32)], vs.RGBS)


MATRICES: list[Matrix33] = [
    similarity(scale=1.0, degrees=4.0 * n, from_point=(25, 20), to_point=(48 + n, 30))
    for n in range(N)
]


def test_zero_change_outside_the_mask() -> None:
    clip, mask = film(), disc()
    out = insert_face(clip, mask, picture(), MATRICES)
    for n in (4, 0, 2):
        changed = (planes(out, n) != planes(clip, n)).any(0)
        inside = np.asarray(mask.get_frame(n)[0]) > 0
        assert not (changed & ~inside).any()
        assert changed[inside].mean() > 0.9


def test_it_lies_where_the_matrices_say() -> None:
    image = picture()
    out = insert_face(film(), core.std.BlankClip(disc(), color=255, keep=True), image, MATRICES)
    rgb = planes(image, 0).astype(np.float64)
    luma = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]
    for n in range(N):
        want = reference(luma, MATRICES[n], (W, H), "bicubic", "zero")
        cover = reference(np.ones_like(luma), MATRICES[n], (W, H), "bicubic", "zero")
        got = (planes(out, n)[0].astype(np.float64) - 4096) / 56064
        solid = cover > 1 - 1e-6
        assert solid.sum() > 500
        assert np.abs(got - want)[solid].max() < 1e-3


def test_alpha_gaps_tones_and_strength() -> None:
    clip, mask, image = film(), core.std.BlankClip(disc(), color=255, keep=True), picture()
    nothing = core.std.BlankClip(format=vs.GRAY8, width=50, height=40, length=1, color=0)
    assert (
        planes(insert_face(clip, mask, image, MATRICES, alpha=nothing), 1) == planes(clip, 1)
    ).all()
    gaps: list[Matrix33 | None] = [MATRICES[0], None, MATRICES[2], None, None]
    out = insert_face(clip, mask, image, gaps)
    assert [bool((planes(out, n) != planes(clip, n)).any()) for n in range(N)] == [
        True,
        False,
        True,
        False,
        False,
    ]
    assert insert_face(clip, mask, image, [None] * N) is clip
    grey = Tone(gain=0.0, chroma=0.0, offset=(0.5, 0.0, 0.0))
    flat = planes(insert_face(clip, mask, image, MATRICES, tones=[grey] * N), 0)
    assert (flat[:, 30, 48] == (4096 + 28032, 32768, 32768)).all()


def test_runs_share_a_size_and_cover_every_frame() -> None:
    walk: list[Matrix33 | None] = [
        similarity(scale=0.5, degrees=0, from_point=(0, 0), to_point=(40.0 * n, 50))
        for n in range(40)
    ]
    walk[7] = walk[8] = None
    windows = plan_windows(walk, (100, 100), (1000, 400))
    assert [w.first for w in windows[1:]] == [w.last + 1 for w in windows[:-1]]
    assert (windows[0].first, windows[-1].last) == (0, 39)
    assert len({(w.rect.w, w.rect.h) for w in windows if w.rect}) == 1
    assert any(w.rect is None for w in windows)


def test_a_large_picture_is_averaged() -> None:
    fine = np.zeros((3, 160, 200), np.float32)
    fine[:, ::2] = 1.0
    small = [compose(m, scaling(0.25, 0.25)) for m in MATRICES]
    full = core.std.BlankClip(disc(), color=255, keep=True)
    out = insert_face(film(), full, clip_of([fine], vs.RGBS), small)
    centre = planes(out, 0)[0, 25:35, 43:53].astype(float)
    assert np.abs((centre - 4096) / 56064 - 0.5).max() < 0.05


def test_guards() -> None:
    clip, mask, image = film(), disc(), picture()
    for bad, match in (
        (lambda: insert_face(clip, mask[:3], image, MATRICES), "mask: expected 5 frames"),
        (
            lambda: insert_face(clip, core.std.CropRel(mask, right=2), image, MATRICES),
            "mask: expected 96x64",
        ),
        (lambda: insert_face(clip, mask, image, MATRICES[:2]), "matrices"),
        (lambda: insert_face(clip, mask, core.std.Loop(image, 5), MATRICES), "one frame"),
        (lambda: insert_face(clip, mask, image, MATRICES, alpha=mask), "alpha"),
        (lambda: insert_face(clip, mask, image, MATRICES, strength=2), "strength"),
        (
            lambda: insert_face(core.resize.Point(clip, format=vs.YUV420P8), mask, image, MATRICES),
            "4:4:4",
        ),
    ):
        with pytest.raises(UsageError, match=match):
            bad()


def test_punch_and_cutout() -> None:
    clip, mask = film(), disc()
    hole = planes(punch(clip, mask), 0)
    assert (hole[:, 30, 48] == (4096, 32768, 32768)).all()
    outside = np.asarray(mask.get_frame(0)[0]) == 0
    assert (hole[:, outside] == planes(clip, 0)[:, outside]).all()
    alpha = core.std.PropToClip(cutout(clip, mask), "_Alpha")
    assert (planes(alpha, 2) == planes(mask, 2)).all()


def test_detail_moves_luma_inside_only() -> None:
    clip, mask = film(), disc()
    base = core.std.BlankClip(format=vs.GRAY16, width=50, height=40, length=N, color=32768)
    for flat, change in ((32768, 0), (32768 + 3276, 0.5 * 0.1 * 56064)):
        detail = core.std.BlankClip(base, color=flat, keep=True)
        out = add_detail(clip, mask, detail, MATRICES, strength=0.5)
        before, after = planes(clip, 2), planes(out, 2)
        assert (before[1:] == after[1:]).all()
        outside = np.asarray(mask.get_frame(2)[0]) == 0
        assert (before[:, outside] == after[:, outside]).all()
        assert abs(int(after[0, 30, 50]) - int(before[0, 30, 50]) - change) <= 8
    for bad, match in (
        (lambda: add_detail(clip, mask, base[:2], MATRICES), "detail"),
        (lambda: add_detail(clip, mask, base, MATRICES[:2]), "matrices"),
        (lambda: add_detail(clip, mask, base, MATRICES, strength=2), "strength"),
    ):
        with pytest.raises(UsageError, match=match):
            bad()


def test_track_round_trip() -> None:
    region = Region(
        keys=(0, 3),
        poses=(
            Pose(frame=0, matrix=MATRICES[0], confidence=1.0),
            Pose(frame=2, matrix=MATRICES[1], confidence=0.0),
            Pose(frame=3, matrix=MATRICES[2], confidence=0.9, key=3),
        ),
        placements=(Placement(key=0, matrix=MATRICES[1]),),
        tones=(Tone(first=2, gain=1.1, turn=5.0),),
        restored=(Placement(key=3, matrix=MATRICES[2]),),
    )
    track = Track(regions={"face": region}, picture={"picture": "face/picture.png"})
    assert Track.from_json(track.to_json()) == track
    assert [m is not None for m in region.matrices(5)] == [True, False, False, True, False]
    assert [m is not None for m in region.placed(5)] == [True, False, False, False, False]
    restored = region.placed(5, of=region.restored)
    assert [m is not None for m in restored] == [False, False, False, True, False]
    assert [t.gain for t in region.tone(4)] == [1.0, 1.0, 1.1, 1.1]


def test_a_long_track_keeps_no_frames_of_windows_that_are_over() -> None:
    length, size = 900, (320, 180)
    clip = core.std.BlankClip(None, *size, vs.YUV444P16, length=length, keep=True)
    mask = core.std.BlankClip(clip, format=vs.GRAY8, color=255, keep=True)
    image = core.std.BlankClip(None, 48, 48, vs.RGB24, length=1, color=[200, 150, 120])
    steps = [n % 260 for n in range(length)]  # a window holds a few frames only
    moved = insert_face(clip, mask, image, [translation(8 + x, 60) for x in steps])
    used = []
    for n, frame in enumerate(moved.frames(close=True)):
        del frame
        if n in (length // 3, length - 1):
            used.append(core.used_cache_size)
    assert used[1] - used[0] < 8 * 6 * size[0] * size[1]
