"""Placements of the face picture in a `meme.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array

from ....sync.shots import Shot
from .toml_edits import section_of, table_of

KEY = "placement"


def put_placement(
    document: tomlkit.TOMLDocument, shot: Shot, values: Mapping[str, Any] | None, *, alone: bool
) -> None:
    """Write the placement of one shot.

    Args:
        document: The `meme.toml`.
        shot: The shot.
        values: Centre, width, angle and frame; None takes the shot's own placement out.
        alone: Whether it is the film's only shot: then the placement is one table, not a list.
    """
    section = section_of(document, "face")
    given = section.get(KEY)
    entries = list(given) if isinstance(given, AoT | Array) else [given] if given else []
    others = [entry for entry in entries if not _is_of(entry, shot, alone=alone)]
    if values is not None:
        if alone or not others:
            section.pop(KEY, None)
            section[KEY] = table_of(values)
            return
        others.append(table_of(values))
    section.pop(KEY, None)
    if not others:
        return
    made = tomlkit.aot()
    for entry in others:
        made.append(table_of(entry))
    section[KEY] = made


def _is_of(entry: Mapping[str, Any], shot: Shot, *, alone: bool) -> bool:
    frame = entry.get("frame")
    return alone if frame is None else shot.first <= int(frame) <= shot.last
