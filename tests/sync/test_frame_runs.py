"""Frames that follow one another are told as runs."""

from __future__ import annotations

from vsmeme.sync.frame_runs import frame_runs, runs_text


def test_runs() -> None:
    runs = frame_runs([3, 4, 5, 9, 12, 13])
    assert runs == ((3, 5), (9, 9), (12, 13))
    assert runs_text(runs) == "3 to 5, 9, 12 to 13"
    assert runs_text(frame_runs([])) == ""
