"""`kill -9` at random moments of `scripts/make.py`, each followed by a run that has to finish.

The film is small, the steps are all there. A killed run may leave nothing half-written under its
final name, and the run after it has to end with the hashes of an undisturbed one. Every other time
only `make.py` itself is killed, so that the step that it had started goes on beside the next run.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from vsmeme.demo.scene import Grade, Scene
from vsmeme.demo.scene_project import write_film

SCENE = Scene(
    art="photo", seed=3, size="tiny", frames=14, cuts=(8,), wide_noise=1.5, dvd_trim=(2, 0),
    grade=Grade(), dvd_noise=1.2,
)  # fmt: skip
SETTINGS = """\
[upscale]
model = "bicubic"

[output]
gif_width = 240
"""
# What differs from run to run and means nothing: clocks, locks, indices of streams.
PASSING = ("work/timings.json", "work/cache", "work/plate/generation")
LIMIT_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One kill: when (s), who was hit, and what was wrong afterwards."""

    after: float
    group: bool
    during: str
    faults: tuple[str, ...]


def write(folder: Path) -> Path:
    """Write the film and its meme.toml, once; returns the folder."""
    if not (folder / "meme.toml").exists():
        write_film(SCENE, folder, settings=SETTINGS)
    return folder


def blows(source: Path, folder: Path, count: int, *, seed: int = 1) -> Iterator[Blow]:
    """Kill, look, resume, compare.

    Args:
        source: What `write` wrote; never run in.
        folder: Where every run happens (the artifacts hold absolute paths).
        count: How many kills.
        seed: Of the moments.
    """
    _fresh(source, folder)
    started = time.monotonic()
    finish(folder)
    whole = time.monotonic() - started
    wanted = hashes(folder)
    rng = random.Random(seed)
    for n in range(count):
        _fresh(source, folder)
        after, group = rng.uniform(0, whole), n % 2 == 0
        during = _struck(folder, after, group=group)
        faults = [*broken(folder)]
        try:
            finish(folder)
            found = hashes(folder)
            faults += sorted(
                f"{name}: differs"
                for name in wanted.keys() | found.keys()
                if wanted.get(name) != found.get(name)
            )
        except subprocess.SubprocessError as error:
            kept = shutil.copy(folder / "log.txt", folder.parent / f"log{n}.txt")
            faults.append(f"resume: {error}, see {kept}")
        yield Blow(after=after, group=group, during=during, faults=tuple(faults))


def finish(folder: Path) -> None:
    """Run everything that is missing."""
    with (folder / "log.txt").open("ab") as log:
        subprocess.run(_command(folder), check=True, timeout=LIMIT_S, stdout=log, stderr=log)


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that a run leaves, by its path in the folder."""
    found = {}
    for path in sorted([*folder.glob("work/**/*"), *folder.glob("out/**/*")]):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.endswith(".lock") and not name.startswith(PASSING):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def broken(folder: Path) -> Iterator[str]:
    """Files that bear a final name and are not whole."""
    for path in folder.glob("work/**/*.json"):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            yield f"{path.relative_to(folder)}: half-written"
    for path in [*folder.glob("out/meme.*"), *folder.glob("work/masks/*.mkv")]:
        if path.name.startswith("."):
            continue
        done = subprocess.run(
            [*_ffmpeg(), "-v", "error", "-i", str(path), "-f", "null", "-"],
            capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode or done.stderr:
            yield f"{path.relative_to(folder)}: half-written"


def _ffmpeg() -> list[str]:
    import imageio_ffmpeg

    return [imageio_ffmpeg.get_ffmpeg_exe()]


def _command(folder: Path) -> list[str]:
    return [sys.executable, str(ROOT / "scripts" / "make.py"), str(folder / "meme.toml")]


def _fresh(source: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)  # with the times of the files, which are their identity


def _struck(folder: Path, after: float, *, group: bool) -> str:
    """Start a run in a process group of its own and kill it; returns the step that it was in."""
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(_command(folder), stdout=log, stderr=log, start_new_session=True)
        try:
            process.wait(timeout=after)
            return "finished before"
        except subprocess.TimeoutExpired:
            if group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()
    lines = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    steps = [line for line in lines if line.startswith("[") and "/" in line[:3]]
    return steps[-1] if steps else "start"


def main(argv: list[str]) -> int:
    """Run the blows and print them; 1 where one left a fault."""
    count = int(argv[0]) if argv else 20
    folder = Path(argv[1]) if len(argv) > 1 else ROOT / "out" / "kill"
    bad = 0
    for blow in blows(write(folder / "source"), folder / "run", count):
        what = "; ".join(blow.faults) or "same hashes"
        bad += bool(blow.faults)
        who = "all" if blow.group else "make.py"
        print(f"| {blow.after:.1f} s | {who} | {blow.during} | {what} |", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
