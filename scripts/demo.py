"""Make a pair with known truth, run everything on it, and tell how close it came.

The pair is made of photographs that come inside scikit-image: Eileen Collins (NASA, public domain)
before the launch of DSCOVR (SpaceX, CC0). The silly face is drawn here.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import make

from vsmeme.cli import run
from vsmeme.deliver.before_after import before_after
from vsmeme.demo import scene_truth
from vsmeme.demo.scene import Grade, Scene
from vsmeme.demo.scene_project import write_film
from vsmeme.errors import UsageError
from vsmeme.progress import log
from vsmeme.project import load_project

SCENE = Scene(
    art="photo", seed=3, frames=36, wide_noise=1.5, dvd_trim=(4, 0), dvd_drops=(21,),
    dvd_repeats=(28,), grade=Grade(), dvd_blur=0.35, dvd_noise=1.2,
)  # fmt: skip
HEADING = """\
# The demo: what a meme.toml looks like. Everything that is not said here has a default.
# The subject was painted on the first frame (white on black); boxes and points do as well.
"""
SETTINGS = """\
[output]
gif_width = 480
"""


def main(argv: list[str]) -> int:
    """Write the pair, make the meme, print the comparison."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("folder", nargs="?", default="demo", type=Path, help="default: demo")
    made.add_argument("-v", "--verbose", action="store_true", help="log more")
    made.add_argument("--picture", type=Path, metavar="JPEG", help="before and after, px for px")
    given = made.parse_args(argv)
    folder: Path = given.folder
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: expected a folder for the demo, got a file")
    started = time.monotonic()
    project = write(folder)
    code = make.main([str(project)])
    if code:
        return code
    if given.picture:
        before_after(load_project(project), given.picture)
    print(scene_truth.compare_with_truth(SCENE, load_project(project)))
    print(f"\n{folder / 'out'}: made in {time.monotonic() - started:.0f} s")
    return 0


def write(folder: Path) -> Path:
    """Write sources and meme.toml, unless they are there; returns the path of the latter."""
    path = folder / "meme.toml"
    if path.exists():
        log.info("%s: kept", path)
        return path
    log.info("writing the pair to %s", folder)
    write_film(SCENE, folder, settings=SETTINGS, heading=HEADING)
    return path


if __name__ == "__main__":
    sys.exit(run(main))
