"""One page about a project that opens from disk: pictures, plots, numbers, warnings first."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from ... import readers
from ...artifact import atomic_path
from ...errors import ArtifactError
from ...progress import bar, log
from ...project import Project
from ...timings import read_timings
from . import area_strip, plots, sections, shot_strip
from .warnings import warnings

TEMPLATE = "report.html.j2"
NAME = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page.

    Attributes:
        title: Heading.
        plot: Inline SVG, or nothing.
        rows: Name and value.
        figures: Caption, picture as data URL, whether it bears a warning.
        exact: Whether the figures are shown at 1:1.
        absent: Why there is nothing, or nothing.
    """

    title: str
    plot: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    figures: tuple[tuple[str, str, bool], ...] = ()
    exact: bool = False
    absent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the template shows."""

    name: str
    warnings: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...] = field(default=())


BUILDERS: tuple[tuple[str, str, Callable[[Project], dict[str, Any]]], ...] = (
    ("Match", "match", sections.match_section),
    ("Geometry", "match", sections.geometry),
    ("Seams at 1:1", "match", sections.seams),
    ("Shots at 1:1", "match", shot_strip.shots_section),
    ("Colour", "match", sections.colour),
    ("Masks", "segment", sections.masks_section),
    ("Plate", "inpaint", sections.plate),
    ("Missing area through time", "inpaint", area_strip.areas_section),
    ("Track", "track", sections.track_section),
)
"""Title, the step that it tells of, and what makes it."""


def report(project: Project) -> Path:
    """Write ``out/report.html``; parts that are not made yet are listed as missing.

    Args:
        project: Any project that has been matched.

    Returns:
        The page.
    """
    names = {step.name for step in project.steps}
    wanted = [(title, build) for title, step, build in BUILDERS if step in names]
    parts = [_section(project, *item) for item in bar(wanted, label="report", unit="part")]
    page = Page(
        name=project.folder.name,
        warnings=tuple(warnings(project)),
        facts=tuple(sections.summary(project)),
        sections=(*parts, _timings(project), _settings(project), _hashes(project)),
    )
    loader = PackageLoader("vsmeme.deliver.report", ".")
    environment = Environment(loader=loader, autoescape=select_autoescape(["j2", "html"]))
    text = environment.get_template(TEMPLATE).render(page=page, markup=Markup)
    path = project.out / NAME
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")
    log.info("%s: %.2f MB, %d warnings", path, len(text) / 1e6, len(page.warnings))
    return path


def _section(project: Project, title: str, build: Callable[[Project], dict[str, Any]]) -> Section:
    try:
        return Section(title=title, **build(project))
    except ArtifactError as error:
        return Section(title=title, absent=str(error))


def _timings(project: Project) -> Section:
    known = read_timings(project.work).seconds
    if not known:
        return Section(title="Time", absent="vsmeme make notes how long each step takes")
    total = sum(known.values())
    rows = (("all steps", f"{total:.1f} s"), ("pairs", str(len(readers.timeline(project)))))
    return Section(title="Time", plot=plots.timing_plot(known), rows=rows)


def _settings(project: Project) -> Section:
    rows = []
    for part in dataclasses.fields(project.config):  # type: ignore[arg-type]
        values = getattr(project.config, part.name)
        entries = {part.name: values}
        if isinstance(values, tuple):  # a table for each entry, such as [[shots]]
            entries = {f"{part.name}[{n}]": value for n, value in enumerate(values)}
        for name, entry in entries.items():
            for key in dataclasses.fields(entry):
                rows.append((f"{name}.{key.name}", plots.numbers(getattr(entry, key.name))))
    return Section(title="Settings", rows=tuple(rows))


def _hashes(project: Project) -> Section:
    rows = []
    try:
        record = readers.match_record(project)
        for role, source in (("wide", record.wide), ("dvd", record.dvd)):
            rows.append((f"{role}: {source.facts.path.name}", source.sha256))
    except ArtifactError:
        rows.append(("sources", "not matched"))
    for step in project.steps:
        rows.append((step.name, project.stale(step.name) or "fresh"))
    return Section(title="Hashes and state", rows=tuple(rows))
