"""Licences: everything that is loaded, run or read has one, and the page says the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vsmeme.commands.machine.checks import PLUGINS as LOADED
from vsmeme.commands.machine.licences import PLUGINS, ffmpeg_licence, licences
from vsmeme.networks.manifest import read_manifest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "licences.md"


def page_rows() -> dict[str, str]:
    """Licence by name, as the page's tables state it."""
    rows = {}
    for names, terms in re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE.read_text(), re.M):
        for name in names.split(", "):
            rows[name.removesuffix(" of imageio-ffmpeg").split(" (")[0]] = terms
    return rows


def test_everything_has_one_and_the_page_says_the_same() -> None:
    page = page_rows()
    listed = list(licences())
    assert {row.name for row in listed} >= {*read_manifest(), "ffmpeg", *LOADED.values()}
    assert set(LOADED.values()) <= set(PLUGINS)
    for row in listed:
        assert row.terms != "unknown", row.name
        assert page[row.name] == row.terms, row.name


def test_the_command_prints_them() -> None:
    command = [sys.executable, "-m", "vsmeme", "models", "list", "--licences"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert re.search(r"^plugin +vapoursynth-mlrt-ov +GPL-3", out, re.M)
    assert re.search(r"^weights +codeformer +S-Lab-1.0 \(non-commercial\)", out, re.M)


@pytest.mark.parametrize(
    ("flags", "terms"),
    [
        ("", "LGPL-2.1-or-later"),
        ("--enable-version3", "LGPL-3.0-or-later"),
        ("--enable-gpl", "GPL-2.0-or-later"),
        ("--enable-gpl --enable-version3", "GPL-3.0-or-later"),
        ("--enable-gpl --enable-nonfree", "nonfree: it may not be passed on"),
    ],
)
def test_an_ffmpeg_is_licensed_as_it_was_built(flags: str, terms: str) -> None:
    assert ffmpeg_licence(f"ffmpeg version 9\nconfiguration: --prefix=/usr {flags} --enable-x") == (
        terms
    )
