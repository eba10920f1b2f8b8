"""An edit decision list (CMX 3600): the wide's shots in the order of the result."""

from __future__ import annotations

from fractions import Fraction

from .takes import TakeList


def edl(takes: TakeList) -> str:
    """Return the list as text.

    Time codes count film frames without drops, at the rate rounded up to a whole number, as
    editing programs count 23.976.

    Args:
        takes: The cuts of a project.
    """
    lines = [f"TITLE: {takes.name}", "FCM: NON-DROP FRAME", ""]
    for number, take in enumerate(takes.takes, 1):
        source = (
            time_code(take.wide[0], takes.wide.fps),
            time_code(take.wide[1] + 1, takes.wide.fps),
        )
        record = time_code(take.first, takes.fps), time_code(take.last + 1, takes.fps)
        lines.append(f"{number:03d}  AX       V     C        {' '.join((*source, *record))}")
        lines.append(f"* FROM CLIP NAME: {takes.wide.path.name}")
        lines.append(f"* COMMENT: SHOT {take.shot}, {_dvd(take.dvd)}")
        lines.append("")
    return "\n".join(lines)


def _dvd(runs: tuple[tuple[int, int], ...]) -> str:
    if not runs:
        return "THE DVD IS ABSENT"
    return f"DVD FRAMES {runs[0][0]} TO {runs[-1][1]}"


def time_code(frame: int, fps: Fraction) -> str:
    """Return ``HH:MM:SS:FF`` of a frame number, without drops.

    Args:
        frame: The number.
        fps: Frames a second.
    """
    base = -(-fps.numerator // fps.denominator)
    seconds, frames = divmod(frame, base)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"
