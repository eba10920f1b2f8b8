"""A stand-in for NVIDIA's builder: the calls that vsscale makes, written down, and an engine."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import onnx
import pytest


class _Flags:
    def __getattr__(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(value=3)


class _Network:
    def __init__(self) -> None:
        self.inputs: list[Any] = []

    @property
    def num_inputs(self) -> int:
        return len(self.inputs)

    def get_input(self, number: int) -> Any:  # noqa: ANN401
        return self.inputs[number]


class _Parser:
    num_errors = 0

    def __init__(self, network: _Network, logger: object) -> None:
        self.network = network

    def parse_from_file(self, path: str) -> bool:
        graph = onnx.load(path).graph
        kinds = {tensor.data_type for tensor in graph.initializer}
        name, kind = graph.input[0].name, graph.input[0].type.tensor_type.elem_type
        self.network.inputs = [SimpleNamespace(name=name, shape=None, kind=kind, weights=kinds)]
        return True


class _Config(SimpleNamespace):
    def __init__(self) -> None:
        super().__init__(flags=0)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        cache = SimpleNamespace(serialize=lambda: b"timing")
        return lambda *_, **__: cache if "timing_cache" in name else 0


class _Builder:
    def __init__(self, logger: object) -> None:
        self.profile = SimpleNamespace(set_shape=lambda *shapes: None)

    def create_network(self) -> _Network:
        return _Network()

    def create_builder_config(self) -> _Config:
        return _Config()

    def create_optimization_profile(self) -> SimpleNamespace:
        return self.profile

    def build_serialized_network(self, network: _Network, config: _Config) -> bytes:
        (given,) = network.inputs
        facts = {"name": given.name, "shape": list(given.shape), "kind": given.kind}
        return json.dumps({**facts, "weights": sorted(given.weights)}).encode() + b" " * 1024


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in where vsscale imports NVIDIA's module and CUDA's from."""
    module: Any = ModuleType("tensorrt")
    severity = SimpleNamespace(VERBOSE=0, INFO=1, WARNING=2, ERROR=3, INTERNAL_ERROR=4)
    module.ILogger = type("ILogger", (), {"Severity": severity})
    module.Builder, module.OnnxParser, module.Dims = _Builder, _Parser, tuple
    module.BuilderFlag = module.TacticSource = module.MemoryPoolType = _Flags()
    module.__spec__ = SimpleNamespace(name="tensorrt")

    @contextmanager
    def device(number: int) -> Any:  # noqa: ANN401
        yield

    monkeypatch.setitem(sys.modules, "tensorrt", module)
    monkeypatch.setattr("vsscale.mlrt.backend.trt.cuda_device", device)
    monkeypatch.setattr("vsscale.mlrt.backend.trt.find_spec", lambda name: module.__spec__)
