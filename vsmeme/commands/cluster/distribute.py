"""The one place that turns a step of a project into parts and has them made by workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import PurePosixPath, PureWindowsPath

from ...artifact import json_sha256
from ...artifact_cache import cached_sha256
from ...config import Config
from ...memory import forget_frames
from ...project import STEPS, Project
from .crew import Crew
from .dispatch import Dispatch
from .local import local_workers
from .mirror import keep_results, remove_mirror
from .orders import Answer, Order
from .rounds import Round, rounds_of
from .sent_project import SentProject

SETTINGS = tuple(
    field.name
    for field in fields(Config)  # type: ignore[arg-type]
    if field.name != "cluster"
)


def distribute(project: Project, step: str, scheduler: str | None = None) -> None:
    """Have the workers make what a step lacks; the step itself then finds it there.

    Without a scheduler nothing happens: the step does it all.

    Args:
        project: The project; what the step needs is fresh.
        step: Name of the step.
        scheduler: Address, or ``local:N``; by default what ``[cluster]`` says.

    Raises:
        MissingError: The extra `cluster` is not installed.
        UserError: No scheduler, no fit worker, or what a worker met that the user can mend.
    """
    address = scheduler or project.config.cluster.scheduler
    shared = project.config.cluster.files == "shared"
    rounds = [round_ for round_ in rounds_of(step) if shared or round_.own_folder]
    if address is None or not rounds:
        return
    with scheduler_at(address) as place:
        crew: Crew | None = None
        try:
            for number, round_ in enumerate(rounds):
                parts = dict(round_.missing(project))
                forget_frames()
                if parts:
                    crew = crew or Crew(place)
                    _run(project, step, number, round_, parts, crew)
        finally:
            if crew:
                if address.startswith("local:") and not shared:  # nobody comes back for it
                    crew.client.run(remove_mirror, SentProject(project).name)
                crew.close()


def _run(
    project: Project, step: str, number: int, round_: Round, parts: dict[str, int], crew: Crew
) -> None:
    crew.wait()
    state, peers = _state(project), crew.peers()
    sent = SentProject(project) if project.config.cluster.files == "sent" else None

    def order(part: str) -> Order:
        files = None if sent is None else sent.files(round_.needs(project, part))
        return Order(
            project=_place(project) if sent is None else sent.name,
            step=step, round=number, part=part, state=state, versions=dict(crew.own), peers=peers,
            file=project.file.name, files=files,
        )  # fmt: skip

    def taken(answer: Answer) -> None:
        keep_results(project.folder, answer.files)

    def send(address: str, order: Order) -> None:
        if sent is not None and order.files is not None:
            sent.send(crew, address, order.files)

    Dispatch(crew, label=round_.label, parts=parts, order=order, taken=taken, send=send).run()


@contextmanager
def scheduler_at(address: str) -> Iterator[str]:
    """Yield the address of a scheduler; for ``local:N``, of one with N processes here."""
    if address.startswith("local:"):
        with local_workers(int(address.removeprefix("local:"))) as place:
            yield place
    else:
        yield address if "://" in address else f"tcp://{address}"


def _place(project: Project) -> str:
    """Return the path of the ``meme.toml`` as the workers see it."""
    folder = project.config.cluster.folder
    if folder is None:
        return str(project.file)
    windows = "\\" in folder or folder[1:2] == ":"
    return str((PureWindowsPath if windows else PurePosixPath)(folder) / project.file.name)


def _state(project: Project) -> str:
    """Identify what is opened for a step: settings, and the artifacts there are."""
    names = [name for step in STEPS for name in step.outputs]
    paths = [project.work / name for name in names]
    facts = [cached_sha256(path) if path.exists() else None for path in paths]
    return json_sha256([project.settings(SETTINGS), facts])
