"""What a person should look at before anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ... import readers, stages
from ...errors import ArtifactError
from ...project import Project
from ..export.export_note import ExportNote
from ..export.formats.choose import FORMATS
from ..lacking import lacking

SURE_SHARE = 0.9
GENERATED_SHARE = 0.15
MOST_LINES = 12  # of one kind


def warnings(project: Project) -> Iterator[str]:
    """Yield one line for everything that deserves a look; nothing where all is well."""
    for step in project.steps:
        reason = project.stale(step.name)
        if reason:
            yield f"{step.name}: {reason}; run {project.command(step.name)}"
            break
    checks: tuple[Callable[[Project], Iterator[str]], ...] = (
        _match, _placement, _geometry, _lacking, _upscale, _masks, _background, _track, _export,
    )  # fmt: skip
    for check in checks:
        try:
            yield from check(project)
        except ArtifactError:
            continue


GAPS = {
    "plate": "the DVD is absent there",
    "cut": "these frames are cut out of the film",
    "hold": "a foreign frame is held in the bands",
}


def _match(project: Project) -> Iterator[str]:
    record = readers.match_record(project)
    shown = GAPS[project.config.time.gaps]
    if record.start.confidence != "certain":
        yield "Match: the start is ambiguous; look at the first frames or give a reference."
    for run in record.without_partner:
        yield (
            f"Match: the DVD has no partner for wide frames {run.first} to {run.last} "
            f"({run.begins} to {run.ends}); {shown}."
        )
    for moved in record.differences.moved:
        yield (
            f"Match: the DVD shows {moved.wide.begins} to {moved.wide.ends} in another order, at "
            f"{moved.dvd.begins} to {moved.dvd.ends} of its own time; it has no partner."
        )
    table = record.timeline
    sure = sum(pair.confident for pair in table.pairs) / len(table)
    if sure < SURE_SHARE:
        yield f"Match: only {sure:.0%} of the pairs are certain (still passages look alike)."


def _placement(project: Project) -> Iterator[str]:
    table = readers.timeline(project)
    lost = [
        f"Shot {number} ({table.clock(shot.first)} to {table.clock(shot.last)}): "
        "where the DVD lies was not found; it is absent there."
        for number, shot in enumerate(readers.shots(project).shots)
        if not shot.placed
    ]
    yield from lost[:MOST_LINES]
    if len(lost) > MOST_LINES:
        yield f"{len(lost) - MOST_LINES} more shots whose place was not found: see below."


def _geometry(project: Project) -> Iterator[str]:
    for index, layout in enumerate(readers.layouts(project)):
        if layout.corrected:
            yield (
                f"Geometry: layout {index} is {layout.fit.max_misfit_px:.2f} px off integers; "
                "the bands are warped."
            )
        if layout.cut_px:
            yield f"Geometry: {layout.cut_px} rows of the DVD lie beyond the canvas and are cut."


def _lacking(project: Project) -> Iterator[str]:
    yield from (f"Picture: {line}." for line in lacking(project))


def _upscale(project: Project) -> Iterator[str]:
    rung = readers.upscale_plan(project).rung
    if rung in ("lesser", "bicubic"):
        yield f"Upscaling: not enough memory for the chosen model; fell back to rung '{rung}'."


def _masks(project: Project) -> Iterator[str]:
    record = readers.mask_record(project)
    alarms = record.alarms
    if record.unsure:
        listed = ", ".join(str(shot.shot) for shot in record.unsure)
        yield (
            f"Masks: shots {listed} show somebody who may be the subject and have no mask: "
            "settle it with [segment] who or prompts."
        )
    if alarms:
        listed = ", ".join(str(n) for n in alarms[:12])
        yield f"Masks: {len(alarms)} alarms (pairs {listed}): look at the contact sheet."


def _background(project: Project) -> Iterator[str]:
    for key in readers.ledger(project).keys:
        if key.changed_outside_mask or key.subject_pixels_in_mask:
            yield f"Plate of shot {key.shot}: the generation left its mask."
        if key.generated > GENERATED_SHARE:
            yield f"Plate of shot {key.shot}: {key.generated:.0%} of the canvas is generated."
    choice = stages.frame_choice(project)
    if choice.cut_off:
        yield f"Picture: {choice.told()}."


def _track(project: Project) -> Iterator[str]:
    face = readers.track(project).regions.get("face")
    if face is None and project.config.sources.face:
        yield "Face: not tracked; nothing is inserted."
    if face is not None:
        frames = len(readers.timeline(project))
        lost = sum(matrix is None for matrix in face.matrices(frames))
        if lost and project.config.sources.face:
            yield f"Face: lost in {lost} of {frames} frames."
        if face.away and project.config.sources.face:
            yield (
                f"Face: the head is turned away in pairs {face.turned_away()}: "
                "the picture fades out there."
            )


def _export(project: Project) -> Iterator[str]:
    note = project.parsed("export", ExportNote.from_json)
    videos = any(FORMATS[file.format].kind == "video" for file in note.files)
    if videos and note.sound is None and project.config.output.audio != "none":
        yield "Export: the video has no sound."
