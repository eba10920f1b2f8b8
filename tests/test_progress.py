"""Progress: a bar on a terminal, one line in a log file."""

from __future__ import annotations

import io
import logging
import sys

import pytest

from vsmeme import progress


class Terminal(io.StringIO):
    """Text that says that somebody looks at it."""

    def isatty(self) -> bool:
        return True


def test_one_line_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(logging.getLogger(), "handlers", [caplog.handler])
    monkeypatch.setattr(progress, "QUIET_S", 0.0)
    with caplog.at_level(logging.INFO, logger="vsmeme"):
        assert list(progress.bar(range(300), label="match")) == list(range(300))
    assert [record.getMessage() for record in caplog.records] == ["match: 300 frames in 0 s"]
    assert stream.getvalue() == ""


def test_what_is_quick_is_no_news(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with caplog.at_level(logging.INFO, logger="vsmeme"), progress.bar(label="x", total=3) as bar:
        bar.update(3)
    assert caplog.records == []


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    for _ in progress.bar(range(3), label="match"):
        pass
    assert "match:" in stream.getvalue()
