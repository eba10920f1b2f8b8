"""Which backend is taken by itself, and how little is said of those that are not."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import vapoursynth as vs

from vsmeme.networks import backend as backend_
from vsmeme.networks.backend import BACKENDS, Backend, choose_backend


@pytest.fixture(autouse=True)
def chosen_anew() -> Iterator[None]:
    """The choice is made once a process: forget it before and after."""
    backend_._choice.cache_clear()
    yield
    backend_._choice.cache_clear()


def test_one_calm_line_without_a_card(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Plugins for cards are installed, no driver is: that is nobody's fault and no news."""
    monkeypatch.setattr(backend_, "has_driver", lambda name: False)
    caplog.set_level(logging.DEBUG, logger="vsmeme")
    choice = choose_backend()
    assert choose_backend() == choice
    assert choice.driver is None
    told = [record for record in caplog.records if record.levelno >= logging.INFO]
    assert [record.getMessage() for record in told] == [f"networks run on {choice.name}"]
    passed = [name for name in BACKENDS if name == "ort-cuda"]
    details = " ".join(r.getMessage() for r in caplog.records if r.levelno == logging.DEBUG)
    assert all(name in details for name in passed)


def test_a_plugin_that_does_not_start_says_so_in_the_details_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A driver that is there and too old: the plugin's long complaint stays out of the way."""
    start = backend_.infer

    def infer(clips: list[vs.VideoNode], where: Backend, **more: object) -> vs.VideoNode:
        if where.driver:
            raise vs.Error("cudaSetDevice failed: CUDA driver version is insufficient\nand so on")
        return start(clips, where, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(backend_, "has_driver", lambda name: True)
    monkeypatch.setattr(backend_, "infer", infer)
    caplog.set_level(logging.DEBUG, logger="vsmeme")
    choice = choose_backend()
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.INFO]
    assert told == [f"networks run on {choice.name}"]
    assert not any("and so on" in record.getMessage() for record in caplog.records)
