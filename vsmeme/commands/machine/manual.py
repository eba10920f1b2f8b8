"""`vsmeme manual`: every command and option, or every setting, as a page."""

from __future__ import annotations

from collections.abc import Iterator

import click

HEAD = """\
# Commands

This page is what `vsmeme manual` prints. In a checkout a command is `.uv/bin/uv run vsmeme NAME`,
and the file of its name in `scripts/` does the same. Every command exits 0 when done, 2 with one
line for what you can mend, 1 for a fault of ours, and 130 when interrupted. What the commands make:
[what each step makes](scripts.md).
"""


@click.command()
@click.argument("page", type=click.Choice(["commands", "settings"]), default="commands")
def main(page: str) -> None:
    """Print every command, or every setting, as a page.

    It is Markdown: docs/commands.md and docs/settings.md are made by it.
    """
    from .settings_manual import settings_manual

    click.echo(manual() if page == "commands" else settings_manual(), nl=False)


def manual() -> str:
    """Return the page, in Markdown."""
    from ..group import SECTIONS, load_command

    parts = [HEAD]
    for title, rows in SECTIONS.items():
        parts.append(f"## {title}\n")
        for name in rows:
            parts.extend(_described(load_command(name), f"vsmeme {name}"))
    return "\n".join(parts)


def _described(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    paragraphs = (command.help or "").strip().split("\n\n")
    yield f"### `{usage}`\n"
    yield from (f"{' '.join(paragraph.split())}\n" for paragraph in paragraphs)
    records = [
        record
        for option in command.params
        if (record := option.get_help_record(context)) is not None and record[1]
    ]
    if records:
        yield "| option | meaning |\n|---|---|"
        rows = (f"| `{name}` | {' '.join(text.split())} |" for name, text in records)
        yield "\n".join(rows) + "\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            if part is not None:
                yield from _described(part, f"{path} {name}")
