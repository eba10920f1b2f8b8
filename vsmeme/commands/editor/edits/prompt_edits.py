"""Prompts into a `meme.toml`: those of the same frame and region are replaced, others stay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import tomlkit
from tomlkit.items import Table

from ....settings.subject_settings import Prompt
from .toml_edits import entries_within, section_of, short, table_of

type PromptKey = tuple[int | None, str]


def put_prompts(
    document: tomlkit.TOMLDocument, prompts: Sequence[Prompt], removed: Collection[PromptKey] = ()
) -> None:
    """Write prompts into `[[segment.prompts]]`.

    Args:
        document: The `meme.toml`.
        prompts: What to write; each names its frame, and a painted mask as the file shall.
        removed: Frame and region of prompts to take out.

    Raises:
        UsageError: `segment` is not a table.
    """
    section = section_of(document, "segment")
    new = {(prompt.frame, prompt.region) for prompt in prompts} | set(removed)
    merged = tomlkit.aot()
    for entry in entries_within(section, "prompts"):
        if (entry.get("frame"), entry.get("region", "foreground")) not in new:
            merged.append(entry)
    for prompt in prompts:
        merged.append(_table(prompt))
    section.pop("prompts", None)
    if merged:
        section["prompts"] = merged


def _table(prompt: Prompt) -> Table:
    values: dict[str, Any] = {"region": prompt.region, "frame": prompt.frame}
    if prompt.box:
        values["box"] = [short(v) for v in prompt.box]
    for name in ("points", "background"):
        points = getattr(prompt, name)
        if points:
            values[name] = [[short(v) for v in point] for point in points]
    if prompt.painted:
        values["painted"] = prompt.painted.as_posix()
    return table_of(values)
