"""The film's own network: what it learns, and what it may not see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnx.reference
from scenes.learn_films import SCALE, film, picture

from vsmeme.bands.prepare.learning import training_frames
from vsmeme.bands.prepare.learning.normal_equations import LUMA_PX
from vsmeme.bands.prepare.learning.onnx_builder import OwnNet
from vsmeme.bands.prepare.learning.samples import places, samples
from vsmeme.bands.prepare.learning.train_network import Pixels, pixels_of, train
from vsmeme.bands.prepare.learning.upscaler_graph import YCC, Inputs, feature_network

ONE_PX = LUMA_PX**2 // 2


def bent_pixels(count: int = 20_000) -> Pixels:
    """Strokes whose missing detail is a step of the middle px: no filter finds it."""
    random = np.random.default_rng(3)
    patches = random.normal(0.5, 0.1, (count, LUMA_PX**2)).astype(np.float32)
    edge = patches[:, ONE_PX] - patches.mean(-1)
    wanted = np.abs(edge)[:, None] * np.array([1, -1, 2, 0.5])
    return Pixels(
        patches=patches,
        wanted=(wanted - wanted.mean(0)).astype(np.float32),
        weight=np.ones(count, np.float32),
    )


def features(net: OwnNet, patches: np.ndarray) -> np.ndarray:
    """The network's arithmetic, patch by patch."""
    found = patches @ net.kernels.reshape(len(net.kernels), -1).T + net.biases[0]
    found = np.maximum(found, 0)
    for weights, bias in zip(net.layers, net.biases[1:], strict=True):
        found = np.maximum(found @ weights.T + bias, 0)
    return found


def left_by(known: np.ndarray, wanted: np.ndarray) -> float:
    """Share of the wanted energy that a linear fit leaves."""
    known = np.concatenate([known, np.ones((len(known), 1))], 1)
    fit = np.linalg.lstsq(known, wanted, rcond=None)[0]
    return float(((wanted - known @ fit) ** 2).sum() / (wanted**2).sum())


def test_it_sees_what_filters_cannot() -> None:
    pixels = bent_pixels()
    assert left_by(pixels.patches, pixels.wanted) > 0.9
    net = train(pixels)
    assert left_by(features(net, pixels.patches), pixels.wanted) < 0.5


def test_the_level_says_nothing() -> None:
    net = train(bent_pixels(4000))
    assert np.abs(net.kernels.sum((1, 2))).max() < 1e-5 * np.abs(net.kernels).sum((1, 2)).max()
    patches = bent_pixels(50).patches
    assert np.allclose(features(net, patches), features(net, patches + 0.3), atol=1e-4)


def test_px_that_weigh_nothing_teach_nothing() -> None:
    pixels = bent_pixels(8000)
    wrong = pixels.wanted.copy()
    wrong[::2] = 5.0
    weight = pixels.weight.copy()
    weight[::2] = 0
    net = train(Pixels(patches=pixels.patches, wanted=wrong, weight=weight))
    assert np.isfinite(net.kernels).all()
    assert left_by(features(net, pixels.patches), pixels.wanted) < 0.9


def test_the_graph_gives_the_same_features(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    net = OwnNet(
        kernels=random.normal(0, 0.3, (6, LUMA_PX, LUMA_PX)).astype(np.float32),
        layers=(random.normal(0, 0.5, (3, 6)).astype(np.float32),),
        biases=(np.full(6, 0.2, np.float32), np.full(3, 0.1, np.float32)),
    )
    frame = picture(5)
    inputs = Inputs(scale=SCALE, own=net)
    assert inputs.maps == 6
    path = tmp_path / "maps.onnx"
    onnx.save(feature_network(inputs), str(path))
    session = onnx.reference.ReferenceEvaluator(str(path))
    maps = session.run(None, {"input": frame[None]})[0][0]
    luma = np.tensordot(YCC[0], frame, 1)
    seen = np.lib.stride_tricks.sliding_window_view(luma, (LUMA_PX, LUMA_PX))
    radius = LUMA_PX // 2
    expected = features(net, seen.reshape(*seen.shape[:2], -1))
    inner = maps[3:, radius:-radius, radius:-radius].transpose(1, 2, 0)
    assert np.allclose(inner, expected, atol=1e-4)


def test_it_is_trained_on_the_film_and_repeats_itself() -> None:
    made = film(10)
    source, inputs = made.sources[0], Inputs(scale=SCALE)
    held = training_frames.held_frames(made)
    assert held == (2, 7)
    taught = places(source, range(10))
    found = [training_frames.train_own([(source, taught)], inputs, held) for _ in range(2)]
    for first, second in zip(*[[n.kernels, *n.layers, *n.biases] for n in found], strict=True):
        assert np.array_equal(first, second)
    sample = next(samples(source, inputs, [(source.core, [2])]))
    rows = training_frames.held_rows(source)
    pixels = pixels_of(sample, inputs, rows)
    assert len(pixels.patches) == sample.weight.size - sum(rows) * sample.weight.shape[1]
    plain = left_by(pixels.patches, pixels.wanted)
    both = np.concatenate([pixels.patches, features(found[0], pixels.patches)], 1)
    assert left_by(both, pixels.wanted) < plain
