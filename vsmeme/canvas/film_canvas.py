"""A film's canvas: both sources, each run of frames with its own layout."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence, Set
from typing import NamedTuple

import vapoursynth as vs

from ..bands.correction import correct_bands, overlap_to_upscale
from ..bands.strip_stack import stack_strips
from ..pixels.frame_props import with_props
from ..pixels.rect import Rect
from ..pixels.region import spliced
from ..placement.layout import Layout
from ..placement.placed_runs import PlacedRun
from ..source.formats import conform, to_working_part
from .composite import assembled, missing_mask
from .moving_bands import MovingBands, moving_strips
from .seam import Blend

core = vs.core

Grade = Callable[[vs.VideoNode], vs.VideoNode]


Upscale = Callable[[vs.VideoNode, Layout, Sequence[Rect]], list[vs.VideoNode]]
"""What upscales parts of a conformed DVD; see `planned_strips`."""
_EDGES = ("Left", "Right", "Top", "Bottom")
MOST_STILL_GRAPHS = 4
"""Layouts that get a graph of their own, and so a network; more of them share one."""


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
        upscale: What upscales parts of the DVD.
        grade: The fitted colours of the bands; None for none.
        blend: How seams are joined.
        width: Rows and columns of overlap, canvas px.

    Returns:
        YUV444P16, BT.709 limited, canvas size, one frame a pair; black where neither source
        reaches.
    """
    runs = tuple(runs)
    length = pair.dvd.num_frames
    shared_kinds = _shared_kinds(runs)

    def kind(run: PlacedRun) -> Hashable:
        wide = _home(run.layout)
        if not run.layout.bands():
            return wide
        return (*wide, run.layout.scale) if _moves(run, shared_kinds) else run.layout

    def composed(run: PlacedRun) -> vs.VideoNode:
        layout = run.layout

        def wide_part(part: Rect) -> vs.VideoNode:
            return pair.wide_part(part, layout.wide_active)

        if not layout.bands():
            return assembled(wide_part, None, layout, width=width)
        if not _moves(run, shared_kinds):
            strips = _still_strips(pair, layout, upscale, width)
            strips = grade(strips) if grade else strips
            return assembled(wide_part, strips, layout, blend=blend, width=width)
        alike = tuple(each for each in runs if kind(each) == kind(run))
        bands = MovingBands(runs=alike, length=length)
        strips = moving_strips(bands, pair.conformed, upscale, width=width)
        strips = grade(strips) if grade else strips
        return assembled(wide_part, strips, bands.envelope, blend=blend, width=width, moving=True)

    return joined(runs, kind, composed)


def film_mask(runs: Sequence[PlacedRun], *, like: vs.VideoNode) -> vs.VideoNode:
    """Show in every frame which canvas px neither source reaches.

    Args:
        runs: Which layout holds where.
        like: A clip whose length and frame rate are taken.

    Returns:
        GRAY8, full range, canvas size: 255 where picture is missing, 0 elsewhere.
    """
    if not any(run.drift for run in runs) and len({r.layout for r in runs}) <= MOST_STILL_GRAPHS:
        return joined(runs, lambda run: run.layout, lambda run: missing_mask(run.layout, like=like))
    names = [f"Vsmeme{rect}{edge}" for rect in ("Wide", "Dvd") for edge in _EDGES]
    edges: list[tuple[int, ...]] = []
    for run in runs:
        edges += (
            map(_edges, map(run.at, run.frames)) if run.drift else [_edges(run.layout)] * len(run)
        )
    columns = {
        name: [str(value) for value in column]
        for name, column in zip(names, zip(*edges, strict=True), strict=True)
    }
    width, height = runs[0].layout.canvas
    blank = core.std.BlankClip(
        like, format=vs.GRAY8, width=width, height=height, length=len(edges), keep=True
    )
    marked = with_props(blank, columns)
    tests = [
        f"X x.{a} >= X x.{b} < and Y x.{c} >= and Y x.{d} < and"
        for a, b, c, d in (names[:4], names[4:])
    ]
    mask = core.akarin.Expr(marked, " ".join([*tests, "or 0 255 ?"]))
    mask = core.std.RemoveFrameProps(mask)
    return core.std.SetFrameProps(mask, _Range=int(vs.RANGE_FULL))


def _edges(layout: Layout) -> tuple[int, ...]:
    rects = (layout.wide, layout.dvd)
    return tuple(v for rect in rects for v in (rect.x, rect.right, rect.y, rect.bottom))


def _still_strips(pair: Sources, layout: Layout, upscale: Upscale, width: int) -> vs.VideoNode:
    reach = overlap_to_upscale(layout, width)
    parts = upscale(pair.conformed(layout), layout, layout.strips(reach))
    return correct_bands(stack_strips(parts, layout, reach), layout, overlap_px=width)


def _home(layout: Layout) -> tuple[Hashable, ...]:
    """Which part of the wide lies where."""
    return layout.wide, layout.wide_crop, layout.wide_active


def _moves(run: PlacedRun, shared_kinds: Set[Hashable]) -> bool:
    """Whether the bands of a run are brought to their place frame by frame.

    So are corrected ones beside the wide: what they are warped from reaches above and below them.
    """
    layout = run.layout
    upright = layout.corrected and not {"left", "right"}.isdisjoint(layout.sides())
    return bool(run.drift) or upright or (*_home(layout), layout.scale) in shared_kinds


def _shared_kinds(runs: Sequence[PlacedRun]) -> Set[Hashable]:
    """Places of the wide, and scales, whose layouts share one graph: there are too many."""
    layouts = {run.layout for run in runs if run.layout.bands() and not run.drift}
    if len(layouts) <= MOST_STILL_GRAPHS:
        return set()
    return {(*_home(layout), layout.scale) for layout in layouts}


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
