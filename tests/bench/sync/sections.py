"""Ten seconds out of a long film: time, bytes read, and whether the pairs are right.

    uv run tests/bench/sync/sections.py --minutes 10 60 --cache FOLDER

Films are joined by stream copy from eight variants of each clip of the footage, over and over, with
one clip in the middle that comes nowhere else; the DVD begins with a leader of five seconds that
the wide lacks. The making is kept in --cache. Writes the table of docs/benchmarks/sections.md where
--page is given.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve()
REPO = HERE.parents[3]
sys.path.insert(0, str(REPO))

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `vsmeme match` does

from vsmeme import readers
from vsmeme.ffmpeg import call, duration_of, find_ffmpeg
from vsmeme.project import load_project
from vsmeme.source.prepare.cut_section import describe_film
from vsmeme.steps.section_parts.still_search import find_start
from vsmeme.sync.match_record import MatchRecord

FOOTAGE = REPO.parent / "shared" / "footage"
CLIPS = ("d1_tos", "d2_meeting", "d3_signs", "d4_bunny")
ONCE = "d5_dancer"
RATE = "24000/1001"
FPS = 24000 / 1001
ZOOM = "crop=iw*4/5:ih*4/5"
VARIANTS = ("null", "hflip", "vflip", "hflip,vflip", ZOOM, f"{ZOOM},hflip", f"{ZOOM},vflip",
            f"{ZOOM},hflip,vflip")  # fmt: skip
LEADER_SECONDS = 5
STILL_SHARE = 0.03  # of the films' length, that is decoded for comparison
WIDE = "format=yuv444p,crop=1024:430:0:73:exact=1,format=yuv420p"
DVD = (
    "format=yuv444p,crop=768:576:128:0:exact=1,scale=192:144:flags=area:in_color_matrix=bt709:"
    "out_color_matrix=smpte170m,format=yuv420p"
)
X264 = ["-c:v", "libx264", "-preset", "superfast", "-crf", "20", "-g", "96", "-bf", "3",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]  # fmt: skip
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "3", "-g", "12", "-bf", "2", "-colorspace", "smpte170m",
         "-color_primaries", "smpte170m", "-color_trc", "smpte170m"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of ``scripts/match.py``: seconds, CPU seconds, bytes read, pairs, those right."""

    minutes: int
    seconds: float
    cpu: float
    read: int
    size: int
    pairs: int
    right: int


type Piece = tuple[Path, Path]


