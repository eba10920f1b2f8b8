"""Bands whose place changes from frame to frame: one graph for any number of placements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import vapoursynth as vs

from ..bands.correction import CORRECTION_MARGIN_PX, placed_to_fitted
from ..bands.strip_stack import UPRIGHT, stack_strips
from ..pixels.frame_props import with_props
from ..pixels.matrix import Matrix33, compose, translation
from ..pixels.rect import Rect
from ..pixels.region import spliced
from ..pixels.warp import warp
from ..placement.layout import BandSide, Layout
from ..placement.placed_runs import PlacedRun
from ..source.formats import WORKING
from ..sync.shots import Drift

core = vs.core

TAPS_PX = 3  # what the warp looks at beyond a sample's place
_SIZE = ("VsmemeDvdWidth", "VsmemeDvdHeight")
_SHIFT = ("VsmemeBandShiftX", "VsmemeBandShiftY")


@dataclass(frozen=True)
class MovingBands:
    """Where the DVD lies in every frame of some runs, and what holds all of its places.

    Attributes:
        runs: Runs that share the wide's place and the scale, in order; all have bands.
        length: Pairs of the film. Those of no run are treated as the run before them.
    """

    runs: tuple[PlacedRun, ...]
    length: int

    @cached_property
    def spans(self) -> tuple[tuple[PlacedRun, int], ...]:
        """The runs and how many frames each stands for, over the whole film."""
        edges = [0, *(run.first for run in self.runs[1:]), self.length]
        return tuple(
            (run, end - begin) for run, begin, end in zip(self.runs, edges, edges[1:], strict=False)
        )

    def each[T](self, value: Callable[[Layout, Drift], T]) -> list[T]:
        """Return a value of layout and drift for every frame, made once where both stay."""
        rows: list[T] = []
        for run, count in self.spans:
            still = value(run.layout, (0.0, 0.0))
            before = run.first - len(rows) if run.drift else 0
            moved = [value(run.layout, step) for step in run.drift]
            rows += [still] * before + moved
            rows += [still] * (count - before - len(moved))
        return rows

    @cached_property
    def rects(self) -> list[Rect]:
        """Where the DVD lies in every frame, to the whole px; not clipped."""
        return self.each(lambda layout, d: layout.dvd.shifted(round(d[0]), round(d[1])))

    @cached_property
    def envelope(self) -> Layout:
        """A layout whose DVD covers all its places; of its size and scale nothing else holds."""
        rects = set(self.rects)
        x, y = min(r.x for r in rects), min(r.y for r in rects)
        right, bottom = max(r.right for r in rects), max(r.bottom for r in rects)
        union = Rect(x=x, y=y, w=right - x, h=bottom - y)
        return replace(
            self.runs[0].layout, dvd=union, dvd_size=(union.w, union.h), scale=1, corrected=False
        )

    @cached_property
    def base(self) -> Layout:
        """A layout of all conformed DVDs, of one size, their corner on the canvas's."""
        sizes = {run.layout.dvd_size for run in self.runs}
        width, height = max(w for w, _ in sizes), max(h for _, h in sizes)
        layout, k = self.runs[0].layout, self.runs[0].layout.scale
        whole = Rect(x=0, y=0, w=width * k, h=height * k)
        return replace(layout, dvd=whole, dvd_size=(width, height), corrected=False)

    def sources(self, width: int) -> dict[BandSide, Rect]:
        """What is upscaled for each side of the envelope, px of the scaled DVD from its corner."""
        offsets = set(self.each(lambda layout, d: (layout.dvd.x + d[0], layout.dvd.y + d[1])))
        margin = TAPS_PX
        if any(run.layout.corrected for run in self.runs):
            margin += CORRECTION_MARGIN_PX
        low = [int(min(o[i] for o in offsets)) - margin - 1 for i in (0, 1)]
        high = [int(max(o[i] for o in offsets)) + margin + 1 for i in (0, 1)]
        found = {}
        for side, target in self.envelope.side_strips(width).items():
            x, y = target.x - high[0], target.y - high[1]
            grown = Rect(x=x, y=y, w=target.right - low[0] - x, h=target.bottom - low[1] - y)
            found[side] = grown.intersect(self.base.dvd) or self.base.dvd
        return found

    def matrices(self, source: Rect, target: Rect) -> list[Matrix33]:
        """Return the maps of a part of the scaled DVD to a strip of the canvas, frame by frame."""

        def placed(layout: Layout, drift: Drift) -> Matrix33:
            corner = translation(layout.dvd.x, layout.dvd.y)
            fitted = compose(placed_to_fitted(layout), corner) if layout.corrected else corner
            x, y = drift[0] - target.x, drift[1] - target.y
            return compose(translation(x, y), fitted, translation(source.x, source.y))

        return self.each(placed)

    def limits(self, width: int) -> dict[str, list[str]]:
        """Props that say which part of each lying strip shows the DVD, for every frame.

        ``From`` and ``To`` count along the seam, ``Above`` and ``Below`` across it.
        """
        canvas = self.envelope.frame
        columns: dict[str, list[str]] = {}
        for side, strip in self.envelope.side_strips(width).items():
            known: dict[Rect, tuple[str, ...]] = {}
            for rect in set(self.rects):
                shown = (rect.intersect(canvas) or rect).shifted(-strip.x, -strip.y)
                along, across = (shown.x, shown.right), (shown.y, shown.bottom)
                if side in UPRIGHT:
                    along, across = across, along
                known[rect] = tuple(str(value) for value in (*along, *across))
            rows = [known[rect] for rect in self.rects]
            for name, column in zip(limit_props(side), zip(*rows, strict=True), strict=True):
                columns[name] = list(column)
        return columns


