"""Networks in half precision at their ends, and with weights beside their file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import vapoursynth as vs
from onnx import TensorProto, numpy_helper
from scenes.nets import nearest, tiny

from vsmeme import find_model, upscale
from vsmeme.errors import UsageError

core = vs.core


def picture() -> vs.VideoNode:
    """A small picture in the format that networks take."""
    blank = core.std.BlankClip(format=vs.RGBS, width=24, height=16, length=1)
    return core.akarin.Expr(blank, "X 23 / Y 15 / + 2 /").std.SetFrameProps(_Range=1)


def samples(clip: vs.VideoNode) -> np.ndarray:
    with clip.get_frame(0) as frame:
        return np.stack([np.asarray(frame[p]) for p in range(3)])


def halved(path: Path, to: Path) -> Path:
    """The same network, all of it in 16-bit floats."""
    network = onnx.load(str(path))
    for tensor in network.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and tensor.name != "factors":
            weights = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(weights, tensor.name))
    for end in (*network.graph.input, *network.graph.output):
        end.type.tensor_type.elem_type = TensorProto.FLOAT16
    onnx.save(network, str(to))
    return to


@pytest.mark.parametrize("backend", ["ort-cpu", "ov-cpu"])
def test_half_precision_at_the_ends(tmp_path: Path, backend: str) -> None:
    whole = tiny(tmp_path)
    half = find_model(halved(whole.path, tmp_path / "half.onnx"))
    assert (half.scale, half.radius, half.repack) == (4, 3, True)
    expected = samples(upscale(picture(), whole, backend=backend))
    found = samples(upscale(picture(), half, backend=backend))
    assert np.abs(found - expected).max() < 4e-3  # what 11 bits of precision leave


@pytest.mark.parametrize("backend", ["ort-cpu", "ov-cpu"])
def test_weights_beside_the_file(
    tmp_path: Path, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tiny(tmp_path)
    folder = tmp_path / "apart"
    folder.mkdir()
    onnx.save(
        onnx.load(str(whole.path)),
        str(folder / "apart.onnx"),
        save_as_external_data=True,
        location="apart.data",
        size_threshold=0,
    )
    assert (folder / "apart.data").is_file()
    monkeypatch.chdir(tmp_path)
    model = find_model("apart/apart.onnx")
    assert (model.scale, model.radius) == (4, 3)
    expected = samples(upscale(picture(), whole, backend=backend))
    assert np.array_equal(samples(upscale(picture(), model, backend=backend)), expected)
    (folder / "apart.data").unlink()
    (folder / "apart.onnx").rename(folder / "alone.onnx")
    with pytest.raises(UsageError, match=r"alone.onnx: weights that should lie beside it"):
        find_model("apart/alone.onnx")


def test_others_are_taken_as_they_are(tmp_path: Path) -> None:
    model = nearest(tmp_path)
    assert not find_model(model.path).repack
