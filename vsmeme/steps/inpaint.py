"""Make the plates of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import vapoursynth as vs

from .. import readers, stages
from ..artifact import json_sha256, locked
from ..memory import forget_frames
from ..plate.ledger import Ledger, PlateKey
from ..plate.prepare.filled.filled_plate import (
    VERSION,
    FilledPlate,
    fill_shot,
    is_filled,
    load_filled,
    save_filled,
)
from ..plate.prepare.inpainters.base import Inpainter
from ..plate.prepare.inpainters.choose import make_backend
from ..plate.prepare.make_plates import generate_plates
from ..plate.prepare.plate_files import (
    PLATE_FOLDER,
    archive,
    read_ledger,
    write_ledger,
    write_shot,
)
from ..plate.prepare.retouched import check_paintings
from ..plate.prepare.shot_frames import ClipFootage
from ..progress import log
from ..project import Project
from ..stage_parts.border_stage import lacking_areas
from ..stage_parts.mask_stage import subject_mask

STEP = "inpaint"


class OpenFilm:
    """A project's films and masks: every graph reads through the same decoders.

    Args:
        project: The project; match and segment must be done.
    """

    def __init__(self, project: Project) -> None:
        self._project, self._pair = project, stages.sources(project)
        self.missing, self.masks = stages.missing(project), stages.masks(project)

    @cached_property
    def full(self) -> vs.VideoNode:
        """The composite as the film shows it, YUV444P16, canvas size: what ends in a plate."""
        return stages.composite(self._project, "model", pair=self._pair)

    @cached_property
    def quick(self) -> vs.VideoNode:
        """The composite with bands that need no model: for looking at every frame."""
        return stages.composite(self._project, "fast", pair=self._pair)


class FillRun:
    """A project's plates of real pixels in the making, shot by shot.

    Args:
        project: The project; match, learn and segment must be done.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self.shots = readers.shots(project).shots
        self._feather_px = readers.mask_record(project).feather_px
        stamp = project.stamp(STEP)
        self._stamp = json_sha256([VERSION, stamp["settings"], stamp["artifacts"]])

    @cached_property
    def film(self) -> OpenFilm:
        """Its films and masks, opened when the first shot is to be filled."""
        return OpenFilm(self._project)

    @cached_property
    def _footage(self) -> tuple[ClipFootage, ClipFootage]:
        """The full frames and the quick ones."""
        film = self.film
        full, quick = (
            ClipFootage(picture, film.missing, list(film.masks))
            for picture in (film.full, film.quick)
        )
        return full, quick

    def path(self, index: int) -> Path:
        """Return where a shot's plates are kept until they are generated."""
        return self._project.work / "cache" / "plate" / f"{index}.npz"

    def has(self, index: int) -> bool:
        """Whether somebody has filled a shot's plates."""
        return is_filled(self.path(index), self._stamp)

    def load(self, index: int) -> list[FilledPlate] | None:
        """Return the plates of a shot that somebody has filled; `None` where nobody has."""
        return load_filled(self.path(index), self._stamp)

    def fill(self, index: int) -> list[FilledPlate]:
        """Fill the plates of a shot."""
        full, quick = self._footage
        made = fill_shot(
            full, quick, self.shots[index],
            config=self._project.config, feather_px=self._feather_px,
        )  # fmt: skip
        forget_frames()
        return made

    def keep(self, index: int) -> None:
        """Fill the plates of a shot and keep them."""
        if not self.has(index):
            save_filled(self.path(index), self._stamp, self.fill(index))


def unfilled_shots(project: Project) -> dict[str, int]:
    """Name the shots that have neither a plate nor one of real pixels, each with its frames."""
    for need in ("match", "learn", "segment"):
        project.require(need)
    ledger, run = read_ledger(project.work, project.stamp(STEP)), FillRun(project)
    check_paintings(project.config.background.paintings, shots=len(run.shots))
    make_backend(project.config.inpaint, folder=project.folder)  # or say now what it lacks
    return {
        str(i): len(shot)
        for i, shot in enumerate(run.shots)
        if not ledger.of_shot(i) and not run.has(i)
    }


def fill_plate(run: FillRun, name: str) -> list[Path]:
    """Fill the plates of a shot; returns the file."""
    run.keep(int(name))
    return [run.path(int(name))]


def archive_plates(project: Project) -> None:
    """Put the plates that are there aside, so that new ones are made."""
    with locked(project.work / PLATE_FOLDER / "generation"):
        archive(project.work)


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
    for need in ("match", "learn", "segment"):
        project.require(need)
    config = project.config
    backend = backend or make_backend(config.inpaint, folder=project.folder)
    with locked(project.work / PLATE_FOLDER / "generation"):
        if again:
            archive(project.work)
        ledger = read_ledger(project.work, project.stamp(STEP))
        shots = readers.shots(project)
        todo = [i for i in range(len(shots)) if not ledger.of_shot(i)]
        if not todo:
            log.info("every plate is there; --again makes new ones")
            return ledger if ledger.contacts else _finished(project, ledger, OpenFilm(project))
        check_paintings(config.background.paintings, shots=len(shots))
        run = FillRun(project)
        ledger = _with_plates(project, ledger, todo, run, backend)
        return _finished(project, ledger, run.film)


def _with_plates(
    project: Project, ledger: Ledger, todo: Sequence[int], run: FillRun, backend: Inpainter
) -> Ledger:
    """Make the plates of some shots; each is on record as soon as it is made."""
    stamp = project.stamp(STEP)
    for i in todo:
        plates = run.load(i) or run.fill(i)
        keys = generate_plates(
            plates, number=i, config=project.config, backend=backend, work=project.work
        )
        write_shot(project.work, i, keys, stamp)
        ledger = ledger.with_keys(keys)
        run.path(i).unlink(missing_ok=True)
    return ledger


def _finished(project: Project, ledger: Ledger, film: OpenFilm) -> Ledger:
    """Measure what is to be known about missing area, and write the ledger as finished."""
    from ..plate.prepare.choose_fill import FillClips, choose_fill
    from ..plate.prepare.measure_contacts import measure_contacts

    runs = readers.placements(project)
    clips = FillClips(
        picture=film.quick,
        missing=film.missing,
        avoid=subject_mask(film.masks),
        lacks=lacking_areas(runs),
    )
    wanted = project.config.background.fill
    keys: list[PlateKey] = []
    for kept in ledger.keys:
        key = choose_fill(kept, clips, project.work, wanted)
        keys.append(key)
        forget_frames()
        if key.fill == "mirror" and wanted == "auto":
            log.info("shot %d, pairs %d to %d: %s", key.shot, key.first, key.last, _mirrored(key))
    contacts = measure_contacts(runs, list(film.masks))
    ledger = replace(ledger, keys=tuple(keys), contacts=contacts)
    write_ledger(project.work, ledger, project.stamp(STEP))
    return ledger


def _mirrored(key: PlateKey) -> str:
    """Say why missing area shows a mirror of the picture beside it."""
    plate, mirror = (
        tuple(each.get(fill, float("nan")) for each in (key.steps, key.lines))
        for fill in ("plate", "mirror")
    )
    return (
        f"mirrored, since the plate stands out by {plate[0]:.1f} at the edges of missing area and "
        f"by {plate[1]:.1f} inside it, a mirror by {mirror[0]:.1f} and {mirror[1]:.1f}"
    )
