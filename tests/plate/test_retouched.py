"""A plate that a person has painted over: taken where it may be painted, refused elsewhere."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vsmeme.arrays.bt709 import rgb_to_yuv, yuv_to_rgb
from vsmeme.errors import UsageError
from vsmeme.plate.prepare.generation import outside_sha256
from vsmeme.plate.prepare.retouched import check_paintings, painting_of, take_painting

H, W = 40, 60
RNG = np.random.default_rng(7)
PLATE = rgb_to_yuv(RNG.uniform(0.1, 0.9, (H, W, 3)).astype(np.float32))
MASK = np.zeros((H, W), np.bool_)
MASK[:10, :12] = True
HIDDEN = np.zeros((H, W), np.bool_)
HIDDEN[20:30, 20:30] = True


def saved(path: Path, dtype: type = np.uint16, *, paint: tuple[slice, slice] | None = None) -> Path:
    """The plate as its PNG holds it, with a red rectangle."""
    rgb = np.clip(yuv_to_rgb(PLATE), 0, 1)
    if paint:
        rgb[paint] = (0.8, 0.1, 0.1)
    most = np.iinfo(dtype).max
    cv2.imwrite(str(path), np.rint(rgb * most).astype(dtype)[..., ::-1])
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_painted_is_taken_and_all_else_stays(tmp_path: Path, dtype: type) -> None:
    path = saved(tmp_path / "0.png", dtype, paint=(slice(2, 8), slice(3, 9)))
    made = take_painting(path, PLATE, MASK, hidden=HIDDEN)
    assert (made.generations, made.changed) == (0, 0)
    assert np.array_equal(made.plate[:, ~MASK], PLATE[:, ~MASK])
    assert made.before == made.after == outside_sha256(made.plate, MASK)
    rgb = yuv_to_rgb(made.plate)[2:8, 3:9]
    assert np.abs(rgb - (0.8, 0.1, 0.1)).max() < 0.6 / 255


def test_real_picture_must_be_as_it_was(tmp_path: Path) -> None:
    path = saved(tmp_path / "0.png", paint=(slice(5, 14), slice(8, 16)))
    with pytest.raises(
        UsageError, match=r"0\.png: 52 px of real picture differ, most at \(\d+, \d+"
    ):
        take_painting(path, PLATE, MASK, hidden=HIDDEN)
    behind = saved(tmp_path / "1.png", paint=(slice(22, 28), slice(22, 28)))
    assert take_painting(behind, PLATE, MASK, hidden=HIDDEN).generations == 0


def test_another_size_and_other_pictures_are_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((H, W - 1, 3), np.uint8))
    with pytest.raises(UsageError, match=r"a\.png: expected a plate of 60x40, got 59x40"):
        take_painting(tmp_path / "a.png", PLATE, MASK, hidden=HIDDEN)
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((H, W), np.uint8))
    with pytest.raises(UsageError, match="expected an RGB picture"):
        take_painting(tmp_path / "b.png", PLATE, MASK, hidden=HIDDEN)
    cv2.imwrite(str(tmp_path / "c.png"), np.full((H, W, 4), 128, np.uint8))
    with pytest.raises(UsageError, match="with transparency"):
        take_painting(tmp_path / "c.png", PLATE, MASK, hidden=HIDDEN)


def test_whose_plate_a_file_is() -> None:
    mine, second = Path("mine.png"), Path("1.png")
    check_paintings((mine,), shots=1)
    check_paintings((second, Path("0-1.png")), shots=2)
    assert painting_of((mine,), "0") == mine
    assert painting_of((mine,), "0-1") is None
    assert painting_of((second, Path("0-1.png")), "0-1") == Path("0-1.png")
    for paintings, shots in (((mine,), 2), ((Path("2.png"),), 2), ((mine, second), 1)):
        with pytest.raises(UsageError, match="name it as the plate that it replaces"):
            check_paintings(paintings, shots=shots)
