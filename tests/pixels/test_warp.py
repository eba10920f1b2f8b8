"""The warp against a float64 NumPy reference of the same kernels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import vapoursynth as vs

from vsmeme.errors import UsageError
from vsmeme.pixels.matrix import (
    IDENTITY,
    Matrix33,
    apply,
    compose,
    invert,
    scaling,
    similarity,
    translation,
)
from vsmeme.pixels.warp import warp

core = vs.core
Array = npt.NDArray[np.float64]

TILT: Matrix33 = ((1.02, 0.03, -2.0), (-0.04, 0.97, 1.5), (2e-4, -1e-4, 1.0))
TURN = similarity(scale=1.1, degrees=8.0, from_point=(30.0, 20.0), to_point=(31.3, 19.2))


def clip_of(pictures: list[Array], kind: int = vs.GRAYS) -> vs.VideoNode:
    """Pictures of one or three planes, held in memory, as a clip."""
    planes = [p if p.ndim == 3 else p[None] for p in pictures]
    base = core.std.BlankClip(
        format=kind, width=planes[0].shape[2], height=planes[0].shape[1], length=len(planes)
    )

    def put(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for i, plane in enumerate(planes[n]):
            np.asarray(out[i])[...] = plane
        return out

    return core.std.ModifyFrame(base, base, put)


def keys(t: Array, kernel: str) -> Array:
    """Keys' cubic convolution kernel (a = -0.5), or the triangle."""
    t = np.abs(t)
    if kernel == "bilinear":
        return np.maximum(0.0, 1.0 - t)
    near = (1.5 * t - 2.5) * t * t + 1.0
    far = ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    return np.where(t <= 1.0, near, np.where(t < 2.0, far, 0.0))


def reference(
    picture: Array,
    matrix: Matrix33,
    size: tuple[int, int],
    kernel: str,
    edge: str = "clamp",
    rows: int = 1,
) -> Array:
    """The definition, in float64: every tap's weight is the kernel at its distance."""
    h, w = picture.shape
    back = np.linalg.inv(np.array(matrix))
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(0, size[1], rows) + 0.5)
    p = np.tensordot(back, np.stack([x, y, np.ones_like(x)]), 1)
    u, v = p[0] / p[2] - 0.5, p[1] / p[2] - 0.5
    out = np.zeros_like(u)
    for j in range(-2, 4):
        for i in range(-2, 4):
            px, py = np.floor(u) + i, np.floor(v) + j
            weight = keys(u - px, kernel) * keys(v - py, kernel)
            inside = (px >= 0) & (px < w) & (py >= 0) & (py < h)
            value = picture[np.clip(py, 0, h - 1).astype(int), np.clip(px, 0, w - 1).astype(int)]
            out += weight * value * (inside if edge == "zero" else 1.0)
    return out


