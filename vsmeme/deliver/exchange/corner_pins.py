"""Placement as corners: for After Effects (keyframe text) and Nuke (a node), frame by frame.

After Effects counts y from the top, Nuke from the bottom; both count px edges, as the canvas does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from ...placement.layout import Layout
from .takes import TakeList

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]
"""Upper left, upper right, lower left, lower right, canvas px from the top."""
_EFFECTS = ("Upper Left #2", "Upper Right #3", "Lower Left #4", "Lower Right #5")


def dvd_corners(layout: Layout, size: tuple[int, int], drift: Point = (0.0, 0.0)) -> Corners:
    """Return where the corners of the DVD's whole decoded frame lie.

    Args:
        layout: Its layout.
        size: Width and height of the frame as decoded, px.
        drift: How far it has moved, canvas px.
    """
    left, top, w, h = layout.window or (0.0, 0.0, float(layout.active.w), float(layout.active.h))

    def place(x: float, y: float) -> Point:
        u = (x - layout.active.x - left) * layout.dvd_size[0] / w
        v = (y - layout.active.y - top) * layout.dvd_size[1] / h
        if layout.corrected:
            (a, b, c), (d, e, f) = layout.fit.matrix
            return a * u + b * v + c + drift[0], d * u + e * v + f + drift[1]
        k = layout.scale
        return layout.dvd.x + k * u + drift[0], layout.dvd.y + k * v + drift[1]

    return place(0, 0), place(size[0], 0), place(0, size[1]), place(*size)


def wide_corners(layout: Layout, size: tuple[int, int], active: Point) -> Corners:
    """Return where the corners of the wide's whole decoded frame lie.

    Args:
        layout: Its layout.
        size: Width and height of the frame as decoded, px.
        active: Corner of its active picture where the layout names none, px.
    """
    x, y = (layout.wide_active.x, layout.wide_active.y) if layout.wide_active else active
    left, top = layout.wide.x - layout.wide_crop.x - x, layout.wide.y - layout.wide_crop.y - y
    right, bottom = left + size[0], top + size[1]
    return (left, top), (right, top), (left, bottom), (right, bottom)


def film_corners(
    takes: TakeList, corners: Callable[[Layout, Point], Corners | None]
) -> list[Corners | None]:
    """Return a release's corners in every frame of the result; ``None`` where it is absent.

    Args:
        takes: The cuts.
        corners: Returns them for a layout and a drift.
    """
    frames: list[Corners | None] = []
    drifts = {n: run.drift[n - run.first] for run in takes.runs if run.drift for n in run.frames}
    for take in takes.takes:
        still = corners(take.layout, (0.0, 0.0))
        for n in range(take.pair, take.pair + len(take)):
            frames.append(corners(take.layout, drifts[n]) if n in drifts else still)
    return frames


def after_effects(frames: Sequence[Corners | None], *, size: tuple[int, int], fps: float) -> str:
    """Return a corner pin as keyframe data to paste onto a layer.

    Args:
        frames: Corners of every frame.
        size: Width and height of the layer, px.
        fps: Frames a second.
    """
    lines = [
        "Adobe After Effects 8.0 Keyframe Data", "",
        f"\tUnits Per Second\t{fps:.6g}", f"\tSource Width\t{size[0]}",
        f"\tSource Height\t{size[1]}", "\tSource Pixel Aspect Ratio\t1",
        "\tComp Pixel Aspect Ratio\t1", "",
    ]  # fmt: skip
    keys = changing_frames(frames)
    for i, name in enumerate(_EFFECTS):
        lines += [f"Effects\tCorner Pin #1\t{name}", "\tFrame\tX pixels\tY pixels\t"]
        for n, corners in keys:
            if corners is not None:
                lines.append(f"\t{n}\t{corners[i][0]:.6g}\t{corners[i][1]:.6g}\t")
        lines.append("")
    lines += ["Transform\tOpacity", "\tFrame\tpercent\t"]
    lines += [f"\t{n}\t{0 if corners is None else 100}\t" for n, corners in keys]
    return "\n".join([*lines, "", "", "End of Keyframe Data", ""])


def nuke(frames: Sequence[Corners | None], *, size: tuple[int, int], height: int, name: str) -> str:
    """Return a CornerPin2D node to paste into a script, and one that hides it where it is absent.

    Args:
        frames: Corners of every frame.
        size: Width and height of what it places, px.
        height: Of the canvas, px.
        name: Of the node.
    """
    keys = changing_frames(frames)
    lines = ["CornerPin2D {"]
    places = ((0, 0), (size[0], 0), (size[0], size[1]), (0, size[1]))
    for number, corner in enumerate((2, 3, 1, 0), 1):  # from the lower left, against the clock
        curves = [
            "{curve K " + " ".join(
                f"x{n} {(c[corner][0] if axis == 0 else height - c[corner][1]):.6g}"
                for n, c in keys if c is not None
            ) + "}"
            for axis in (0, 1)
        ]  # fmt: skip
        lines.append(f" to{number} {{{' '.join(curves)}}}")
    lines += [f" from{number} {{{x} {y}}}" for number, (x, y) in enumerate(places, 1)]
    shown = " ".join(f"x{n} {0 if c is None else 1}" for n, c in keys)
    lines += [f" name {name}", "}"]
    absent = [
        "Multiply {",
        " channels rgba",
        f" value {{{{curve K {shown}}}}}",
        f" name {name}Shown",
    ]
    return "\n".join([*lines, *absent, "}", ""])


def changing_frames(frames: Sequence[Corners | None]) -> list[tuple[int, Corners | None]]:
    """Return the frames at whose corners something changes, and those just before them.

    Programs draw straight lines between keys: the last frame of a value needs one as well.
    """
    if not frames:
        return []
    chosen = {0, len(frames) - 1}
    for n, (before, after) in enumerate(pairwise(frames), 1):
        if before != after:
            chosen |= {n - 1, n}
    return [(n, frames[n]) for n in sorted(chosen)]
