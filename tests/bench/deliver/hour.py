"""Memory of an export with GIF and WebP against the film's length, up to an hour.

    uv run tests/bench/deliver/hour.py [MINUTES ...]
    uv run tests/bench/deliver/hour.py --animations [MINUTES ...]

The films are drawn by ffmpeg (256x144, 1 frame a second) and their match is the truth; the export
runs in a process of its own, whose memory is read from /proc with that of its children. Of such
small frames each source would keep thousands before the bound of its cache is reached; here it is
2 MiB, so that anything else that grows shows. With `--animations` the film is drawn by the graph
and written as GIF and WebP alone, which is quicker.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import vapoursynth as vs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes.encoded import small_frames
from scenes.long_films import long_film

from vsmeme.deliver.export.animations import write_animation
from vsmeme.deliver.export.formats.base import Quality
from vsmeme.deliver.export.formats.choose import FORMATS
from vsmeme.deliver.export.planned_files import PlannedFile

FPS = 1
EXPORT = """\
import sys
from vsmeme.source import files
files.SOURCE_MIB = 2
from vsmeme.commands.group import main
sys.exit(main())
"""
SETTINGS = """\
[colour]
match = false
[output]
until = "composite"
gif_fps = 1
gif_width = 160
[[output.files]]
format = "webp"
"""


def resident(pid: int) -> dict[str, float]:
    """Memory of a process, and of the ffmpegs that it runs, MiB."""
    found: dict[str, float] = {}
    for each in (pid, *_children(pid)):
        try:
            status = Path(f"/proc/{each}/status").read_text()
        except OSError:
            continue
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        name = "ffmpeg" if "ffmpeg" in lines["Name"] else "python"
        if name == "python" and each != pid:
            continue  # its copy, for the moment until it becomes another program
        kib = int(lines.get("VmRSS", "0").split()[0])
        found[name] = found.get(name, 0.0) + kib / 1024
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        direct = [int(n) for task in tasks for n in (task / "children").read_text().split()]
    except OSError:
        return []
    return [child for n in direct for child in (n, *_children(n))]


def peaks_of(command: list[str]) -> dict[str, float]:
    """Run a command and return the most memory that it took, MiB."""
    peaks = {"python": 0.0, "ffmpeg": 0.0}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            for name, mib in resident(process.pid).items():
                peaks[name] = max(peaks[name], mib)
            time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{command}: {process.returncode}")
    return peaks


def animate(folder: Path, frames: int) -> None:
    """Draw a film and write it as GIF and WebP."""
    core = vs.core
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=160, height=90, length=frames, fpsnum=FPS, fpsden=1, keep=True
    )
    square = "X N 3 * 160 % - abs 14 < Y 45 - abs 14 < and"
    luma = f"{square} 52000 X 150 * N {frames} / 9000 * + 8000 + ?"
    clip = core.akarin.Expr(blank, [luma, "N 40 * 18000 % 24000 +", "32768"])
    clip = clip.std.SetFrameProps(
        _Matrix=1, _Primaries=1, _Transfer=1, _Range=int(vs.RANGE_LIMITED)
    )
    _, plan, track, pieces = small_frames(
        clip, folder, width=160, fps=Fraction(FPS), count=frames // 40
    )
    for name in ("gif", "webp"):
        quality = Quality(crf=FORMATS[name].crf or 0, depth=8, alpha=False)
        path = folder / f"a.{name}"
        file = PlannedFile(form=FORMATS[name], picture="final", path=path, quality=quality)
        write_animation(file, pieces, track, plan, megabytes=None)


def animations(minutes: list[float]) -> None:
    """Print a row a length, of GIF and WebP alone."""
    print("| minutes | frames | python, MiB | ffmpeg, MiB | GIF, MB | WebP, MB |")
    print("|---|---|---|---|---|---|")
    for length in minutes:
        frames = round(length * 60) * FPS
        with tempfile.TemporaryDirectory() as place:
            peaks = peaks_of([sys.executable, __file__, "--child", place, str(frames)])
            sizes = [(Path(place) / f"a.{name}").stat().st_size / 1e6 for name in ("gif", "webp")]
        cells = [f"{length:g}", str(frames), *(f"{peaks[k]:.0f}" for k in ("python", "ffmpeg"))]
        print(f"| {' | '.join([*cells, *(f'{size:.1f}' for size in sizes)])} |", flush=True)


def main(minutes: list[float]) -> None:
    """Print a row a length."""
    print("| minutes | frames | python, MiB | ffmpeg, MiB | GIF, MB | WebP, MB | CPU, s |")
    print("|---|---|---|---|---|---|---|")
    for length in minutes:
        with tempfile.TemporaryDirectory() as place:
            frames = round(length * 60) * FPS
            project = long_film(Path(place), frames=frames, fps=Fraction(FPS), settings=SETTINGS)
            command = [sys.executable, "-P", "-c", EXPORT, "export", str(project.file)]
            peaks = peaks_of(command)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            sizes = [
                (project.out / name).stat().st_size / 1e6 for name in ("meme.gif", "composite.webp")
            ]
            cells = [f"{length:g}", str(frames)]
            cells += [f"{peaks[name]:.0f}" for name in ("python", "ffmpeg")]
            cells += [f"{size:.1f}" for size in sizes]
            print(f"| {' | '.join([*cells, f'{used.ru_utime + used.ru_stime:.0f}'])} |", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[:1] == ["--child"]:
        animate(Path(given[1]), int(given[2]))
    elif given[:1] == ["--animations"]:
        animations([float(n) for n in given[1:]] or [5, 60])
    else:
        main([float(n) for n in given] or [10, 60])
