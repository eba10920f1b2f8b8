"""All files for other programs: ``out/exchange/``."""

from __future__ import annotations

from pathlib import Path

from ... import readers
from ...artifact import atomic_path
from ...colour.transform import Colour, cube
from ...errors import ArtifactError
from ...progress import log
from ...project import Project
from ...subject.track_table import track_csv
from . import corner_pins, cut_tables, script_lines
from .edl import edl
from .otio import otio
from .takes import TakeList, film_takes

EXCHANGE = "exchange"
CUBE_NODES = 65


def write_exchange(project: Project) -> tuple[Path, ...]:
    """Write cuts, placement, colours and tracks for other programs.

    Args:
        project: A matched project; tracks are written where they are made.

    Returns:
        The files.
    """
    takes, folder = film_takes(project), project.out / EXCHANGE
    active = readers.match_record(project).wide.facts.active
    corner = active.x, active.y
    texts = {
        "shots.edl": edl(takes),
        "shots.otio": otio(takes),
        "shots.csv": cut_tables.takes_csv(takes),
        "shots.qp": cut_tables.qpfile(takes),
        "chapters.txt": cut_tables.chapters(takes),
        "placement.vpy": script_lines.vapoursynth_lines(takes, active=corner),
        "placement.avs": script_lines.avisynth_lines(takes, active=corner),
        "placement.sh": script_lines.ffmpeg_lines(takes, active=corner),
        **_pins(takes, corner),
        **_tracks(project),
    }
    files = [_written(folder / name, text) for name, text in texts.items()]
    files += write_cubes(project, folder / "cubes")
    log.info("%s: %d files", folder, len(files))
    return tuple(files)


def write_cubes(project: Project, folder: Path) -> tuple[Path, ...]:
    """Write the colour transforms as ``.cube`` files, from the DVD's R'G'B' to the wide's.

    Both are BT.709 primaries and full-range R'G'B'; the DVD's own BT.601 matrix is undone by the
    program that reads it.

    Args:
        project: A matched project.
        folder: Where; one file a transform, ``shots.csv`` says which shot has which.

    Returns:
        The files, in the order of the transforms.
    """
    shots = readers.shots(project).shots
    lit = [number for number, shot in enumerate(shots) if shot.light]
    if lit:
        log.warning(
            "cubes: %d shots have light that changes from frame to frame, which no cube holds: %s",
            len(lit), ", ".join(map(str, lit[:12])),
        )  # fmt: skip
    colours = readers.colours(project) or (Colour.identity(),)
    return tuple(
        _written(
            folder / f"{number}.cube",
            cube(colour, size=CUBE_NODES, title=f"{project.folder.name} {number}"),
        )
        for number, colour in enumerate(colours)
    )


def _pins(takes: TakeList, active: tuple[int, int]) -> dict[str, str]:
    """Corner pins of both releases, for After Effects and Nuke."""
    height, rate = takes.takes[0].layout.canvas[1], float(takes.fps)
    shown = {
        "dvd": (
            takes.dvd.size,
            corner_pins.film_corners(
                takes,
                lambda layout, drift: (
                    corner_pins.dvd_corners(layout, takes.dvd.size, drift)
                    if layout.bands()
                    else None
                ),
            ),
        ),
        "wide": (
            takes.wide.size,
            corner_pins.film_corners(
                takes, lambda layout, _: corner_pins.wide_corners(layout, takes.wide.size, active)
            ),
        ),
    }
    texts = {}
    for name, (size, frames) in shown.items():
        texts[f"{name}-after-effects.txt"] = corner_pins.after_effects(frames, size=size, fps=rate)
        texts[f"{name}.nk"] = corner_pins.nuke(frames, size=size, height=height, name=name)
    return texts


def _tracks(project: Project) -> dict[str, str]:
    try:
        regions = readers.track(project).regions
    except ArtifactError:
        return {}
    return {f"track-{name}.csv": track_csv(region) for name, region in regions.items()}


def _written(path: Path, text: str) -> Path:
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8", newline="")
    return path
