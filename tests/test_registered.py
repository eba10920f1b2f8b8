"""Exchangeable things: the settings accept exactly the names that the tables hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from vsmeme.config import InpainterName, NetworkBackendName, SegmenterName
from vsmeme.config_file import load_config
from vsmeme.errors import UsageError
from vsmeme.masks.prepare.segmenters.choose import SEGMENTERS
from vsmeme.networks.backend import BACKENDS
from vsmeme.plate.prepare.inpainters.choose import INPAINTERS


def test_settings_name_what_the_tables_hold() -> None:
    assert get_args(SegmenterName) == tuple(SEGMENTERS)
    assert get_args(InpainterName) == tuple(INPAINTERS)
    assert get_args(NetworkBackendName) == ("auto", *BACKENDS)


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
