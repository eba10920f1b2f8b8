"""`vsmeme schema`: what a meme.toml may hold, for editors."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command()
def main() -> None:
    """Print the JSON schema of meme.toml, for editors.

    It is made from the classes that read the file, so it accepts what they accept.
    """
    click.echo(json.dumps(settings_schema(), indent=1))


def settings_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a ``meme.toml``."""
    from pydantic import TypeAdapter

    from ...config import Config

    schema = TypeAdapter(Config).json_schema()
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "meme.toml",
        "description": "The settings of a vsmeme project.",
    }
    return {**schema, **head}
