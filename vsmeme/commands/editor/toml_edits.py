"""Values and entries into a `meme.toml` that a person wrote: what is not named stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, InlineTable, Table

from ...errors import UsageError

type Value = bool | int | float | str | list[float] | list[int]


def section_of(document: tomlkit.TOMLDocument, name: str) -> Table:
    """Return a section, made at the end of the file where there is none.

    Raises:
        UsageError: Something else bears its name.
    """
    if name not in document:
        document[name] = tomlkit.table()
    table = document[name]
    if not isinstance(table, Table):
        raise UsageError(f"{name}: expected a table")
    return table


def put_value(document: tomlkit.TOMLDocument, section: str, key: str, value: Value | None) -> None:
    """Set a key of a section; None removes it, and the default holds."""
    if value is None:
        if section in document:
            section_of(document, section).pop(key, None)
        return
    section_of(document, section)[key] = value


def entries_of(document: tomlkit.TOMLDocument, name: str) -> AoT:
    """Return the entries of ``[[name]]``; inline ones become tables of their own.

    Raises:
        UsageError: Something else bears the name.
    """
    given = document.get(name)
    if isinstance(given, AoT):
        return given
    made = tomlkit.aot()
    if given is not None and not isinstance(given, Array):
        raise UsageError(f"{name}: expected a list of tables")
    for entry in given or ():
        if not isinstance(entry, InlineTable):
            raise UsageError(f"{name}: expected a list of tables")
        made.append(table_of(entry))
    if name in document:
        document.remove(name)
    document[name] = made
    return made


def table_of(values: Mapping[str, Any]) -> Table:
    """Return a table of the values that are not None."""
    table = tomlkit.table()
    for key, value in values.items():
        if value is not None:
            table.add(key, value)
    return table


def short(value: float, digits: int = 1) -> float | int:
    """Round for people: whole numbers without a point."""
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded
