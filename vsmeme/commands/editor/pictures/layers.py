"""The stages as layers of the page: which there are, why not, and their clips at proxy size."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Literal

import vapoursynth as vs

from .... import readers, stages
from ....artifact import json_sha256
from ....artifact_cache import cached_sha256
from ....errors import ArtifactError, UserError
from ....project import STEPS, Project
from ....settings.stage_names import Until
from ....source.files import Role
from ....stage_parts.source_stage import open_matched_source

core = vs.core

PROXY_PX = (960, 540)
Kind = Literal["picture", "outline", "cover"]
_LOOK = (
    "time",
    "seam",
    "colour",
    "segment",
    "background",
    "foreground",
    "face",
    "finish",
    "output",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerKind:
    """What a layer is made of.

    Attributes:
        name: Its name.
        title: What people read.
        steps: Whose artifacts it shows.
        settings: Sections that change its picture without a step.
        kind: A picture, outlines to lay over one, or what the face picture is cut to.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    settings: tuple[str, ...] = ()
    kind: Kind = "picture"


_STAGES: dict[str, Until] = {"pink": "foreground", "face": "face", "final": "final"}
_PLATE = ("match", "segment", "inpaint")
LAYER_KINDS = (
    LayerKind(name="wide", title="Wide", steps=("match",)),
    LayerKind(name="dvd", title="DVD", steps=("match",)),
    LayerKind(
        name="composite", title="Composite", steps=("match",), settings=("time", "seam", "colour")
    ),
    LayerKind(name="plate", title="Plate", steps=_PLATE, settings=("time",)),
    LayerKind(name="pink", title="Pink", steps=(*_PLATE, "track"), settings=_LOOK),
    LayerKind(name="face", title="Face", steps=(*_PLATE, "track"), settings=_LOOK),
    LayerKind(name="final", title="Final", steps=(*_PLATE, "track", "learn"), settings=_LOOK),
    LayerKind(name="masks", title="Masks", steps=("match", "segment"), kind="outline"),
    LayerKind(name="cover", title="Face mask", steps=("match", "segment"), kind="cover"),
)


LAYER_NAMES = tuple(kind.name for kind in LAYER_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """A layer as it is now.

    Attributes:
        kind: What it is.
        key: Names its pictures: another one where any of them may differ. Empty where there are
            none.
        absent: Why there are none; empty where there are.
    """

    kind: LayerKind
    key: str = ""
    absent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerClip:
    """A layer's clips.

    Attributes:
        key: As in `LayerFacts`.
        kind: A picture, or outlines.
        full: Full size, any format with colour props; masks: RGB24 with subject and face in R, G.
        small: RGB24 at proxy size.
    """

    key: str
    kind: Kind
    full: vs.VideoNode
    small: vs.VideoNode


def picture_size(width: int, height: int) -> tuple[int, int]:
    """Return the size at which the page shows a picture: 960x540 at most, even."""
    scale = min(1.0, PROXY_PX[0] / width, PROXY_PX[1] / height)
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


class Layers:
    """The layers of a project; each clip is built when a frame of it is first asked for.

    Args:
        project: Returns the project as it is now.
    """

    def __init__(self, project: Callable[[], Project]) -> None:
        self._project = project
        self._clips: dict[str, LayerClip] = {}
        self._lock = RLock()

    def facts(self) -> dict[str, LayerFacts]:
        """Return every layer as it is now."""
        project = self._project()
        return {kind.name: _facts(project, kind) for kind in LAYER_KINDS}

    def key(self, name: str) -> str:
        """Return what names a layer's pictures now; empty where there are none."""
        return _facts(self._project(), _kind(name)).key

    def clip(self, name: str) -> LayerClip:
        """Return a layer's clips.

        Raises:
            ArtifactError: What it shows is not made yet.
        """
        project = self._project()
        facts = _facts(project, _kind(name))
        if facts.absent:
            raise ArtifactError(facts.absent)
        with self._lock:
            clip = self._clips.get(name)
            if clip is None or clip.key != facts.key:
                clip = _clip(project, facts)
                self._clips[name] = clip
            return clip


def _kind(name: str) -> LayerKind:
    return next(kind for kind in LAYER_KINDS if kind.name == name)


def _facts(project: Project, kind: LayerKind) -> LayerFacts:
    try:
        for step in kind.steps:
            project.require(step)
    except UserError as error:
        return LayerFacts(kind=kind, absent=str(error))
    made = {step.name: step for step in STEPS}
    outputs = [output for step in kind.steps for output in made[step].outputs]
    digests = [cached_sha256(project.work / output) for output in outputs]
    settings = [dataclasses.asdict(getattr(project.config, name)) for name in kind.settings]
    return LayerFacts(kind=kind, key=json_sha256([kind.name, PROXY_PX, digests, settings])[:16])


def _clip(project: Project, facts: LayerFacts) -> LayerClip:
    full = _full(project, facts.kind.name)
    width, height = picture_size(full.width, full.height)
    if facts.kind.kind != "picture":
        small = core.resize.Bilinear(full, width, height)
    else:
        small = core.resize.Bicubic(full, width, height, format=vs.RGB24)
    return LayerClip(key=facts.key, kind=facts.kind.kind, full=full, small=small)


def _full(project: Project, name: str) -> vs.VideoNode:
    """Build a layer at full size; bands are interpolated, or nothing would be quick."""
    if name in ("wide", "dvd"):
        role: Role = "wide" if name == "wide" else "dvd"
        return open_matched_source(project, role, getattr(readers.match_record(project), name))
    if name in ("masks", "cover"):
        seen = stages.masks(project)
        none = core.std.BlankClip(seen.face, keep=True)
        return core.std.ShufflePlanes([seen.foreground, seen.face, none], [0, 0, 0], vs.RGB)
    if name == "plate":
        return stages.plate(project)
    base = stages.composite(project, bands="fast")
    if name == "composite":
        return base
    return stages.stage(project, _STAGES[name], base=base)
