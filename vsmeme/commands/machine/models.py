"""`vsmeme models`: the networks of the manifest."""

from __future__ import annotations

import re

import click

from ...errors import UsageError


@click.group()
def main() -> None:
    """List, fetch, convert, measure and check networks."""


@main.command("list")
@click.option("--licences", "terms", is_flag=True, help="Licences of plugins and ffmpeg, too.")
def list_command(terms: bool) -> None:
    """Say what networks there are, which are here, and under which licence."""
    from ...networks.prepare.inspect_models import list_models
    from .licences import licences

    if terms:
        for row in licences():
            click.echo(f"{row.topic:8} {row.name:26} {row.terms:32} {row.source}")
    else:
        click.echo("\n".join(list_models()))


@main.command("fetch")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def fetch_command(names: tuple[str, ...]) -> None:
    """Download networks; an interrupted download goes on, and the hash is checked."""
    from ...networks.prepare.download import fetch_model

    for name in names:
        click.echo(fetch_model(name))


@main.command("convert")
@click.argument("names", nargs=-1, metavar="[NAME...]")
def convert_command(names: tuple[str, ...]) -> None:
    """Make ONNX files out of installed packages, without network."""
    from ...networks.prepare.convert_models import convert_model, convertible

    for name in names or convertible():
        click.echo(convert_model(name))


@main.command("check")
@click.argument("names", nargs=-1, metavar="[NAME...]")
def check_command(names: tuple[str, ...]) -> int:
    """Check whether what is there is whole, and runs; exit code 2 where not."""
    from ...networks.prepare.inspect_models import check_models

    faults = check_models(list(names))
    click.echo("\n".join(faults) or "every model that is there is whole and runs")
    return 2 if faults else 0


@main.command("measure")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def measure_command(names: tuple[str, ...]) -> None:
    """Measure the receptive radius of networks whose graph doesn't tell."""
    from ...networks.prepare.inspect_models import measure_model

    for name in names:
        click.echo(measure_model(name))


@main.command("engine")
@click.argument("name")
@click.argument("size", metavar="WIDTHxHEIGHT")
@click.option("--backend", default="trt", show_default=True)
@click.option("--fp16", is_flag=True, help="Half precision.")
def engine_command(name: str, size: str, backend: str, fp16: bool) -> None:
    """Build an engine for TensorRT or MIGraphX, for one picture size."""
    from ...networks.backend import find_backend
    from ...networks.manifest import find_model
    from ...networks.prepare.engine_builders import build_engine

    sides = re.fullmatch(r"(\d+)x(\d+)", size)
    if not sides:
        raise UsageError(f"engine: expected NAME WIDTHxHEIGHT, got {name} {size}")
    where = (int(sides[1]), int(sides[2]))
    click.echo(build_engine(find_model(name), find_backend(backend), size=where, half=fp16))
