"""Plots of a project: SVG text for the report, and the match as a PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...artifact import atomic_path
from ...colour.transform import CHROMA, LUMA, Colour
from ...pixels.matrix import apply
from ...pixels.rect import Rect
from ...placement.layout import Layout
from ...subject.track import Region
from ...sync.shots import Shots
from ...sync.timeline import Timeline

INK, SURE, UNSURE, BAND = "#22303c", "#1769aa", "#d1495b", "#5b8c5a"
SIZE = (7.2, 2.7)
PNG_DPI = 160


def _figure(rows: int = 1, *, height: float = SIZE[1]) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(SIZE[0], height), layout="constrained")
    axes = [figure.add_subplot(rows, 1, n + 1) for n in range(rows)]
    for ax in axes:
        ax.grid(visible=True, color="#d9dee3", linewidth=0.6)
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=8)
    return figure, axes


def _svg(figure: Figure) -> str:
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "vsmeme"}):
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def match_plot(table: Timeline, shots: Shots) -> str:
    """Draw the DVD's offset and every pair's correlation, as SVG text."""
    return _svg(_match_figure(table, shots))


def write_match_plot(path: Path, table: Timeline, shots: Shots) -> None:
    """Draw the DVD's offset and every pair's correlation to a PNG."""
    figure = _match_figure(table, shots)
    with atomic_path(path) as part:
        figure.savefig(part, format="png", dpi=PNG_DPI)


def _match_figure(table: Timeline, shots: Shots) -> Figure:
    """Offset and correlation over the wide's frames; cuts as lines, uncertain pairs in red."""
    wide = np.array(table.frames("wide"))
    offset = np.array(table.frames("dvd")) - wide
    score = np.array([pair.score for pair in table.pairs])
    sure = np.array([pair.confident for pair in table.pairs])
    figure, (top, bottom) = _figure(2, height=3.6)
    for ax, values, name in ((top, offset, "DVD - wide, frames"), (bottom, score, "correlation")):
        ax.plot(wide, values, color=SURE, linewidth=1)
        ax.plot(wide[~sure], values[~sure], "o", color=UNSURE, markersize=3, label="not certain")
        for cut in shots.cuts:
            ax.axvline(wide[cut], color="#9aa5b1", linewidth=0.7, linestyle=":")
        ax.set_ylabel(name, fontsize=8)
    top.set_ylim(offset.min() - 1.5, offset.max() + 1.5)
    top.yaxis.set_major_locator(MaxNLocator(integer=True))
    bottom.set_ylim(min(0.9, float(score.min()) - 0.02), 1.005)
    if (~sure).any():
        top.legend(fontsize=7, frameon=False)
    bottom.set_xlabel("frame of the wide (dotted: cuts)", fontsize=8)
    return figure


def colour_plot(colours: Sequence[Colour]) -> str:
    """What each fitted transform makes of greys, and of blue and red chroma at middle grey."""
    figure = Figure(figsize=(SIZE[0], 2.6), layout="constrained")
    codes = np.linspace(16, 235, 60)
    chroma = np.linspace(64, 192, 60)
    axes = [figure.add_subplot(1, 3, n + 1) for n in range(3)]
    for index, colour in enumerate(colours):
        greys = [colour.at(float((c - LUMA[0]) / LUMA[1] - 1), 0, 0)[0] for c in codes]
        axes[0].plot(codes, (np.array(greys) + 1) * LUMA[1] + LUMA[0], label=f"shot set {index}")
        for plane in (1, 2):
            out = []
            for c in chroma:
                value = float((c - CHROMA[0]) / CHROMA[1])
                out.append(colour.at(0, value if plane == 1 else 0, value if plane == 2 else 0))
            axes[plane].plot(chroma, np.array(out)[:, plane] * CHROMA[1] + CHROMA[0])
    for ax, name, ends in zip(axes, ("Y", "Cb", "Cr"), (codes, chroma, chroma), strict=True):
        ax.plot(ends, ends, color="#9aa5b1", linewidth=0.7, linestyle=":")
        ax.set_title(f"{name}: DVD to wide, codes", fontsize=8)
        ax.tick_params(labelsize=7)
        ax.grid(visible=True, color="#d9dee3", linewidth=0.6)
    if len(colours) > 1:
        axes[0].legend(fontsize=7, frameon=False)
    return _svg(figure)


