"""A film's canvas: both sources, each run of frames with its own layout."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple, Protocol

import vapoursynth as vs

from ..bands.correction import correct_bands, overlap_to_upscale
from ..pixels.rect import Rect
from ..pixels.region import spliced
from ..placement.layout import Layout
from ..placement.placed_runs import PlacedRun
from ..source.formats import conform, to_working_part
from .composite import assembled
from .seam import Blend

Grade = Callable[[vs.VideoNode], vs.VideoNode]


class Upscale(Protocol):
    """What upscales the bands of a conformed DVD."""

    def __call__(self, dvd: vs.VideoNode, layout: Layout, *, overlap_px: int = 0) -> vs.VideoNode:
        """Return the strips of ``layout.strips(overlap_px)`` as `upscale_bands` does."""
        ...


class Sources(NamedTuple):
    """Both sources, matched frame by frame, colour props set, nothing resampled.

    Attributes:
        film: The wide as decoded, its own format.
        dvd: The DVD as decoded, its own format.
        active: Active picture of the wide in layouts that name none, px of ``film``.
    """

    film: vs.VideoNode
    dvd: vs.VideoNode
    active: Rect

    @property
    def wide(self) -> vs.VideoNode:
        """Active picture of the wide, working format."""
        return self.active_wide(self.active)

    def active_wide(self, active: Rect | None) -> vs.VideoNode:
        """Return an active picture of the wide, by default the film's, in the working format."""
        return to_working_part(self.film, active or self.active)

    def wide_part(self, part: Rect, active: Rect | None = None) -> vs.VideoNode:
        """Return a part of an active picture of the wide, px of it, in the working format."""
        home = active or self.active
        return to_working_part(self.film, part.shifted(home.x, home.y))

    def conformed(self, layout: Layout) -> vs.VideoNode:
        """Return the DVD as a layout conforms it."""
        return conform(self.dvd, active=layout.active, size=layout.dvd_size, window=layout.window)


def film_canvas(
    pair: Sources,
    runs: Sequence[PlacedRun],
    *,
    upscale: Upscale,
    grade: Grade | None,
    blend: Blend,
    width: int,
) -> vs.VideoNode:
    """Compose every frame by the layout that holds there.

    Args:
        pair: Both sources, frame n of either is pair n.
        runs: Which layout holds where.
        upscale: What upscales the bands.
        grade: The fitted colours of the bands; None for none.
        blend: How seams are joined.
        width: Rows and columns of overlap, canvas px.

    Returns:
        YUV444P16, BT.709 limited, canvas size, one frame a pair; black where neither source
        reaches.
    """

    def composed(run: PlacedRun) -> vs.VideoNode:
        layout = run.layout

        def wide_part(part: Rect) -> vs.VideoNode:
            return pair.wide_part(part, layout.wide_active)

        if not layout.bands():
            return assembled(wide_part, None, layout, width=width)
        overlap = overlap_to_upscale(layout, width)
        strips = upscale(pair.conformed(layout), layout, overlap_px=overlap)
        strips = correct_bands(strips, layout, overlap_px=width)
        if grade:
            strips = grade(strips)
        return assembled(wide_part, strips, layout, blend=blend, width=width)

    return joined(runs, _kind, composed)


def _kind(run: PlacedRun) -> Hashable:
    """What tells the frames that one graph composes from others."""
    layout = run.layout
    return layout if layout.bands() else (layout.wide, layout.wide_crop, layout.wide_active)


def joined(
    runs: Sequence[PlacedRun],
    key: Callable[[PlacedRun], Hashable],
    make: Callable[[PlacedRun], vs.VideoNode],
) -> vs.VideoNode:
    """Join clips that each hold for some runs.

    Args:
        runs: All runs, in order.
        key: What tells clips apart.
        make: Called once for each key, with the first run that has it; a clip of all pairs.

    Returns:
        Of each run the frames of its clip; the clip itself where there is only one.
    """
    made: dict[Hashable, vs.VideoNode] = {}
    pieces: list[tuple[Hashable, int, int]] = []
    for run in runs:
        name = key(run)
        if name not in made:
            made[name] = make(run)
        if pieces and pieces[-1][0] == name:
            pieces[-1] = (name, pieces[-1][1], run.last)
        else:
            pieces.append((name, run.first, run.last))
    if len(made) == 1:
        return next(iter(made.values()))
    return spliced([made[name][first : last + 1] for name, first, last in pieces])
