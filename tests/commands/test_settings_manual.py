"""The page of settings is current and complete, and its examples are taken."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from pydantic import TypeAdapter

from vsmeme.commands.machine.settings_manual import section_keys, settings_manual
from vsmeme.config import Config

ROOT = Path(__file__).resolve().parents[2]


def sections(hint: Any = Config) -> Iterator[type]:  # noqa: ANN401 - any annotation
    """Every class of settings below an annotation, by a walk of its own."""
    if is_dataclass(hint) and isinstance(hint, type):
        yield hint
        for inner in get_type_hints(hint).values():
            yield from sections(inner)
    elif get_origin(hint) is not Literal:
        for inner in get_args(hint):
            yield from sections(inner)


PARTS = [section for section in sections() if section is not Config]


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == settings_manual(), (
        "run: vsmeme manual settings > docs/settings.md"
    )


def test_there_are_sections() -> None:
    assert {"SourceSetting", "Prompt", "FacePlacement", "OutputFile"} <= {p.__name__ for p in PARTS}
    assert len(PARTS) >= len(fields(Config))


@pytest.mark.parametrize("section", PARTS, ids=lambda section: section.__name__)
def test_every_key_says_what_it_means(section: type) -> None:
    """A key has a meaning, and an example unless it is a table of its own."""
    keys = section_keys(section)
    assert [key.name for key in keys] == [field.name for field in fields(section)]
    for key in keys:
        assert key.meaning.endswith("."), key.name
        assert key.example or "table" in key.value, key.name


@pytest.mark.parametrize("section", PARTS, ids=lambda section: section.__name__)
def test_examples_are_taken(section: type) -> None:
    """Those for special cases, too; whether files are there is not asked here."""
    text = "\n".join(f"{key.name} = {key.example}" for key in section_keys(section) if key.example)
    given = json.dumps(tomllib.loads(text))
    assert isinstance(TypeAdapter(section).validate_json(given, strict=True), section)


def test_the_page_shows_every_section_and_key() -> None:
    page = settings_manual()
    for section in PARTS:
        for field in fields(section):
            assert f"\n| `{field.name}` | " in page
    for head in ("[sources]", "[[shots]]", "[[segment.prompts]]", "[face.placement]"):
        assert f"\n## `{head}`\n" in page
