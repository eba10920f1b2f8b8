from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import vapoursynth as vs

from vsmeme.geometry import Fit, Layout, Rect
from vsmeme.neighbours import move_neighbours
from vsmeme.prepare import learn
from vsmeme.prepare.learn_choose import Filters, UnlearnableError, refit, write
from vsmeme.prepare.learn_data import Source, cells, measure_shift, samples
from vsmeme.prepare.learn_fit import Normal, kernels, picked, sound_frames, unfold
from vsmeme.prepare.learn_graph import LEVEL_PX, YCC, Inputs, bicubic_taps, upscaler
from vsmeme.shots import Shot, Shots
from vsmeme.source import tag
from vsmeme.upscale import upscale

core = vs.core
SCALE = 4
WIDTH, HEIGHT, BAND = 48, 64, 8  # DVD px; the bands are BAND rows each
ROOM = {"share": 0.5, "floor": 2 / 255}


def layout() -> Layout:
    wide = Rect(x=0, y=BAND * SCALE, w=WIDTH * SCALE, h=(HEIGHT - 2 * BAND) * SCALE)
    return Layout(
        canvas=(WIDTH * SCALE, HEIGHT * SCALE),
        scale=SCALE,
        wide=wide,
        wide_crop=Rect(x=0, y=0, w=wide.w, h=wide.h),
        dvd=Rect(x=0, y=0, w=WIDTH * SCALE, h=HEIGHT * SCALE),
        dvd_size=(WIDTH, HEIGHT),
        active=Rect(x=0, y=0, w=WIDTH, h=HEIGHT),
        centre_dvd=(WIDTH / 2, HEIGHT / 2),
        fit=Fit(matrix=((4.0, 0.0, 0.0), (0.0, 4.0, 0.0))),
    )


def clip_of(frames: list[np.ndarray]) -> vs.VideoNode:
    """RGBS clip of arrays (3, height, width)."""
    height, width = frames[0].shape[1:]
    blank = core.std.BlankClip(None, width, height, vs.RGBS, len(frames), keep=True)

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        made = f.copy()
        for plane in range(3):
            np.asarray(made[plane])[:] = frames[n][plane]
        return made

    return blank.std.ModifyFrame(blank, paint)


