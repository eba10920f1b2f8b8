"""Cadences of discs at their real size: frames right, film frames lost, confident mistakes.

    python tests/bench/sync/cadences.py [--variants telecine ...] [--keep FOLDER]

The cases are those of ../shared/cases/fields.sh and blended_rate.sh: a progressive wide of 360
frames, and a DVD whose film frame n is the wide's frame n once its fields are joined. A pair is
right where its DVD frame lies as far from the wide's as in most pairs; of blended rates, where the
DVD's frame is the one nearest in time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from vsmeme import readers
from vsmeme.ffmpeg import find_ffmpeg
from vsmeme.project import load_project
from vsmeme.steps.match import run_match

CASES = ROOT.parent / "shared" / "cases"
VARIANTS = (
    "shifted", "shifted_flag", "half_shifted", "pulldown_24_25", "telecine", "telecine_quiet",
    "telecine_422", "hybrid", "interlaced_50i", "blended_25", "blended_30",
)  # fmt: skip
FRAMES, FILM_FPS = 360, 24000 / 1001
ROW = "| {} | {} | {} | {:.4f} | {} | {} | {} |"


def measure(variant: str, folder: Path) -> str:
    """Fill a case, match it, and return its row."""
    blended = variant.startswith("blended")
    script = CASES / ("blended_rate.sh" if blended else "fields.sh")
    if not (folder / "meme.toml").exists():
        given = variant.partition("_")[2] if blended else variant
        environment = {**os.environ, "FFMPEG": str(find_ffmpeg())}
        bash = shutil.which("bash") or "bash"
        subprocess.run([bash, str(script), str(folder), given], check=True, env=environment)
    project = load_project(folder / "meme.toml")
    run_match(project)
    record = readers.match_record(project)
    pairs = record.timeline.pairs
    if blended:
        # a DVD frame shows the moment of its own time; the nearest one or its neighbour is right
        step = float(record.dvd.facts.fps) / FILM_FPS
        off = [pair.dvd - round(pair.wide * step) for pair in pairs]
    else:
        off = [pair.dvd - pair.wide for pair in pairs]
    usual = Counter(off).most_common(1)[0][0]
    near = 1 if blended else 0
    right = sum(abs(o - usual) <= near for o in off)
    mistakes = sum(p.confident and abs(o - usual) > near for p, o in zip(pairs, off, strict=True))
    plan, sure = record.dvd.facts.fields, sum(pair.confident for pair in pairs)
    cadence = plan.cadence if plan else "as coded"
    # what is truly interlaced has a moment a coded frame; of other films the last may lack a field
    section = record.dvd.section
    whole = section.frames if plan and plan.interlaced and section else FRAMES - 1
    lost = "" if blended else max(0, whole - record.dvd.facts.frames)
    return ROW.format(variant, cadence, len(pairs), right / len(pairs), lost, sure, mistakes)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--keep", type=Path, help="folder for the cases; else a temporary one")
    options = parser.parse_args()
    names = ("case", "cadence", "pairs", "right", "film frames lost", "confident", "mistakes")
    sys.stdout.write(f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n")
    with tempfile.TemporaryDirectory() as scratch:
        for variant in options.variants:
            row = measure(variant, (options.keep or Path(scratch)).resolve() / variant)
            sys.stdout.write(row + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
