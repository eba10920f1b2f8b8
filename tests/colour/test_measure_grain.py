"""The measured grain is the grain that was put in."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.colour.prepare import measure_grain
from vsmeme.colour.prepare.measure_grain import BLOCK_PX, MOST_BLOCKS, measure_blocks, measure_stock
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_art import Array
from vsmeme.source.formats import to_working

LUMA_SHARE = 219 / 255 * np.sqrt(0.2126**2 + 0.7152**2 + 0.0722**2)  # of white RGB noise


@pytest.mark.parametrize("sigma", [1.5, 3.0])
def test_strength_of_the_scene_s_grain(sigma: float) -> None:
    scene = Scene(size="small", seed=3, frames=24, wide_noise=sigma)
    stock = measure_stock(to_working(scene_files.clip(scene, "wide")))
    want = np.hypot(sigma * LUMA_SHARE, np.sqrt(1 / 12))  # and the rounding to codes
    for _, got in stock.levels:
        assert got == pytest.approx(want, rel=0.1)


def test_a_clean_film_has_none_and_its_texture_is_not_grain() -> None:
    scene = Scene(size="small", seed=3, frames=12)
    stock = measure_stock(to_working(scene_files.clip(scene, "wide")))
    assert stock.grainless
    assert 100 < stock.chroma[0] < 156


def soft_noise(seed: int) -> Array:
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.standard_normal((256, 512)), (0, 0), 0.7)
    return (120 + 2.5 * noise / noise.std()).astype(np.float32)


def band_levels(power: Array, edges: list[float]) -> list[float]:
    """Mean power of rings of frequency, in dB; `edges` in cycles per px."""
    f = np.fft.fftfreq(BLOCK_PX)
    radius = np.hypot(f[:, None], f[None, :])
    rings = pairwise(edges)
    return [10 * np.log10(power[(radius >= a) & (radius < b)].mean() + 1e-12) for a, b in rings]


def test_the_kernel_reproduces_a_soft_grain_s_spectrum() -> None:
    """Issue: within 1.5 dB from 0.05 to 0.4 cycles per px."""
    blocks = measure_blocks(soft_noise(1), soft_noise(2))
    power = blocks.power.mean(0)
    kernel = np.reshape(measure_grain.kernel_of(power), (5, 5))
    padded = np.zeros((BLOCK_PX, BLOCK_PX))
    padded[:5, :5] = kernel
    ours = np.abs(np.fft.fft2(padded)) ** 2 * 2.5**2
    edges = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4]
    off = np.subtract(band_levels(ours, edges), band_levels(power, edges))
    assert np.abs(off).max() < 1.5


def test_motion_is_not_grain() -> None:
    still, moved = np.zeros((64, 256), np.float32), np.zeros((64, 256), np.float32)
    ramp = 120 + 40 * np.sin(np.arange(256) / 12)
    still[:], moved[:] = ramp, np.roll(ramp, 3)
    assert len(measure_blocks(still, moved).luma) == 0


def test_short_and_tiny_clips_have_no_grain() -> None:
    for n, size in ((1, 64), (5, 16)):
        clip = vs.core.std.BlankClip(format=vs.YUV444P16, width=size, height=size, length=n)
        assert measure_stock(clip).grainless


def test_large_frames_are_told_by_some_of_their_blocks() -> None:
    random = np.random.default_rng(5)
    frames = [128 + random.normal(0, 1.5, (1600, 3200)).astype(np.float32) for _ in range(2)]
    blocks = measure_blocks(*frames)
    assert MOST_BLOCKS / 2 < len(blocks.luma) <= MOST_BLOCKS
    assert np.sqrt(blocks.power.mean()) == pytest.approx(1.5, rel=0.02)
