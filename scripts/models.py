"""List, fetch, convert and check the models of models/manifest.toml."""

from __future__ import annotations

import argparse
import sys

from vsmeme.cli import run
from vsmeme.model import read_manifest
from vsmeme.prepare import models


def main(argv: list[str]) -> int:
    """Run one of the commands and return the exit code."""
    arguments = _parser().parse_args(argv)
    if arguments.command == "convert":
        for name in arguments.names or _converted():
            print(models.convert_model(name))
    return 0


def _converted() -> list[str]:
    return [name for name, entry in read_manifest().items() if entry.converted]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    convert = commands.add_parser("convert", help="make ONNX files from installed packages")
    convert.add_argument("names", nargs="*", metavar="NAME", help="default: all that can be made")
    return parser


if __name__ == "__main__":
    sys.exit(run(main))
