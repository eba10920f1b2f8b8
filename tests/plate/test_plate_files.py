"""Plates as clips: read when they are shown, and once a shot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from scenes.plates import Shot, make

from vsmeme.artifact import file_sha256
from vsmeme.errors import ArtifactError
from vsmeme.memory import forget_frames
from vsmeme.plate import plate_files
from vsmeme.plate.film_background import backgrounds
from vsmeme.plate.ledger import Ledger, PlateKey
from vsmeme.plate.plate_files import load_plate, load_plate_mask

core = vs.core


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the pictures that were opened."""
    names: list[str] = []
    really = plate_files.open_stream

    def noted(path: Path) -> vs.VideoNode:
        names.append(path.name)
        return really(path)

    monkeypatch.setattr(plate_files, "open_stream", noted)
    return names


def test_a_plate_is_read_when_it_is_shown(tmp_path: Path, opened: list[str]) -> None:
    key = make(Shot(), tmp_path)
    plate, mask = load_plate(key, tmp_path), load_plate_mask(key, tmp_path)
    assert (plate.format.id, plate.width, plate.height) == (vs.YUV444P16, *key.size)
    assert (mask.format.id, mask.width, mask.height) == (vs.GRAY8, *key.size)
    assert opened == []
    plate.get_frame(0).close()
    assert opened == [Path(key.samples).name]


def test_a_shot_reads_its_plate_once(tmp_path: Path, opened: list[str]) -> None:
    shot = Shot()
    key = make(shot, tmp_path)
    size = {"width": shot.size[0], "height": shot.size[1], "length": shot.frames}
    clip = core.std.BlankClip(format=vs.YUV444P16, **size, keep=True)
    lack = core.std.BlankClip(format=vs.GRAY8, **size, color=255, keep=True)
    later = replace(key, first=shot.frames, last=2 * shot.frames - 1)
    whole = backgrounds(
        core.std.Splice([clip, clip]), core.std.Splice([lack, lack]), Ledger(keys=(key, later)),
        tmp_path,
    )  # fmt: skip
    for _ in whole[: shot.frames].frames(close=True):
        pass
    assert len(opened) == 1
    forget_frames()
    for _ in whole.frames(close=True):
        pass
    assert len(opened) == 3


def test_what_is_no_plate_is_refused_before_it_is_shown(tmp_path: Path) -> None:
    key = make(Shot(), tmp_path)
    path = tmp_path / key.samples

    def changed() -> PlateKey:
        return replace(key, files={**key.files, key.samples: file_sha256(path)})

    cv2.imwrite(str(path), np.zeros((5, 7, 3), np.uint16))
    with pytest.raises(ArtifactError, match=r"not a plate of \d+x\d+"):
        load_plate(changed(), tmp_path)
    cv2.imwrite(str(path), np.zeros((key.size[1], key.size[0], 3), np.uint8))
    with pytest.raises(ArtifactError, match="not a PNG of a plate or its mask"):
        load_plate(changed(), tmp_path)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ArtifactError, match="not a PNG$"):
        load_plate(changed(), tmp_path)
