"""`vsmeme completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def main(shell: str) -> None:
    """Print a shell's completion, to be sourced.

    bash: eval "$(vsmeme completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc;
    fish: vsmeme completion fish > ~/.config/fish/completions/vsmeme.fish
    """
    from ..group import vsmeme

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(vsmeme, {}, "vsmeme", "_VSMEME_COMPLETE").source())
