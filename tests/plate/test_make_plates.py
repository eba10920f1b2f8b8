"""The plate: real pixels first, one generation, nothing else touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from scenes.plates import Array, Hostile, Shot, make, make_all

from vsmeme.errors import ArtifactError, UsageError
from vsmeme.plate.background import background
from vsmeme.plate.film_background import backgrounds
from vsmeme.plate.ledger import Ledger, PlateKey
from vsmeme.plate.plate_files import load_plate, load_plate_mask
from vsmeme.plate.prepare.generation import mask_sha256, outside_sha256
from vsmeme.plate.prepare.inpainters.patchmatch import PatchMatch
from vsmeme.plate.prepare.shot_frames import FrameView

core = vs.core


def array(clip: vs.VideoNode, n: int = 0) -> Array:
    with clip.get_frame(n) as frame:
        return np.stack([np.asarray(frame[p]) for p in range(clip.format.num_planes)])


def as_clips(shot: Shot) -> tuple[vs.VideoNode, vs.VideoNode]:
    """Composite and missing mask of a shot."""
    width, height = shot.size
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=width, height=height, length=shot.frames, keep=True
    )

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for p, plane in enumerate(shot.picture(n)):
            np.copyto(np.asarray(out[p]), plane)
        return out

    gray = core.std.BlankClip(
        format=vs.GRAY8, width=width, height=height, length=shot.frames, keep=True
    )

    def lack(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.copyto(np.asarray(out[0]), shot.missing.astype(np.uint8) * 255)
        return out

    missing = core.std.ModifyFrame(gray, gray, lack)
    return (
        core.std.ModifyFrame(blank, blank, paint),
        core.std.SetFrameProps(missing, _Range=int(vs.RANGE_FULL)),
    )


def test_a_still_camera_needs_only_the_corners(tmp_path: Path) -> None:
    shot, backend = Shot(), Hostile()
    key = make(shot, tmp_path, backend=backend)
    area = shot.size[0] * shot.size[1]
    assert backend.calls == key.generations == 1
    assert key.generated == np.count_nonzero(shot.missing) / area
    assert key.motion == ()
    assert key.mode == "still"
    assert key.hidden == 0.0
    assert (key.changed_outside_mask, key.subject_pixels_in_mask) == (0, 0)
    assert key.outside_sha256_before == key.outside_sha256_after
    plate = array(load_plate(key, tmp_path))
    mask = array(load_plate_mask(key, tmp_path))[0] > 0
    assert np.array_equal(mask, shot.missing)
    assert mask_sha256(mask) == key.mask_sha256
    assert outside_sha256(plate, mask) == key.outside_sha256_after == key.outside_sha256_before
    assert not key.changed_outside_mask
    assert not key.subject_pixels_in_mask
    assert key.generations == int(bool(mask.any()))
    # No ghost: real pixels of other frames lie behind the subject, exactly.
    assert np.array_equal(plate[:, ~mask], shot.truth(key.frame)[:, ~mask])


def test_the_png_for_eyes_shows_the_plate(tmp_path: Path) -> None:
    shot = Shot()
    key = make(shot, tmp_path)
    picture = cv2.imread(str(tmp_path / key.plate), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.dtype == np.uint16
    assert picture.shape == (*shot.size[::-1], 3)
    rgb = core.resize.Point(load_plate(key, tmp_path), format=vs.RGB48, range=vs.RANGE_FULL)
    difference = np.abs(array(rgb).astype(int) - picture[..., ::-1].transpose(2, 0, 1))
    assert difference.max() <= 2


class Gap(Shot):
    """A subject that stands before a corner, with a gap in its mask beside it."""

    def read(self, frames: Sequence[int]) -> Iterator[FrameView]:
        for view in super().read(frames):
            subject = view.subject.copy()
            subject[87:92, 135:140] = 0
            yield replace(view, subject=subject)


def test_a_gap_in_the_masks_does_not_bring_the_subject_into_a_corner(tmp_path: Path) -> None:
    shot = Gap(box=lambda n: (110, 50, 50, 46))
    key = make(shot, tmp_path, backend=PatchMatch(), mode="live")
    plate = array(load_plate(key, tmp_path))
    red = plate[2] > 45000  # the subject's is 50000
    assert red[87:92, 135:140].any()
    assert not red[shot.missing].any()


def test_a_panning_camera_generates_less(tmp_path: Path) -> None:
    shot = Shot(offset=lambda n: (2 * n - 15, n // 4), noise=100.0)
    key = make(shot, tmp_path)
    area = shot.size[0] * shot.size[1]
    assert key.generations == 1
    assert key.mode == "live"
    assert key.generated < 0.8 * np.count_nonzero(shot.missing) / area
    assert len(key.motion) == shot.frames
    dx, dy = shot.offset(key.frame)
    for n, matrix in enumerate(key.motion):
        x, y = shot.offset(n)
        assert matrix[0][2] == pytest.approx(dx - x, abs=0.25)
        assert matrix[1][2] == pytest.approx(dy - y, abs=0.25)


def test_live_keeps_every_real_sample(tmp_path: Path) -> None:
    shot = Shot(offset=lambda n: (2 * n - 15, 0), noise=100.0)
    key = make(shot, tmp_path)
    clip, missing = as_clips(shot)
    out = backgrounds(clip, missing, Ledger(keys=(key,)), tmp_path, mode="live")
    real = ~shot.missing
    for n in (0, 5, shot.frames - 1):
        assert np.array_equal(array(out, n)[:, real], shot.picture(n)[:, real])
    # The plate follows: what one frame lacks and others show is there, in place.
    n = shot.frames - 1
    seen = np.zeros(shot.size[::-1], np.bool_)
    seen[:, 4 : shot.corner[0] - 4] = True  # left corners were seen earlier in the pan
    seen &= shot.missing
    error = np.abs(array(out, n).astype(float) - shot.truth(n))[:, seen]
    assert error.mean() < 2 * 256


def test_still_takes_the_plate(tmp_path: Path) -> None:
    shot = Shot()
    key = make(shot, tmp_path)
    clip, missing = as_clips(shot)
    out = backgrounds(clip, missing, Ledger(keys=(key,)), tmp_path)
    plate = array(load_plate(key, tmp_path))
    for n in (0, 9):
        assert np.array_equal(array(out, n), plate)


def test_exposure_follows_each_frame(tmp_path: Path) -> None:
    shot = Shot(gain=lambda n: 1.0 + 0.02 * n)
    key = make(shot, tmp_path)
    assert key.exposure
    clip, missing = as_clips(shot)
    out = backgrounds(clip, missing, Ledger(keys=(key,)), tmp_path, mode="still")
    real = ~shot.missing
    for n in (0, shot.frames - 1):
        error = np.abs(array(out, n)[0].astype(float) - shot.truth(n)[0])[real]
        assert error.mean() < 0.5 * 256


def test_background_that_nobody_sees_is_not_generated(tmp_path: Path) -> None:
    shot = Shot(box=lambda n: (60, 30, 30, 40))
    key = make(shot, tmp_path)
    assert key.generated == np.count_nonzero(shot.missing) / (shot.size[0] * shot.size[1])
    assert key.hidden > 0.0
    assert key.subject_pixels_in_mask == 0


def test_a_mask_that_covers_everything_is_refused(tmp_path: Path) -> None:
    shot = Shot(box=lambda n: (0, 0, 160, 96))
    with pytest.raises(UsageError, match="no background visible"):
        make(shot, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_changed_plate_is_refused(tmp_path: Path) -> None:
    key = make(Shot(), tmp_path)
    path = tmp_path / key.samples
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    picture[50, 50, 0] ^= 1
    cv2.imwrite(str(path), picture)
    with pytest.raises(ArtifactError, match=r"does not fit background.json.*inpaint --again"):
        load_plate(key, tmp_path)
    path.unlink()
    with pytest.raises(ArtifactError, match=r"missing; run"):
        load_plate(key, tmp_path)


def test_background_refuses_what_does_not_fit() -> None:
    clip = core.std.BlankClip(format=vs.YUV444P16, width=64, height=48, length=3)
    plate = core.std.BlankClip(format=vs.YUV444P16, width=64, height=48, length=1)
    missing = core.std.BlankClip(format=vs.GRAY8, width=64, height=48, length=3)
    with pytest.raises(UsageError, match=r"clip: expected YUV444P16, got YUV420P8"):
        background(core.resize.Point(clip, format=vs.YUV420P8), plate, missing)
    with pytest.raises(UsageError, match=r"plate: expected 64x48 or more, got 32x48"):
        background(clip, core.std.CropAbs(plate, 32, 48), missing)
    with pytest.raises(UsageError, match=r"missing: expected GRAY8, got Gray16"):
        background(clip, plate, core.resize.Point(missing, format=vs.GRAY16))
    with pytest.raises(UsageError, match=r"motion: expected 3 entries, got 1"):
        background(clip, plate, missing, motion=[((1, 0, 0), (0, 1, 0), (0, 0, 1))])


def test_a_ledger_that_ends_early_is_refused(tmp_path: Path) -> None:
    shot = Shot()
    key = make(shot, tmp_path)
    clip, missing = as_clips(shot)
    longer = core.std.Loop(clip, 2), core.std.Loop(missing, 2)
    with pytest.raises(ArtifactError, match=r"no plate for frame 16; run vsmeme inpaint"):
        backgrounds(*longer, Ledger(keys=(key,)), tmp_path)


def test_two_runs_make_the_same_plate(tmp_path: Path) -> None:
    """Whatever the threads and the state of memory: each file is the same, byte by byte."""
    found = []
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        shot = Shot(offset=lambda n: (2 * n - 15, n // 4), noise=300.0, gain=lambda n: 1 + 0.01 * n)
        folder = tmp_path / str(threads)
        folder.mkdir()
        key = make(shot, folder, backend=PatchMatch(seed=7))
        found.append((key, [(folder / name).read_bytes() for name in key.files]))
    cv2.setNumThreads(-1)
    assert found[0] == found[1]


def test_the_ledger_survives_json(tmp_path: Path) -> None:
    key = make(Shot(offset=lambda n: (n, 0)), tmp_path)
    assert PlateKey.from_json(key.to_json()) == key


@pytest.mark.parametrize(
    ("name", "value"),
    [("origin", [3]), ("size", [64, "48"]), ("motion", [[[1, 0, 0], [0, 1]]]), ("exposure", 1)],
)
def test_a_damaged_entry_is_refused(tmp_path: Path, name: str, value: object) -> None:
    entry = make(Shot(offset=lambda n: (n, 0)), tmp_path).to_json() | {name: value}
    with pytest.raises(ArtifactError, match=rf"background.json: {name} is damaged"):
        PlateKey.from_json(entry)


def test_several_keys_cover_a_shot(tmp_path: Path) -> None:
    shot, backend = Shot(offset=lambda n: (3 * n - 45, 0), frames=32), Hostile()
    keys = make_all(shot, tmp_path, backend=backend, keys=2)
    assert [(key.first, key.last) for key in keys] == [(0, 15), (16, 31)]
    assert backend.calls == sum(key.generations for key in keys) == 2
    assert len({name for key in keys for name in key.files}) == 6
    clip, missing = as_clips(shot)
    out = backgrounds(clip, missing, Ledger(keys=tuple(keys)), tmp_path)
    assert out.num_frames == 32
    assert all(array(out, n)[0].min() >= 4096 // 2 for n in (0, 15, 16, 31))


def test_a_camera_that_leaves_its_first_picture_gets_more_keys(tmp_path: Path) -> None:
    shot = Shot(offset=lambda n: (9 * n, 0), frames=40, margin=370, box=lambda n: None)
    keys = make_all(shot, tmp_path)
    assert len(keys) > 1
    assert all(key.size[0] <= 2 * shot.size[0] for key in keys)


def test_the_key_frame_is_the_one_that_is_wanted(tmp_path: Path) -> None:
    shot = Shot(frames=8)
    assert make(shot, tmp_path, frame="first").frame == 0
    assert make(shot, tmp_path, frame=5).frame == 5
    # The best one: the subject away from the missing area.
    shot.box = lambda n: (20 if n != 3 else 70, 0 if n != 3 else 30, 30, 40)
    assert make(shot, tmp_path).frame == 3


def test_busy_background_stays_live(tmp_path: Path) -> None:
    """People who walk about behind the subject must not freeze."""
    shot = Shot()
    truth = shot.truth

    def crowded(n: int) -> Array:
        picture = truth(n)
        picture[0, 60:90, 5 + 6 * n : 45 + 6 * n] += 4000
        return picture

    shot.truth = crowded  # type: ignore[method-assign]
    assert make(shot, tmp_path).mode == "live"
    assert make(shot, tmp_path, mode="still").mode == "still"


def test_still_is_refused_where_it_would_show_the_unseen(tmp_path: Path) -> None:
    """Masks that come and go over a spot which is never clear of the subject's rim."""
    shot = Shot(box=lambda n: (60, 30, 30, 40), frames=80)
    soft = shot.subject

    def flickering(n: int) -> Array:
        mask = soft(n)
        mask[mask > 0] = 140 if n % 2 else 255
        return mask

    shot.subject = flickering  # type: ignore[method-assign]
    assert make(shot, tmp_path).mode == "live"
    with pytest.raises(UsageError, match=r"still: frames 0 to 79: .* that no frame has"):
        make(shot, tmp_path, mode="still")


def test_motion_that_cannot_be_measured_is_not_followed(tmp_path: Path) -> None:
    shot = Shot(frames=10)
    rng = np.random.default_rng(8)
    shot.truth = lambda n: rng.integers(4096, 60000, (3, 96, 160), dtype=np.uint16)  # type: ignore[method-assign]
    key = make(shot, tmp_path)
    assert (key.mode, key.motion, key.generations) == ("live", (), 1)
    with pytest.raises(UsageError, match="motion could not be measured"):
        make(shot, tmp_path, mode="still")
