"""Shots whose camera no plate follows: one key, several, several that fade, or a mirror.

    python tests/bench/plate/keys.py PROJECT... [--keys 4] [--every 5] [--all]

A project is the folder of a finished one, as `tests/bench/canvas/edges.py` wants it; the steps and
the flicker are measured as there, before the encoder, shot by shot, on the background alone. Plates
of several keys are made anew in a copy: one generation a key. Where two keys meet, the later one
fades in from the middle of the one run to the middle of the other.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.finished import copy_project

from bench.canvas.edges import Films
from vsmeme import readers, stages
from vsmeme.pixels.region import spliced
from vsmeme.plate.film_background import backgrounds
from vsmeme.plate.ledger import Fill, Ledger, PlateKey
from vsmeme.plate.prepare.inpainters.choose import make_backend
from vsmeme.plate.prepare.make_plates import generate_plates
from vsmeme.project import Project, load_project
from vsmeme.source.formats import from_working
from vsmeme.stage_parts.border_stage import lacking_areas
from vsmeme.stage_parts.mask_stage import subject_mask
from vsmeme.steps.inpaint import FillRun

core = vs.core


class Backgrounds:
    """A project's composite, with any plates behind it."""

    def __init__(self, project: Project) -> None:
        """Take a finished project."""
        self.project = project
        self.composite = stages.composite(project, "fast")
        self.missing = stages.missing(project)
        self.avoid = subject_mask(stages.masks(project))
        self.lacks = lacking_areas(readers.placements(project))

    def shown(self, keys: Sequence[PlateKey], work: Path, fill: Fill) -> vs.VideoNode:
        """The live background that some plates give."""
        return backgrounds(
            self.composite, self.missing, Ledger(keys=tuple(replace(k, fill=fill) for k in keys)),
            work, mode="live", lacks=self.lacks, avoid=self.avoid,
        )  # fmt: skip

    def faded(self, keys: Sequence[PlateKey], work: Path) -> vs.VideoNode:
        """The same with keys of one shot that fade into each other."""
        spans = list(_spans(keys))
        before, after = (
            self.shown([_over(pair[k], a, b) for *pair, a, b in spans], work, "plate")
            for k in (0, 1)
        )
        parts = []
        for one, other, first, last in spans:
            at = slice(first, last + 1)
            if one is other:
                parts.append(before[at])
                continue
            share = f"N 0.5 + {last - first + 1} /"
            parts.append(core.akarin.Expr([before[at], after[at]], f"y x - {share} * x +"))
        return spliced(parts)


def _middle(key: PlateKey) -> int:
    return (key.first + key.last + 1) // 2


def _spans(keys: Sequence[PlateKey]) -> Iterator[tuple[PlateKey, PlateKey, int, int]]:
    """Frames that fade from one key to another; those at a shot's ends have one alone."""
    for n, key in enumerate(keys):
        onward = keys[n + 1] if n + 1 < len(keys) and keys[n + 1].shot == key.shot else None
        if not n or keys[n - 1].shot != key.shot:
            yield key, key, key.first, (_middle(key) - 1 if onward else key.last)
        if onward:
            yield key, onward, _middle(key), _middle(onward) - 1
        elif n and keys[n - 1].shot == key.shot:
            yield key, key, _middle(key), key.last


def _over(key: PlateKey, first: int, last: int) -> PlateKey:
    """A key that serves other frames; its plate stays with the canvas, the membrane lights it."""
    return replace(key, first=first, last=last, motion=(), exposure=())


def plates(
    project: Project, shots: Collection[int], count: int, folder: Path
) -> tuple[list[PlateKey], Path]:
    """Make so many plates of some shots, in a copy; returns all keys and the work folder."""
    copy = copy_project(project, folder)
    settings = f"inpaint.keys={count};background.fill=plate;background.mode=live"
    copy = load_project(copy.file, set_=settings)
    run, config = FillRun(copy), copy.config
    backend = make_backend(config.inpaint, folder=copy.folder)
    keys = [key for key in readers.ledger(project).keys if key.shot not in shots]
    for number in shots:
        keys += generate_plates(
            run.fill(number), number=number, config=config, backend=backend, work=copy.work
        )
    return sorted(keys, key=lambda key: key.first), copy.work


def rows(folder: Path, *, keys: int, every: int, all_: bool) -> Iterator[str]:
    """Rows of the table, shot by shot."""
    project = load_project(folder / "meme.toml")
    films, clips = Films.of(folder, every, None, graph=True), Backgrounds(project)
    ledger = readers.ledger(project).keys
    lost = {key.shot for key in ledger if all_ or not key.followed}
    if not lost:
        return
    with tempfile.TemporaryDirectory() as temp:
        made, work = plates(project, lost, keys, Path(temp) / "copy")
        ways = {
            "plate, one key": clips.shown(ledger, project.work, "plate"),
            f"plate, {keys} keys": clips.shown(made, work, "plate"),
            f"plate, {keys} keys that fade": None if all_ else clips.faded(made, work),
            "mirror": clips.shown(ledger, project.work, "mirror"),
        }
        for number in sorted(lost):
            shot = readers.shots(project).shots[number]
            pairs = range(shot.first, shot.last + 1)
            for way, clip in ways.items():
                if clip is None:  # a plate that goes along with the camera knows its own frames
                    continue
                look = replace(films, delivered=from_working(clip))
                cells = look.cells(look.ours, pairs)
                yield f"| {films.truth['name']}, shot {number} | {way} | {' | '.join(cells)} |"
            cells = films.cells(films.master, pairs)
            yield f"| {films.truth['name']}, shot {number} | master | {' | '.join(cells)} |"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", type=Path, nargs="+")
    parser.add_argument("--keys", type=int, default=4)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--all", action="store_true", help="shots that a plate follows, too")
    args = parser.parse_args(argv)
    print("| shot | missing area shows | step, median | step, p90 | flicker |")
    print("|---|---|---|---|---|")
    for folder in args.projects:
        for row in rows(folder, keys=args.keys, every=args.every, all_=args.all):
            print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
