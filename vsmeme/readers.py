"""Artifacts of a project as what they stand for."""

from __future__ import annotations

from .bands.upscale_plan import Plan
from .colour.transform import Colour
from .placement.layout import Layout, layouts_from_json
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
    return project.parsed("match", Timeline.from_json)


def shots(project: Project) -> Shots:
    """Read the shots."""
    return project.parsed("match", Shots.from_json, "shots.json")


def layouts(project: Project) -> tuple[Layout, ...]:
    """Read the layouts."""
    return project.parsed("match", layouts_from_json, "geometry.json")


def colours(project: Project) -> tuple[Colour, ...]:
    """Read the fitted colour transforms."""
    return project.parsed(
        "match",
        lambda data: tuple(Colour.from_json(entry) for entry in data["colours"]),
        "colour.json",
    )


def upscale_plan(project: Project) -> Plan:
    """Read which network upscales the bands, and how."""
    return project.parsed("learn", lambda data: Plan.from_json(data, work=project.work))


def track(project: Project) -> Track:
    """Read where face and subject are in every frame."""
    return project.parsed("track", Track.from_json)
