"""Engines: named by contents, card and driver; built by vsscale; arguments that plugins take."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import vapoursynth as vs
from scenes import stand_in_tensorrt
from scenes.nets import tiny

from vsmeme.errors import MissingError
from vsmeme.networks import backend as backend_
from vsmeme.networks import engines
from vsmeme.networks.backend import BACKENDS, ENGINES, Backend, infer
from vsmeme.networks.engines import engine_path, find_engine
from vsmeme.networks.prepare import engine_builders, memory_need
from vsmeme.networks.prepare.engine_builders import build_engine, half_network

SIZE = (96, 54)
# What the plugins of the wheels 17.1 (migx 17.0) register for Model: `strings` finds it in them.
SIGNATURES = {
    "trt": "clips engine_path overlap tilesize device_id use_cuda_graph num_streams verbosity "
    "flexible_output_prop",
    "trt_rtx": "clips engine_path overlap tilesize device_id use_cuda_graph num_streams verbosity "
    "flexible_output_prop",
    "migx": "clips program_path overlap tilesize device_id num_streams flexible_output_prop",
}


@pytest.fixture(autouse=True)
def known_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card and a driver that every test sees alike."""
    monkeypatch.setattr(engines, "nvidia", lambda fields, device: "RTX 4090, 580.1")
    engines.machine.cache_clear()


def path_of(network: Path, *, plugin: str = "trt", half: bool = False) -> Path:
    return engine_path(network, plugin=plugin, device="0", size=SIZE, half=half)


def test_a_network_that_learned_again_has_another_engine(tmp_path: Path) -> None:
    """Same file name, same size: the old engine is not the new network's."""
    network = tmp_path / "film.onnx"
    network.write_bytes(tiny(tmp_path, radius=3).path.read_bytes())
    old = path_of(network)
    old.write_bytes(b"engine")
    assert find_engine(network, plugin="trt", device="0", size=SIZE, half=False) == old
    network.write_bytes(tiny(tmp_path, radius=4).path.read_bytes())
    assert path_of(network) != old
    with pytest.raises(MissingError, match=r"no engine for film.onnx at 96x54.*engine .*film"):
        find_engine(network, plugin="trt", device="0", size=SIZE, half=False)


def test_card_driver_precision_and_plugin_are_in_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tiny(tmp_path).path
    names = {path_of(network), path_of(network, half=True), path_of(network, plugin="trt_rtx")}
    for card in ("RTX 4090, 590.2", "RTX 5090, 580.1"):
        monkeypatch.setattr(engines, "nvidia", lambda fields, device, card=card: card)
        engines.machine.cache_clear()
        names.add(path_of(network))
    assert len(names) == 5
    assert all(name.parent == network.parent and name.suffix == ".engine" for name in names)


def test_a_runtime_of_another_version_has_another_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plugin:
        def __init__(self, version: str) -> None:
            self.version = version

        def Version(self) -> dict[str, str]:  # noqa: N802 - as plugins spell it
            return {"tensorrt_version": self.version, "path": "/anywhere"}

    class Core:
        trt = Plugin("110300")

    network = tiny(tmp_path).path
    monkeypatch.setattr(engines.vs, "core", Core())
    first = path_of(network)
    engines.machine.cache_clear()
    Core.trt = Plugin("110400")
    assert path_of(network) != first


@pytest.mark.parametrize("half", [False, True])
def test_vsscale_builds_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: bool
) -> None:
    """TensorRT takes precision from the network: fp16 inside, fp32 at its ends."""
    stand_in_tensorrt.install(monkeypatch)
    monkeypatch.setattr(engine_builders, "missing_builder", lambda backend: None)
    model = tiny(tmp_path)
    path = build_engine(model, BACKENDS["trt"], size=SIZE, half=half)
    assert path == path_of(model.path, half=half)
    facts = json.loads(path.read_bytes())
    kind = onnx.TensorProto.FLOAT16 if half else onnx.TensorProto.FLOAT
    assert facts == {
        "name": "input", "shape": [1, 3, 54, 96], "kind": onnx.TensorProto.FLOAT, "weights": [kind],
    }  # fmt: skip
    stamp = path.stat().st_mtime_ns
    assert build_engine(model, BACKENDS["trt"], size=SIZE, half=half) == path
    assert path.stat().st_mtime_ns == stamp
    left = {file.name for file in tmp_path.iterdir() if not file.name.startswith(".")}
    assert left == {model.path.name, path.name}


