"""Make whatever is missing or stale, in order; stop it at any time and run it again."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from vsmeme.artifact import read_json, write_json
from vsmeme.cli import parser, run
from vsmeme.errors import ArtifactError
from vsmeme.progress import log
from vsmeme.project import STEPS, Project, load_project

SCRIPTS = Path(__file__).resolve().parent
TIMINGS = "timings.json"


def main(argv: list[str]) -> int:
    """Run the steps whose artifacts don't hold, each in a process of its own."""
    made = parser(__doc__)
    made.add_argument("--dry-run", action="store_true", help="only say what would run, and why")
    arguments = made.parse_args(argv)
    project = load_project(arguments.project)
    ran = False
    for number, step in enumerate(STEPS, 1):
        reason = project.stale(step.name) or project.undrawn(step.name)
        title = f"[{number}/{len(STEPS)}] {step.name}"
        if reason is None:
            log.info("%s: fresh", title)
            continue
        ran = True
        log.info("%s: %s", title, reason)
        if arguments.dry_run:
            continue
        started = time.monotonic()
        script = SCRIPTS / Path(step.command).name
        code = subprocess.run([sys.executable, str(script), str(project.file)]).returncode
        if code:
            return code
        note_time(project, step.name, time.monotonic() - started)
    if not ran:
        log.info("nothing to do: %s holds", project.out)
    return 0


def note_time(project: Project, step: str, seconds: float) -> None:
    """Keep how long a step took, for the report."""
    path = project.work / TIMINGS
    try:
        known = read_json(path, made_by="scripts/make.py").get("seconds", {})
    except ArtifactError:
        known = {}
    write_json(path, {"seconds": {**known, step: round(seconds, 2)}})
    log.info("      %s: %.1f s", step, seconds)


if __name__ == "__main__":
    sys.exit(run(main))