def noise(w: int, h: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((h, w)).astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("kernel", ["bicubic", "bilinear"])
@pytest.mark.parametrize("edge", ["clamp", "zero"])
@pytest.mark.parametrize("matrix", [TILT, TURN, translation(3.25, -1.5), IDENTITY])
def test_constant_matrix_is_the_reference(matrix: Matrix33, kernel: str, edge: str) -> None:
    picture = noise(61, 43)
    out = warp(clip_of([picture]), matrix, kernel=kernel, edge=edge)  # type: ignore[arg-type]
    got = np.asarray(out.get_frame(0)[0])
    want = reference(picture, matrix, (61, 43), kernel, edge)
    assert np.abs(got - want).max() < 2e-4


def test_numbers_below_the_smallest_are_nothing() -> None:
    slant: Matrix33 = ((1.0, 1e-42, 0.0), (-3e-47, 1.0, 0.0), (0.0, 0.0, 1.0))
    picture = noise(61, 43)
    out = warp(clip_of([picture] * 2), [IDENTITY, slant])
    assert np.abs(np.asarray(out.get_frame(1)[0]) - picture).max() < 1e-6


def test_a_product_is_numpy_s() -> None:
    want = np.array(TILT) @ np.array(TURN) @ np.array(scaling(2, 0.5))
    np.testing.assert_allclose(compose(TILT, TURN, scaling(2, 0.5)), want, rtol=1e-14)


@pytest.mark.parametrize("size", [(40, 30), (90, 80), (90, 20), (61, 43)])
def test_any_output_size(size: tuple[int, int]) -> None:
    picture = noise(61, 43)
    out = warp(clip_of([picture]), TURN, size=size)
    assert (out.width, out.height) == size
    got = np.asarray(out.get_frame(0)[0])
    assert np.abs(got - reference(picture, TURN, size, "bicubic")).max() < 2e-4


def test_a_region_is_the_same_samples() -> None:
    clip = clip_of([noise(61, 43)])
    whole = np.asarray(warp(clip, TILT).get_frame(0)[0])
    part = warp(clip, compose(translation(-10, -7), TILT), size=(20, 16)).get_frame(0)
    assert np.abs(np.asarray(part[0]) - whole[7:23, 10:30]).max() < 2e-4


@pytest.mark.parametrize("still", [True, False])
def test_changing_matrices_random_access(still: bool) -> None:
    matrices = [
        similarity(scale=1 + 0.02 * n, degrees=3.0 * n, from_point=(30, 20), to_point=(30 + n, 20))
        for n in range(6)
    ]
    pictures = [noise(61, 43, 0 if still else n) for n in range(6)]
    clip = clip_of(pictures[:1] if still else pictures)
    out = warp(clip, matrices)
    assert out.num_frames == 6
    for n in (5, 0, 3, 1, 4, 2):
        frame = out.get_frame(n)
        want = reference(pictures[n], matrices[n], (61, 43), "bicubic")
        assert np.abs(np.asarray(frame[0]) - want).max() < 2e-4
        assert not [k for k in frame.props if k.startswith("VsmemeWarp")]


def test_4k_keeps_its_precision() -> None:
    picture = np.zeros((2160, 3840))
    picture[:, 1::2] = 1.0  # the worst slope there is
    got = np.asarray(warp(clip_of([picture]), TILT_4K).get_frame(0)[0])[::97]
    want = reference(picture, TILT_4K, (3840, 2160), "bicubic", rows=97)
    assert np.abs(got - want).max() < 1e-3


TILT_4K: Matrix33 = ((1.001, 0.002, -3.0), (-0.002, 0.999, 2.5), (1e-6, -2e-6, 1.0))


@pytest.mark.parametrize("kind", [vs.RGBS, vs.YUV444PS])
def test_three_planes(kind: int) -> None:
    picture = np.stack([noise(40, 30, i) - 0.5 for i in range(3)])
    frame = warp(clip_of([picture], kind), TURN).get_frame(0)
    for i in range(3):
        want = reference(picture[i], TURN, (40, 30), "bicubic")
        assert np.abs(np.asarray(frame[i]) - want).max() < 2e-4


def test_whole_shifts_are_exact() -> None:
    picture = noise(40, 30)
    got = np.asarray(warp(clip_of([picture]), translation(5, -3)).get_frame(0)[0])
    assert np.array_equal(got[:27, 5:], picture[3:, :35].astype(np.float32))


def test_guards() -> None:
    clip = core.std.BlankClip(format=vs.GRAYS, width=16, height=16, length=4)
    for bad, match in (
        (lambda: warp(core.std.BlankClip(format=vs.YUV420P8), IDENTITY), "32-bit float"),
        (lambda: warp(clip, [IDENTITY] * 3), "each of 4 frames, got 3"),
        (lambda: warp(clip, []), "at least one"),
        (lambda: warp(clip, ((0.0,) * 3,) * 3), "invertible"),
        (lambda: warp(clip, IDENTITY, size=(0, 4)), "1x1 or more"),
    ):
        with pytest.raises(UsageError, match=match):
            bad()


def test_matrix_algebra() -> None:
    a = np.array(TILT)
    assert np.allclose(np.array(compose(TILT, TURN)), a @ np.array(TURN))
    inverse = np.array(invert(TILT))
    assert np.allclose(inverse / inverse[2, 2], np.linalg.inv(a) / np.linalg.inv(a)[2, 2])
    assert apply(TURN, 30.0, 20.0) == pytest.approx((31.3, 19.2))
    assert apply(scaling(2, 3), 1, 1) == (2.0, 3.0)
