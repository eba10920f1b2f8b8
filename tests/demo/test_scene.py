"""The known scene keeps its word."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.demo import scene_files
from vsmeme.demo.scene import SIZES, Grade, Scene

TINY = Scene(size="tiny", seed=4, frames=12)


def read(path: Path, w: int, h: int) -> vs.VideoNode:
    clip = vs.core.bs.VideoSource(str(path), showprogress=False, cachemode=0)
    assert (clip.width, clip.height, clip.format.id) == (w, h, vs.YUV420P8)
    return clip


def test_sizes_are_the_design_s() -> None:
    rects = {size: Scene(size=size).wide_rect for size in SIZES}
    assert rects["full"] == (0, 275, 3840, 1610)
    assert rects["everyday"] == (0, 73, 1024, 430)
    assert all(Scene(size=s).wide_rect[1] % 2 for s in SIZES)  # the odd row, as at full size
    assert Scene(size="full").to_canvas.tolist() == [[4, 0, 480], [0, 4, 0], [0, 0, 1]]


def test_frames_are_the_same_in_any_order() -> None:
    noisy = Scene(
        size="tiny", seed=4, frames=12, wide_noise=2, dvd_noise=2, dvd_jpeg=80, pan=(0.3, 0)
    )
    forth = [noisy.wide(n) for n in range(12)] + [noisy.dvd(n) for n in range(12)]
    back = [noisy.dvd(n) for n in reversed(range(12))] + [
        noisy.wide(n) for n in reversed(range(12))
    ]
    assert all(np.array_equal(a, b) for a, b in zip(forth, reversed(back), strict=True))


def test_wide_and_dvd_are_cut_from_the_master() -> None:
    master = TINY.master(5)
    x, y, w, h = TINY.wide_rect
    assert np.array_equal(TINY.wide(5), master[y : y + h, x : x + w])
    part = master[:, 32:224].astype(float)
    mean = part.reshape(36, 4, 48, 4, 3).mean((1, 3))
    assert np.abs(TINY.dvd(5) - mean).max() <= 0.5


@pytest.mark.parametrize(
    "knobs",
    [
        {"dvd_offset": (0.5, -1.25)},
        {"dvd_offset": (0.13, 0.4), "dvd_turn": 0.4},
        {"dvd_size": (44, 36), "dvd_scale": (4 * 12 / 11, 4)},
    ],
)
def test_to_canvas_is_where_the_dvd_s_picture_lies(knobs: dict[str, Any]) -> None:
    scene = Scene(size="tiny", seed=4, frames=2, actor=False, **knobs)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    index = (np.linalg.inv(half) @ scene.to_canvas @ half)[:2]
    blur = cv2.boxFilter(scene.master(0).astype(np.float32), -1, (4, 4), anchor=(2, 2))
    # an even box lies half a px to the side: average its four neighbours
    index[:, 2] += 0.5
    w, h = scene.dvd_stored
    guess = cv2.warpAffine(blur, index, (w, h), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inner = (slice(4, -4), slice(4, -4))
    assert np.abs(guess - scene.dvd_clean(0))[inner].mean() < 1.2
    wrong = cv2.warpAffine(blur, index + np.array([[0, 0, 2], [0, 0, 0]]), (w, h), flags=17)
    assert np.abs(wrong - scene.dvd_clean(0))[inner].mean() > 2.5


def test_time_knobs() -> None:
    scene = Scene(size="tiny", frames=20, wide_trim=(3, 0), dvd_trim=(0, 2), wide_black=2,
                  dvd_drops=(7,), dvd_repeats=(9,), static=((12, 15),))  # fmt: skip
    pairs = {p.master: p for p in scene.pairs}
    assert (pairs[3].wide, pairs[3].dvd) == (2, 3)
    assert pairs[7].dvd is None
    assert pairs[18].dvd is None  # the DVD has ended
    assert scene.acceptable_dvd(9) == (8, 9)
    assert scene.acceptable_dvd(13) == (12, 13, 14)
    assert not scene.wide(0).any()
    assert np.array_equal(scene.master(12), scene.master(14))
    assert not np.array_equal(scene.master(11), scene.master(12))
    assert not np.array_equal(scene.master(14), scene.master(15))


def test_shots_differ_and_still_keep_the_actor() -> None:
    scene = Scene(size="tiny", frames=8, cuts=(4,))
    assert np.abs(scene.master(3).astype(float) - scene.master(4)).mean() > 20
    assert scene.motion_time(4) == 0
    assert scene.mask(4).any()


def test_face_matrix_carries_the_face() -> None:
    scene = Scene(size="small", seed=2, frames=30)
    key = scene.face_mask(0)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    for m in (7, 29):
        index = (np.linalg.inv(half) @ scene.face_matrix(m, key=0) @ half)[:2]
        moved = cv2.warpAffine(key, index, scene.canvas) > 127
        truth = scene.face_mask(m) > 0
        assert (moved & truth).sum() / (moved | truth).sum() > 0.96
        assert not (truth & ~(scene.mask(m) > 0)).any()


def test_grade_changes_the_dvd_only() -> None:
    graded = Scene(size="tiny", seed=4, frames=12, grade=Grade())
    assert np.array_equal(graded.wide(3), TINY.wide(3))
    assert np.abs(graded.dvd(3).astype(float) - TINY.dvd(3)).mean() > 4


def test_blanking() -> None:
    assert not Scene(size="tiny", dvd_blank=(2, 1, 3, 4)).dvd(0)[:, -3:].any()


def test_the_margin_is_picture_too() -> None:
    assert TINY.picture(0, (-9, -9, 274, 162)).shape == (162, 274, 3)
    with pytest.raises(ValueError, match="leaves the rendered world"):
        TINY.picture(0, (-10, 0, 9, 9))


def test_lossless_files_hold_the_arrays(tmp_path: Path) -> None:
    files = scene_files.write_pair(TINY, tmp_path, sound=True)
    for side, path, (w, h) in (("wide", files.wide, (256, 106)), ("dvd", files.dvd, (48, 36))):
        clip = read(path, w, h)
        memory = scene_files.clip(TINY, side)
        assert clip.num_frames == memory.num_frames == 12
        for n in (0, 7):
            planes = scene_files.yuv(TINY, side, n)
            for plane in range(3):
                assert np.array_equal(np.asarray(clip.get_frame(n)[plane]), planes[plane])
                assert np.array_equal(np.asarray(memory.get_frame(n)[plane]), planes[plane])
        props = clip.get_frame(0).props
        assert props["_Matrix"] == (6 if side == "dvd" else 1)


def test_disc_files(tmp_path: Path) -> None:
    scene = Scene(size="tiny", seed=4, frames=12, dvd_size=(44, 36), dvd_scale=(4 * 12 / 11, 4))
    files = scene_files.write_pair(scene, tmp_path, codec="disc")
    clip = read(files.dvd, 44, 36)
    frame = clip.get_frame(0)
    assert (frame.props["_SARNum"], frame.props["_SARDen"]) == (12, 11)
    error = np.asarray(frame[0]).astype(float) - scene_files.yuv(scene, "dvd", 0)[0]
    assert np.abs(error).mean() < 4


def test_mask_clip_is_the_mask() -> None:
    frame = scene_files.clip(TINY, "mask").get_frame(3)
    assert np.array_equal(np.asarray(frame[0]), TINY.mask(3))
