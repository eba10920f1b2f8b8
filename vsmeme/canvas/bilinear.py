"""Bilinear surfaces through the corners of a rectangle of which some sides are known.

They are harmonic themselves; without them what is left along the sides would have to jump where
two known ones meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import vapoursynth as vs

core = vs.core

Side = Literal["left", "right", "top", "bottom"]
SIDES: tuple[Side, ...] = ("left", "right", "top", "bottom")
OPPOSITE: dict[Side, Side] = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def bilinear_part(
    sides: Mapping[Side, vs.VideoNode],
    size: tuple[int, int],
    grid: tuple[int, ...],
    scale: tuple[float, ...],
) -> tuple[vs.VideoNode, dict[Side, vs.VideoNode]]:
    """The surface through the corners where two known sides meet, and what it leaves.

    Args:
        sides: As for ``harmonic.surface``.
        size: Of the rectangle, px.
        grid: Width and height of the grid on which the surface is evaluated.
        scale: Px from one of its points to the next, across and down.

    Returns:
        The surface, YUV444PS of the grid's size, and for each side what is left of its row.
    """
    names = list(sides)
    rows = [sides[name] for name in names]
    nodes = rows[0].width
    letter = dict(zip(names, "xyza", strict=False))
    values = _stored(_corners(letter, nodes))
    across = f"{scale[0]:.9g} X 0.5 - * {1 / size[0]:.9g} * U!"
    down = f"{scale[1]:.9g} Y 0.5 - * {1 / size[1]:.9g} * V!"
    bilinear = "A@ 1 U@ - * B@ U@ * + 1 V@ - * D@ 1 U@ - * E@ U@ * + V@ * +"
    width = max(grid[0], nodes)
    canvas = [
        core.std.AddBorders(row, right=width - nodes, bottom=grid[1] - 1) if width > nodes or
        grid[1] > 1 else row
        for row in rows
    ]  # fmt: skip
    plain = core.akarin.Expr(canvas, f"{across} {down} {values} {bilinear}")
    plain = core.std.CropAbs(plain, grid[0], grid[1])
    rest = {}
    for name in names:
        along = f"X 0.5 + {1 / nodes:.9g} *"
        u, v = {
            "left": ("0", along), "right": ("1", along), "top": (along, "0"), "bottom": (along, "1")
        }[name]  # fmt: skip
        take = f"{u} U! {v} V! {values} {letter[name]} {bilinear} -"
        rest[name] = core.akarin.Expr(rows, take)
    return plain, rest


def _stored(values: Mapping[str, str]) -> str:
    """Expression that stores values under their names; each is worked out once.

    A mean has as many terms as there are nodes: four of them took seconds to compile.
    """
    first = {value: name for name, value in reversed(list(values.items()))}
    return " ".join(
        f"{value if first[value] == name else first[value] + '@'} {name}!"
        for name, value in values.items()
    )


def _corners(letter: Mapping[Side, str], nodes: int) -> dict[str, str]:
    """Expressions for the plain part's values at the corners: A B above, D E below."""
    first, last = "0", str(nodes - 1)
    ends: dict[str, tuple[tuple[Side, str], tuple[Side, str]]] = {
        "A": (("left", first), ("top", first)),
        "B": (("right", first), ("top", last)),
        "D": (("left", last), ("bottom", first)),
        "E": (("right", last), ("bottom", last)),
    }
    known = {
        corner: f"{a[1]} 0 {letter[a[0]]}[] {b[1]} 0 {letter[b[0]]}[] + 0.5 *"
        for corner, (a, b) in ends.items()
        if a[0] in letter and b[0] in letter
    }
    if not known:
        return _means(letter, nodes)
    # what is not known continues straight: along the known side, then away from it
    for _ in range(2):
        for corner, partners in (("A", "BD"), ("B", "AE"), ("D", "EA"), ("E", "DB")):
            for partner in partners:
                if corner not in known and partner in known:
                    known[corner] = known[partner]
    return _free_ends(known, letter, ends)


def _free_ends(
    known: dict[str, str],
    letter: Mapping[Side, str],
    ends: Mapping[str, tuple[tuple[Side, str], tuple[Side, str]]],
) -> dict[str, str]:
    """With three known sides the fourth's corners take the value across, not beside."""
    across = {"left": "AB DE", "right": "BA ED", "top": "AD BE", "bottom": "DA EB"}
    if len(letter) == 3:
        free = next(side for side in SIDES if side not in letter)
        for pair in across[free].split():
            known[pair[0]] = known[pair[1]]
    return known


def _means(letter: Mapping[Side, str], nodes: int) -> dict[str, str]:
    """Without a common corner: the means of the sides, straight from one to the other."""
    mean = {
        side: " ".join([f"0 0 {name}[]", *(f"{k} 0 {name}[] +" for k in range(1, nodes))])
        + f" {1 / nodes:.9g} *"
        for side, name in letter.items()
    }
    if len(mean) == 1:
        only = next(iter(mean.values()))
        return dict.fromkeys("ABDE", only)
    if "left" in mean:
        return {"A": mean["left"], "D": mean["left"], "B": mean["right"], "E": mean["right"]}
    return {"A": mean["top"], "B": mean["top"], "D": mean["bottom"], "E": mean["bottom"]}
