"""Frames that follow one another, as runs and as text."""

from __future__ import annotations

from collections.abc import Iterable


def frame_runs(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Join frame numbers, ascending, into runs: first and last of each."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return tuple(runs)


def runs_text(runs: Iterable[tuple[int, int]]) -> str:
    """Return runs as text, such as "3 to 7, 12"; empty for none."""
    return ", ".join(f"{first} to {last}" if last > first else str(first) for first, last in runs)
