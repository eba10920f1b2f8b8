"""The preparation steps in their order, and what each depends on."""

from __future__ import annotations

from dataclasses import dataclass


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
        settings=("face", "foreground.restore", "foreground.restore_model"),
        media=("face",),
        needs=("match", "segment"),
    ),
    Step(
        name="export",
        command="vsmeme export",
        outputs=("export.json",),
        settings=("output", "finish", "foreground", "time.gaps"),
        needs=("match", "learn", "segment", "inpaint", "track"),
    ),
)
