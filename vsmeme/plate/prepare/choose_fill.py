"""Decide what missing area shows in front of a moving camera: the plate, or a mirror.

Both are rendered on a few frames, and three things are measured at the edges of the missing area:
the step across an edge over those further inside; those inside over those as far outside, since
what was made up may be livelier than all around it; and the strongest line in all the depth of the
area over the strongest as far outside, since what was copied may end in a line of its own. The
plate shows what belongs there, so it stays where none stands out; a mirror is at home in every
frame, whatever moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from ...arrays.frames import plane_stack
from ...memory import in_order, shared
from ...pixels.rect import Rect
from ...pixels.region import spliced
from ..area_membrane import plan_borders
from ..film_background import Lack, backgrounds
from ..ledger import RETOUCHED, Fill, Ledger, PlateKey

core = vs.core

SAMPLES = 10
OFF_PX, MEAN_PX, ALONG_PX = 2, 3, 9
INSIDE_PX = (12, 18, 24)  # lines inside that an edge is compared with
LEAST_DEPTH_PX, LEAST_LENGTH_PX = 30, 18
UNSEEN_CODES = 0.25 * 256.0  # steps that nobody sees, 16-bit codes
MOST_STEP = 2.0  # nine in ten below: about what pictures have of their own (1.4 to 2.4)
USUAL_SHARE = 0.9
MOST_LINE = 1.5  # of a plate's strongest line over a mirror's; 1.7 to 3.2 where boxes showed
LINE_SPACING_PX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class FillClips:
    """What a choice is made on; all of the film's length.

    Attributes:
        picture: The composite, YUV444P16, canvas size.
        missing: GRAY8 full range.
        avoid: What a mirror does not show, GRAY8 full range.
        lacks: Which rectangles are missing in which frames, in order.
    """

    picture: vs.VideoNode
    missing: vs.VideoNode
    avoid: vs.VideoNode
    lacks: Sequence[Lack]


def choose_fill(
    key: PlateKey, clips: FillClips, work: Path, wanted: Literal["auto"] | Fill = "auto"
) -> PlateKey:
    """Measure both fills of a live background, and take the better one.

    Args:
        key: The ledger's entry.
        clips: The film.
        work: The work folder.
        wanted: As ``[background] fill`` says.

    Returns:
        The entry with ``fill``, and with ``steps`` and ``lines`` where they were measured.
    """
    if wanted != "auto":
        return replace(key, fill=wanted)
    if key.mode == "still" or key.backend == RETOUCHED:  # what a person painted is shown
        return replace(key, fill="plate")
    steps, lines = measure_edges(key, clips, work)
    fill = better_fill(steps, lines, followed=key.followed)
    return replace(key, steps=steps, lines=lines, fill=fill)


def better_fill(steps: Mapping[str, float], lines: Mapping[str, float], *, followed: bool) -> Fill:
    """Choose by what was measured.

    Args:
        steps: Of both fills; empty where no edge has room for a step.
        lines: The strongest line of both fills.
        followed: Whether the plate goes along with the camera.
    """
    if not steps:
        return "plate" if followed else "mirror"
    allowed = max(MOST_STEP, steps["mirror"]) if followed else steps["mirror"]
    stays = steps["plate"] <= allowed and lines["plate"] <= MOST_LINE * lines["mirror"]
    return "plate" if stays else "mirror"


def measure_edges(
    key: PlateKey, clips: FillClips, work: Path
) -> tuple[dict[str, float], dict[str, float]]:
    """Render sampled frames with either fill.

    Returns:
        For each fill by how much it stands out: what nine in ten edges stay below, of the step
        across an edge over those inside, or of those inside over those outside if that is more.
        Then its strongest line over the strongest outside, at the edge and in the frame where that
        is most. Both are empty where no edge has room for a step.
    """
    count = key.last - key.first + 1
    frames = np.unique(np.linspace(key.first, key.last, min(SAMPLES, count)).astype(int)).tolist()
    areas = [_areas(clips.lacks, n) for n in frames]
    canvas = clips.picture.width, clips.picture.height
    edges = [list(area_edges(each, canvas)) for each in areas]
    if not any(edges):
        return {}, {}
    picture, missing, avoid = (
        shared(spliced([clip[n] for n in frames]))
        for clip in (clips.picture, clips.missing, clips.avoid)
    )
    lacks = [Lack(first=i, last=i, areas=each) for i, each in enumerate(areas)]
    at = [n - key.first for n in frames]
    sampled = replace(
        key,
        first=0,
        last=len(frames) - 1,
        motion=tuple(key.motion[i] for i in at) if key.motion else (),
        exposure=tuple(key.exposure[i] for i in at) if key.exposure else (),
    )
    steps, lines = {}, {}
    for fill in get_args(Fill):
        ledger = Ledger(keys=(replace(sampled, fill=fill),))
        shown = backgrounds(
            picture, missing, ledger, work, mode="live", lacks=_merged(lacks), avoid=avoid
        )
        ratios = [
            (*edge.ratios(stack), edge.strongest_line(stack))
            for stack, some in zip(map(plane_stack, in_order(shown)), edges, strict=True)
            for edge in some
        ]
        own, inside, line = np.transpose(ratios)
        usual = np.quantile([own, inside], USUAL_SHARE, axis=1).max()
        steps[fill], lines[fill] = round(float(usual), 3), round(float(line.max()), 3)
    return steps, lines


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaEdge:
    """A part of an edge of missing area.

    Attributes:
        upright: Whether it runs from top to bottom.
        at: Where it lies, canvas px.
        inward: 1 where the area lies right of it or below it, else -1.
        depth: How far the area reaches from it, px.
        first: Where it begins, canvas px along it.
        end: Where it ends.
    """

    upright: bool
    at: int
    inward: int
    depth: int
    first: int
    end: int

    def ratios(self, picture: NDArray[np.uint16]) -> tuple[float, float]:
        """Compare the step across it with those inside, and those inside with those outside.

        Args:
            picture: ``3 x h x w``, 16-bit codes.
        """
        inside = float(np.mean(self._steps(picture, self.inward, INSIDE_PX)))
        outside = float(np.mean(self._steps(picture, -self.inward, INSIDE_PX) or [inside]))
        [at_edge] = self._steps(picture, 1, [0])
        own = at_edge / max(inside, UNSEEN_CODES)
        return own, (inside + UNSEEN_CODES) / (outside + UNSEEN_CODES)

    def strongest_line(self, picture: NDArray[np.uint16]) -> float:
        """Compare the strongest line of the whole area that runs along it with those outside.

        Args:
            picture: ``3 x h x w``, 16-bit codes.
        """
        depths = range(INSIDE_PX[0], self.depth - OFF_PX - MEAN_PX, LINE_SPACING_PX)
        inside = max(self._steps(picture, self.inward, depths))
        outside = max(self._steps(picture, -self.inward, depths), default=inside)
        return (inside + UNSEEN_CODES) / (outside + UNSEEN_CODES)

    def _steps(self, picture: NDArray[np.uint16], way: int, depths: Iterable[int]) -> list[float]:
        """The steps across lines along it, so many px away, where the picture has room."""
        turned = picture if self.upright else picture.transpose(0, 2, 1)
        part = turned[:, self.first : self.end]
        room = part.shape[2] - OFF_PX - MEAN_PX
        places = (self.at + way * depth for depth in depths)
        return [_step(part, at) for at in places if OFF_PX + MEAN_PX <= at <= room]


def _step(part: NDArray[np.uint16], at: int) -> float:
    """Mean absolute step across a column, of means beside it that are blurred along it."""
    before = part[:, :, at - OFF_PX - MEAN_PX : at - OFF_PX].mean(2, dtype=np.float32)
    after = part[:, :, at + OFF_PX : at + OFF_PX + MEAN_PX].mean(2, dtype=np.float32)
    return float(np.abs([cv2.blur(row, (1, ALONG_PX)) for row in after - before]).mean())


def area_edges(areas: Sequence[Rect], canvas: tuple[int, int]) -> Iterator[AreaEdge]:
    """Yield the edges with room for a step on either side.

    Args:
        areas: Missing area, canvas px.
        canvas: Width and height.
    """
    for border in plan_borders(areas, canvas):
        area = border.area
        for side, runs in border.sides.items():
            upright = side in ("left", "right")
            at = {"left": area.x, "right": area.right, "top": area.y, "bottom": area.bottom}[side]
            inward = 1 if side in ("left", "top") else -1
            depth = area.w if upright else area.h
            beyond = at if inward == 1 else canvas[0 if upright else 1] - at
            if depth < LEAST_DEPTH_PX or beyond < OFF_PX + MEAN_PX:
                continue
            for run in runs:
                if run.beside == -1 and run.count >= LEAST_LENGTH_PX:
                    yield AreaEdge(
                        upright=upright, at=at, inward=inward, depth=depth,
                        first=run.first, end=run.first + run.count,
                    )  # fmt: skip


def _areas(lacks: Sequence[Lack], n: int) -> tuple[Rect, ...]:
    return next((lack.areas for lack in lacks if lack.first <= n <= lack.last), ())


def _merged(lacks: Sequence[Lack]) -> list[Lack]:
    """Neighbouring frames that lack the same in one entry."""
    merged: list[Lack] = []
    for lack in lacks:
        if merged and merged[-1].areas == lack.areas:
            merged[-1] = replace(merged[-1], last=lack.last)
        else:
            merged.append(lack)
    return merged
