"""The film of the demo: a pair made of photographs, with its painted subject and its settings."""

from __future__ import annotations

from pathlib import Path

from ..progress import log
from .scene import Grade, Scene
from .scene_project import write_film

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


def write_demo(folder: Path) -> Path:
    """Write sources and meme.toml, unless they are there; returns the path of the latter."""
    path = folder / "meme.toml"
    if path.exists():
        log.info("%s: kept", path)
        return path
    log.info("writing the pair to %s", folder)
    write_film(SCENE, folder, settings=SETTINGS, heading=HEADING)
    return path
