"""`vsmeme doctor`: what works here, what is slow, what to install."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

MARKS = {"ok": "ok", "slow": "slow", "off": "-", "missing": "MISSING"}


@click.command()
@click.option("--json", "as_data", is_flag=True, help="Print JSON instead of a table.")
def main(as_data: bool) -> int:
    """Say what works here, what is slow, and what to install.

    The exit code is 2 where something is missing that everything needs.
    """
    from .checks import examine

    findings = list(examine(Path.cwd()))
    missing = [finding.name for finding in findings if finding.state == "missing"]
    if as_data:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
        return 2 if missing else 0
    for topic, rows in groupby(findings, key=lambda finding: finding.topic):
        click.echo(topic)
        for row in rows:
            click.echo(f"  {row.name:14} {MARKS[row.state]:8} {row.text}")
    click.echo(f"missing: {', '.join(missing)}" if missing else "everything that is needed is here")
    return 2 if missing else 0