def test_half_precision_stays_near_the_network(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    half = half_network(model.path, tmp_path / "half.onnx")
    picture = np.random.default_rng(2).random((1, 3, 20, 30), np.float32)
    outs = []
    for path in (model.path, half):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        assert session.get_inputs()[0].type == "tensor(float)"
        outs.append(session.run(None, {"input": picture})[0])
    assert outs[1].dtype == np.float32
    assert 0 < np.abs(outs[0] - outs[1]).max() < 0.01


def test_what_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"trt lacks tensorrt: install `uv sync --extra nvidia`"):
        build_engine(tiny(tmp_path), BACKENDS["trt"], size=SIZE, half=False)
    with pytest.raises(MissingError, match=r"migx lacks migraphx-driver"):
        build_engine(tiny(tmp_path), BACKENDS["migx"], size=SIZE, half=False)
    assert build_engine(tiny(tmp_path), BACKENDS["ort-cpu"], size=SIZE, half=False) is None


def test_a_builder_that_fails_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> Path:
        raise RuntimeError("first\nCUDA out of memory")

    monkeypatch.setattr(engine_builders, "missing_builder", lambda backend: None)
    monkeypatch.setattr(engine_builders, "_build_tensorrt", fail)
    model = tiny(tmp_path)
    with pytest.raises(MissingError, match="runs out of memory; use another backend"):
        build_engine(model, BACKENDS["trt"], size=SIZE, half=False)
    assert not list(tmp_path.glob("*.engine"))


@pytest.mark.parametrize("name", [n for n, b in BACKENDS.items() if b.plugin in ENGINES])
def test_engines_get_what_the_plugin_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The keywords of the call are ones that the plugin registers."""
    backend = BACKENDS[name]
    calls: list[dict[str, Any]] = []

    class Plugin:
        def Model(self, clips: object, network: str, **settings: Any) -> vs.VideoNode:  # noqa: ANN401, N802
            calls.append(settings)
            assert network.endswith(".engine")
            return clip

    clip = vs.core.std.BlankClip(None, *SIZE, vs.RGBS, length=1)
    model = tiny(tmp_path)
    path_of(model.path, plugin=backend.plugin).write_bytes(b"engine")
    core = type("Core", (), {backend.plugin: Plugin()})()
    monkeypatch.setattr(backend_.vs, "core", core)
    engines.machine.cache_clear()
    monkeypatch.setattr(engines, "machine", lambda plugin, device: path_place(model.path, backend))
    infer([clip], backend, network=model.path)
    assert calls
    assert set(calls[0]) <= set(SIGNATURES[backend.plugin].split())


def path_place(network: Path, backend: Backend) -> str:
    """The digits of the card in the name of the engine that was laid down."""
    (engine,) = network.parent.glob(f"*.{backend.plugin}.*.engine")
    return engine.name.split(".")[-2]


@pytest.mark.parametrize("name", [n for n, b in BACKENDS.items() if b.plugin not in ENGINES])
def test_the_other_plugins_take_the_arguments(tmp_path: Path, name: str) -> None:
    """Each plugin is called for real; without its card it may fail, but not over an argument."""
    clip = vs.core.std.BlankClip(None, *SIZE, vs.RGBS, length=1)
    backend, fault = BACKENDS[name], ""
    try:
        infer([clip], backend, network=tiny(tmp_path).path, half=backend.half)
    except vs.Error as error:
        fault = str(error).lower()
    assert "argument" not in fault
    assert not fault or backend.device != "CPU"


def test_free_memory_is_that_of_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = tmp_path / "card0" / "device"
    cards.mkdir(parents=True)
    (cards / "mem_info_vram_total").write_text("17163091968\n")
    (cards / "mem_info_vram_used").write_text("1073741824\n")
    real = memory_need.free_amd_memory
    monkeypatch.setattr(memory_need, "free_amd_memory", lambda: real(cards=tmp_path))
    monkeypatch.setattr(memory_need, "nvidia", lambda fields: "")
    assert memory_need.free_bytes(BACKENDS["ncnn"]) == 17163091968 - 1073741824
    assert memory_need.free_bytes(BACKENDS["migx"]) == 17163091968 - 1073741824
    assert memory_need.free_bytes(BACKENDS["trt"]) is None
    monkeypatch.setattr(memory_need, "nvidia", lambda fields: "8192")
    assert memory_need.free_bytes(BACKENDS["ncnn"]) == 8192 * 2**20
    assert memory_need.free_bytes(BACKENDS["ort-cuda"]) == 8192 * 2**20
    assert memory_need.free_bytes(BACKENDS["ov-gpu"]) is None
    shutil.rmtree(cards)
    assert memory_need.free_bytes(BACKENDS["migx"]) is None
