"""A picture of a match: offset, score, confidence, cuts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..artifact import atomic_path
from ..sync.prepare.match_films import Match
from ..sync.shots import Shots
from ..sync.timeline import Timeline


def plot_match(path: Path, found: Match, table: Timeline, shots: Shots) -> None:
    """Draw the match table to a PNG.

    Args:
        path: Where to write it.
        found: The match, for what it was accepted on.
        table: The pairs.
        shots: Shots of the table.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    wide = np.array(table.frames("wide"))
    dvd = np.array(table.frames("dvd"))
    score = np.array([pair.score for pair in table.pairs])
    sure = np.array([pair.confident for pair in table.pairs])
    figure = Figure(figsize=(12, 7), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(wide, dvd - wide, lw=0.8, color="0.5")
    above.plot(wide[sure], (dvd - wide)[sure], ".", ms=3, color="tab:green", label="confident")
    above.plot(wide[~sure], (dvd - wide)[~sure], ".", ms=4, color="tab:red", label="not sure")
    above.set_ylabel("DVD frame - wide frame")
    above.legend(loc="upper right")
    above.set_title(
        f"{len(table)} pairs, {int(sure.sum())} confident, median score {np.median(score):.4f}, "
        f"motion {found.evidence.motion:.3f}"
    )
    below.semilogy(wide, np.maximum(1 - score, 1e-5), lw=0.8)
    below.set_ylabel("1 - score")
    below.set_xlabel("wide frame (grey: cuts)")
    for cut in shots.cuts:
        for axes in (above, below):
            axes.axvline(wide[cut] - 0.5, color="0.8", lw=0.8, zorder=0)
    with atomic_path(path) as part:
        figure.savefig(part, format="png")
