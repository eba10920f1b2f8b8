"""Make the plates of a project."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from .. import readers
from ..artifact import locked
from ..plate.ledger import Ledger
from ..plate.prepare.inpainters.base import Inpainter
from ..plate.prepare.inpainters.choose import make_backend
from ..plate.prepare.make_plates import shot_plates
from ..plate.prepare.plate_files import PLATE_FOLDER, archive, read_ledger, write_ledger
from ..plate.prepare.retouched import check_paintings
from ..progress import log
from ..project import Project
from ..stage_parts.border_stage import lacking_areas
from ..stage_parts.mask_stage import subject_mask

STEP = "inpaint"
# What ends in the plate is rendered as the film is; the survey takes the bands that need no model.
_BANDS: tuple[Literal["model", "fast"], ...] = ("model", "fast")


def run_inpaint(
    project: Project, *, again: bool = False, backend: Inpainter | None = None
) -> Ledger:
    """Make the plates that are not there yet, and write ``background.json``.

    Several processes may call this at once: one generates, the others wait and find it done. A
    shot's plate is recorded as soon as it is finished, so an interrupted run goes on where it was.

    Args:
        project: The project; match, learn and segment must be done.
        again: Archive what is there and make new plates.
        backend: Used instead of the one that ``[inpaint]`` names.

    Returns:
        The ledger.

    Raises:
        UserError: An artifact, a model or a usable background is missing.
    """
    from ..plate.prepare.shot_frames import ClipFootage

    for need in ("match", "learn", "segment"):
        project.artifact(need)
    config = project.config
    backend = backend or make_backend(config.inpaint, folder=project.folder)
    with locked(project.work / PLATE_FOLDER / "generation"):
        if again:
            archive(project.work)
        stamp = project.stamp(STEP)
        ledger = read_ledger(project.work, stamp)
        shots = readers.shots(project)
        todo = [i for i in range(len(shots)) if not ledger.of_shot(i)]
        if not todo:
            log.info("every plate is there; --again makes new ones")
            return ledger if ledger.contacts else _finished(project, ledger, stamp)
        check_paintings(config.background.paintings, shots=len(shots))
        feather_px = readers.mask_record(project).feather_px
        footage, quick = (ClipFootage(*_clips(project, bands)) for bands in _BANDS)
        for i in todo:
            for key in shot_plates(
                footage,
                shots.shots[i],
                number=i,
                config=config,
                backend=backend,
                feather_px=feather_px,
                work=project.work,
                quick=quick,
            ):
                ledger = ledger.with_key(key)
            write_ledger(project.work, ledger, stamp, finished=False)
        return _finished(project, ledger, stamp)


def _finished(project: Project, ledger: Ledger, stamp: dict[str, Any]) -> Ledger:
    """Measure what is to be known about missing area, and write the ledger as finished."""
    from .. import stages
    from ..plate.prepare.choose_fill import FillClips, choose_fill
    from ..plate.prepare.measure_contacts import measure_contacts

    runs, seen = readers.placements(project), stages.masks(project)
    picture, missing, _ = _clips(project, "fast")
    clips = FillClips(
        picture=picture,
        missing=missing,
        avoid=subject_mask(seen),
        lacks=lacking_areas(runs),
    )
    wanted = project.config.background.fill
    keys = tuple(choose_fill(key, clips, project.work, wanted) for key in ledger.keys)
    for key in keys:
        if key.fill == "mirror" and wanted == "auto":
            log.info(
                "shot %d, pairs %d to %d: the plate leaves steps of %.1f at the edges of missing "
                "area, a mirror of the picture beside it %.1f: mirrored",
                key.shot,
                key.first,
                key.last,
                key.steps.get("plate", float("nan")),
                key.steps.get("mirror", float("nan")),
            )
    contacts = measure_contacts(runs, list(seen))
    ledger = replace(ledger, keys=keys, contacts=contacts)
    write_ledger(project.work, ledger, stamp)
    return ledger


def _clips(project: Project, bands: Literal["model", "fast"]) -> tuple[Any, Any, list[Any]]:
    """Return composite, missing mask and subject masks of a project."""
    from .. import stages

    picture = stages.composite(project, bands)
    return picture, stages.missing(project), list(stages.masks(project))