def make_pieces(folder: Path) -> tuple[list[Piece], Piece]:
    """Encode every variant of every clip, as wide and as DVD; last the clip that comes once."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = []
    for clip in (*CLIPS, ONCE):
        for n, variant in enumerate(VARIANTS if clip != ONCE else VARIANTS[:1]):
            wide, dvd = (folder / f"{clip}-{n}-{side}.mkv" for side in ("wide", "dvd"))
            pieces.append((wide, dvd))
            if wide.exists() and dvd.exists():
                continue
            master = ["-i", str(FOOTAGE / clip / "master.mkv")]
            shape = f"{variant},scale=1024:576,setpts=N/({RATE})/TB"
            split = f"[0:v]{shape},split[a][b];[a]{WIDE}[w];[b]{DVD}[d]"
            outputs = ["-map", "[w]", *X264, "-r", RATE, str(wide), "-map", "[d]", *MPEG2]
            call([*master, "-filter_complex", split, *outputs, "-r", RATE, str(dvd)])
    *often, once = pieces
    return [piece for n in range(len(VARIANTS)) for piece in often[n :: len(VARIANTS)]], once


def make_films(folder: Path, minutes: int) -> tuple[Path, Path, float]:
    """Join pieces to films of a length; returns them, and where the one clip begins, seconds."""
    pieces, once = make_pieces(folder / "pieces")
    leader = folder / "pieces" / "leader.mkv"
    if not leader.exists():
        source = f"testsrc2=s=192x144:r={RATE}:d={LEADER_SECONDS}"
        call(["-f", "lavfi", "-i", source, *MPEG2, str(leader)])
    films = folder / f"wide-{minutes}.mkv", folder / f"dvd-{minutes}.mkv"
    chosen, length, begins = [], 0.0, 0.0
    while length < minutes * 60:
        for piece in pieces:
            if once not in chosen and length >= minutes * 30 - 10:
                chosen.append(once)
                begins = length
                length += duration_of(once[0]) or 0.0
            chosen.append(piece)
            length += duration_of(piece[0]) or 0.0
            if length >= minutes * 60:
                break
    for side, film in enumerate(films):
        if film.exists():
            continue
        files = [*([leader] if side else []), *(piece[side] for piece in chosen)]
        listing = folder / "list.txt"
        listing.write_text("".join(f"file '{path}'\n" for path in files), encoding="utf-8")
        call(["-f", "concat", "-safe", "0", "-i", str(listing), "-c", "copy", str(film)])
    return *films, begins


def measure(folder: Path, minutes: int, *, traced: bool) -> Run:
    """Match ten seconds of the middle, from nothing; once more to count the bytes, if asked for."""
    wide, dvd, begins = make_films(folder, minutes)
    project = folder / f"project-{minutes}"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    start = int(begins) - 2
    stamp = f"{start // 3600:02d}:{start // 60 % 60:02d}:{start % 60:02d}"
    (project / "meme.toml").write_text(
        f'[sources]\nwide = "{wide}"\ndvd = "{dvd}"\n'
        f'[time]\nstart = "{stamp}"\nduration = "00:00:10"\n'
    )
    script = [sys.executable, str(REPO / "scripts" / "match.py"), str(project / "meme.toml")]
    clock = time.monotonic()
    cpu = _cpu(script, project)
    seconds = time.monotonic() - clock
    read = _bytes_read(script, project, (wide, dvd)) if traced else 0
    record = readers.match_record(load_project(project / "meme.toml"))
    return Run(
        minutes=minutes,
        seconds=seconds,
        cpu=cpu,
        read=read,
        size=wide.stat().st_size + dvd.stat().st_size,
        pairs=len(record.timeline),
        right=right_pairs(record),
    )


def _bytes_read(script: list[str], project: Path, films: tuple[Path, Path]) -> int:
    """Run a script from nothing under strace, and add up what it reads of the films."""
    trace = project / "trace.txt"
    shutil.rmtree(project / "work")
    calls = ["strace", "-f", "-qq", "-y", "-e", "trace=read,pread64,readv", "-o", str(trace)]
    subprocess.run([*calls, *script], check=True, capture_output=True)
    names = [f"<{film.resolve()}>" for film in films]
    read = sum(
        int(found[1])
        for line in trace.open(errors="replace")
        if any(name in line for name in names) and (found := re.search(r"= (\d+)$", line))
    )
    trace.unlink()
    return read


def measure_still(folder: Path, minutes: int) -> str:
    """Match the same ten seconds by a screenshot of their middle, beside decoding 3 % of the films.

    Args:
        folder: Where the films are.
        minutes: Which of them.

    Returns:
        A row: CPU seconds of `match.py`, those of the search for the still in it, those of decoding
        3 % of both films and all key frames of the wide by ffmpeg, frames off.
    """
    wide, dvd, begins = make_films(folder, minutes)
    project = folder / f"still-{minutes}"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    middle = begins + 2.5
    call(["-ss", str(middle), "-i", str(wide), "-frames:v", "1", str(project / "still.jpg")])
    (project / "meme.toml").write_text(
        f'[sources]\nwide = "{wide}"\ndvd = "{dvd}"\nreference = "still.jpg"\n'
        '[time]\nduration = "00:00:10"\n'
    )
    script = [sys.executable, str(REPO / "scripts" / "match.py"), str(project / "meme.toml")]
    found = _cpu(script, project)
    opened = load_project(project / "meme.toml")
    before = _own_cpu()
    find_start(opened, describe_film(wide), accept=False)
    search = _own_cpu() - before
    share = ["-t", str(minutes * 60 * STILL_SHARE), "-f", "null", "-"]
    decoded = sum(
        _cpu([find_ffmpeg(), "-ss", str(middle), "-i", str(film), *share], project)
        for film in (wide, dvd)
    )
    all_keys = ["-discard:v", "nokey", "-skip_frame", "nokey", "-i", str(wide)]
    keys = _cpu([find_ffmpeg(), *all_keys, "-map", "0:v:0", "-f", "null", "-"], project)
    record = readers.match_record(load_project(project / "meme.toml"))
    if record.reference is None or record.reference.wide.frame is None:
        raise SystemExit(f"{project}: the still was not found")
    section = record.wide.section
    still = float(section.start if section else 0) + record.reference.wide.frame / FPS
    off = round((still - middle) * FPS)
    return f"| {minutes} | {found:.1f} | {search:.1f} | {decoded:.1f} | {keys:.1f} | {off} |"


def _own_cpu() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in spent)


def _cpu(command: list[str], folder: Path) -> float:
    """Run a command; returns its CPU seconds, those of its children included."""
    told = folder / "cpu.txt"
    timed = ["/usr/bin/env", "time", "-f", "%U %S", "-o", str(told), *command]
    done = subprocess.run(timed, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return sum(float(part) for part in told.read_text().split())


def right_pairs(record: MatchRecord) -> int:
    """Count the pairs whose DVD frame lies as much later in its film as the leader is long."""
    offset = round(LEADER_SECONDS * FPS)
    begins = [
        round(float(side.section.start) * FPS) if side.section else 0
        for side in (record.wide, record.dvd)
    ]
    return sum(
        begins[1] + pair.dvd - (begins[0] + pair.wide) == offset for pair in record.timeline.pairs
    )


def table(runs: list[Run]) -> str:
    """Return the runs as a table."""
    lines = [
        "| film, minutes | match.py, s | CPU, s | bytes read, % | pairs | right |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {run.minutes} | {run.seconds:.1f} | {run.cpu:.1f} | {100 * run.read / run.size:.2f} "
        f"| {run.pairs} | {run.right / run.pairs:.4f} |"
        for run in runs
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print; write the page where one is named."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--minutes", type=int, nargs="+", default=[10, 60])
    made.add_argument("--cache", type=Path, required=True)
    made.add_argument("--still", action="store_true", help="also find them by a screenshot")
    made.add_argument("--no-bytes", action="store_true", help="do not count the bytes, by strace")
    made.add_argument("--page", type=Path)
    arguments = made.parse_args()
    cache = arguments.cache.resolve()
    traced = not arguments.no_bytes
    runs = [measure(cache, minutes, traced=traced) for minutes in arguments.minutes]
    text = table(runs)
    if arguments.still:
        rows = [measure_still(cache, minutes) for minutes in arguments.minutes]
        head = (
            "| film, minutes | match.py by a still, CPU s | of it to find the still, CPU s "
            "| decoding 3 %, CPU s | decoding all key frames, CPU s | frames off |"
        )
        text += "\n\n" + "\n".join([head, "|---|---|---|---|---|---|", *rows])
    sys.stdout.write(text + "\n")
    if arguments.page:
        minutes = " ".join(map(str, arguments.minutes))
        still = " --still" if arguments.still else ""
        command = f"uv run tests/bench/sync/sections.py --cache FOLDER --minutes {minutes}{still}"
        machine = f"{date.today()}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.0f}"
        page = f"# Benchmark: sections\n\n`{command}`, {machine}.\n\n{text}\n"
        arguments.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
