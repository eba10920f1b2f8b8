"""Matrices in one column: a sequence like the tuples that they came from."""

from __future__ import annotations

import pytest

from vsmeme.pixels.matrix_table import MatrixTable

ROWS = [((n + 0.1, 2.0), (3.0, -n), (5.0, 1 / 3)) for n in range(7)]


def test_it_gives_back_what_it_was_given() -> None:
    table = MatrixTable(ROWS)
    assert len(table) == 7
    assert list(table) == ROWS
    assert (table[0], table[6], table[-1], table[-7]) == (ROWS[0], ROWS[6], ROWS[6], ROWS[0])
    assert table == tuple(ROWS)
    assert hash(table) == hash(MatrixTable(table))
    assert table != MatrixTable(ROWS[1:])
    for part in (slice(2, 5), slice(5, 2), slice(None, None, -2), slice(90, 99)):
        assert table[part] == ROWS[part]
    for n in (7, -8):
        with pytest.raises(IndexError):
            table[n]


def test_without_matrices_it_is_empty() -> None:
    assert not MatrixTable()
    assert MatrixTable() == ()
    assert MatrixTable()[0:3] == ()
