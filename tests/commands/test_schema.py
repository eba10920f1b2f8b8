"""`vsmeme schema`: editors accept what the package accepts, and refuse what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from vsmeme.commands.machine.schema import settings_schema
from vsmeme.config import Config

HEAD = '[sources]\nwide = "a.mkv"\ndvd = "b.mkv"\n'
GOOD = (
    HEAD,
    HEAD + '[time]\nstart = "00:41:20.000"\nduration = 240\n[output]\ngif_width = 480\n',
    HEAD + '[[shots]]\nat = 5\nwide_crop = [0, 1, 2, 3]\n[foreground]\ncolour = "#ff00aa"\n',
)
BAD = (
    "",
    HEAD + "[output]\ngif_widht = 480\n",
    HEAD + '[foreground]\ncolour = "pink"\n',
    HEAD + "[segment]\nfeather = 65\n",
    HEAD + '[upscale]\nbackend = "magic"\n',
)


def valid(text: str) -> bool:
    data: Any = tomllib.loads(text)
    return bool(Draft202012Validator(settings_schema()).is_valid(data))


def test_it_is_a_schema_of_every_section() -> None:
    command = [sys.executable, "-m", "vsmeme", "schema"]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path.home())
    schema = json.loads(out.stdout)
    Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == {field.name for field in fields(Config)}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("text", GOOD)
def test_what_loads_is_valid(text: str) -> None:
    assert valid(text)


@pytest.mark.parametrize("text", BAD)
def test_what_does_not_load_is_not(text: str) -> None:
    assert not valid(text)
