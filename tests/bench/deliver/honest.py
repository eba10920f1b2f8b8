"""Whether what is claimed of every finished project holds on films that are as they should be.

    python tests/bench/deliver/honest.py FOLDER [--films 10] [--project meme.toml ...]

Writes drawn films, no two alike, makes each and verifies it; then verifies the given projects.
What was made already is kept. Exit code 1 where a claim fails.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.drawn_films import drawn_film, write_drawn_film

from vsmeme.deliver.verify.verify import verify
from vsmeme.project import load_project


def made(file: Path) -> str:
    """Make a project; returns what went wrong."""
    command = [sys.executable, str(ROOT / "scripts" / "make.py"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines() or [""]
    return lines[-1] if done.returncode else ""


def told(name: str, file: Path) -> tuple[str, bool]:
    """Return a row of the table, and whether all claims hold."""
    claims = verify(load_project(file))
    failed = [claim for claim in claims if not claim.passed]
    why = "; ".join(f"{each.name}: {each.number:.4g} ({each.note})" for each in failed)
    return f"| {name} | {len(claims) - len(failed)} of {len(claims)} | {why} |", not failed


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--films", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--project", type=Path, nargs="*", default=[])
    args = parser.parse_args(argv)
    print("| film | claims that hold | which don't |\n|---|---|---|")
    sound = True
    for number in range(args.first, args.first + args.films):
        kind, scene = drawn_film(number)
        name = f"{number}: {kind}, {scene.size}, {scene.frames} frames"
        file = args.folder / f"film{number}" / "meme.toml"
        if not file.exists():
            write_drawn_film(number, file.parent)
        fault = made(file)
        row, holds = (f"| {name} | not made | {fault} |", False) if fault else told(name, file)
        print(row, flush=True)
        sound &= holds
    for file in args.project:
        row, holds = told(file.resolve().parent.name, file)
        print(row, flush=True)
        sound &= holds
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
