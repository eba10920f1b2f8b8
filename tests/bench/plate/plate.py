"""Measures the plate: ghosts, shares, motion, corners against filling every frame, the guard.

uv run tests/bench/plate/plate.py [--frames 24] [--real 24] prints the tables of the plate.
Pictures are those of the known scene; --real adds neighbouring frames of each pair of
../shared/footage (of its master, corners blacked out), d5_dancer with its true masks. --full 6
prints time and memory of a plate at 3840x2160 instead.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
from scenes.plates import Hostile

from bench.plate.plate_films import Film, film_of_pair, film_of_scene, scenes
from bench.plate.plate_measures import error, flicker, ghost, live, make, motion_error, separately
from bench.whole.pairs import NAMES
from vsmeme.demo.scene import Scene
from vsmeme.host import peak_bytes
from vsmeme.plate.ledger import PlateKey
from vsmeme.plate.prepare.inpainters.patchmatch import PatchMatch
from vsmeme.plate.prepare.inpainters.telea import Telea

# Corners of real films are compared in so many pairs of neighbouring frames, spread over the shot.
PLACES = 6


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--frames", type=int, default=24)
    options.add_argument("--real", type=int, default=0, metavar="FRAMES")
    options.add_argument("--full", type=int, default=0, metavar="FRAMES")
    options.add_argument("--only", help="films whose name holds this")
    chosen = options.parse_args()
    cv2.setNumThreads(1)
    if chosen.full:
        return _full(chosen.full)
    rows: list[str] = []
    print("| film | mode | calls | changed outside | subject in mask | from frames | generated "
          "| missing | ghost | motion px |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    for film, motion in _films(chosen):
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            hostile = Hostile()
            guarded = make(film, hostile, work)
            key = make(film, PatchMatch(), work)
            print(_facts(film, hostile, guarded, key, work, motion(key)), flush=True)
            if key.motion or not film.clean:
                rows.append(_corners(film, key, work))
    print("\nCorners: mean difference, PSNR of luma, flicker.\n")
    print("| film | plate | every frame, PatchMatch | every frame, Telea | flicker ratio "
          "| truth's own |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    print("\n".join(rows))
    return 0


def _films(chosen: argparse.Namespace) -> Iterator[tuple[Film, Callable[[PlateKey], str]]]:
    for name, scene in scenes(chosen.frames).items():
        if not chosen.only or chosen.only in name:
            yield (
                film_of_scene(name, scene),
                lambda key, s=scene: f"{motion_error(key, s):.2f}" if key.motion else "-",
            )
    for name in NAMES if chosen.real else ():
        if not chosen.only or chosen.only in name:
            yield film_of_pair(name, chosen.real), lambda key: "-"


def _full(frames: int) -> int:
    """Time a plate at the reference size, and one that generates nothing."""
    film = film_of_scene("full", Scene(size="full", frames=frames, walk=12.0, pan=(9.0, 2.0)))
    before = peak_bytes()
    seconds = []
    for backend in (Hostile(), PatchMatch()):
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            make(film, backend, Path(folder))
            seconds.append(time.process_time() - start)
    grown = peak_bytes() - before
    print(
        f"3840x2160, {frames} frames: {seconds[1]:.1f} s of processor time, "
        f"{seconds[1] - seconds[0]:.1f} of them PatchMatch; {grown / 1e9:.2f} GB"
    )
    return 0


def _facts(
    film: Film, hostile: Hostile, guarded: PlateKey, key: PlateKey, work: Path, motion: str
) -> str:
    behind = f"{ghost(film, key, work):.2f}" if film.clean else "-"
    changed = guarded.changed_outside_mask + key.changed_outside_mask
    inside = guarded.subject_pixels_in_mask + key.subject_pixels_in_mask
    return (
        f"| {film.name} | {key.mode} | {hostile.calls} | {changed} | {inside} "
        f"| {key.filled_from_other_frames:.2%} | {key.generated:.2%} "
        f"| {film.missing.mean():.2%} | {behind} | {motion} |"
    )


def _corners(film: Film, key: PlateKey, work: Path) -> str:
    """Compare the corners with filling every frame for itself."""
    length = len(film.pictures)
    if film.clean:
        frames = list(range(length))
    else:
        starts = [round((length - 2) * i / (PLACES - 1)) for i in range(PLACES)]
        frames = [n for start in starts for n in (start, start + 1)]
    ways = [live(film, key, work, frames)]
    ways += [separately(film, backend, frames) for backend in (PatchMatch(), Telea())]
    cells, changes = [], []
    for shown in ways:
        mean, psnr = error(shown, film, frames)
        changes.append(flicker(shown, film, key, frames))
        cells.append(f"{mean:.2f}, {psnr:.1f} dB, {changes[-1]:.2f}")
    own = flicker([film.truths[n] for n in frames], film, key, frames)
    return (
        f"| {film.name} | {' | '.join(cells)} | {changes[1] / max(changes[0], 0.01):.1f} "
        f"| {own:.2f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
