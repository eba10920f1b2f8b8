"""Make whatever is missing or stale, in order; stop it at any time and run it again."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from vsmeme.cli import parser, run
from vsmeme.progress import log
from vsmeme.project import STEPS, load_project
from vsmeme.timings import note_time

SCRIPTS = Path(__file__).resolve().parent


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
        seconds = time.monotonic() - started
        note_time(project.work, step.name, seconds)
        log.info("      %s: %.1f s", step.name, seconds)
    if not ran:
        log.info("nothing to do: %s holds", project.out)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
