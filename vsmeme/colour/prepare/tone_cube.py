"""A map of colours as a look-up table on disk, which the graph applies."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...artifact import atomic_path
from ...source.tone_plan import Light, TonePlan
from .static_tone import Colours, sdr_colours

NODES = 65
"""Of a table, an axis: 0.2 codes of 8 bit off on average, 3 for one colour in a hundred, which are
bright and pure (random film colours, 1000 cd/m2)."""


def static_plan(light: Light, *, folder: str | os.PathLike[str]) -> TonePlan:
    """Write the standards' map for a source, unless it is there, and return its plan.

    Args:
        light: What the source shows.
        folder: The work folder.
    """
    name = f"tone/static-{light.transfer}-{light.peak_nits:.0f}.cube"
    if not (Path(folder) / name).exists():
        write_cube(Path(folder) / name, lambda colours: sdr_colours(colours, light))
    return TonePlan(kind="static", cubes=(name,))


def cube_nodes(nodes: int = NODES) -> Colours:
    """Return every node of a table, ``nodes**3 x 3``, red fastest, 0..1."""
    steps = np.linspace(0, 1, nodes)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    return np.asarray(np.stack((red, green, blue), axis=-1).reshape(-1, 3))


def write_cube(
    path: str | os.PathLike[str], convert: Callable[[Colours], Colours], *, nodes: int = NODES
) -> None:
    """Write a table.

    Args:
        path: The ``.cube`` file.
        convert: ``n x 3`` coded colours to ``n x 3`` of BT.709, both 0..1.
        nodes: An axis, 2 to 65.
    """
    values = np.clip(convert(cube_nodes(nodes)), 0, 1)
    with atomic_path(Path(path)) as part, part.open("w", encoding="ascii") as out:
        out.write(f"LUT_3D_SIZE {nodes}\n")
        np.savetxt(out, values, fmt="%.6f")
