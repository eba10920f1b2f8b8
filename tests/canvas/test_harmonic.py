from collections.abc import Callable

import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from vsmeme.canvas import bilinear
from vsmeme.canvas.bilinear import SIDES, Side
from vsmeme.canvas.harmonic import surface
from vsmeme.errors import UsageError

core = vs.core
Floats = NDArray[np.float64]
Values = Callable[[Floats], Floats]
FINE = 2  # cells of the oracle in a px
NODES = 48


def field(x: Floats, y: Floats) -> Floats:
    waves = 5 * np.sin(2.2 * x + 1) + 4 * np.cos(3.1 * y + 2) + 3 * np.sin(3 * x * y)
    return np.asarray(10 + waves + 2 * np.cos(5 * x - 2 * y))


ALONG: dict[Side, Values] = {
    "left": lambda t: field(0 * t, t),
    "right": lambda t: field(0 * t + 1, t),
    "top": lambda t: field(t, 0 * t),
    "bottom": lambda t: field(t, 0 * t + 1),
}
EDGE = {
    "left": np.s_[:, 0], "right": np.s_[:, -1], "top": np.s_[0, :], "bottom": np.s_[-1, :],
}  # fmt: skip


def solved(size: tuple[int, int], sides: tuple[Side, ...]) -> Floats:
    """Laplace's equation by finite differences: values on some sides, the others free."""
    w, h = size[0] * FINE, size[1] * FINE
    cell = np.arange(w * h).reshape(h, w)
    rows = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()])
    columns = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()])
    links = sparse.coo_matrix((np.ones(rows.size), (rows, columns)), (w * h, w * h))
    links = links + links.T
    diagonal = np.asarray(links.sum(axis=1)).reshape(h, w)
    known = np.zeros((h, w))
    for side in sides:
        count = h if side in ("left", "right") else w
        diagonal[EDGE[side]] += 2
        known[EDGE[side]] += 2 * ALONG[side]((np.arange(count) + 0.5) / count)
    found = linalg.spsolve((sparse.diags(diagonal.ravel()) - links).tocsc(), known.ravel())
    return np.asarray(found.reshape(size[1], FINE, size[0], FINE).mean((1, 3)))


def as_row(values: Floats) -> vs.VideoNode:
    blank = core.std.BlankClip(format=vs.YUV444PS, width=values.size, height=1, length=1, keep=True)

    def draw(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(3):
            np.asarray(out[plane])[:] = values * (plane + 1)
        return out

    return core.std.ModifyFrame(blank, blank, draw)


@pytest.mark.parametrize(
    "sides",
    [
        ("left",),
        ("top", "bottom"),
        ("left", "top"),
        ("right", "bottom"),
        ("left", "top", "bottom"),
        SIDES,
    ],
)
def test_the_surface_solves_laplace_s_equation(sides: tuple[Side, ...]) -> None:
    size = (96, 55)
    t = (np.arange(NODES) + 0.5) / NODES
    rows = {side: as_row(ALONG[side](t)) for side in sides}
    with surface(size, rows, deviation=1.5).get_frame(0) as frame:
        got = np.stack([np.asarray(frame[plane]) / (plane + 1) for plane in range(3)])
    error = np.abs(got - solved(size, sides))
    assert error.mean() < 0.02
    assert error.max() < 0.6  # field's span is 24; smoothing rounds the corners


def test_a_constant_stays_one() -> None:
    for sides in (("left",), ("left", "top", "right")):
        rows: dict[Side, vs.VideoNode] = {side: as_row(np.full(8, 7.0)) for side in sides}
        with surface((31, 17), rows, deviation=2.0).get_frame(0) as frame:
            assert np.abs(np.asarray(frame[0]) - 7).max() < 1e-3


def test_refusals() -> None:
    with pytest.raises(UsageError, match="surface: sides: expected one or more"):
        surface((8, 8), {}, deviation=1.0)
    rows: dict[Side, vs.VideoNode] = {"left": as_row(np.ones(4)), "top": as_row(np.ones(5))}
    with pytest.raises(UsageError, match="rows of YUV444PS, all of one width"):
        surface((8, 8), rows, deviation=1.0)


def test_each_value_is_worked_out_once() -> None:
    assert bilinear._stored({"A": "x 1 +", "B": "x 1 +", "D": "y", "E": "x 1 +"}) == (
        "x 1 + A! A@ B! y D! A@ E!"
    )
