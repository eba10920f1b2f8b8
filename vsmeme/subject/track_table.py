"""A region's track as comma-separated values: out to other programs, and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path

from ..errors import UsageError
from ..pixels.matrix import Matrix33
from .track import Pose, Region

MATRIX = tuple(f"m{row}{column}" for row in range(3) for column in range(3))
TRACK_COLUMNS = ("frame", "key", *MATRIX, "confidence")
"""Frame and key are pair numbers; the matrix brings edge coordinates of the key frame's canvas to
those of the frame's; the confidence is 0 to 1."""


def track_csv(region: Region) -> str:
    """Return one row a frame in which the region is tracked, the names of the columns first."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(TRACK_COLUMNS)
    for pose in region.poses:
        key = region.keys[0] if pose.key is None else pose.key
        numbers = [format(value, ".17g") for row in pose.matrix for value in row]
        rows.writerow((pose.frame, key, *numbers, format(pose.confidence, ".6g")))
    return text.getvalue()


def read_track(path: Path, region: Region, *, frames: int) -> Region:
    """Return a region that moves as a file says.

    Args:
        path: What `track_csv` writes; ``key`` and ``confidence`` may be left out.
        region: The measured region; its key frames and what lies on them stay.
        frames: How many pairs there are.

    Raises:
        UsageError: A column, a number or a key is not what it must be; names the line.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        lacking = [name for name in ("frame", *MATRIX) if name not in (table.fieldnames or ())]
        if lacking:
            raise UsageError(f"{path}: lacks the columns {', '.join(lacking)}")
        poses: dict[int, Pose] = {}
        for number, row in enumerate(table, 2):
            pose = _pose(row, f"{path}: line {number}", region, frames)
            if pose.frame in poses:
                raise UsageError(f"{path}: line {number}: frame {pose.frame} comes twice")
            poses[pose.frame] = pose
    return replace(region, poses=tuple(poses[n] for n in sorted(poses)))


def _pose(row: Mapping[str, str | None], where: str, region: Region, frames: int) -> Pose:
    try:
        frame = int(row["frame"] or "")
        key = int(row.get("key") or region.keys[0])
        values = [float(row[name] or "") for name in MATRIX]
        confidence = float(row.get("confidence") or 1)
    except (ValueError, IndexError):
        raise UsageError(
            f"{where}: expected numbers, got {', '.join(map(str, row.values()))}"
        ) from None
    if not 0 <= frame < frames:
        raise UsageError(f"{where}: frame: expected a pair below {frames}, got {frame}")
    if key not in region.keys:
        raise UsageError(f"{where}: key: expected one of {list(region.keys)}, got {key}")
    if not (all(map(isfinite, values)) and 0 <= confidence <= 1):
        raise UsageError(f"{where}: expected finite numbers and a confidence of 0 to 1")
    matrix: Matrix33 = (
        (values[0], values[1], values[2]),
        (values[3], values[4], values[5]),
        (values[6], values[7], values[8]),
    )
    return Pose(frame=frame, matrix=matrix, confidence=confidence, key=key)
