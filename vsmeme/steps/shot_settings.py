"""What ``[[shots]]`` says of single shots: which shot is meant, and that it can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..errors import UsageError
from ..pixels.rect import Rect
from ..placement.prepare.fine_alignment import Matrix
from ..placement.prepare.shot_placement import ShotPlacement
from ..settings.setting_values import seconds
from ..settings.source_settings import ShotSetting
from ..source.facts import SourceFacts
from ..sync.shots import Shots
from ..sync.timeline import Timeline

Settings = Mapping[int, ShotSetting]


def settings_by_shot(
    given: tuple[ShotSetting, ...],
    table: Timeline,
    shots: Shots,
    facts: tuple[SourceFacts, SourceFacts],
) -> Settings:
    """Find the shot that each entry means.

    Args:
        given: The entries.
        table: The match table.
        shots: Its shots.
        facts: Of the wide and of the DVD.

    Returns:
        The entries by the number of their shot.

    Raises:
        UsageError: An entry outside the table, two for one shot, a crop outside the picture.
    """
    result: dict[int, ShotSetting] = {}
    names: dict[int, int] = {}
    before = round(table.begins * table.fps)  # frames are named by the whole film's numbers
    first, last = before + table.pairs[0].wide, before + table.pairs[-1].wide
    for i, entry in enumerate(given):
        frame = entry.at if isinstance(entry.at, int) else round(seconds(entry.at) * table.fps)
        if not first <= frame <= last:
            raise UsageError(
                f"shots.{i}.at: expected a frame from {first} to {last} "
                f"({table.clock(0)} to {table.clock(len(table) - 1)}), got {entry.at}"
            )
        number = shots.index(frame - first)
        if number in result:
            shot = shots.shots[number]
            raise UsageError(
                f"shots.{i}.at: the shot from {table.clock(shot.first)} to "
                f"{table.clock(shot.last)} has an entry already, shots.{names[number]}"
            )
        for key, crop, source in (
            ("wide_crop", entry.wide_crop, facts[0]),
            ("dvd_crop", entry.dvd_crop, facts[1]),
        ):
            _check_crop(f"shots.{i}.{key}", crop, source)
        result[number], names[number] = entry, i
    return result


def _check_crop(name: str, crop: tuple[int, int, int, int] | None, source: SourceFacts) -> None:
    if crop is None:
        return
    x, y, w, h = crop
    if min(x, y) < 0 or min(w, h) < 1 or x + w > source.width or y + h > source.height:
        raise UsageError(
            f"{name}: expected (x, y, w, h) inside {source.width}x{source.height} that leaves a "
            f"picture, got {list(crop)}"
        )


def with_crops(placement: ShotPlacement, entry: ShotSetting | None) -> ShotPlacement:
    """Give a shot the crops of its entry."""
    if entry is not None and entry.wide_crop is not None:
        placement = replace(placement, wide_active=Rect.from_list(entry.wide_crop))
    if entry is not None and entry.dvd_crop is not None:
        placement = replace(placement, dvd_active=Rect.from_list(entry.dvd_crop))
    return placement


def with_given_map(
    placement: ShotPlacement, entry: ShotSetting | None, start: Matrix, aspect: float
) -> ShotPlacement:
    """Give a shot the scale and the shift of its entry; what it leaves out stays as measured.

    Args:
        placement: As measured.
        entry: Of ``[[shots]]``.
        start: Map of the shot where nothing was measured, decoded DVD to decoded wide.
        aspect: The DVD's sample aspect ratio.
    """
    if entry is None or (entry.scale is None and entry.shift is None):
        return placement
    matrix = (start if placement.matrix is None else placement.matrix).copy()
    if entry.scale is not None:
        area = placement.dvd_active
        middle = np.array([area.x + area.w / 2, area.y + area.h / 2])
        linear = np.diag([entry.scale * aspect, entry.scale])
        shift = matrix[:, :2] @ middle + matrix[:, 2] - linear @ middle
        matrix = np.column_stack([linear, shift])
    if entry.shift is not None:
        matrix[:, 2] = entry.shift
    return replace(placement, matrix=matrix, normals=[], given=True)
