"""`vsmeme doctor`: it names what lacks, and nothing that is not so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import vapoursynth as vs

from vsmeme import host
from vsmeme.commands.machine import checks
from vsmeme.commands.machine.checks import Finding, examine
from vsmeme.errors import MissingError
from vsmeme.networks import backend as backend_
from vsmeme.networks.backend import BACKENDS, trouble


def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(Path.cwd())}


def test_here() -> None:
    """What it says of this machine is what the machine says."""
    found = findings()
    assert not [name for name, finding in found.items() if finding.state == "missing"]
    for namespace in checks.PLUGINS:
        assert hasattr(vs.core, namespace)
        assert found[namespace].state == "ok"
    for name, backend in BACKENDS.items():
        assert (found[name].state in ("ok", "slow")) == (trouble(backend) is None)
    assert sum(", used" in finding.text for finding in found.values()) == 1
    assert ("no NVIDIA driver" in found["ort-cuda"].text) != host.has_driver("cuda")


def test_the_command_prints_it() -> None:
    command = [sys.executable, "-m", "vsmeme", "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("everything that is needed is here\n")
    data = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout
    names = [row["name"] for row in json.loads(data)]
    assert names == list(findings())


def test_a_missing_plugin_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks.PLUGINS, "nothere", "vapoursynth-nothere")
    found = findings()["nothere"]
    assert found.state == "missing"
    assert "vapoursynth-nothere is not installed; run: uv sync" in found.text


def test_a_missing_ffmpeg_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> str:
        raise MissingError("no ffmpeg that runs")

    monkeypatch.setattr("vsmeme.ffmpeg.find_ffmpeg", lost)
    found = findings()
    assert found["ffmpeg"].state == "missing"
    assert "encoders" not in found


def test_an_encoder_that_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vsmeme.ffmpeg.encoders", lambda: frozenset({"libx264", "png"}))
    found = findings()["encoders"]
    assert found.state == "off"
    assert found.text.startswith("without x265")
    assert "x264" not in found.text


@pytest.mark.parametrize(
    ("driver", "fault"), [(False, "has no NVIDIA driver"), (True, "needs an engine")]
)
def test_a_card_without_its_driver(
    monkeypatch: pytest.MonkeyPatch, driver: bool, fault: str
) -> None:
    class Core:
        trt = object()

    monkeypatch.setattr(backend_, "has_driver", lambda name: driver)
    monkeypatch.setattr(backend_.vs, "core", Core())
    assert fault in str(trouble(BACKENDS["trt"]))


def test_little_room_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "free_memory", lambda: 10**9)
    found = findings()["memory"]
    assert found.state == "slow"
    assert "1.0 GB free; 4K films want 4 GB" in found.text
