"""`vsmeme script`: the graphs for vspipe and previewers."""

from __future__ import annotations

from pathlib import Path

import click

PACKAGE = Path(__file__).resolve().parents[2]
PLACES = (PACKAGE / "vpy", PACKAGE.parent / "scripts")  # of an installed package, of a checkout
NAMES = ("meme", "preview")


@click.command()
@click.argument("name", type=click.Choice(NAMES), default="meme")
def main(name: str) -> None:
    """Print where meme.vpy or preview.vpy lies, for vspipe.

    vspipe -c y4m -a project=meme.toml "$(vsmeme script meme)" - renders the meme into a pipe.
    """
    click.echo(graph_script(name))


def graph_script(name: str) -> Path:
    """Return the path of a graph.

    Args:
        name: "meme" or "preview".
    """
    places = [folder / f"{name}.vpy" for folder in PLACES]
    return next((place for place in places if place.is_file()), places[0])
