"""What the claims are checked on: artifacts as plain data, and rendered samples of the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import vapoursynth as vs

from ... import readers, stages
from ...canvas.film_canvas import Sources
from ...project import Project, load_project
from ...source.files import Role
from ...source.formats import to_working
from ...subject.apply_look import Masks
from ..export.sound import find_stretch, sound_sources
from ..export.sound_clock import Stretch

Plane = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.float64]
Frame = tuple[Plane, ...]
Look = tuple[float, str] | None
"""What a claim measures on one pair, and a note; ``None`` where there is nothing to look at."""
SAMPLES = 5
LONGEST_GAP_HELD = 3  # a run of more frames without a partner has no bands
PLAIN = "foreground.aberration=0;foreground.sharpen=0"  # recolouring alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One checked claim.

    Attributes:
        name: What is claimed.
        passed: Whether it holds.
        number: The measured number.
        limit: What it may be at most, or must be, as text.
        note: What was looked at, or what is wrong.
    """

    name: str
    passed: bool
    number: float
    limit: str
    note: str = ""


class Evidence:
    """A project whose artifacts are fresh, and its graph, built once.

    Frames are rendered when they are asked for; those of the last pair asked for are kept.
    """

    def __init__(self, project: Project) -> None:
        """Take a project; nothing is opened yet."""
        self.project = project
        self._clips: dict[str, vs.VideoNode] = {}
        self._frames: dict[str, Frame] = {}
        self._pair: int | None = None

    def json(self, step: str, name: str | None = None) -> dict[str, Any]:
        """Return an artifact as plain data."""
        return self.project.artifact(step, name)

    @property
    def pairs(self) -> list[dict[str, Any]]:
        """The match table as plain data."""
        found: list[dict[str, Any]] = self.json("match")["pairs"]
        return found

    @property
    def samples(self) -> tuple[int, ...]:
        """Pair numbers that pictures are compared on, first and last among them."""
        count = len(self.pairs)
        return tuple(int(n) for n in np.unique(np.linspace(0, count - 1, SAMPLES).astype(int)))

    @cached_property
    def sources(self) -> Sources:
        """Both sources, matched."""
        return stages.sources(self.project)

    def stretch(self, side: Role) -> Stretch | None:
        """Return the stretch of a release's sound that belongs to the pairs, if it has one."""
        output, source = self.project.config.output, sound_sources(self.project)[side]
        if output.audio not in ("auto", side):
            return None
        return find_stretch(output, readers.timeline(self.project), source, side=side)

    @cached_property
    def graph(self) -> stages.StageGraph:
        """The stages as the export builds them."""
        return stages.StageGraph(self.project, base=self.clip("composite"))

    @cached_property
    def masks(self) -> Masks:
        """The masks of subject and face."""
        return stages.masks(self.project)

    def shot(self, n: int) -> dict[str, Any]:
        """Return the shot of a pair as plain data."""
        shots: list[dict[str, Any]] = self.json("match", "shots.json")["shots"]
        return next(s for s in shots if s["first"] <= n <= s["last"])

    def layout(self, n: int) -> dict[str, Any]:
        """Return the layout of a pair as plain data, its DVD moved by the drift in whole px."""
        layouts: list[dict[str, Any]] = self.json("match", "geometry.json")["layouts"]
        found: dict[str, Any] = layouts[self.shot(n)["layout"]]
        (x, y, w, h), (dx, dy) = found["dvd"], self.drift(n)
        return {**found, "dvd": [x + round(dx), y + round(dy), w, h]}

    def wide_part(self, n: int) -> list[int]:
        """Return which part of the wide lies on the canvas in a pair: x, y, w, h in decoded px."""
        layout = self.layout(n)
        x, y = (layout.get("wide_active") or self.json("match")["sources"]["wide"]["active"])[:2]
        a, b, w, h = layout["wide_crop"]
        return [x + a, y + b, w, h]

    def absent(self, n: int) -> bool:
        """Whether the DVD must not show in a pair: no placement, or a long run without partner."""
        if not self.shot(n).get("placed", True):
            return True
        if self.project.config.time.gaps == "hold" or self.pairs[n].get("partner", True):
            return False
        first = last = n
        while first and not self.pairs[first - 1].get("partner", True):
            first -= 1
        while last + 1 < len(self.pairs) and not self.pairs[last + 1].get("partner", True):
            last += 1
        return last - first + 1 > LONGEST_GAP_HELD

    @property
    def delivered(self) -> int:
        """How many frames the delivered film has: all pairs, or those outside of gaps."""
        if self.project.config.time.gaps != "cut":
            return len(self.pairs)
        runs = groupby(pair.get("partner", True) for pair in self.pairs)
        lengths = [(partner, len(list(run))) for partner, run in runs]
        return sum(length for partner, length in lengths if partner or length <= LONGEST_GAP_HELD)

    def drift(self, n: int) -> tuple[float, float]:
        """Return where the DVD lies in a pair relative to its layout, canvas px."""
        shot = self.shot(n)
        dx, dy = shot["drift"][n - shot["first"]] if shot.get("drift") else (0.0, 0.0)
        return float(dx), float(dy)

    def clip(self, stage: str) -> vs.VideoNode:
        """Return a stage's clip.

        Args:
            stage: ``wide`` (matched, as decoded), ``composite``, ``missing``, ``background``,
                ``foreground``, ``face``, ``delivered``, ``foreground_mask``, ``face_mask`` or
                ``plain_foreground`` (without fringes and sharpening).
        """
        if stage not in self._clips:
            self._clips[stage] = STAGES[stage](self)
        return self._clips[stage]

    def frame(self, stage: str, n: int) -> Frame:
        """Return the planes of a stage's frame, by the number of its pair."""
        if n != self._pair:
            self._pair, self._frames = n, {}
        if stage not in self._frames:
            with self.clip(stage).get_frame(n) as frame:
                planes = range(frame.format.num_planes)
                self._frames[stage] = tuple(np.array(frame[p]) for p in planes)
        return self._frames[stage]


