"""What a person waits for: every step of `make` by itself, and how soon there is something to see.

    uv run tests/bench/whole/make_times.py FOLDER [--pair d2_meeting] [--width 1024] [--frames 240]
                                           [--draft] [--until STEP] [--page]

The pair's own files are used at 1024 px; for another width its master is scaled by ffmpeg, given
film grain, cut to the wide's shape and, as the DVD, brought to 720x540. Each step runs in a process
of its own, one after the other, from nothing. CPU and peak memory are those of the process and of
its children, as the system counts them. `--draft` also runs `make --draft` on a project of its own.
`--page` puts the table into docs/benchmarks/make.md, in the place of an older one of its name.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.shared_folder import FOOTAGE

from vsmeme.demo import scene_face
from vsmeme.ffmpeg import call

PAGE = ROOT / "docs" / "benchmarks" / "make.md"
STEPS = ("match", "learn", "segment", "inpaint", "track", "export")
OWN_WIDTH = 1024
DVD_SIZE = (720, 540)
GRAIN = "noise=c0s=4:c0f=t"
X264 = ("-c:v", "libx264", "-crf", "16", "-preset", "veryfast", "-an")
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "4", "-an")
HEAD = """# Benchmark: make

`uv run tests/bench/whole/make_times.py FOLDER --pair NAME --width PX --frames N [--page]`.
`--draft` and `--until STEP` as its help says. Each step alone and from nothing; seconds of the wall
and of the CPU, and the most memory of one process.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a process took: seconds of the wall, of the CPU, and MiB."""

    wall: float
    cpu: float
    peak: float


def write_films(folder: Path, pair: str, width: int, frames: int) -> None:
    """Put wide, DVD and face picture of a size into a folder, unless they are there."""
    if (folder / "face.png").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    source = FOOTAGE / pair
    facts = json.loads((source / "ground_truth.json").read_text())
    if width == OWN_WIDTH:
        for role, name in (("widescreen", "wide"), ("dvd", "dvd")):
            shutil.copyfile(source / facts[role]["file"], folder / f"{name}.mkv")
    else:
        _write_scaled(folder, source / facts["master"]["file"], facts, width, frames)
    scene_face.write_face(str(folder / "face.png"))


def _write_scaled(folder: Path, master: Path, facts: dict, width: int, frames: int) -> None:
    left, top, w, h = facts["master"]["canvas_in_master"]
    height = 2 * round(width * h / w / 2)
    rows = 2 * round(width / 2.39 / 2)
    canvas = f"crop={w}:{h}:{left}:{top},scale={width}:{height}:flags=lanczos,{GRAIN}"
    split = (
        f"[0:v]{canvas},split[a][b];[a]crop={width}:{rows}[wide];"
        f"[b]crop={height * 4 // 3}:{height},scale={DVD_SIZE[0]}:{DVD_SIZE[1]}:flags=area[dvd]"
    )
    call([
        *["-i", str(master), "-frames:v", str(frames), "-filter_complex", split],
        *["-map", "[wide]", *X264, "-frames:v", str(frames), str(folder / "wide.mkv")],
        *["-map", "[dvd]", *MPEG2, "-frames:v", str(frames), str(folder / "dvd.mkv")],
    ])  # fmt: skip


def fresh(folder: Path, films: Path, frames: int) -> Path:
    """Lay out a project that nothing was made of; returns its file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = [f'{role} = "{films / role}.mkv"' for role in ("wide", "dvd")]
    lines.append(f'face = "{films / "face.png"}"')
    file = folder / "meme.toml"
    file.write_text("[sources]\n" + "\n".join(lines) + f"\n[time]\nduration = {frames}\n")
    return file


def run(name: str, file: Path, *more: str, until: Path | None = None) -> tuple[Spent, float]:
    """Run a command to its end; also returns the seconds until a file was there."""
    began, first = time.monotonic(), 0.0
    with (file.parent / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "vsmeme", name, *more, str(file)], stdout=log, stderr=log
        )
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if not first and until is not None and until.exists():
                first = time.monotonic() - began
            if pid:
                break
            time.sleep(0.05)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit((file.parent / "log.txt").read_text()[-2000:])
    cpu = used.ru_utime + used.ru_stime
    return Spent(wall=time.monotonic() - began, cpu=cpu, peak=used.ru_maxrss / 1024), first


def steps(file: Path, last: str) -> list[str]:
    """Run the steps up to one of them, print and return their rows."""
    lines, whole = [], [0.0, 0.0]
    for name in STEPS[: STEPS.index(last) + 1]:
        proof = file.parent / "out" / "proof.jpg"
        spent, first = run(name, file, until=proof if name == "match" else None)
        note = f" (proof after {first:.0f} s)" if first else ""
        whole = [whole[0] + spent.wall, whole[1] + spent.cpu]
        lines.append(f"| {name}{note} | {spent.wall:.0f} | {spent.cpu:.0f} | {spent.peak:.0f} |")
        print(lines[-1], flush=True)
    if last == STEPS[-1]:
        lines.append(f"| all | {whole[0]:.0f} | {whole[1]:.0f} | |")
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pair", default="d2_meeting")
    parser.add_argument("--width", type=int, default=OWN_WIDTH)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--draft", action="store_true")
    parser.add_argument("--until", choices=STEPS, default=STEPS[-1])
    parser.add_argument("--page", action="store_true")
    args = parser.parse_args()
    name = f"{args.pair}-{args.width}-{args.frames}"
    films = args.folder.resolve() / f"films-{name}"
    write_films(films, args.pair, args.width, args.frames)
    lines = ["| step | wall, s | CPU, s | peak, MiB |", "|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    if args.draft:
        file = fresh(args.folder.resolve() / f"draft-{name}", films, args.frames)
        spent, first = run("make", file, "--draft", until=file.parent / "out" / "proof.jpg")
        note = f" (proof after {first:.0f} s)"
        row = f"| make --draft{note} | {spent.wall:.0f} | {spent.cpu:.0f} | {spent.peak:.0f} |"
        print(row, flush=True)
        lines.append(row)
    lines += steps(fresh(args.folder.resolve() / f"project-{name}", films, args.frames), args.until)
    if args.page:
        load = f"load {os.getloadavg()[2]:.0f}"
        about = f"{args.pair}, {args.width} px wide, {args.frames} frames"
        machine = f"{date.today()}, {os.cpu_count()} cores ({platform.machine()}), {load}"
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
        parts = before.rstrip("\n").split("\n\n## ")
        kept = "\n\n## ".join(part for part in parts if not part.startswith(f"{about}\n"))
        text = f"{kept}\n\n## {about}\n\n{machine}.\n\n" + "\n".join(lines) + "\n"
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
