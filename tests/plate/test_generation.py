"""Backends and the guard that keeps everything but the mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from scenes.plates import Hostile

from vsmeme.arrays.bt709 import rgb_to_yuv, yuv_to_rgb
from vsmeme.errors import MissingError
from vsmeme.plate.prepare.generation import continue_edges, generate
from vsmeme.plate.prepare.inpainters.base import GenerationError
from vsmeme.plate.prepare.inpainters.choose import make_backend
from vsmeme.plate.prepare.inpainters.patchmatch import PatchMatch
from vsmeme.plate.prepare.inpainters.prompt_words import describe_picture
from vsmeme.plate.prepare.inpainters.telea import Telea
from vsmeme.plate.prepare.match_light import match_light, spread_difference
from vsmeme.settings.picture_settings import Inpaint

Array = np.ndarray[Any, Any]


def texture(height: int = 96, width: int = 128) -> Array:
    """Stripes of two colours under a slow ramp, RGB 0..1."""
    y, x = np.mgrid[:height, :width]
    stripes = ((x // 6 + y // 6) % 2)[..., None] * np.array([0.3, 0.1, 0.2])
    return (0.3 + stripes + 0.002 * y[..., None]).astype(np.float32)


def corner(height: int = 96, width: int = 128) -> Array:
    mask = np.zeros((height, width), np.bool_)
    mask[:24, :32] = True
    return mask


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(2, 48), st.integers(2, 48)),
    share=st.floats(0, 0.98),
    feather=st.integers(0, 9),
)
def test_nothing_outside_the_mask_changes(
    seed: int, size: tuple[int, int], share: float, feather: int
) -> None:
    rng = np.random.default_rng(seed)
    plate = rng.integers(0, 65536, (3, *size), dtype=np.uint16)
    mask = rng.random(size) < share
    mask[0, 0] = False
    backend = Hostile()
    made = generate(plate, mask, avoid=np.zeros_like(mask), backend=backend, feather_px=feather)
    assert np.array_equal(made.plate[:, ~mask], plate[:, ~mask])
    assert made.changed == 0
    assert made.before == made.after
    assert backend.calls == made.generations == int(mask.any())


def test_what_no_frame_shows_keeps_the_edge() -> None:
    plate, mask = rgb_to_yuv(texture()), corner() | corner()[:, ::-1]
    shown = np.zeros_like(mask)
    shown[:, :64] = True
    asked = []

    class Black(Hostile):
        def fill(self, picture: Array, mask: Array, avoid: Array) -> Array:
            asked.append((mask.copy(), avoid.copy()))
            return np.zeros_like(picture)

    none = np.zeros_like(mask)
    made = generate(plate, mask, avoid=none, backend=Black(), feather_px=0, shown=shown)
    (open_, avoid), *_ = asked
    assert np.array_equal(open_, mask & shown)
    assert np.array_equal(avoid, mask & ~shown)
    rgb = yuv_to_rgb(made.plate)
    assert rgb[mask & shown].max() < 0.01
    assert np.allclose(
        made.plate[:, mask & ~shown],
        rgb_to_yuv(continue_edges(yuv_to_rgb(plate), mask))[:, mask & ~shown],
        atol=1,
    )
    assert made.changed == 0


def test_background_reaches_behind_the_subject() -> None:
    """An open corner beside the subject is filled as if the subject were not there."""
    picture, mask = texture(), corner()
    avoid = np.zeros_like(mask)
    avoid[:60, :70] = True
    avoid &= ~mask
    picture[avoid] = np.array([0.0, 1.0, 0.0])
    filled = PatchMatch().fill(np.where(mask[..., None], 0.5, picture), mask, avoid)
    assert (filled[mask][:, 1] < 0.8).all()
    assert np.abs(filled[mask].mean(axis=0) - texture()[mask].mean(axis=0)).max() < 0.1


def test_the_feather_continues_the_real_edge() -> None:
    """A backend that answers black leaves no black rim next to the real picture."""
    plate = rgb_to_yuv(np.full((64, 64, 3), 0.7, np.float32))
    mask = np.zeros((64, 64), np.bool_)
    mask[:, :30] = True
    plate[:, mask] = np.array([4096, 32768, 32768], np.uint16)[:, None]
    black = Hostile(returns=np.zeros_like)
    made = generate(plate, mask, avoid=np.zeros_like(mask), backend=black, feather_px=10)
    shown = yuv_to_rgb(made.plate)
    assert abs(float(shown[32, 29].mean()) - 0.7) < 0.02
    assert float(shown[32, 5].mean()) < 0.01
    steps = np.diff(shown[32, 15:34].mean(axis=-1))
    assert np.abs(steps).max() < 0.12


def test_subject_pixels_are_never_continued() -> None:
    picture = np.full((40, 40, 3), 0.2, np.float32)
    subject = np.zeros((40, 40), np.bool_)
    subject[:, 10:20] = True
    picture[subject] = 1.0
    mask = np.zeros_like(subject)
    mask[:, :10] = True
    assert continue_edges(picture, mask | subject)[mask].max() < 0.21


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (lambda p: p[1:], r"expected a picture of 128x96 RGB, got an array of \(95, 128, 3\)"),
        (lambda p: p * np.nan, "holds NaN or infinity"),
        (lambda p: None, "expected an array, got NoneType"),
        (lambda p: p > 0.5, "expected floats or integers, got bool"),
    ],
)
def test_what_is_no_picture_is_refused(returns: Any, message: str) -> None:  # noqa: ANN401
    plate, mask = rgb_to_yuv(texture()), corner()
    backend = Hostile(returns=returns)
    with pytest.raises(GenerationError, match=f"hostile: .*{message}"):
        generate(plate, mask, avoid=np.zeros_like(mask), backend=backend, feather_px=2)


def test_integers_are_taken_at_full_range() -> None:
    plate, mask = rgb_to_yuv(texture()), corner()
    for kind in (np.uint8, np.uint16):
        top = np.iinfo(kind).max
        white = Hostile(returns=lambda p, k=kind, t=top: np.full(p.shape, t, k))
        made = generate(plate, mask, avoid=np.zeros_like(mask), backend=white, feather_px=0)
        assert np.allclose(yuv_to_rgb(made.plate)[mask], 1.0, atol=1e-3)


def test_no_real_sample_at_all() -> None:
    plate = rgb_to_yuv(texture())
    everything = np.ones(plate.shape[1:], np.bool_)
    with pytest.raises(GenerationError, match="no real sample"):
        generate(
            plate, everything, avoid=np.zeros_like(everything), backend=Hostile(), feather_px=2
        )


def test_patchmatch_continues_textures_and_repeats_itself() -> None:
    picture, mask = texture(), corner()
    holed = continue_edges(np.where(mask[..., None], 0.0, picture).astype(np.float32), mask)
    none = np.zeros_like(mask)
    filled = PatchMatch(seed=4).fill(holed, mask, none)
    assert np.array_equal(filled, PatchMatch(seed=4).fill(holed, mask, none))
    assert np.array_equal(filled[~mask], holed[~mask])
    smooth = Telea().fill(holed, mask, none)

    def error(shown: Array) -> float:
        return float(np.square(shown - picture)[mask].mean())

    assert error(filled) < 0.5 * error(smooth)


def test_patchmatch_copies_nothing_from_the_subject() -> None:
    picture, mask = texture(), corner()
    avoid = np.zeros_like(mask)
    avoid[:60, 40:70] = True
    picture[avoid] = np.array([0.0, 1.0, 0.0])
    holed = continue_edges(picture, mask | avoid)
    holed[avoid] = np.array([0.0, 1.0, 0.0])
    filled = PatchMatch().fill(holed, mask, avoid)
    assert (filled[mask][:, 1] < 0.8).all()


def test_steps_of_eight_bits_are_smoothed() -> None:
    ramp = np.linspace(0.3, 0.32, 128, dtype=np.float32)[None, :, None]
    picture = np.broadcast_to(ramp, (64, 128, 3)).copy()
    mask = np.zeros((64, 128), np.bool_)
    mask[20:40, 40:90] = True
    for backend in (PatchMatch(), Telea()):
        filled = backend.fill(picture.copy(), mask, np.zeros_like(mask))
        assert len(np.unique(filled[30, 40:90, 0])) > 8


def lama_file(path: Path, *, scale: float = 1.0, planes: int = 3) -> Path:
    """A network that paints the masked area white."""
    shape = ["n", 3, 64, 64]
    inputs = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, shape),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["n", 1, 64, 64]),
    ]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", planes, 64, 64])]
    factor = helper.make_tensor("factor", TensorProto.FLOAT, [1], [scale])
    nodes = [
        helper.make_node("Max", ["image", "mask"], ["both"]),
        helper.make_node("Mul", ["both", "factor"], ["output"]),
    ]
    graph = helper.make_graph(nodes, "lama", inputs, outputs, [factor])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 10
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_lama_by_path(tmp_path: Path, scale: float) -> None:
    path = lama_file(tmp_path / "lama.onnx", scale=scale)
    backend = make_backend(Inpaint(backend="lama", model="lama.onnx"), folder=tmp_path)
    assert (backend.name, backend.model) == ("lama", path.name)
    picture, mask = texture(), corner()
    filled = backend.fill(picture, mask, np.zeros_like(mask))
    assert filled[4:16, 4:24].min() > 0.95
    assert np.array_equal(filled[~mask], picture[~mask])


def test_models_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no network")
    for name, message in (
        ("nowhere.onnx", "no such path; expected a LaMa ONNX file"),
        ("text.onnx", "not an ONNX file"),
    ):
        with pytest.raises(MissingError, match=message):
            picture, mask = texture(), corner()
            backend = make_backend(Inpaint(backend="lama", model=name), folder=tmp_path)
            backend.fill(picture, mask, np.zeros_like(mask))
    with pytest.raises(MissingError, match=r"with model_index.json"):
        make_backend(Inpaint(backend="diffusers", model="."), folder=tmp_path)


def test_words_for_a_picture() -> None:
    meadow = np.full((20, 20, 3), (0.3, 0.7, 0.2), np.float32)
    meadow[:10] = (0.5, 0.7, 0.95)
    words = describe_picture(meadow, np.ones((20, 20), np.bool_))
    assert "bright soft light" in words
    assert "green" in words
    assert "blue" in words
    night = np.full((20, 20, 3), 0.05, np.float32)
    assert "dark soft light, neutral tones" in describe_picture(night, np.ones((20, 20), np.bool_))


def test_yuv_round_trip_is_exact() -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:40, 0:50]
    planes = np.stack([20000 + 300 * y + rng.integers(0, 9), 33000 + 40 * x, 32000 - 50 * x])
    planes = planes.astype(np.uint16)
    back = rgb_to_yuv(yuv_to_rgb(planes))
    assert np.abs(back.astype(int) - planes).max() <= 1


def test_a_fill_settles_into_the_light_around_it() -> None:
    rng = np.random.default_rng(1)
    world = cv2.GaussianBlur(rng.random((3, 80, 120)).astype(np.float32), (0, 0), 2)
    truth = np.rint(20000 + 9000 * world).astype(np.uint16)
    fill = (truth - np.linspace(900, 1500, 120)[None, None]).astype(np.uint16)
    filled = np.zeros((80, 120), np.bool_)
    filled[20:60, 30:80] = True
    both = np.asarray(cv2.dilate(filled.astype(np.uint8), np.ones((9, 9)))) > 0
    both &= ~filled
    plate = np.where(filled, 0, truth).astype(np.uint16)
    out = match_light(plate, fill, both=both, filled=filled)
    assert np.array_equal(out[:, ~filled], plate[:, ~filled])
    error = np.abs(out.astype(int) - truth)[:, filled]
    assert error.mean() < 60
    assert np.abs(fill.astype(int) - truth)[:, filled].mean() > 1000


def test_spread_keeps_a_constant() -> None:
    known = np.zeros((37, 53), np.bool_)
    known[5, 7] = known[30, 40] = True
    spreaded = spread_difference(np.full((37, 53, 3), 4.5, np.float32), known)
    assert np.allclose(spreaded, 4.5, atol=1e-4)