def track_plot(region: Region, centre: tuple[float, float], frames: int) -> str:
    """Where a region's middle goes, and how sure that is."""
    figure, (top, bottom) = _figure(2, height=3.4)
    number = [pose.frame for pose in region.poses]
    at = np.array([apply(pose.matrix, *centre) for pose in region.poses]).reshape(-1, 2)
    for axis, name in enumerate(("x", "y")):
        top.plot(number, at[:, axis] - centre[axis], linewidth=1, label=name)
    top.legend(fontsize=7, frameon=False, ncols=2)
    top.set_ylabel("moved, canvas px", fontsize=8)
    bottom.plot(number, [pose.confidence for pose in region.poses], color=SURE, linewidth=1)
    for ax in (top, bottom):
        ax.set_xlim(0, max(1, frames - 1))
        for key in region.keys:
            ax.axvline(key, color=BAND, linewidth=0.8, linestyle="--")
    bottom.set_ylim(-0.05, 1.05)
    bottom.set_ylabel("confidence", fontsize=8)
    bottom.set_xlabel("pair (dashed: key frames)", fontsize=8)
    return _svg(figure)


def timing_plot(seconds: Mapping[str, float]) -> str:
    """How long each stage took."""
    figure, (ax,) = _figure(height=0.5 + 0.3 * max(1, len(seconds)))
    names = list(seconds)
    bars = ax.barh(names, [seconds[name] for name in names], color=SURE, height=0.6)
    ax.bar_label(bars, fmt="%.1f s", fontsize=8, padding=3)
    ax.invert_yaxis()
    ax.margins(x=0.15)
    return _svg(figure)


def geometry_drawing(layout: Layout) -> str:
    """The canvas with everything that lies on it, to scale."""
    w, h = layout.canvas
    margin = h * 0.03
    view = f"{-margin} {-margin} {w + 2 * margin} {h + 2 * margin}"
    size = h / 22

    def box(rect: Rect, fill: str, stroke: str, text: str) -> str:
        label = (
            f'<text x="{rect.x + size / 2}" y="{rect.y + 1.2 * size}" font-size="{size}" '
            f'fill="{INK}">{text}</text>'
        )
        return (
            f'<rect x="{rect.x}" y="{rect.y}" width="{rect.w}" height="{rect.h}" fill="{fill}" '
            f'stroke="{stroke}" stroke-width="{size / 12}"/>{label}'
        )

    parts = [box(layout.frame, "#ffffff", INK, "")]
    parts += [box(part, "#f3d9dd", UNSURE, "missing") for part in layout.missing()]
    parts += [box(band, "#dcebdc", BAND, "DVD") for band in layout.bands()]
    parts.append(box(layout.wide, "#d8e7f5", SURE, f"wide {layout.wide.w} x {layout.wide.h}"))
    parts.append(
        f'<rect x="{layout.dvd.x}" y="{layout.dvd.y}" width="{layout.dvd.w}" '
        f'height="{layout.dvd.h}" fill="none" stroke="{BAND}" stroke-dasharray="{size / 2}" '
        f'stroke-width="{size / 10}"/>'
    )
    cross = size / 2
    parts.append(
        f'<path d="M{w / 2 - cross} {h / 2}h{2 * cross}M{w / 2} {h / 2 - cross}v{2 * cross}" '
        f'stroke="{INK}" stroke-width="{size / 10}"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" role="img" '
        f'aria-label="canvas">{"".join(parts)}</svg>'
    )


def numbers(value: Any) -> str:  # noqa: ANN401 - anything a settings file holds
    """Return a setting as short text."""
    return "not set" if value is None else str(value)