STAGES: dict[str, Callable[[Evidence], vs.VideoNode]] = {
    "wide": lambda e: to_working(e.sources.film),
    "composite": lambda e: stages.composite(e.project, pair=e.sources),
    "missing": lambda e: stages.missing(e.project),
    "background": lambda e: stages.background(e.project, base=e.clip("composite"), seen=e.masks),
    "foreground": lambda e: stages.foreground(e.project, on=e.clip("background"), seen=e.masks),
    "face": lambda e: stages.face(e.project, on=e.clip("background"), seen=e.masks),
    "delivered": lambda e: e.graph[e.project.config.output.until],
    "foreground_mask": lambda e: e.masks.foreground,
    "face_mask": lambda e: e.masks.face,
    "plain_foreground": lambda e: stages.foreground(
        load_project(e.project.file, set_=PLAIN), on=e.clip("background"), seen=e.masks
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairClaim:
    """A claim about pictures, looked at pair by pair.

    Attributes:
        name: What is claimed.
        look: What is found on one pair.
        most: How much may be found.
        limit: The same as text.
        gather: Whether findings add up, or the worst counts.
        note: What is said where no look says anything.
    """

    name: str
    look: Callable[[Evidence, int], Look]
    most: float
    limit: str
    gather: Literal["sum", "worst"]
    note: str

    def __call__(self, evidence: Evidence) -> Claim:
        """Look at every sample."""
        return self.concluded([self.look(evidence, n) for n in evidence.samples])

    def concluded(self, looks: Sequence[Look]) -> Claim:
        """Draw the conclusion from what was found; the note is that of the worst, last look."""
        number, worst, note = 0.0, 0.0, ""
        for found, told in filter(None, looks):
            number = number + found if self.gather == "sum" else max(number, found)
            if found >= worst:
                worst, note = found, told
        return Claim(
            name=self.name,
            passed=number <= self.most,
            number=number,
            limit=self.limit,
            note=note or self.note,
        )
