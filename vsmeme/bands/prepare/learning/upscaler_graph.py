"""The learned upscaler as an ONNX graph: features of the DVD, filters on them, limits, one shuffle.

The same builder makes the network whose outputs are the features, on which the filters are fitted,
and the finished upscaler, so both see the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from .onnx_builder import Builder, OwnNet, graft

Array = npt.NDArray[np.float32]

PAD_PX = 8  # mirrored around the picture, so that zeros beyond its edges don't enter
LEVEL_PX = 9  # box whose mean stays what the DVD says
GATE = 0.03  # a neighbour that differs more than this counts less, at twice it nothing
# BT.601 luma and colour differences of R'G'B' (Rec. ITU-R BT.601-7, section 2.5)
YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the filters look at.

    Attributes:
        scale: Output px per DVD px.
        reach: Compensated frames before and after, each.
        network: A pretrained network whose last features are looked at, too.
        deep: Number of those features; 0 without a network.
        own: The film's own network, whose features are looked at, too.
        shift: How far right and down of its place the wide shows the DVD's picture, canvas px.
    """

    scale: int
    reach: int = 0
    network: Path | None = None
    deep: int = 0
    own: OwnNet | None = None
    shift: tuple[int, int] = (0, 0)

    @property
    def channels(self) -> int:
        """Input planes: three for each frame."""
        return 3 * (1 + 2 * self.reach)

    @property
    def maps(self) -> int:
        """Feature maps: luma and chroma, the neighbours' differences, those of both networks."""
        return self.channels + self.deep + (self.own.count if self.own else 0)


def add_features(builder: Builder, inputs: Inputs) -> tuple[str, str, str]:
    """Append the features.

    Returns:
        Names of the mirrored present frame in RGB, of its luma and chroma, and of all maps: luma
        and chroma, differences to each neighbour where it fits, the networks' features.
    """
    ends = [0, 0, PAD_PX, PAD_PX] * 2
    padded = builder.node("Pad", "input", builder.constant(ends, np.int64), mode="reflect")
    frames = 1 + 2 * inputs.reach
    matrix = np.zeros((3 * frames, 3, 1, 1), np.float32)
    matrix[:, :, 0, 0] = np.tile(YCC, (frames, 1))
    colours = builder.filtered(padded, matrix, group=frames)
    rgb = builder.planes(padded, 0, 3) if frames > 1 else padded
    present = builder.planes(colours, 0, 3) if frames > 1 else colours
    maps = [present]
    for n in range(1, frames):
        other = builder.node("Sub", builder.planes(colours, 3 * n, 3), present)
        change = builder.mean(builder.node("Abs", builder.planes(other, 0, 1)), 5)
        fall = builder.node("Mul", change, builder.constant(-1 / GATE))
        trust = builder.node(
            "Clip",
            builder.node("Add", fall, builder.constant(2)),
            builder.constant(0),
            builder.constant(1),
        )
        maps.append(builder.node("Mul", other, trust))
    if inputs.network is not None:
        # SPAN answers an excursion of 0.1 with +-25
        legal = builder.node("Clip", rgb, builder.constant(0), builder.constant(1))
        maps.append(graft(builder, inputs.network, legal))
    if inputs.own is not None:
        maps.append(inputs.own.append(builder, builder.planes(present, 0, 1)))
    return rgb, present, builder.node("Concat", *maps, axis=1) if len(maps) > 1 else present


def cropped(builder: Builder, source: str, scale: int = 1, shift: tuple[int, int] = (0, 0)) -> str:
    """Cut the mirrored border off again, moving the picture right and down by ``shift``."""
    border = PAD_PX * scale
    right, down = shift
    return builder.node(
        "Slice",
        source,
        builder.constant([border - down, border - right], np.int64),
        builder.constant([-border - down, -border - right], np.int64),
        builder.constant([2, 3], np.int64),
    )


def feature_network(inputs: Inputs) -> onnx.ModelProto:
    """Build the network whose outputs are the maps that the filters look at."""
    builder = Builder()
    _, _, maps = add_features(builder, inputs)
    return builder.model(cropped(builder, maps), (inputs.channels, inputs.maps))


