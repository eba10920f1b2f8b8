"""`vsmeme init`: a commented meme.toml from two files."""

from __future__ import annotations

from pathlib import Path

import click

from ...errors import UsageError
from ..arguments import FILE, verbose_option

SOURCE = click.Path(path_type=Path)


@click.command()
@click.argument("wide", type=SOURCE)
@click.argument("dvd", type=SOURCE)
@verbose_option
@click.option("--face", type=FILE, metavar="PICTURE", help="The silly face, PNG or JPEG.")
@click.option(
    "--start", metavar="HH:MM:SS", help="Where the scene begins. Default: before the middle."
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    help="How long it is.",
)
@click.option(
    "-o", "--output", type=FILE, default="meme.toml", show_default=True, help="Where to write."
)
def main(
    wide: Path, dvd: Path, face: Path | None, start: str | None, seconds: float, output: Path
) -> None:
    """Write a commented meme.toml for two releases of a film.

    WIDE is the widescreen release, DVD the open-matte one: a film, the folder or image of a disc, a
    folder or pattern of images, or a .vpy. Only their heads are read.
    """
    from ...artifact import atomic_path
    from ...config_file import load_config
    from ...progress import log
    from .settings_text import read_head, settings_text

    if output.exists():
        raise UsageError(f"{output}: is there already; choose another name with --output")
    heads = read_head(wide), read_head(dvd)
    text = settings_text(
        *heads, folder=output.absolute().parent, face=face, start=start, seconds=seconds
    )
    with atomic_path(output) as part:
        part.write_text(text, encoding="utf-8")
        try:
            load_config(part)
        except UsageError as error:
            raise UsageError(str(error).replace(str(part), str(output))) from None
    for role, head in zip(("wide", "dvd"), heads, strict=True):
        log.info("%s: %s", role, head.words)
    log.info("%s: written; next: vsmeme make %s", output, output)
