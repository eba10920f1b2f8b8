"""Exchangeable things: the settings accept exactly the names that the tables hold."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from vsmeme.arrays.images import Image
from vsmeme.config_file import load_config
from vsmeme.deliver.export.formats.choose import FORMATS
from vsmeme.errors import UsageError
from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.face_detectors.choose import FACE_DETECTORS, detect_faces
from vsmeme.masks.prepare.segmenters.choose import SEGMENTERS
from vsmeme.networks.backend import BACKENDS
from vsmeme.plate.prepare.inpainters.choose import INPAINTERS
from vsmeme.settings.output_settings import FormatName
from vsmeme.settings.setting_values import InpainterName, NetworkBackendName, SegmenterName


def test_settings_name_what_the_tables_hold() -> None:
    assert get_args(SegmenterName) == tuple(SEGMENTERS)
    assert get_args(InpainterName) == tuple(INPAINTERS)
    assert get_args(NetworkBackendName) == ("auto", *BACKENDS)
    assert get_args(FormatName) == tuple(FORMATS)


@pytest.mark.parametrize("section", ["segment", "inpaint", "upscale"])
def test_an_unknown_name_is_refused_with_the_accepted_ones(tmp_path: Path, section: str) -> None:
    for name in ("wide.mkv", "dvd.mkv"):
        (tmp_path / name).write_bytes(b"film")
    file = tmp_path / "meme.toml"
    text = f'[sources]\nwide = "wide.mkv"\ndvd = "dvd.mkv"\n[{section}]\nbackend = "magic"\n'
    file.write_text(text)
    first = {"segment": "auto", "inpaint": "patchmatch", "upscale": "auto"}[section]
    with pytest.raises(UsageError, match=rf"{section}\.backend: .*'{first}'.*got \"magic\""):
        load_config(file)


def test_settings_load_no_table() -> None:
    code = (
        "import sys, vsmeme.config_file\n"
        "print([m for m in sys.modules if m in ('cv2', 'numpy', 'torch', 'vapoursynth')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() in ("[]", "['vapoursynth']")


def test_faces_are_found_by_a_detector_of_the_table() -> None:
    picture = np.zeros((1080, 1440, 3), np.uint8)
    sizes: list[tuple[int, ...]] = []

    def detector(frame: Image) -> list[Face]:
        sizes.append(frame.shape)
        corner = tuple((float(k), 2.0) for k in range(5))
        faint = Face(x=10, y=20, w=30, h=40, score=0.5, points=corner)
        return [faint, replace(faint, score=0.9)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FACE_DETECTORS, "two", detector)
        faces = detect_faces(picture, detector="two")
    assert sizes == [(540, 720, 3)]
    assert [face.score for face in faces] == [0.9, 0.5]
    assert (faces[0].x, faces[0].h, faces[0].points[2]) == (20, 80, (4, 4))
