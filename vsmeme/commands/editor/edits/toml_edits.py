"""Values and entries into a `meme.toml` that a person wrote: what is not named stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, InlineTable, Table

from ....errors import UsageError

type Value = bool | int | float | str | list[float] | list[int]


def section_of(document: tomlkit.TOMLDocument, name: str) -> Table:
    """Return a section, made at the end of the file where there is none.

    Raises:
        UsageError: Something else bears its name.
    """
    if name not in document:
        document[name] = tomlkit.table()
    table = document[name]
    if isinstance(table, InlineTable):
        table = document[name] = table_of(table)
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
    """Return the entries of ``[[name]]``, to change in place; made where there are none.

    Raises:
        UsageError: Something else bears the name.
    """
    given = document.get(name)
    if isinstance(given, AoT):
        return given
    made = tomlkit.aot()
    for entry in entries_within(document, name):
        made.append(entry)
    if name in document:
        document.remove(name)
    document[name] = made
    return made


def entries_within(table: Table | tomlkit.TOMLDocument, name: str) -> list[Table]:
    """Return the entries of a list of tables; inline ones become tables of their own.

    Raises:
        UsageError: Something else bears the name.
    """
    given = table.get(name)
    if isinstance(given, AoT):
        return list(given)
    if given is None:
        return []
    if not isinstance(given, Array) or not all(isinstance(e, InlineTable) for e in given):
        raise UsageError(f"{name}: expected a list of tables")
    return [table_of(entry) for entry in given]


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
