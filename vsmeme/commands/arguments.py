"""Arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from ..progress import start_log

FILE = click.Path(path_type=Path, dir_okay=False)


def verbose_option[F: Callable[..., object]](function: F) -> F:
    """Add ``-v``."""
    option = click.option(
        "-v", "--verbose", is_flag=True, expose_value=False, help="Log more.",
        callback=lambda _context, _option, given: start_log(verbose=given),
    )  # fmt: skip
    return option(function)


def _prepared(_context: click.Context, _argument: click.Parameter, path: Path) -> Path:
    """Leave the core a small cache before anything opens a film."""
    from ..memory import limit_cache

    limit_cache()
    return path


def project_argument[F: Callable[..., object]](function: F) -> F:
    """Add the ``meme.toml`` that a command works on, and ``-v``."""
    argument = click.argument(
        "project",
        default="meme.toml",
        type=click.Path(path_type=Path),
        metavar="[MEME.TOML]",
        callback=_prepared,
    )
    return argument(verbose_option(function))


def scheduler_option[F: Callable[..., object]](function: F) -> F:
    """Add ``--scheduler``."""
    option = click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Share the work through Dask's scheduler there; local:N for N processes here.",
    )
    return option(function)
