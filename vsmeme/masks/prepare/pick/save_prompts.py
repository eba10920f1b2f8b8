"""Prompts into `meme.toml`, which keeps its comments and everything else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from ....artifact import atomic_path, locked
from ....config import Prompt
from ....errors import UsageError


def save_prompts(file: Path, prompts: Sequence[Prompt]) -> None:
    """Write prompts into `[[segment.prompts]]`.

    Prompts of the same frame and region are replaced, others stay as they are.

    Args:
        file: The `meme.toml`.
        prompts: What to write; each names its frame.

    Raises:
        UsageError: The file cannot be read, or `segment` is not a table.
    """
    with locked(file):
        try:
            document = tomlkit.parse(file.read_text(encoding="utf-8"))
        except (OSError, TOMLKitError) as error:
            raise UsageError(f"{file}: {error}") from None
        section = document.setdefault("segment", tomlkit.table())
        if not isinstance(section, Table):
            raise UsageError(f"{file}: segment: expected a table")
        section["prompts"] = _merged(section.get("prompts"), prompts)
        with atomic_path(file) as part:
            part.write_text(tomlkit.dumps(document), encoding="utf-8")


def _merged(old: Any, prompts: Sequence[Prompt]) -> AoT:  # noqa: ANN401 - whatever TOML holds
    merged = tomlkit.aot()
    new = {(prompt.frame, prompt.region) for prompt in prompts}
    for entry in old or []:
        if (entry.get("frame"), entry.get("region", "foreground")) not in new:
            merged.append(entry if isinstance(entry, Table) else _table(dict(entry)))
    for prompt in prompts:
        values: dict[str, Any] = {"region": prompt.region, "frame": prompt.frame}
        if prompt.box:
            values["box"] = [_short(v) for v in prompt.box]
        for name in ("points", "background"):
            points = getattr(prompt, name)
            if points:
                values[name] = [[_short(v) for v in point] for point in points]
        if prompt.painted:
            values["painted"] = str(prompt.painted)
        merged.append(_table(values))
    return merged


def _table(values: dict[str, Any]) -> Table:
    table = tomlkit.table()
    for key, value in values.items():
        if value is not None:
            table.add(key, value)
    return table


def _short(value: float) -> float | int:
    rounded = round(float(value), 1)
    return int(rounded) if rounded == int(rounded) else rounded
