from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import vapoursynth as vs
from scenes.learn_films import BAND, HEIGHT, ROOM, SCALE, WIDTH, clip_of, film, picture, result

from vsmeme.bands.prepare.learning.film_pair import cells
from vsmeme.bands.prepare.learning.ingredients import Filters
from vsmeme.bands.prepare.learning.normal_equations import picked, unfold
from vsmeme.bands.prepare.learning.onnx_builder import OwnNet
from vsmeme.bands.prepare.learning.ridge import kernels
from vsmeme.bands.prepare.learning.samples import measure_shift, samples
from vsmeme.bands.prepare.learning.upscaler_graph import (
    LEVEL_PX,
    YCC,
    Inputs,
    bicubic_taps,
    upscaler,
)
from vsmeme.networks.model import Model
from vsmeme.networks.motion_compensation import move_neighbours
from vsmeme.networks.upscale import upscale


def write_model(path: Path, inputs: Inputs) -> Model:
    return Model(
        name="learned",
        path=path,
        scale=SCALE,
        radius=7,
        channels=inputs.channels,
        motion=inputs.reach,
        clamp=False,
        fp16=False,
    )


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


def test_bicubic_taps_sum_to_one() -> None:
    for scale in (2, 3, 4):
        assert np.allclose(bicubic_taps(scale).sum((1, 2)), 1, atol=1e-6)


@pytest.mark.parametrize("reach", [0, 1])
def test_graph_gives_what_the_fit_computes(tmp_path: Path, reach: int) -> None:
    made = film(4)
    random = np.random.default_rng(0)
    own = OwnNet(
        kernels=random.normal(0, 0.2, (4, 7, 7)).astype(np.float32),
        layers=(random.normal(0, 0.5, (3, 4)).astype(np.float32),),
        biases=(np.full(4, 0.1, np.float32), np.zeros(3, np.float32)),
    )
    inputs = Inputs(scale=SCALE, reach=1, own=own)
    part = replace(inputs, reach=reach)
    sample = next(samples(made.sources[0], inputs, [(made.sources[0].core, [1])]))
    luma, chroma = picked(inputs, part, luma=True), picked(inputs, part, luma=False)
    filters = Filters(
        inputs=part,
        luma=(luma, random.normal(0, 0.01, (len(luma), 16))),
        chroma=(chroma, random.normal(0, 0.01, (len(chroma), 32))),
        ridge=0.0,
        gain_db=(0.0, 0.0),
    )
    path = tmp_path / "x.onnx"
    found, constant = kernels(inputs, part, filters.luma, filters.chroma)
    wide_open = {"share": 99.0, "floor": 99.0}
    onnx.save(upscaler(part, found, wide_open, constant=constant), str(path))
    rgb = made.sources[0].dvd.resize.Point(format=vs.RGBS, matrix_in=6)
    rgb = rgb.std.CropAbs(WIDTH, HEIGHT, 0, 0)
    mine = result(upscale(rgb, write_model(path, part)), 1)
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


def test_a_wrong_placement_is_found_and_mended(tmp_path: Path) -> None:
    made = film(8)
    source = made.sources[0]
    moved = source.layout.dvd.shifted(1, -2)
    beside = replace(source, layout=replace(source.layout, dvd=moved))
    assert measure_shift(source, [(source.core, [1, 5])]) == (0, 0)
    assert measure_shift(beside, [(beside.core, [1, 5])]) == (-1, 2)
    inputs = Inputs(scale=SCALE, shift=(-1, 2))
    path = tmp_path / "moved.onnx"
    nothing = np.zeros((48, 1, 7, 7), np.float32)
    room = {"share": 9.0, "floor": 9.0}
    found = []
    for each in (inputs, replace(inputs, shift=(0, 0))):
        onnx.save(upscaler(each, [((0,), nothing)], room), str(path))
        found.append(result(upscale(clip_of([picture(1)]), write_model(path, each))))
    assert np.abs(found[0][:, 2:, :-1] - found[1][:, :-2, 1:]).max() < 1e-6


def test_still_neighbours_are_the_frame_itself() -> None:
    frame = picture(9)
    clip = clip_of([frame] * 5)
    for moved in move_neighbours(clip, reach=2):
        assert np.abs(result(moved, 2) - frame).max() < 2e-4
