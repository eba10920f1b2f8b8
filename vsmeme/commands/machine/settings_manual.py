"""The page of settings, from the classes that read a ``meme.toml`` and their docstrings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, MinLen
from pydantic import TypeAdapter

from ...config import Config

HEAD = """\
# Settings: meme.toml

This page is what `vsmeme manual settings` prints. A `meme.toml` needs the two releases; everything
else has a default. Unknown keys are errors. Paths, those of models too, are relative to the file,
and `~` is the home folder. Windows paths stand in single quotes. Commands take the file or its
folder; without either they take the `meme.toml` of the current folder. `vsmeme schema` prints the
same keys for editors, and `vsmeme init` writes a first file.

The examples show how a value is written; together they make no sensible project.
[What the formats of files hold](how/delivery.md#formats).
"""
PLAIN = {
    int: "whole number",
    float: "number",
    str: "text",
    bool: "`true`, `false`",
    Path: "file",
}
PARTS = re.compile(
    r"(?P<meaning>.*?)(?: Unit: (?P<unit>[^.]+)\.)?(?: Default: (?P<default>.*?)\.)?"
    r"(?: Example(?:, (?P<case>[^:]+))?: (?P<example>.+)\.)?$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingKey:
    """One key as the page shows it.

    Attributes:
        name: The key.
        value: What is accepted.
        default: What holds without it.
        unit: Of the number; empty where it has none.
        meaning: What it does.
        example: A value of TOML; empty without one.
        case: What the example is for, where it needs something special.
    """

    name: str
    value: str
    default: str
    unit: str
    meaning: str
    example: str
    case: str


def settings_manual() -> str:
    """Return the page of every key, in Markdown."""
    parts = [HEAD]
    hints = get_type_hints(Config, include_extras=True)
    for field in fields(Config):  # type: ignore[arg-type]
        parts.extend(_section(hints[field.name], field.name))
    return "\n".join(parts)


def section_keys(section: Any) -> list[SettingKey]:  # noqa: ANN401 - any class of settings
    """Return the keys of a section, in the order of the class."""
    texts = TypeAdapter(section).json_schema()["properties"]
    hints = get_type_hints(section, include_extras=True)
    keys = []
    for field in fields(section):
        parts = PARTS.fullmatch(" ".join(texts[field.name].get("description", "").split()))
        known = parts.groupdict(default="") if parts else dict.fromkeys(PARTS.groupindex, "")
        default = _default(field.default, known.pop("default"))
        keys.append(
            SettingKey(name=field.name, value=_value(hints[field.name]), default=default, **known)
        )
    return keys


def _section(hint: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - any annotation
    """Yield the heading, table and example of a section, then those of its parts."""
    section = _part(hint)
    head = f"[[{name}]]" if get_origin(hint) is tuple else f"[{name}]"
    keys = section_keys(section)
    yield f"## `{head}`\n\n{' '.join((section.__doc__ or '').split())}\n"
    yield "| key | value | default | unit | meaning |\n|---|---|---|---|---|"
    for key in keys:
        cells = (f"`{key.name}`", key.value, key.default, key.unit, key.meaning)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield f"\n```toml\n{head}"
    for key in keys:
        if key.example:
            line = f"{key.name} = {key.example}"
            yield f"# {line}  # {key.case}" if key.case else line
    yield "```\n"
    hints = get_type_hints(section, include_extras=True)
    for key in keys:
        if _part(hints[key.name]) is not None:
            yield from _section(hints[key.name], f"{name}.{key.name}")


def _part(hint: Any) -> Any:  # noqa: ANN401 - any annotation
    """Return the section that an annotation holds: itself, or several, or one or none."""
    if is_dataclass(hint):
        return hint
    parts = (_part(inner) for inner in get_args(hint)) if get_origin(hint) is not Literal else ()
    return next((part for part in parts if part is not None), None)


def _default(value: object, words: str) -> str:
    if value is MISSING:
        return "needed"
    if value is None or value == ():
        return words or "none"
    return ", ".join(filter(None, (f"`{json.dumps(value)}`", words)))


def _value(hint: Any) -> str:  # noqa: ANN401 - any annotation
    """Say in words what an annotation accepts."""
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return "a table"
    if origin is Literal:
        return ", ".join(f"`{json.dumps(name)}`" for name in inner)
    if origin is Annotated:
        return _value(inner[0]) + _bounds(inner[1:])
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_value(part) for part in inner if part is not NoneType))
    if origin is tuple and inner[1:] == (...,):
        of = _value(inner[0])
        return "list of " + {"a table": "tables", "file": "files"}.get(of, of)
    if origin is tuple:
        return "`[x, y, w, h]`" if len(inner) == 4 else "`[x, y]`"
    return PLAIN[hint]


def _bounds(metadata: tuple[Any, ...]) -> str:
    """Say the bounds of a number; patterns and lengths are left to the meaning."""
    found = [rule for field in metadata for rule in getattr(field, "metadata", [field])]
    low = next((f"{rule.ge:g}" for rule in found if isinstance(rule, Ge)), "")
    above = next((f"{rule.gt:g}" for rule in found if isinstance(rule, Gt)), "")
    high = next((f"{rule.le:g}" for rule in found if isinstance(rule, Le)), "")
    if any(isinstance(rule, MinLen) for rule in found):
        return ""
    if low and high:
        return f", {low} to {high}"
    words = [f"at least {low}" * bool(low), f"above {above}" * bool(above)]
    words.append(f"at most {high}" * bool(high))
    return "".join(f", {word}" for word in words if word)
