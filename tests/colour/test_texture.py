"""Texture: as strong as what is lacking, fixed to the picture, the same in any order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.canvas.fresh_share import fresh_parts, fresh_share
from vsmeme.colour.grain import Stock
from vsmeme.colour.prepare.fit_texture import fine_share
from vsmeme.colour.prepare.measure_texture import OverlapRows, measure_texture
from vsmeme.colour.texture import add_texture, detail, grain_left, less_dither
from vsmeme.colour.texture_tables import KNOTS, LIGHTS, ShotTexture, Texture
from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Fit, Layout
from vsmeme.source.formats import from_working

core = vs.core
W, H, N = 512, 288, 8
AREAS = (Rect(x=0, y=0, w=W, h=H),)
ONE = (1.0,) * len(KNOTS)
NONE = (0.0,) * len(KNOTS)
STILL = Texture(static=tuple(3 * v for v in ONE), level=tuple(3 * v for v in ONE))


def canvas(luma: int = 126, n: int = N) -> vs.VideoNode:
    return core.std.BlankClip(
        format=vs.YUV444P16, width=W, height=H, length=n, color=[luma * 256, 100 * 256, 140 * 256]
    )


def mask(value: int = 255) -> vs.VideoNode:
    return core.std.BlankClip(format=vs.GRAY8, width=W, height=H, length=N, color=value)


def noisy(still: float, moving: float, seed: int, mean: int = 120) -> vs.VideoNode:
    """White noise, deviations in 8-bit codes, part of it the same in every frame."""
    rng = np.random.default_rng(seed)
    fixed = still * rng.standard_normal((H, W))
    frames = [mean + fixed + moving * rng.standard_normal((H, W)) for _ in range(N)]

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.asarray(out[0])[:] = np.rint(frames[n] * 256)
        return out

    blank = core.std.BlankClip(canvas(mean), keep=True)
    return core.std.ModifyFrame(blank, blank, fill)


def lumas(clip: vs.VideoNode) -> np.ndarray:
    return np.stack([np.asarray(f[0]).astype(np.float64) / 256 for f in clip.frames()])


def rows(own: vs.VideoNode, wide: vs.VideoNode) -> OverlapRows:
    return OverlapRows(own=[own], wide=[wide], frames=[0, 2, 4, 6], shots=[0] * 4)


def test_static_noise_stands_still_and_moving_noise_moves() -> None:
    still = lumas(add_texture(canvas(), mask(), STILL, areas=AREAS))
    assert np.std(still[0] - 126) == pytest.approx(3, rel=0.06)
    assert np.array_equal(still[0], still[5])
    moves = replace(STILL, static=NONE, moving=STILL.static)
    moving = lumas(add_texture(canvas(), mask(), moves, areas=AREAS)) - 126
    assert np.std(moving[0]) == pytest.approx(3, rel=0.06)
    assert abs(np.corrcoef(moving[0].ravel(), moving[1].ravel())[0, 1]) < 0.02


def test_chroma_and_what_is_not_fresh_stay_untouched() -> None:
    out = add_texture(canvas(), mask(0), STILL, areas=AREAS).get_frame(3)
    full = add_texture(canvas(), mask(), STILL, areas=AREAS).get_frame(3)
    source = canvas().get_frame(3)
    assert all(np.array_equal(np.asarray(out[p]), np.asarray(source[p])) for p in range(3))
    assert all(np.array_equal(np.asarray(full[p]), np.asarray(source[p])) for p in (1, 2))


def test_strength_0_is_the_clip_itself_and_a_half_is_half() -> None:
    clip, fresh = canvas(), mask()
    assert add_texture(clip, fresh, STILL, areas=AREAS, strength=0) is clip
    assert add_texture(clip, fresh, Texture(), areas=AREAS) is clip
    assert grain_left(clip, fresh, replace(STILL, grain=(NONE,)), areas=AREAS, strength=0) is fresh
    assert less_dither(clip, fresh, replace(STILL, dither=0.0), areas=AREAS, strength=0) is clip
    half = lumas(add_texture(clip, fresh, STILL, areas=AREAS, strength=0.5))
    assert np.std(half[0]) == pytest.approx(1.5, rel=0.06)


def test_a_picture_with_texture_of_its_own_gets_no_more() -> None:
    rich = lumas(noisy(3.2, 0.0, 5))
    more = lumas(add_texture(noisy(3.2, 0.0, 5), mask(), STILL, areas=AREAS))
    assert np.std(more - rich) < 0.2
    assert np.std(more[0]) == pytest.approx(np.std(rich[0]), rel=0.02)


def test_cells_of_a_few_rows_are_left_alone() -> None:
    areas = (Rect(x=0, y=0, w=W, h=3), Rect(x=0, y=40, w=W, h=40))
    boils = replace(STILL, steady=(ONE,), boil=1.0, grain=(NONE,))
    out = lumas(add_texture(canvas(), mask(), boils, areas=areas))[0]
    assert (out[:3] == 126).all()
    assert np.std(out[40:80] - 126) > 2
    left = np.asarray(grain_left(canvas(), mask(), boils, areas=areas).get_frame(0)[0])
    assert (left[:3] == 255).all()
    assert (left[40:80] == 0).all()


def test_any_order_and_any_thread_gives_the_same_frames() -> None:
    texture = replace(
        STILL,
        moving=ONE,
        steady=(ONE,),
        boil=2.0,
        shots=(ShotTexture(moving=0.5), ShotTexture(static=0.5)),
    )

    def render(order: list[int], threads: int) -> dict[int, bytes]:
        clip = add_texture(noisy(0.5, 0.5, 3), mask(), texture, areas=AREAS, firsts=[0, 4])
        with ThreadPoolExecutor(threads) as pool:
            data = pool.map(lambda n: np.asarray(clip.get_frame(n)[0]).tobytes(), order)
            return dict(zip(order, data, strict=True))

    forth = render(list(range(N)), 1)
    assert render(list(reversed(range(N))), 1) == forth
    assert render([3, 0, 5, 1, 4, 2, 7, 6], 4) == forth


def test_each_shot_has_its_own_strength() -> None:
    texture = replace(STILL, shots=(ShotTexture(), ShotTexture(static=0.25)))
    out = lumas(add_texture(canvas(), mask(), texture, areas=AREAS, firsts=[0, 4]))
    assert np.std(out[3]) == pytest.approx(3.0, rel=0.06)
    assert np.std(out[4]) == pytest.approx(0.75, rel=0.06)
    with pytest.raises(UsageError, match="firsts: expected 2 shots, got 1"):
        add_texture(canvas(), mask(), texture, areas=AREAS)


@pytest.mark.parametrize(
    ("still", "moving"), [(3.0, 0.0), (0.0, 2.0), (2.0, 1.0)], ids=["still", "moving", "both"]
)
def test_what_is_measured_makes_the_bands_as_fine_as_the_wide(still: float, moving: float) -> None:
    own, wide = noisy(0.2, 0.2, 1), noisy(still, moving, 2)
    texture = measure_texture([rows(own, wide)], Stock())
    made = lumas(from_working(add_texture(own, mask(), texture, areas=AREAS))) * 256
    wanted, got = parts(lumas(wide)), parts(made)
    for have, want in zip(got, wanted, strict=True):
        if want > 0.5:
            assert abs(np.log2(have / want)) < 0.12
        else:
            assert have < 0.7


def parts(luma: np.ndarray) -> tuple[float, float]:
    moving = np.std(luma[1:] - luma[:-1]) / np.sqrt(2)
    return float(np.sqrt(max(0.0, np.var(luma[0]) - moving**2))), float(moving)


def test_a_slow_pan_s_texture_is_not_fixed_to_the_canvas() -> None:
    """It drifts by a quarter px a frame: neighbours look alike, later frames do not."""
    rng = np.random.default_rng(4)
    world = cv2.GaussianBlur(rng.standard_normal((H, W + 16)), (0, 0), 0.8)
    world *= 4 / world.std()

    def drift(px: float) -> vs.VideoNode:
        def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
            out, by = f.copy(), np.array([[1, 0, px * n], [0, 1, 0]], np.float64)
            seen = cv2.warpAffine(world, by, (W, H), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
            np.asarray(out[0])[:] = np.rint((120 + seen) * 256)
            return out

        blank = core.std.BlankClip(canvas(120), keep=True)
        return core.std.ModifyFrame(blank, blank, fill)

    own = noisy(0.2, 0.1, 1)
    parts = {}
    for px in (0.0, 0.25):
        part = OverlapRows(own=[own], wide=[drift(px)], frames=[0, 6], shots=[0, 0])
        parts[px] = measure_texture([part], Stock())
    assert parts[0.0].static[0] > 2 * parts[0.0].moving[0]
    assert parts[0.25].static[0] < 0.3 * parts[0.25].moving[0]


def test_bands_that_lack_nothing_are_left_alone() -> None:
    texture = measure_texture([rows(noisy(2.0, 0.8, 1), noisy(2.0, 0.8, 1))], Stock())
    assert not any((*texture.static, *texture.moving))
    assert np.max(texture.steady) < 0.3
    assert np.min(texture.gain) > 0.9
    assert measure_texture([], Stock()) == Texture()


def test_a_shot_of_which_nothing_was_seen_is_as_the_film() -> None:
    seen = [rows(noisy(0.2, 0.2, 1), noisy(2.0, 1.0, 2))]
    texture = measure_texture(seen, Stock(), shots=3)
    assert texture.shots[1:] == (ShotTexture(), ShotTexture())
    assert replace(texture, shots=texture.shots[:1]) == measure_texture(seen, Stock())


def boiling(still: float, boil: float, seed: int) -> vs.VideoNode:
    """A picture that stands still, with texture, and with noise of a DVD's px that boils."""
    rng = np.random.default_rng(seed)
    base = 120 + still * np.random.default_rng(9).standard_normal((H, W))
    shape = (H // 4, W // 4)

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.asarray(out[0])[:] = np.rint(frames[n] * 256)
        return out

    frames = [
        base + cv2.resize(boil * rng.standard_normal(shape), (W, H), interpolation=cv2.INTER_CUBIC)
        for _ in range(N)
    ]
    blank = core.std.BlankClip(canvas(120), keep=True)
    return core.std.ModifyFrame(blank, blank, fill)


def test_what_boils_in_the_bands_is_steadied() -> None:
    own, wide = boiling(1.0, 4.0, 1), boiling(1.0, 0.0, 2)
    texture = measure_texture([rows(own, wide)], Stock())
    assert np.min(texture.steady) > 0.9
    assert 1 < texture.boil < 6
    made = lumas(add_texture(own, mask(), texture, areas=AREAS))
    assert parts(made[2:6])[1] < 0.45 * parts(lumas(own)[2:6])[1]
    assert np.mean((made - lumas(wide)) ** 2) < 0.6 * np.mean((lumas(own) - lumas(wide)) ** 2)


def test_what_moves_is_not_steadied() -> None:
    """An edge of 60 codes that moves by 6 px a frame leaves nothing behind itself."""
    columns = np.arange(W)[None]

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.asarray(out[0])[:] = (
            np.where(columns < 100 + 6 * n, 90, 150) * 256
        )  # the same in all rows
        return out

    blank = core.std.BlankClip(canvas(120), keep=True)
    moving = core.std.ModifyFrame(blank, blank, fill)
    calm = Texture(steady=(ONE,), boil=1.0)
    assert np.array_equal(lumas(add_texture(moving, mask(), calm, areas=AREAS)), lumas(moving))
    other = Texture(steady=(ONE,), boil=100.0)
    assert not np.array_equal(lumas(add_texture(moving, mask(), other, areas=AREAS)), lumas(moving))


def test_bands_finer_than_the_wide_are_lowered() -> None:
    own, wide = noisy(1.2, 0.2, 1), noisy(0.8, 0.2, 2)
    texture = measure_texture([rows(own, wide)], Stock())
    assert np.max(texture.gain) < 0.8
    made = parts(lumas(from_working(add_texture(own, mask(), texture, areas=AREAS))) * 256)
    assert abs(np.log2(made[0] / parts(lumas(wide))[0])) < 0.25


def lit(clip: vs.VideoNode, *codes: int) -> vs.VideoNode:
    """A clip of mean luma 120, its columns made as bright as they are told, in equal parts."""
    parts = []
    for n, code in enumerate(codes):
        part = core.std.CropAbs(clip, W // len(codes), H, n * W // len(codes), 0)
        parts.append(core.akarin.Expr(part, [f"x {(code - 120) * 256} +", "", ""]))
    return core.std.StackHorizontal(parts)


def test_what_a_bright_sky_tells_holds_for_no_grass() -> None:
    """Left dark and too soft, right bright and too fine, as much going on in both."""
    clips = [
        core.std.StackHorizontal([core.std.CropAbs(each, W // 2, H) for each in sides])
        for sides in (
            (noisy(1.2, 0.1, 1), noisy(1.2, 0.1, 3)),
            (noisy(2.4, 0.1, 1), noisy(0.5, 0.1, 4)),
        )
    ]
    own, wide = (lit(clip, 60, 210) for clip in clips)
    dark = lit(clips[0], 60, 60)
    texture = measure_texture([rows(own, wide)], Stock())
    k = np.abs(np.array(KNOTS) - 0.0).argmin()
    assert texture.gain[0][k] >= 1
    assert texture.gain[-1][k] < 0.8
    made = lumas(add_texture(own, mask(), texture, areas=AREAS))[0] - lumas(own)[0]
    quarters = [made[:, n * W // 4 + 8 : (n + 1) * W // 4 - 8].std() for n in range(4)]
    assert min(quarters[2:]) > 0.3  # lowered
    grass = lumas(add_texture(dark, mask(), texture, areas=AREAS))[0]
    assert np.std(grass[:, -80:]) >= 0.98 * np.std(lumas(dark)[0][:, -80:])


def test_the_graph_reads_tables_by_brightness_as_the_fit_does() -> None:
    """What is left of one texture follows its brightness."""
    gain = tuple((v,) * len(KNOTS) for v in (1.0, 0.5, 1.25, 0.8))
    base = noisy(1.0, 0.0, 5)
    for code in (30, 43, 71, 100, 130, 155, 180, 208, 225):
        clip = lit(base, code)
        made = lumas(add_texture(clip, mask(), Texture(gain=gain), areas=AREAS))[0]
        soft = lumas(clip)[0]
        fine = np.asarray(detail(core.std.ShufflePlanes(clip, 0, vs.GRAY)).fine.get_frame(0)[0])
        factor = float((fine * (made - soft)).mean() / (fine**2).mean()) + 1
        assert factor == pytest.approx(np.interp(code, LIGHTS, [g[0] for g in gain]), abs=0.03)


def test_each_shot_has_its_own_measure_of_too_much() -> None:
    """The first shot boils, the second one lacks what moves."""
    own = boiling(1.0, 3.0, 1)[:4] + noisy(1.0, 0.1, 3)[:4]
    wide = boiling(1.0, 0.0, 2)[:4] + noisy(1.0, 1.5, 4)[:4]
    part = OverlapRows(own=[own], wide=[wide], frames=[1, 2, 5, 6], shots=[0, 0, 1, 1])
    texture = measure_texture([part], Stock(), shots=2)
    made = add_texture(own, mask(), texture, areas=AREAS, firsts=[0, 4])
    before, after, true = (lumas(clip) for clip in (own, made, wide))
    assert parts(after[1:3])[1] < 0.7 * parts(before[1:3])[1]
    assert parts(after[5:7])[1] > 0.6 * parts(true[5:7])[1]


def test_grain_is_held_back_where_the_bands_boil() -> None:
    stock = Stock(levels=((16.0, 1.0), (235.0, 1.0)))
    boiling = measure_texture([rows(noisy(0.1, 1.5, 1), noisy(0.1, 1.0, 2))], stock)
    calm = measure_texture([rows(noisy(0.1, 0.0, 1), noisy(0.1, 1.1, 2))], stock)
    assert boiling.grain[0][0] < 0.2
    assert calm.grain[0][0] > 0.9
    left = grain_left(canvas(), mask(), boiling, areas=AREAS)
    assert int(np.asarray(left.get_frame(0)[0]).max()) <= 51


def test_less_dither_brings_luma_to_whole_codes() -> None:
    clip = core.akarin.Expr(canvas(), ["x X 3 * 256 % +", "", ""])
    out = less_dither(clip, mask(), replace(STILL, dither=0.0), areas=AREAS).get_frame(0)
    assert not (np.asarray(out[0]) % 256).any()
    deep = less_dither(clip, mask(), replace(STILL, dither=0.0), areas=AREAS, depth=10)
    assert not (np.asarray(deep.get_frame(0)[0]) % 64).any()
    bare = less_dither(clip, mask(0), replace(STILL, dither=0.0), areas=AREAS).get_frame(0)
    assert np.array_equal(np.asarray(bare[0]), np.asarray(clip.get_frame(0)[0]))


def test_the_share_of_energy_that_is_fine() -> None:
    kernel = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]).astype(float)
    kernel = tuple((kernel / np.sqrt((kernel**2).sum())).ravel())
    noise = add_texture(canvas(), mask(), replace(STILL, kernel=kernel), areas=AREAS)
    fine = detail(core.std.ShufflePlanes(noise, 0, vs.GRAY)).fine.get_frame(0)
    assert np.var(np.asarray(fine[0])) == pytest.approx(9 * fine_share(kernel), rel=0.08)


def test_fresh_share_completes_the_feather() -> None:
    layout = Layout(
        canvas=(96, 64), scale=4, wide=Rect(x=0, y=16, w=96, h=32),
        wide_crop=Rect(x=0, y=0, w=96, h=32), dvd=Rect(x=8, y=0, w=80, h=64), dvd_size=(20, 16),
        active=Rect(x=0, y=0, w=20, h=16), centre_dvd=(10, 8),
        fit=Fit(matrix=((4.0, 0.0, 8.0), (0.0, 4.0, 0.0))),
    )  # fmt: skip
    got = np.asarray(fresh_share(layout, width=8, like=canvas()).get_frame(0)[0]).astype(float)
    assert (got[:16] == 255).all()
    assert (got[48:] == 255).all()
    assert (got[16:48, :8] == 0).all()
    assert (got[24:40] == 0).all()
    t = (np.arange(8) + 0.5) / 8
    wide = t * t * (3 - 2 * t)
    assert np.abs((got[16:24, 40] / 255) ** 2 + wide**2 - 1).max() < 0.01
    assert np.array_equal(got[16:24], got[47:39:-1])
    covered = np.zeros((64, 96), np.bool_)
    for part in fresh_parts(layout, width=8):
        covered[part.y : part.bottom, part.x : part.right] = True
    assert not got[~covered].any()


def test_tables_round_trip_and_bad_ones_are_named() -> None:
    texture = replace(
        STILL,
        shots=(ShotTexture(moving=0.5, extra=0.25),),
        lumas=((40.0, 0.5), (180.0, 1.5)),
        dither=0.5,
    )
    assert Texture.from_json(texture.to_json()) == texture
    assert Texture.from_json({}) == Texture()
    lit = replace(STILL, gain=(ONE, NONE, ONE, ONE), steady=(NONE,))
    assert Texture.from_json(lit.to_json()) == lit
    flat = {**STILL.to_json(), "gain": list(NONE)}  # as it was written before brightness counted
    assert Texture.from_json(flat) == replace(STILL, gain=(NONE,))
    with pytest.raises(UsageError, match="gain: expected 5 numbers of 0 or more"):
        Texture(gain=((1.0, 2.0),))
    with pytest.raises(UsageError, match="gain: expected 1 or 4 tables, got 2"):
        Texture(gain=(ONE, ONE))
    with pytest.raises(UsageError, match="clip: expected YUV444P16"):
        add_texture(core.std.BlankClip(format=vs.GRAY8), mask(), STILL, areas=AREAS)