def limit_props(side: BandSide) -> tuple[str, str, str, str]:
    """Return the names of a side's props of `MovingBands.limits`."""
    stem = f"VsmemeBand{side.title()}"
    return f"{stem}From", f"{stem}To", f"{stem}Above", f"{stem}Below"


def moving_strips(
    bands: MovingBands,
    conformed: Callable[[Layout], vs.VideoNode],
    upscale: Callable[[vs.VideoNode, Layout, Sequence[Rect]], list[vs.VideoNode]],
    *,
    width: int,
) -> vs.VideoNode:
    """Upscale the bands and bring each frame's to its place.

    Args:
        bands: Where they lie.
        conformed: Returns the whole DVD as a layout conforms it.
        upscale: What upscales parts of it.
        width: Rows and columns of overlap, canvas px.

    Returns:
        YUV444P16: the stack of ``bands.envelope.strips(width)``. Beyond the DVD's edge its border
        samples go on; the props of `MovingBands.limits` say where that is.
    """
    sources, targets = bands.sources(width), bands.envelope.side_strips(width)
    parts = upscale(_one_dvd(bands, conformed), bands.base, list(sources.values()))
    out = []
    for side, part in zip(sources, parts, strict=True):
        source, target = sources[side], targets[side]
        local = bands.matrices(source, target)
        moved = _moved(part, local, (target.w, target.h))
        out.append(core.std.CopyFrameProps(moved, part))
    return with_props(stack_strips(out, bands.envelope, width), bands.limits(width))


def _moved(part: vs.VideoNode, matrices: Sequence[Matrix33], size: tuple[int, int]) -> vs.VideoNode:
    """Bring a part to its place: by whole px where that is all, else by the warp."""
    shifts = {id(matrix): _whole_shift(matrix) for matrix in matrices}
    if any(shift is None for shift in shifts.values()):
        moved = warp(core.resize.Point(part, format=vs.YUV444PS), matrices, size=size)
        return core.resize.Point(moved, format=vs.YUV444P16, dither_type="none")
    columns = {
        name: [str(shift[i]) for matrix in matrices if (shift := shifts[id(matrix)])]
        for i, name in enumerate(_SHIFT)
    }
    right, bottom = (max(0, a - b) for a, b in zip(size, (part.width, part.height), strict=True))
    large = core.std.AddBorders(part, right=right, bottom=bottom) if right or bottom else part
    held = with_props(large, columns)
    across, down = (
        f"{axis} x.{name} - {length - 1} min"
        for axis, name, length in zip("XY", _SHIFT, (part.width, part.height), strict=True)
    )
    return core.std.CropAbs(core.akarin.Expr(held, f"{across} {down} x[]"), *size, 0, 0)


def _whole_shift(matrix: Matrix33) -> tuple[int, int] | None:
    """Whole px by which a map moves everything; None where it does more or less than that."""
    (a, b, x), (c, d, y), _ = matrix
    plain = (a, b, c, d) == (1.0, 0.0, 0.0, 1.0) and x == round(x) and y == round(y)
    return (round(x), round(y)) if plain else None


def _one_dvd(bands: MovingBands, conformed: Callable[[Layout], vs.VideoNode]) -> vs.VideoNode:
    """The conformed DVD of every frame, all of one size: smaller ones go on as their border."""
    clips = {layout: conformed(layout) for layout in {run.layout for run in bands.runs}}
    if len(clips) == 1:
        return next(iter(clips.values()))
    width, height = bands.base.dvd_size
    ready = {
        layout: core.std.AddBorders(
            core.resize.Bicubic(clip, format=WORKING),
            right=width - clip.width,
            bottom=height - clip.height,
        )
        for layout, clip in clips.items()
    }
    pieces, at = [], 0
    for run, count in bands.spans:
        pieces.append(ready[run.layout][at : at + count])
        at += count
    whole = spliced(pieces)
    sizes = bands.each(lambda layout, _: layout.dvd_size)
    if len(set(sizes)) == 1:
        return whole
    columns = {name: [str(size[i]) for size in sizes] for i, name in enumerate(_SIZE)}
    held = with_props(whole, columns)
    return core.akarin.Expr(held, f"X x.{_SIZE[0]} 1 - min Y x.{_SIZE[1]} 1 - min x[]")
