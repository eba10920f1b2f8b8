"""`vsmeme` itself: the list of its commands, and how they are loaded and run."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NamedTuple

import click

from .. import __version__
from ..errors import UsageError
from .exits import run


class Row(NamedTuple):
    """One command: its module below this package, and its line in the list."""

    module: str
    summary: str


SECTIONS = {
    "Begin": {
        "init": Row("project.init", "Write a commented meme.toml for two releases of a film."),
        "demo": Row("project.demo", "Make a pair with known truth, and the whole meme of it."),
    },
    "Make": {
        "make": Row("steps.make", "Make whatever is missing or stale, in order."),
        "match": Row("steps.match", "Match the wide and the DVD: pairs, shots, placement, colour."),
        "learn": Row("steps.learn", "Decide what upscales the bands; learn it from the film."),
        "segment": Row("steps.segment", "Make the masks of foreground and face."),
        "inpaint": Row("steps.inpaint", "Make the plate of every shot: one generation at most."),
        "track": Row("steps.track", "Follow the face and the foreground; lay the picture on."),
        "export": Row("steps.export", "Render the meme, or what [output] asks for."),
    },
    "Hand over": {
        "exchange": Row("project.exchange", "Write cuts, placement and tracks for other programs."),
        "cube": Row("project.cube", "Write the colours as .cube files."),
    },
    "Look": {
        "edit": Row("project.edit", "Look at a project and change it on a local page."),
        "report": Row("project.report", "Write one page about a project."),
        "verify": Row("project.verify", "Check every claim about a finished project."),
    },
    "Machine": {
        "doctor": Row("machine.doctor", "Say what works here, what is slow, and what to install."),
        "models": Row("machine.models", "List, fetch, convert, measure and check networks."),
        "script": Row("machine.script", "Print where meme.vpy or preview.vpy lies, for vspipe."),
        "schema": Row("machine.schema", "Print the JSON schema of meme.toml, for editors."),
        "completion": Row("machine.completion", "Print a shell's completion, to be sourced."),
        "manual": Row("machine.manual", "Print every command, or every setting, as a page."),
    },
}
COMMANDS = {name: row for section in SECTIONS.values() for name, row in section.items()}


class CommandGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the list."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        for title, rows in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, row.summary) for name, row in rows.items()])


def load_command(name: str) -> click.Command:
    """Import a command's module and return its command."""
    module = import_module(f".{COMMANDS[name].module}", __package__)
    command: click.Command = module.main
    return command


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="For a first look, from nothing: vsmeme demo",
)
@click.version_option(__version__, message="vsmeme %(version)s")
def vsmeme() -> None:
    """Rebuild a film's full picture from two releases, and make a meme of it."""


def main() -> int:
    """Run `vsmeme` with the arguments of this process; return the exit code."""
    calm_products()
    return run(lambda argv: invoke(vsmeme, argv, name="vsmeme"))


def run_script(name: str) -> int:
    """Run one command with the arguments of this process, as a script of that name does."""
    calm_products()
    return run(lambda argv: invoke(load_command(name), argv, name=f"vsmeme {name}"))


def calm_products() -> None:
    """Let NumPy compute each product of matrices in one thread, unless the environment says else.

    They are many and small. More threads only wait for each other, all the more where other work
    runs: a solve of 370 unknowns takes 2 ms of CPU so, 29 ms with two threads on two busy cores.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is loaded


def invoke(command: click.Command, argv: list[str], *, name: str) -> int:
    """Run a command and return its exit code.

    Args:
        command: What to run.
        argv: Its arguments.
        name: How it is called, for its help.

    Raises:
        UsageError: The arguments are not what it takes.
        KeyboardInterrupt: It was stopped.
    """
    if not argv and isinstance(command, click.Group):
        argv = ["--help"]
    try:
        code = command.main(argv, prog_name=name, standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else name
        raise UsageError(f"{path}: {error.format_message()} See: {path} --help") from None
    sys.stdout.flush()
    return code if isinstance(code, int) else 0