def film(count: int = 12, *, spoil: int | None = None, blend: int | None = None) -> learn.Film:
    """Random strokes, area-averaged to the DVD; the wide's bands are cut off."""
    random = np.random.default_rng(5)
    big, small = [], []
    for n in range(count):
        fine = np.zeros((HEIGHT * SCALE, WIDTH * SCALE))
        for _ in range(60):
            y, x = random.integers(0, fine.shape[0] - 20), random.integers(0, fine.shape[1] - 20)
            h, w = random.integers(3, 20, 2)
            fine[y : y + h, x : x + w] = random.uniform(0.1, 0.9)
        picture = np.stack([fine, fine * 0.9, fine * 0.8]).astype(np.float32)
        shrunk = cells(picture, SCALE).mean(-1)
        big.append(picture[:, BAND * SCALE : -BAND * SCALE])
        small.append(shrunk[:, ::-1].copy() if n == spoil else shrunk)
    if blend is not None:
        small[blend] = (small[blend] + small[blend - 1]) / 2
    rgb709 = clip_of(big)
    wide = tag(rgb709.resize.Point(format=vs.YUV444P16, matrix=1), role="wide")
    dvd = tag(clip_of(small).resize.Point(format=vs.YUV444P16, matrix=6), role="dvd")
    source = Source(wide=wide, dvd=dvd, layout=layout(), grade=lambda clip: clip)
    shots = Shots(
        shots=(Shot(first=0, last=count // 2 - 1), Shot(first=count // 2, last=count - 1))
    )
    return learn.Film(sources=(source,), frames=(tuple(range(count)),), shots=shots)


def picture(seed: int, width: int = 40, height: int = 30) -> np.ndarray:
    random = np.random.default_rng(seed)
    rough = random.random((3, height // 2, width // 2))
    return np.kron(rough, np.ones((2, 2))).astype(np.float32) * 0.6 + 0.2


def result(clip: vs.VideoNode, n: int = 0) -> np.ndarray:
    with clip.get_frame(n) as frame:
        return np.stack([np.asarray(frame[plane]) for plane in range(3)])


def test_without_filters_it_is_catmull_rom(tmp_path: Path) -> None:
    inputs = Inputs(scale=SCALE)
    nothing = np.zeros((48, 1, 7, 7), np.float32)
    path = tmp_path / "plain.onnx"
    onnx.save(upscaler(inputs, [((0,), nothing)], {"share": 9.0, "floor": 9.0}), str(path))
    clip = clip_of([picture(1)])
    model = write_model(path, inputs)
    mine = result(upscale(clip, model))
    other = clip.resize.Bicubic(
        clip.width * SCALE, clip.height * SCALE, filter_param_a=0, filter_param_b=0.5
    )
    inner = (slice(None), slice(16, -16), slice(16, -16))
    assert np.abs(mine - result(other))[inner].max() < 2e-5


def write_model(path: Path, inputs: Inputs) -> learn.Model:
    return learn.Model(
        name="learned",
        path=path,
        scale=SCALE,
        radius=7,
        channels=inputs.channels,
        motion=inputs.reach,
        clamp=False,
        fp16=False,
    )


def test_bicubic_taps_sum_to_one() -> None:
    for scale in (2, 3, 4):
        assert np.allclose(bicubic_taps(scale).sum((1, 2)), 1, atol=1e-6)


def test_graph_gives_what_the_fit_computes(tmp_path: Path) -> None:
    made = film(4)
    inputs = Inputs(scale=SCALE, reach=1)
    sample = next(samples(made.sources[0], inputs, [1]))
    random = np.random.default_rng(0)
    luma, chroma = picked(inputs, inputs, luma=True), picked(inputs, inputs, luma=False)
    filters = Filters(
        inputs=inputs,
        luma=(luma, random.normal(0, 0.01, (len(luma), 16))),
        chroma=(chroma, random.normal(0, 0.01, (len(chroma), 32))),
        ridge=0.0,
        gain_db=(0.0, 0.0),
    )
    path = tmp_path / "x.onnx"
    found, constant = kernels(inputs, inputs, filters.luma, filters.chroma)
    wide_open = {"share": 99.0, "floor": 99.0}
    onnx.save(upscaler(inputs, found, wide_open, constant=constant), str(path))
    rgb = made.sources[0].dvd.resize.Point(format=vs.RGBS, matrix_in=6)
    rgb = rgb.std.CropAbs(WIDTH, HEIGHT, 0, 0)
    mine = result(upscale(rgb, write_model(path, inputs)), 1)
    smooth = rgb.resize.Bicubic(WIDTH * SCALE, HEIGHT * SCALE, filter_param_a=0, filter_param_b=0.5)
    detail = np.einsum("kc,chw->khw", YCC, mine - result(smooth, 1))
    taps = unfold(sample.maps, inputs)
    expected = np.concatenate(
        [taps[..., luma] @ filters.luma[1], taps[..., chroma] @ filters.chroma[1]], -1
    )
    split = expected.reshape(*expected.shape[:2], 3, 16)
    level = cv2.blur(np.ascontiguousarray(split.mean(-1)), (LEVEL_PX, LEVEL_PX))
    expected = (split - level[..., None]).reshape(expected.shape)
    got = np.moveaxis(cells(detail.astype(np.float32), SCALE), 0, 2)
    got = got.reshape(*got.shape[:2], -1)[BAND:-BAND]
    inner = (slice(8, -8), slice(8, -8))
    assert np.abs(got - expected)[inner].max() < 1e-4


def test_stays_within_the_range_of_its_surroundings(tmp_path: Path) -> None:
    inputs = Inputs(scale=SCALE)
    wild = np.random.default_rng(3).normal(0, 5, (48, 1, 7, 7)).astype(np.float32)
    wild[16:] = 0
    path = tmp_path / "wild.onnx"
    onnx.save(upscaler(inputs, [((0,), wild)], ROOM), str(path))
    grey = np.repeat(picture(2)[:1], 3, 0)
    luma = result(upscale(clip_of([grey]), write_model(path, inputs)))[1]
    padded = np.pad(grey[0], 1, mode="edge")
    around = np.stack([padded[y : y + 30, x : x + 40] for y in range(3) for x in range(3)])
    low, high = np.kron(around.min(0), np.ones((4, 4))), np.kron(around.max(0), np.ones((4, 4)))
    room = (high - low) * ROOM["share"] + ROOM["floor"] + 1e-5
    assert (luma <= high + room).all()
    assert (luma >= low - room).all()
    flat = np.full((3, 30, 40), 0.4, np.float32)
    still = result(upscale(clip_of([flat]), write_model(path, inputs)))
    assert np.abs(still - 0.4).max() < ROOM["floor"] + 1e-5


def test_fit_recovers_a_known_filter() -> None:
    random = np.random.default_rng(7)
    features = random.normal(size=(4000, 12))
    features[:, -1] = 1
    truth = random.normal(size=(12, 3))
    wanted = features @ truth
    sums = Normal(
        features=features.T @ features,
        wanted=features.T @ wanted,
        energy=(wanted**2).sum(0),
        count=4000.0,
    )
    from vsmeme.prepare.learn_fit import solve

    taps = np.arange(12)
    found = solve(sums, taps, slice(0, 3), ridge=1e-9)
    assert np.abs(found - truth).max() < 1e-4
    assert sums.gain(found, taps, slice(0, 3)) > 60


def fitted(made: learn.Film, monkeypatch: pytest.MonkeyPatch) -> tuple[list, Inputs]:
    monkeypatch.setattr(learn, "REACH", 0)
    return learn.gather(made, None)


def test_learns_and_leaves_a_wrong_frame_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured, inputs = fitted(film(12, spoil=4), monkeypatch)
    kept = sound_frames(measured)
    assert 4 not in [m.frame for m in kept]
    assert len(kept) >= 10
    chosen = learn.choose(kept, inputs, shots=lambda n: n // 6)
    assert chosen.gain_db[0] > 0.3
    whole = refit(Normal.total(p for m in kept for p in (m.inner, m.outer)), chosen)
    first = write(whole, inputs, tmp_path / "a.onnx")
    again, _ = fitted(film(12, spoil=4), monkeypatch)
    kept = sound_frames(again)
    chosen = learn.choose(kept, inputs, shots=lambda n: n // 6)
    whole = refit(Normal.total(p for m in kept for p in (m.inner, m.outer)), chosen)
    second = write(whole, inputs, tmp_path / "b.onnx")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_logo_in_the_overlap_weighs_nothing() -> None:
    made = film(4)
    source = made.sources[0]
    logo = source.wide.std.BlankClip(40, 24, color=[60000, 32768, 32768])
    marked = replace(
        source,
        wide=core.std.StackVertical(
            [
                source.wide.std.Crop(bottom=source.wide.height - 40),
                core.std.StackHorizontal(
                    [
                        source.wide.std.Crop(
                            top=40, bottom=source.wide.height - 64, right=source.wide.width - 20
                        ),
                        logo.resize.Point(40, 24),
                        source.wide.std.Crop(top=40, bottom=source.wide.height - 64, left=60),
                    ]
                ),
                source.wide.std.Crop(top=64),
            ]
        ),
    )
    weight = next(samples(marked, Inputs(scale=SCALE), [0])).weight
    assert weight[11:15, 7:13].max() == 0
    assert weight.mean() > 0.7


def test_a_wrong_placement_is_found_and_mended(tmp_path: Path) -> None:
    made = film(8)
    source = made.sources[0]
    moved = source.layout.dvd.shifted(1, -2)
    beside = replace(source, layout=replace(source.layout, dvd=moved))
    assert measure_shift(source, [1, 5]) == (0, 0)
    assert measure_shift(beside, [1, 5]) == (-1, 2)
    inputs = Inputs(scale=SCALE, shift=(-1, 2))
    path = tmp_path / "moved.onnx"
    nothing = np.zeros((48, 1, 7, 7), np.float32)
    room = {"share": 9.0, "floor": 9.0}
    found = []
    for each in (inputs, replace(inputs, shift=(0, 0))):
        onnx.save(upscaler(each, [((0,), nothing)], room), str(path))
        found.append(result(upscale(clip_of([picture(1)]), write_model(path, each))))
    assert np.abs(found[0][:, 2:, :-1] - found[1][:, :-2, 1:]).max() < 1e-6


def test_a_blended_frame_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    measured, _ = fitted(film(12, blend=7), monkeypatch)
    assert 7 not in [m.frame for m in sound_frames(measured)]


def test_a_colour_fit_that_is_off_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    made = film(12)

    def off(clip: vs.VideoNode) -> vs.VideoNode:
        return core.std.Expr(clip, ["x 0.93 * 2000 +", "x 900 +", ""])

    wrong = replace(made, sources=(replace(made.sources[0], grade=off),))
    gains = []
    for each in (made, wrong):
        measured, inputs = fitted(each, monkeypatch)
        gains.append(learn.choose(measured, inputs, shots=lambda n: n // 6).gain_db[0])
    # the level stays what the DVD says, so only the slope of the transform matters
    assert gains[1] > 0.7 * gains[0]


@pytest.mark.parametrize(("count", "message"), [(5, "5 confident frames")])
def test_too_little_is_said(count: int, message: str) -> None:
    with pytest.raises(UnlearnableError, match=message):
        learn.gather(film(count), None)


def test_shots_that_disagree_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    measured, inputs = fitted(film(12), monkeypatch)
    turned = [
        m
        if m.frame < 6
        else replace(
            m,
            inner=replace(m.inner, wanted=-m.inner.wanted),
            outer=replace(m.outer, wanted=-m.outer.wanted),
        )
        for m in measured
    ]
    with pytest.raises(UnlearnableError, match="shots disagree"):
        learn.choose(turned, inputs, shots=lambda n: n // 6)


def test_decides_for_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "REACH", 1)
    monkeypatch.setattr(learn, "OTHERS", ())
    monkeypatch.setattr(learn, "networks", dict)
    choice = learn.decide(film(12), tmp_path)
    assert choice.model is not None
    assert choice.model.name == "learned"
    assert choice.scores["learned"].luma_db > choice.scores["bicubic"].luma_db + 0.3
    assert "best on the held-out rows" in choice.report["reason"]


def test_too_few_frames_fall_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "networks", dict)
    choice = learn.decide(film(4), tmp_path)
    assert choice.model is None
    assert "4 confident frames" in choice.report["not_learned"]


def test_still_neighbours_are_the_frame_itself() -> None:
    frame = picture(9)
    clip = clip_of([frame] * 5)
    for moved in move_neighbours(clip, reach=2):
        assert np.abs(result(moved, 2) - frame).max() < 2e-4
