"""The preparation steps in their order, and what each depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .settings.stage_names import PictureName


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One preparation script and what it depends on.

    Attributes:
        name: Name of the step.
        command: The script, from the repository's root.
        outputs: JSON artifacts, relative to the work folder; each bears the step's stamp.
        pictures: What it draws after them into the results, for people alone.
        settings: Sections or ``section.key`` of the configuration that it reads.
        media: Keys of ``[sources]`` whose contents it reads.
        needs: Steps whose artifacts it reads.
    """

    name: str
    command: str
    outputs: tuple[str, ...]
    pictures: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


CHOICES = ("title", "stream", "rate")
STEPS = (
    Step(
        name="match",
        command="vsmeme match",
        outputs=("match.json", "shots.json", "geometry.json", "colour.json"),
        pictures=("proof.jpg",),
        settings=(
            *("time.start", "time.duration"),
            *("shots", "geometry", "sources.wide_crop", "sources.dvd_crop"),
            *("sources.wide_colour", "sources.dvd_colour", "colour.tone"),
            *(f"sources.{role}_{what}" for role in ("wide", "dvd") for what in CHOICES),
        ),
        media=("wide", "dvd", "reference"),
    ),
    Step(
        name="learn",
        command="vsmeme learn",
        outputs=("upscale.json",),
        settings=("upscale",),
        needs=("match",),
    ),
    Step(
        name="segment",
        command="vsmeme segment",
        outputs=("masks.json",),
        settings=("segment",),
        needs=("match",),
    ),
    Step(
        name="inpaint",
        command="vsmeme inpaint",
        outputs=("background.json",),
        settings=("background", "inpaint", "seam", "colour", "time.gaps"),
        needs=("match", "learn", "segment"),
    ),
    Step(
        name="track",
        command="vsmeme track",
        outputs=("track.json",),
        settings=(
            *("face.enable", "face.placement", "face.mirror"),
            *("track", "foreground.restore", "foreground.restore_model"),
        ),
        media=("face",),
        needs=("match", "segment"),
    ),
    Step(
        name="export",
        command="vsmeme export",
        outputs=("export.json",),
        settings=("output", "finish", "foreground", "face.blend", "face.opacity", "time.gaps"),
        needs=("match", "learn", "segment", "inpaint", "track"),
    ),
)
DRAFT_STEPS = tuple(step for step in STEPS if step.name == "match")
"""What a first look at the meme takes; masks and poses for it are made at half size."""

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "composite": ("match", "learn"),
    "missing": ("match", "learn"),
    "foreground_mask": ("match", "learn", "segment"),
    "face_mask": ("match", "learn", "segment"),
    "foreground_cutout": ("match", "learn", "segment"),
    "background": ("match", "learn", "segment", "inpaint"),
    "plate": ("match", "learn", "segment", "inpaint"),
}
"""What the export of a picture needs; all other pictures need all of them."""


def needed_steps(pictures: Iterable[PictureName]) -> tuple[Step, ...]:
    """Return the steps that delivering pictures takes, in their order, the export last.

    Args:
        pictures: What is delivered.
    """
    *preparing, export = STEPS
    names = {name for picture in pictures for name in _NEEDED.get(picture, export.needs)}
    chosen = [step for step in preparing if step.name in names]
    return (*chosen, replace(export, needs=tuple(step.name for step in chosen)))
