"""`vsmeme verify`: the claims about a finished project."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..arguments import project_argument, scheduler_option


@click.command()
@project_argument
@scheduler_option
@click.option("--json", "as_data", is_flag=True, help="Print JSON instead of a table.")
def main(project: Path, as_data: bool, scheduler: str | None) -> int:
    """Check every claim about a finished project.

    Prints a table; the exit code is 1 where a claim does not hold.
    """
    from ...deliver.verify.verify import as_json, table, verify
    from ...project import load_project
    from ..cluster.distribute import distribute

    opened = load_project(project)
    distribute(opened, "verify", scheduler)
    claims = verify(opened)
    click.echo(json.dumps(as_json(claims), indent=1) if as_data else table(claims))
    return 0 if all(claim.passed for claim in claims) else 1
