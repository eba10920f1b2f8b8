import dataclasses

import numpy as np
import pytest
import vapoursynth as vs
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import vsmeme
from vsmeme import Colour, Shot, Shots
from vsmeme.errors import UsageError

core = vs.core


def some_colour(seed: int) -> Colour:
    rng = np.random.default_rng(seed)
    rows = [tuple(float(w) for w in row) for row in rng.normal(size=(3, 13)) * 0.1]
    rows = [tuple(w + (i == j + 1) for i, w in enumerate(row)) for j, row in enumerate(rows)]
    return Colour(
        coefficients=(rows[0], rows[1], rows[2]), low=(-0.8, -0.3, -0.2), high=(0.7, 0.2, 0.3)
    )


def colours_clip(length: int) -> vs.VideoNode:
    clip = core.std.BlankClip(format=vs.YUV444P16, width=40, height=24, length=length)
    return core.akarin.Expr(
        clip,
        [
            "4096 X 1400 * + N 31 * +",
            "20000 Y 1000 * + X 17 * + N 7 * +",
            "45000 Y 900 * - X 23 * -",
        ],
    )


def planes(clip: vs.VideoNode, n: int) -> NDArray[np.float64]:
    frame = clip.get_frame(n)
    return np.stack([np.asarray(frame[p]) for p in range(3)]).astype(np.float64)


def expected(colour: Colour, codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The definition, sample by sample, in 16-bit codes."""
    zero = np.array([125.5, 128, 128])[:, None, None] * 256
    unit = np.array([109.5, 112, 112])[:, None, None] * 256
    x = ((codes - zero) / unit).reshape(3, -1).T
    out = np.array([colour.at(*sample) for sample in x]).T.reshape(codes.shape)
    return np.clip(out * unit + zero, 0, 65535)


def test_identity_changes_nothing() -> None:
    clip = colours_clip(2)
    out = vsmeme.apply_colour(clip, [Colour.identity()])
    assert np.array_equal(planes(out, 1), planes(clip, 1))


def test_graph_follows_the_definition_shot_by_shot() -> None:
    clip = colours_clip(9).std.SetFrameProps(Kept=5)
    table = [some_colour(seed) for seed in range(3)]
    shots = Shots(
        shots=(
            Shot(first=0, last=2, colour=1),
            Shot(first=3, last=6, colour=2),
            Shot(first=7, last=11, colour=0),
        )
    )
    out = vsmeme.apply_colour(clip, table, shots=shots)
    assert (out.format.id, out.width, out.height, out.num_frames) == (vs.YUV444P16, 40, 24, 9)
    for n, colour in ((8, 0), (0, 1), (3, 2), (2, 1), (6, 2)):
        error = np.abs(planes(out, n) - expected(table[colour], planes(clip, n)))
        assert error.max() <= 0.6
    assert dict(out.get_frame(0).props).keys() == dict(clip.get_frame(0).props).keys()


def test_light_comes_on_top_frame_by_frame() -> None:
    clip = colours_clip(9)
    table = [some_colour(seed) for seed in range(2)]
    light = tuple((1 - 0.07 * n, 0.02 * n, 1.0, 0.0, 1 + 0.01 * n, -0.003 * n) for n in range(4))
    shots = Shots(
        shots=(
            Shot(first=0, last=2),
            Shot(first=3, last=6, colour=1, light=light),
            Shot(first=7, last=11),
        )
    )
    out = vsmeme.apply_colour(clip, table, shots=shots)
    plain = Shots(shots=tuple(dataclasses.replace(shot, light=()) for shot in shots.shots))
    unlit = vsmeme.apply_colour(clip, table, shots=plain)
    zero = np.array([125.5, 128, 128])[:, None, None] * 256
    for n in range(9):
        if not 3 <= n <= 6:
            assert np.array_equal(planes(out, n), planes(unlit, n))
            continue
        gain, offset = (np.array(light[n - 3][k::2])[:, None, None] for k in (0, 1))
        unit = np.array([109.5, 112, 112])[:, None, None] * 256
        made = (expected(table[1], planes(clip, n)) - zero) / unit
        error = np.abs(planes(out, n) - np.clip((made * gain + offset) * unit + zero, 0, 65535))
        # the definition cuts off before the light does
        assert error[(planes(unlit, n) > 0) & (planes(unlit, n) < 65535)].max() <= 0.6
    assert dict(out.get_frame(4).props).keys() == dict(clip.get_frame(4).props).keys()


def test_beyond_the_fitted_range_it_is_straight() -> None:
    colour = some_colour(4)
    a, b, c = (np.array(colour.at(y, 0.1, 0.1)) for y in (0.8, 0.9, 1.0))
    assert np.allclose(c - b, b - a)


@given(seed=st.integers(0, 1000))
def test_json_round_trip(seed: int) -> None:
    colour = some_colour(seed)
    assert Colour.from_json(colour.to_json()) == colour


def test_cube_of_the_identity() -> None:
    lines = vsmeme.cube(Colour.identity(), size=3).splitlines()
    assert lines[1] == "LUT_3D_SIZE 3"
    values = np.array([[float(v) for v in line.split()] for line in lines[4:]])
    grid = np.stack(np.meshgrid(*[[0, 0.5, 1]] * 3, indexing="ij"), -1)[..., ::-1].reshape(-1, 3)
    assert np.abs(values - grid).max() < 1e-5


def test_guards() -> None:
    clip = colours_clip(4)
    with pytest.raises(UsageError, match="clip: expected YUV444P16, got YUV420P8"):
        vsmeme.apply_colour(core.std.BlankClip(format=vs.YUV420P8), [Colour.identity()])
    with pytest.raises(UsageError, match="colours: expected at least one"):
        vsmeme.apply_colour(clip, [])
    with pytest.raises(UsageError, match="shots: expected at least 4 frames, got 2"):
        vsmeme.apply_colour(clip, [Colour.identity()], shots=Shots(shots=(Shot(first=0, last=1),)))
    with pytest.raises(UsageError, match="shots: expected colours below 1, got 3"):
        shots = Shots(shots=(Shot(first=0, last=3, colour=3),))
        vsmeme.apply_colour(clip, [Colour.identity()], shots=shots)
    with pytest.raises(UsageError, match="coefficients: expected 3 rows of 13"):
        Colour(coefficients=((1.0,), (1.0,), (1.0,)))
