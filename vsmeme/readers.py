"""Artifacts of a project as what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from .artifact import file_sha256, json_sha256
from .bands.upscale_plan import Plan
from .colour.colour_record import ColourRecord
from .colour.grain import Stock
from .colour.texture_tables import Texture
from .colour.transform import Colour
from .errors import UsageError
from .masks.mask_record import MaskRecord
from .placement.geometry_record import GeometryRecord
from .placement.layout import Layout
from .placement.placed_runs import PlacedRun, placed_runs
from .plate.ledger import Ledger
from .project import Project
from .subject.track import Track
from .sync.match_record import MatchRecord
from .sync.shots import Shots
from .sync.timeline import Timeline


def match_record(project: Project) -> MatchRecord:
    """Read the match table with its sources and how sure it is."""
    return project.parsed("match", MatchRecord.from_json)


def timeline(project: Project) -> Timeline:
    """Read the match table."""
    return match_record(project).timeline


def shots(project: Project) -> Shots:
    """Read the shots."""
    return project.parsed("match", Shots.from_json, "shots.json")


def geometry_record(project: Project) -> GeometryRecord:
    """Read the layouts, and how an aligned source agrees with them."""
    return project.parsed("match", GeometryRecord.from_json, "geometry.json")


def layouts(project: Project) -> tuple[Layout, ...]:
    """Read the layouts."""
    return geometry_record(project).layouts


def placements(project: Project) -> tuple[PlacedRun, ...]:
    """Say where everything lies in every frame, and where the DVD is absent."""
    gaps = project.config.time.gaps
    return placed_runs(shots(project), layouts(project), timeline(project), gaps=gaps)


def dropped_frames(project: Project) -> tuple[int, ...]:
    """Return the pairs that the delivered film leaves out, as ``[time] gaps`` says.

    Raises:
        UsageError: None would be left.
    """
    table = timeline(project)
    gaps = table.gaps() if project.config.time.gaps == "cut" else ()
    dropped = tuple(n for first, last in gaps for n in range(first, last + 1))
    if len(dropped) == len(table):
        raise UsageError(f"{project.file}: time.gaps: cut: no frame has a partner on the DVD")
    return dropped


def colours(project: Project) -> tuple[Colour, ...]:
    """Read the fitted colour transforms."""
    return colour_record(project).colours


def stock(project: Project) -> Stock:
    """Read the wide's grain and mean colour."""
    return colour_record(project).stock


def texture(project: Project) -> Texture:
    """Read what the bands lack at fine scale; nothing where no film has bands."""
    if not any(run.layout.bands() for run in placements(project)):
        return Texture()
    return project.parsed("learn", _texture)


def _texture(data: Mapping[str, Any]) -> Texture:
    return Texture.from_json(data.get("texture", {}))


def colour_record(project: Project) -> ColourRecord:
    """Read what brings the DVD's colours to the wide's, and the wide's grain."""
    return project.parsed("match", ColourRecord.from_json, "colour.json")


def upscale_plan(project: Project) -> Plan:
    """Read which network upscales the bands, and how."""
    return project.parsed("learn", _plan_reader(project.work))


@cache
def _plan_reader(work: Path) -> Callable[[Mapping[str, Any]], Plan]:
    return partial(Plan.from_json, work=work)


def mask_record(project: Project) -> MaskRecord:
    """Read how the masks were made."""
    return project.parsed("segment", MaskRecord.from_json)


def ledger(project: Project) -> Ledger:
    """Read which plates there are, and what was generated on them."""
    return project.parsed("inpaint", Ledger.from_json)


def track(project: Project) -> Track:
    """Read where face and subject are in every frame."""
    return project.parsed("track", Track.from_json)


def sound_folder(project: Project) -> Path:
    """Return the folder for the sound of this very match and these settings of it."""
    output = project.config.output
    settings = [output.audio, output.audio_track, output.audio_channels, output.audio_fit]
    match_record(project)
    match = file_sha256(project.work / "match.json")
    key = json_sha256([match, dropped_frames(project), settings])
    return project.work / "cache" / "sound" / key[:16]


def sound_file(project: Project) -> Path | None:
    """Return the sound that belongs to the pairs, if it was cut and there is one."""
    return next(sound_folder(project).glob("*.wav"), None)
