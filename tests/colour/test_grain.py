"""Grain and tie: where, how much, and always the same."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.colour.grain import Stock, fresh_mask, unify
from vsmeme.pixels.rect import Rect

core = vs.core
W, H = 384, 288
WIDE = Rect(x=0, y=24, w=384, h=240)
SOFT = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]).astype(float)
KERNEL = tuple((SOFT / np.sqrt((SOFT**2).sum())).ravel().tolist())
STOCK = Stock(levels=((16, 1.0), (126, 3.0), (235, 2.0)), kernel=KERNEL, chroma=(120.0, 134.0))


def canvas(luma: int = 126, n: int = 6) -> vs.VideoNode:
    return core.std.BlankClip(
        format=vs.YUV444P16, width=W, height=H, length=n, color=[luma * 256, 100 * 256, 140 * 256]
    )


def mask(value: int = 255) -> vs.VideoNode:
    return core.std.BlankClip(format=vs.GRAY8, width=W, height=H, length=6, color=value)


def plane(frame: vs.VideoFrame, p: int = 0) -> np.ndarray:
    return np.asarray(frame[p]).astype(np.float64) / 256


@pytest.mark.parametrize(("luma", "sigma"), [(16, 1.0), (71, 2.0), (126, 3.0), (180.5, 2.5)])
def test_grain_is_as_strong_as_the_stock_says(luma: float, sigma: float) -> None:
    clip = canvas(int(luma))
    out = [plane(f) for f in unify(clip, mask(), STOCK, tie=0).frames()]
    assert np.std(out) == pytest.approx(sigma, rel=0.06)
    assert np.mean(out) == pytest.approx(int(luma), abs=0.1)


def test_grain_has_the_spectrum_of_its_kernel() -> None:
    grained = unify(canvas(n=24), mask().std.Loop(4), STOCK, tie=0)
    noise = np.array([plane(f) - 126 for f in grained.frames()])
    got = (np.abs(np.fft.fft2(noise)) ** 2).mean(0) / (W * H) / 9
    padded = np.zeros((H, W))
    padded[:5, :5] = np.reshape(KERNEL, (5, 5))
    want = np.abs(np.fft.fft2(padded)) ** 2
    fx, fy = np.fft.fftfreq(W)[None], np.fft.fftfreq(H)[:, None]
    for low in np.arange(0.05, 0.4, 0.05):
        ring = (np.hypot(fx, fy) >= low) & (np.hypot(fx, fy) < low + 0.05)
        if want[ring].mean() > 0.1:  # below lies what the frame's edges leak
            assert abs(10 * np.log10(got[ring].mean() / want[ring].mean())) < 0.7


def test_grain_differs_from_frame_to_frame_and_by_seed() -> None:
    grained = unify(canvas(), mask(), STOCK, tie=0)
    a, b = plane(grained.get_frame(0)) - 126, plane(grained.get_frame(1)) - 126
    c = plane(unify(canvas(), mask(), STOCK, tie=0, seed=2).get_frame(0)) - 126
    limit = 4 / np.sqrt(W * H / 9)  # four deviations; the kernel makes nine px alike
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < limit
    assert abs(np.corrcoef(a.ravel(), c.ravel())[0, 1]) < limit


def test_any_order_and_any_thread_gives_the_same_frames() -> None:
    def render(order: list[int], threads: int) -> dict[int, bytes]:
        clip = unify(canvas(), mask(), STOCK)
        with ThreadPoolExecutor(threads) as pool:
            data = pool.map(lambda n: np.asarray(clip.get_frame(n)[0]).tobytes(), order)
            return dict(zip(order, data, strict=True))

    forth = render(list(range(6)), 1)
    assert render(list(reversed(range(6))), 1) == forth
    assert render([3, 0, 5, 1, 4, 2], 4) == forth


def test_nothing_happens_where_the_mask_is_black() -> None:
    out = unify(canvas(), mask(0), STOCK, tie=0).get_frame(0)
    source = canvas().get_frame(0)
    assert all(np.array_equal(np.asarray(out[p]), np.asarray(source[p])) for p in range(3))


def test_a_grainless_stock_and_no_tie_is_the_clip_itself() -> None:
    clip = canvas()
    assert unify(clip, mask(), Stock(), tie=0) is clip


def test_tie_moves_chroma_only_and_by_a_closed_form() -> None:
    out = unify(canvas(), mask(), STOCK, grain=0, tie=0.5).get_frame(0)
    assert (plane(out) == 126).all()
    for p, (value, mean) in enumerate(((100, 120.0), (140, 134.0)), 1):
        want = value + 0.5 * 0.12 * (mean - value)
        assert np.abs(plane(out, p) - want).max() <= 1 / 256


def test_fresh_mask_marks_what_the_wide_does_not_cover() -> None:
    got = np.asarray(fresh_mask(canvas(), WIDE).get_frame(0)[0])
    assert got.shape == (H, W)
    assert (got[:20] == 255).all()
    assert (got[268:] == 255).all()
    assert (got[28:260] == 0).all()


def test_stock_survives_json() -> None:
    assert Stock.from_json(Stock().to_json()) == Stock()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"levels": ((16, 1.0), (16, 2.0))}, "Stock: levels: expected knots of rising luma"),
        ({"levels": ((16, -1.0),)}, "Stock: levels: expected deviations of 0 or more"),
        ({"kernel": (1.0,)}, "Stock: kernel: expected 25 numbers, got 1"),
    ],
)
def test_bad_stock(bad: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stock(**bad)


def test_bad_clips_and_strengths() -> None:
    with pytest.raises(ValueError, match="unify: clip: expected YUV444P16, got YUV420P8"):
        unify(canvas().resize.Bicubic(format=vs.YUV420P8), mask(), STOCK)
    with pytest.raises(ValueError, match="fresh: expected GRAY8 of 384x288, got Gray8 320x288"):
        unify(canvas(), mask().std.Crop(right=64), STOCK)
    with pytest.raises(ValueError, match=r"unify: grain: expected 0\.\.1, got 2"):
        unify(canvas(), mask(), STOCK, grain=2)
