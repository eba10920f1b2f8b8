"""The film's own small network: what it sees in the luma around a DVD px."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..bands.prepare.learning.onnx_builder import Builder

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnNet:
    """A network on luma whose outputs are further features of a DVD px.

    Attributes:
        kernels: First layer: units, size, size. Each sums to zero: the level says nothing.
        layers: Weights (units, units before) of the layers after it.
        biases: One array a layer, the first layer's first.
    """

    kernels: Array
    layers: tuple[Array, ...]
    biases: tuple[Array, ...]

    @property
    def count(self) -> int:
        """Number of features."""
        return len(self.biases[-1])

    def append(self, builder: Builder, luma: str) -> str:
        """Append it to a graph.

        Args:
            builder: The graph.
            luma: One plane, 0..1.

        Returns:
            The features' name.
        """
        source = luma
        for weights, bias in zip(self._convolutions(), self.biases, strict=True):
            found = builder.filtered(source, weights)
            shifted = builder.node("Add", found, builder.constant(bias.reshape(1, -1, 1, 1)))
            source = builder.node("Relu", shifted)
        return source

    def _convolutions(self) -> list[Array]:
        return [self.kernels[:, None], *(weights[:, :, None, None] for weights in self.layers)]
