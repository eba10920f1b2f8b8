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
            return ledger if ledger.contacts else _with_contacts(project, ledger, stamp)
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
        return _with_contacts(project, ledger, stamp)


def _with_contacts(project: Project, ledger: Ledger, stamp: dict[str, Any]) -> Ledger:
    """Measure where the subject meets missing area, and write the ledger as finished."""
    from .. import stages
    from ..plate.prepare.measure_contacts import measure_contacts

    contacts = measure_contacts(readers.placements(project), list(stages.masks(project)))
    ledger = replace(ledger, contacts=contacts)
    write_ledger(project.work, ledger, stamp)
    return ledger


def _clips(project: Project, bands: Literal["model", "fast"]) -> tuple[Any, Any, list[Any]]:
    """Return composite, missing mask and subject masks of a project."""
    from .. import stages

    picture = stages.composite(project, bands)
    return picture, stages.missing(project), list(stages.masks(project))
