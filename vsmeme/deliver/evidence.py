"""What the claims are checked on: artifacts as plain data, and rendered samples of the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import vapoursynth as vs

from .. import stages
from ..project import Project, load_project

Plane = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.float64]
Frame = tuple[Plane, ...]
SAMPLES = 5
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A project whose artifacts are fresh; frames are rendered when they are asked for."""

    project: Project

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

    def layout(self, n: int) -> dict[str, Any]:
        """Return the layout of a pair as plain data."""
        shots = self.json("match", "shots.json")["shots"]
        index = next(s["layout"] for s in shots if s["first"] <= n <= s["last"])
        found: dict[str, Any] = self.json("match", "geometry.json")["layouts"][index]
        return found

    def frame(self, stage: str, n: int) -> Frame:
        """Return the planes of a stage's frame.

        Args:
            stage: ``wide``, ``dvd`` (matched sources), ``composite``, ``missing``, ``background``,
                ``foreground``, ``face``, ``foreground_mask``, ``face_mask``, ``plain_background``
                or ``plain_foreground`` (without fringes and sharpening).
            n: Pair number.
        """
        return _frame(self.project, stage, n)


STAGES: dict[str, Callable[[Project], vs.VideoNode]] = {
    "wide": lambda p: stages.sources(p).wide,
    "dvd": lambda p: stages.sources(p).dvd,
    "composite": lambda p: stages.composite(p),
    "missing": lambda p: stages.missing(p),
    "background": lambda p: stages.background(p),
    "foreground": lambda p: stages.foreground(p),
    "face": lambda p: stages.face(p),
    "foreground_mask": lambda p: stages.masks(p).foreground,
    "face_mask": lambda p: stages.masks(p).face,
    "plain_background": lambda p: stages.background(load_project(p.file, set_=PLAIN)),
    "plain_foreground": lambda p: stages.foreground(load_project(p.file, set_=PLAIN)),
}


@lru_cache(maxsize=16)
def _node(project: Project, stage: str) -> vs.VideoNode:
    return STAGES[stage](project)


@lru_cache(maxsize=48)
def _frame(project: Project, stage: str, n: int) -> Frame:
    with _node(project, stage).get_frame(n) as frame:
        return tuple(np.array(frame[p]) for p in range(frame.format.num_planes))


def forget() -> None:
    """Drop all clips and frames; the next look renders again."""
    _frame.cache_clear()
    _node.cache_clear()
