"""Reading ncnn's ``.param`` and ``.bin`` files.

The pair of files is read as ncnn's wiki describes it ("param and model file structure"): a text
graph, one layer a line, and the weights one after another in the order of the layers. A block of
convolution weights starts with a flag that says how it is stored; biases, PReLU slopes and
constants are plain float32 without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays.images import Floats
from ...errors import UsageError

MAGIC = "7767517"
FLAG_FLOAT16 = 0x01306B47
FLAGS_FLOAT32 = (0, 0x0002C056)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One line of a ``.param`` file; ``params`` holds numbers, or lists under negative keys."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    params: dict[int, float | tuple[float, ...]]

    def number(self, key: int, default: float = 0) -> float:
        """Return a scalar parameter."""
        value = self.params.get(key, default)
        if isinstance(value, tuple):
            raise UsageError(f"layer {self.name}: parameter {key} is a list, expected a number")
        return value

    def integer(self, key: int, default: int = 0) -> int:
        """Return a scalar parameter as a whole number."""
        return int(self.number(key, default))

    def numbers(self, key: int) -> tuple[float, ...]:
        """Return a list parameter, stored under ``-23300 - key``; empty if there is none."""
        value = self.params.get(-23300 - key, ())
        return value if isinstance(value, tuple) else (value,)


def read_param(text: str) -> tuple[Layer, ...]:
    """Parse a ``.param`` file.

    Args:
        text: The file's contents.

    Returns:
        The layers in order.

    Raises:
        UsageError: This is not an ncnn graph.
    """
    lines = text.split("\n")
    if lines[0].strip() != MAGIC:
        raise UsageError("not an ncnn .param file: the first line is not 7767517")
    return tuple(_read_layer(line) for line in lines[2:] if line.strip())


def _read_layer(line: str) -> Layer:
    kind, name, n_in, n_out, *rest = line.split()
    ends = int(n_in), int(n_in) + int(n_out)
    params: dict[int, float | tuple[float, ...]] = {}
    for item in rest[ends[1] :]:
        key, value = item.split("=", 1)
        numbers = tuple(float(part) for part in value.split(","))
        # a list starts with its own length
        params[int(key)] = numbers[1:] if int(key) <= -23300 else numbers[0]
    return Layer(
        kind=kind,
        name=name,
        inputs=tuple(rest[: ends[0]]),
        outputs=tuple(rest[ends[0] : ends[1]]),
        params=params,
    )


@dataclass(slots=True, kw_only=True)
class Weights:
    """Reads a ``.bin`` file front to back."""

    data: bytes
    at: int = 0

    def plain(self, count: int) -> Floats:
        """Read float32 without a flag (biases, slopes, constants)."""
        return self._take(count, np.dtype("<f4"))

    def flagged(self, count: int) -> Floats:
        """Read a block of weights whose first four bytes say how it is stored."""
        flag = int.from_bytes(self._raw(4), "little")
        if flag == FLAG_FLOAT16:
            values = self._take(count, np.dtype("<f2"))
            self.at += -self.at % 4  # blocks are aligned to four bytes
            return values
        if flag in FLAGS_FLOAT32:
            return self._take(count, np.dtype("<f4"))
        raise UsageError(f"weights stored as {flag:#x} (quantised) are not supported")

    def _take(self, count: int, dtype: np.dtype[Any]) -> Floats:
        raw = self._raw(count * dtype.itemsize)
        return np.frombuffer(raw, dtype).astype(np.float32)

    def _raw(self, size: int) -> bytes:
        raw = self.data[self.at : self.at + size]
        if len(raw) != size:
            raise UsageError("the .bin file is shorter than the .param file says")
        self.at += size
        return raw
