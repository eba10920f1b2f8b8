"""Routes of the steps: their state and reasons, start, stop, progress, results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bottle  # type: ignore[import-untyped]

from ....deliver.report.report import NAME
from ....errors import UsageError, UserError
from ....project import STEPS, Project
from ....timings import read_timings
from ...step_command import step_command
from ..gate import REPORT_RULES
from ..jobs import Jobs
from ..session import Session
from ..web import Route, json_object

COMMANDS = ("make", *(step.name for step in STEPS), "report", "verify")


class RunRoom:
    """Answers what the steps' view asks.

    Args:
        session: The project.
        jobs: What runs.
    """

    def __init__(self, session: Session, jobs: Jobs) -> None:
        self._session, self._jobs = session, jobs

    def routes(self) -> list[Route]:
        """Return the routes below the token."""
        return [
            ("GET", "run/state", self._state),
            ("POST", "run/start", self._start),
            ("POST", "run/stop", self._stop),
            ("GET", "run/report", self._report),
            ("GET", "run/film", self._film),
        ]

    def _state(self) -> dict[str, Any]:
        try:
            project = self._session.project()
        except UserError as error:
            return {"problem": str(error), "steps": [], "job": self._jobs.to_json()}
        seconds = read_timings(project.work).seconds
        steps = [
            {"name": step.name, "command": step.command, "seconds": seconds.get(step.name),
             "reason": project.stale(step.name) or project.undrawn(step.name)}
            for step in STEPS
        ]  # fmt: skip
        film = _film_of(project)
        return {
            "problem": "",
            "steps": steps,
            "job": self._told(),
            "report": _stamp(project.out / NAME),
            "film": _stamp(film) if film else 0,
        }

    def _told(self) -> dict[str, Any] | None:
        """What runs or ran; the table of a verification as data."""
        job = self._jobs.to_json()
        if job and job["name"] == "verify" and not job["running"]:
            try:
                job["claims"] = json.loads(job["output"])
            except ValueError:
                job["claims"] = None
        return job

    def _start(self) -> dict[str, Any]:
        name = json_object().get("name")
        if not isinstance(name, str) or name not in COMMANDS:
            raise UsageError(f"name: expected one of {', '.join(COMMANDS)}")
        project = self._session.project()
        command = step_command(name, project.file)
        self._jobs.start(name, [*command, "--json"] if name == "verify" else command)
        return {"started": name}

    def _stop(self) -> dict[str, Any]:
        self._jobs.stop()
        return {}

    def _report(self) -> Any:  # noqa: ANN401 - bottle's answer
        project = self._session.project()
        if not _stamp(project.out / NAME):
            raise bottle.HTTPResponse("no report yet", 404)
        answer = bottle.static_file(NAME, root=str(project.out), mimetype="text/html")
        answer.set_header("Content-Security-Policy", REPORT_RULES)
        return answer

    def _film(self) -> Any:  # noqa: ANN401 - bottle's answer
        film = _film_of(self._session.project())
        if film is None or not _stamp(film):
            raise bottle.HTTPResponse("no film yet", 404)
        return bottle.static_file(film.name, root=str(film.parent), mimetype="video/mp4")


def _film_of(project: Project) -> Path | None:
    """The delivered film's file, as the settings name it."""
    return project.out / project.config.output.mp4 if project.config.output.mp4 else None


def _stamp(path: Path) -> int:
    """When a file was written, for addresses; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns // 1_000_000
    except OSError:
        return 0