def bicubic_taps(scale: int) -> Array:
    """Return Catmull-Rom interpolation as ``scale**2`` kernels of 5x5, row by row of the cell."""
    rows = np.zeros((scale, 5))
    for phase in range(scale):
        distance = np.abs((phase + 0.5) / scale - 0.5 - np.arange(-2, 3))
        near = 1.5 * distance**3 - 2.5 * distance**2 + 1
        far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
        rows[phase] = np.where(distance <= 1, near, np.where(distance < 2, far, 0))
    found = rows[:, None, :, None] * rows[None, :, None, :]
    return found.reshape(scale * scale, 5, 5).astype(np.float32)


def upscaler(
    inputs: Inputs,
    filters: Sequence[tuple[Sequence[int], Array]],
    margin: Mapping[str, float],
    *,
    constant: Array | None = None,
) -> onnx.ModelProto:
    """Build the finished network.

    Args:
        inputs: What the filters look at.
        filters: Maps by number, and the kernels on them: (3 * scale**2, maps, k, k).
        margin: How far a result may leave the range of its surroundings: "share" of that range,
            and "floor", a value in 0..1.
        constant: What is added to the filters' results, 3 * scale**2 values.

    Returns:
        RGB 0..1 in the DVD's colours to RGB, ``scale`` times larger.
    """
    builder = Builder()
    cells = inputs.scale**2
    bias = np.zeros((1, 3 * cells, 1, 1)) if constant is None else constant.reshape(1, -1, 1, 1)
    rgb, present, maps = add_features(builder, inputs)
    parts = []
    for numbers, kernels in filters:
        source = maps
        if len(numbers) != inputs.maps:
            source = builder.node("Gather", maps, builder.constant(numbers, np.int64), axis=1)
        parts.append(builder.filtered(source, kernels))
    detail = parts[0]
    for part in parts[1:]:
        detail = builder.node("Add", detail, part)
    detail = _levelled(builder, builder.node("Add", detail, builder.constant(bias)), cells)
    taps = np.tile(bicubic_taps(inputs.scale)[:, None], (3, 1, 1, 1))
    smooth = builder.filtered(present, taps, group=3)
    detail = builder.node("Sub", _limited(builder, smooth, detail, present, cells, margin), smooth)
    back = np.kron(np.linalg.inv(YCC.astype(np.float64)), np.eye(cells))
    colours = builder.filtered(detail, back[:, :, None, None])
    whole = builder.node("Add", builder.filtered(rgb, taps, group=3), colours)
    shuffled = builder.node("DepthToSpace", whole, blocksize=inputs.scale, mode="CRD")
    return builder.model(
        cropped(builder, shuffled, inputs.scale, inputs.shift), (inputs.channels, 3)
    )


def _levelled(builder: Builder, detail: str, cells: int) -> str:
    """Remove the local mean over whole DVD px, of luma and each chroma.

    One mean for all places in a DVD px: one for each would print the pattern of a strong edge
    onto the plain around it.
    """
    each = builder.filtered(
        detail, np.kron(np.eye(3), np.ones((1, cells)) / cells)[:, :, None, None]
    )
    spread = np.kron(np.eye(3), np.ones((cells, 1)))[:, :, None, None]
    return builder.node("Sub", detail, builder.filtered(builder.mean(each, LEVEL_PX), spread))


def _limited(
    builder: Builder,
    smooth: str,
    detail: str,
    present: str,
    cells: int,
    margin: Mapping[str, float],
) -> str:
    """Keep interpolation plus detail within the range of the px around, plus the margin.

    Chroma, stored at half the resolution, has a wider range around it.
    """
    ends = []
    for plane, size in ((0, 3), (1, 5), (2, 5)):
        source = builder.planes(present, plane, 1)
        high = builder.highest(source, size)
        low = builder.node("Neg", builder.highest(builder.node("Neg", source), size))
        room = builder.node(
            "Mul", builder.node("Sub", high, low), builder.constant(margin["share"])
        )
        room = builder.node("Add", room, builder.constant(margin["floor"]))
        part = builder.node(
            "Add",
            builder.planes(smooth, plane * cells, cells),
            builder.planes(detail, plane * cells, cells),
        )
        part = builder.node("Min", part, builder.node("Add", high, room))
        ends.append(builder.node("Max", part, builder.node("Sub", low, room)))
    return builder.node("Concat", *ends, axis=1)
