"""The face picture: cut out, placed by landmarks or by hand, toned; and the whole measurement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from PIL import Image

from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.errors import UsageError
from vsmeme.masks.mask_record import MaskRecord
from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.pixels.matrix import apply
from vsmeme.settings.subject_settings import FacePlacement
from vsmeme.source.formats import to_working
from vsmeme.subject.insert_face import load_picture
from vsmeme.subject.prepare.face_picture import Crop, _chosen, read_picture, write_picture
from vsmeme.subject.prepare.face_placement import place_face
from vsmeme.subject.prepare.follow_regions import measure_track
from vsmeme.subject.prepare.skin_tone import measure_tone
from vsmeme.sync.shots import Shot, Shots


def silly(path: Path, *, alpha: bool = False) -> Path:
    other = Scene(seed=11, frames=1)
    x, y, w, h = other.face_box(0)
    pixels = other.master(0)[max(0, y - 24) : y + h + 24, x - 24 : x + w + 24]
    pixels = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    if alpha:
        a = np.zeros(pixels.shape[:2], np.uint8)
        a[20:-30, 40:-10] = 255
        pixels = np.dstack([pixels, a])
    Image.fromarray(pixels).save(path)
    return path


def test_the_head_is_cut_out(tmp_path: Path) -> None:
    picture = read_picture(silly(tmp_path / "silly.png"))
    assert picture.points is not None
    h, w = picture.alpha.shape
    assert 0.6 < picture.alpha.mean() / 255 < 0.95
    assert picture.alpha[0, 0] < 128
    assert picture.alpha[h // 2, w // 2] == 255
    files = write_picture(picture, tmp_path / "face")
    image, alpha = load_picture(tmp_path / files["picture"], tmp_path / files["alpha"])
    assert (image.width, image.height, image.format.id) == (w, h, vs.RGB24)
    assert (np.asarray(alpha.get_frame(0)[0]) == picture.alpha).all()


def test_alpha_is_taken_as_it_is(tmp_path: Path) -> None:
    picture = read_picture(silly(tmp_path / "silly.png", alpha=True))
    assert (picture.alpha == 255).all()


def test_without_a_face_it_is_an_ellipse(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Image.new("RGB", (90, 120), (200, 60, 60)).save(tmp_path / "flat.jpg")
    picture = read_picture(tmp_path / "flat.jpg")
    assert picture.points is None
    assert "no face found" in caplog.text
    assert 0.7 < (picture.alpha > 127).mean() < 0.85


def test_bad_pictures(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(UsageError, match="not a readable picture"):
        read_picture(tmp_path / "text.png")
    first, second, rest = silly(tmp_path / "holed.png").read_bytes().split(b"IDAT", 2)
    holed = first + b"IDAT" + second + bytes(4) + rest  # the second chunk of samples has no name
    (tmp_path / "holed.png").write_bytes(holed)
    with pytest.raises(UsageError, match="not a readable picture"):
        read_picture(tmp_path / "holed.png")
    Image.new("RGBA", (64, 64), (9, 9, 9, 0)).save(tmp_path / "clear.png")
    with pytest.raises(UsageError, match="transparent"):
        read_picture(tmp_path / "clear.png")
    Image.new("RGB", (4, 4)).save(tmp_path / "tiny.png")
    with pytest.raises(UsageError, match="16x16"):
        read_picture(tmp_path / "tiny.png")


def crop(scene: Scene, n: int) -> Crop:
    x, y, w, h = scene.face_box(n)
    at = max(0, x - 60), max(0, y - 60)
    part = slice(at[1], y + h + 60), slice(at[0], x + w + 60)
    return Crop(rgb=scene.master(n)[part].copy(), mask=scene.face_mask(n)[part].copy(), origin=at)


def test_eyes_lie_on_eyes(tmp_path: Path) -> None:
    scene = Scene(seed=3, frames=1)
    picture = read_picture(silly(tmp_path / "silly.png"))
    matrix = place_face(picture, crop(scene, 0), None)
    x, y, w, h = scene.face_box(0)
    assert picture.points is not None
    eyes = [apply(matrix, *point) for point in picture.points[:2]]
    middle = np.mean(eyes, axis=0)
    assert abs(middle[0] - (x + w / 2)) < 0.12 * w
    assert 0.1 * h < middle[1] - y < 0.5 * h
    by_hand = FacePlacement(centre=(300.0, 200.0), width=80.0, angle=10.0)
    placed = place_face(picture, crop(scene, 0), by_hand)
    height, width = picture.alpha.shape
    assert apply(placed, width / 2, height / 2) == pytest.approx((300, 200))
    ends = np.subtract(apply(placed, width, 0), apply(placed, 0, 0))
    assert np.hypot(*ends) == pytest.approx(80)
    assert np.degrees(np.arctan2(ends[1], ends[0])) == pytest.approx(10)


def test_tone_brings_the_mean_to_the_film(tmp_path: Path) -> None:
    scene = Scene(seed=3, frames=1)
    picture = read_picture(silly(tmp_path / "silly.png"))
    view = crop(scene, 0)
    matrix = place_face(picture, view, None)
    tone = measure_tone(picture, [(view, matrix)], 0)
    skin = picture.rgb[picture.alpha > 200] / 255
    luma = np.median(skin @ [0.2126, 0.7152, 0.0722]) * tone.gain + tone.offset[0]
    film = np.median(view.rgb[view.mask > 200] / 255 @ [0.2126, 0.7152, 0.0722])
    assert abs(luma - film) < 0.04


def test_the_whole_measurement(tmp_path: Path) -> None:
    scene = Scene(seed=3, frames=16, cuts=(9,))
    masks = {name: scene_files.clip(scene, side) for name, side in
             (("face", "face_mask"), ("foreground", "mask"))}  # type: ignore[arg-type]  # fmt: skip
    shots = Shots(shots=(Shot(first=0, last=8), Shot(first=9, last=15)))
    clip = to_working(scene_files.clip(scene, "master"))
    picture = read_picture(silly(tmp_path / "silly.png"))
    regions = measure_track(clip, masks, shots, [2, 12], picture=picture)
    face = regions["face"]
    assert face.keys == (2, 12)
    assert [p.key for p in face.placements] == [2, 12]
    assert [t.first for t in face.tones] == [0, 9]
    assert [pose.frame for pose in face.poses] == list(range(16))
    assert all(m is not None for m in face.placed(16))
    for pose in face.poses:
        truth = scene.face_matrix(pose.frame, key=pose.key or 0)
        x, y, w, h = scene.face_box(pose.key or 0)
        for corner in ((x, y), (x + w, y), (x, y + h), (x + w, y + h)):
            want = truth @ (*corner, 1)
            assert np.hypot(*np.subtract(apply(pose.matrix, *corner), want[:2])) < 0.25
    assert len(regions["foreground"].poses) == 16
    assert face.extent is not None


def test_mask_keys() -> None:
    keys = [4, {"frame": 1, "region": "face"}, {"frame": 4}]
    data = {"keys": keys, "segmenter_calls": 3, "alarms": [], "feather_px": 12}
    assert MaskRecord.from_json(data).key_frames == (1, 4)


def test_the_largest_of_several_faces_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Face(x=4, y=4, w=20, h=24, score=0.99, points=((0.0, 0.0),) * 5)
    large = replace(small, x=60, w=60, h=72, score=0.9)
    doubtful = replace(small, w=200, h=240, score=0.5)
    assert _chosen([small, large, doubtful]) == large
    assert _chosen([]) is None


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_gray_of_sixteen_bits_keeps_its_tones(tmp_path: Path, suffix: str) -> None:
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (64, 1))
    path = tmp_path / f"gray.{suffix}"
    cv2.imwrite(str(path), ramp)
    picture = read_picture(path)
    middle = picture.rgb[picture.rgb.shape[0] // 2, :, 0].astype(int)
    assert middle.min() < 20
    assert middle.max() > 235
    assert (np.diff(middle) >= 0).all()


def test_a_huge_picture_is_read_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("L", (12000, 9000), 128).save(path)
    assert max(read_picture(path).alpha.shape) <= 1024


def test_a_format_that_nothing_reads_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "face.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1")
    with pytest.raises(UsageError, match=r"face.heic: .*convert it to JPEG or PNG"):
        read_picture(path)
