"""Which part of the canvas is delivered, checked px by px in every frame.

    python tests/bench/deliver/frames.py PROJECT/meme.toml [...] [--padded FOLDER]

For each project: the frames in which the subject meets missing area within what ``auto`` delivers,
counted from the masks; padding delivered and real picture lost; and whether what ``safe`` delivers
shows no such place in any frame and is the largest rectangle of even sizes that doesn't, against
all of them. ``--padded`` makes an interview with 24 rows of padding from d2_meeting first, matches
it, and looks at what ``auto`` delivers of it. Exit code 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bench.whole.pairs import FOOTAGE
from vsmeme import stages
from vsmeme.ffmpeg import call
from vsmeme.pixels.rect import Rect
from vsmeme.project import Project, load_project

CUT_ROWS = 2  # of the DVD: the canvas grows about its centre by what then sticks out below
ROWS = 24
Mask = NDArray[np.bool_]


def padded(folder: Path) -> Path:
    """Write and match the interview whose DVD lacks its first rows; returns the meme.toml."""
    file = folder / "meme.toml"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pair = FOOTAGE / "d2_meeting"
        crop = f"crop=iw:ih-{CUT_ROWS}:0:{CUT_ROWS}"
        call(["-i", str(pair / "dvd.mkv"), "-vf", crop, "-c:v", "ffv1", str(folder / "dvd.mkv")])
        names = f'[sources]\nwide = "{pair / "widescreen.mp4"}"\ndvd = "dvd.mkv"\n'
        file.write_text(names + '[time]\nduration = 60\n[upscale]\nmodel = "bicubic"\n')
    command = [sys.executable, str(ROOT / "scripts" / "match.py"), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file


def real_lines(project: Project) -> tuple[Mask, int]:
    """Canvas px that are real in some frame, and how many frames there are."""
    missing = stages.missing(project)
    real = np.zeros((missing.height, missing.width), np.bool_)
    for frame in missing.frames(close=True):
        real |= np.asarray(frame[0]) == 0
    return real, missing.num_frames


def of_real_picture(project: Project, rect: Rect) -> tuple[str, bool]:
    """What a part of the canvas delivers that is never real, and loses that is."""
    real, _ = real_lines(project)
    inside = real[rect.y : rect.bottom, rect.x : rect.right]
    strips = int((~inside.any(1)).sum() + (~inside.any(0)).sum())
    lost = int(real.sum() - inside.sum())
    return f"{strips} lines of padding, {lost} real px lost", strips <= 1 and not lost


def contacts(project: Project) -> tuple[list[Mask], list[Mask]]:
    """For each frame the px whose neighbour above, and to the left, differs: subject and missing.

    A level contact at (y, x) lies between rows y - 1 and y, an upright one between columns.
    """
    seen = stages.masks(project)
    level, upright = [], []
    clips = (stages.missing(project), *seen)
    for frames in zip(*(clip.frames(close=True) for clip in clips), strict=True):
        empty, *subjects = (np.asarray(frame[0]) for frame in frames)
        lack = empty > 127
        subject = (np.maximum(*subjects) > 127) & ~lack
        down, across = np.zeros_like(lack), np.zeros_like(lack)
        down[1:] = subject[1:] & lack[:-1] | subject[:-1] & lack[1:]
        across[:, 1:] = subject[:, 1:] & lack[:, :-1] | subject[:, :-1] & lack[:, 1:]
        level.append(down)
        upright.append(across)
    return level, upright


def shows(rect: Rect, level: Mask, upright: Mask) -> bool:
    """Whether a contact lies within a rectangle."""
    if not rect.area:
        return False
    rows, columns = slice(rect.y, rect.bottom), slice(rect.x, rect.right)
    down = level[rect.y + 1 : rect.bottom, columns]
    return bool(down.any() or upright[rows, rect.x + 1 : rect.right].any())


def largest(within: Rect, level: Mask, upright: Mask) -> int:
    """Area of the largest rectangle of even sizes without a contact: every top with every end."""
    best = 0
    rows = range(within.y, within.bottom)
    columns = slice(within.x, within.right)
    for top in rows:
        blocked = np.zeros(within.w, np.bool_)
        cut = np.zeros(within.w, np.bool_)
        for bottom in range(top + 1, within.bottom + 1):
            if bottom - 1 > top:
                blocked |= level[bottom - 1, columns]
            cut |= upright[bottom - 1, columns]
            height = bottom - top
            if height % 2 == 0 and height * within.w > best:
                best = max(best, height * _widest(blocked, cut))
    return best


def _widest(blocked: Mask, cut: Mask) -> int:
    """The longest even run of columns without a blocked one, or a cut between two of them."""
    ends = np.flatnonzero(blocked)
    if not ends.size and not cut.any():
        return int(blocked.size // 2 * 2)
    # a blocked column ends a run before it and begins one after it; a cut begins one at itself
    edges = np.unique(np.concatenate([[0], ends, ends + 1, np.flatnonzero(cut), [blocked.size]]))
    lengths = np.diff(edges)
    free = ~blocked[edges[:-1]]
    return int(max((lengths[free] // 2 * 2).max(initial=0), 0))


def of_subject(project: Project) -> tuple[str, bool]:
    """What `auto` and `safe` deliver where the subject meets missing area."""
    level, upright = contacts(project)
    auto = stages.frame_choice(load_project(project.file, set_="output.frame=auto"))
    safe = stages.frame_choice(load_project(project.file, set_="output.frame=safe"))
    count = sum(shows(auto.rect, *pair) for pair in zip(level, upright, strict=True))
    cut_off = sum(shows(safe.rect, *pair) for pair in zip(level, upright, strict=True))
    best = largest(auto.rect, np.any(level, 0), np.any(upright, 0))
    told = (
        f"auto: {auto.cut_off} frames said, {count} counted; safe: {safe.rect.w}x{safe.rect.h}, "
        f"{cut_off} cut off, largest possible {best} px, delivered {safe.rect.area} px, "
        f"{safe.lost:.1%} lost"
    )
    return told, auto.cut_off == count and not cut_off and best == safe.rect.area


def main(argv: Sequence[str] | None = None) -> int:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", nargs="*", type=Path)
    parser.add_argument("--padded", type=Path)
    args = parser.parse_args(argv)
    right = True
    if args.padded:
        project = load_project(padded(args.padded))
        choice = stages.frame_choice(project, "composite")
        told, good = of_real_picture(project, choice.rect)
        print(f"padded interview: {choice.told()}; {told}", flush=True)
        right &= good and choice.canvas[1] - choice.rect.h == ROWS
    for path in args.projects:
        project = load_project(path)
        choice = stages.frame_choice(load_project(path, set_="output.frame=auto"))
        told, good = of_real_picture(project, choice.rect)
        cut, sound = of_subject(project)
        print(f"{project.folder.name}: {told}; {cut}", flush=True)
        right &= good and sound
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
