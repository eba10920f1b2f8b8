"""A drawn film with everything that a person would put beside it: pair, face, painted key, TOML."""

from __future__ import annotations

from pathlib import Path

from . import (
    scene_face,
    scene_files,
    scene_photo,  # noqa: F401 - registers the photographs
)
from .scene import Scene

SOURCES = """\
[sources]
wide = "wide.mkv"
dvd = "dvd.mkv"
face = "face.png"
"""
PROMPTS = """
[[segment.prompts]]
region = "foreground"
frame = {frame}
painted = "{painted}"

[[segment.prompts]]
region = "face"
frame = {frame}
box = {face}
"""


def write_film(
    scene: Scene, folder: Path, *, settings: str, heading: str = "", prompts: bool = True
) -> Path:
    """Write the pair as a disc would hold it, with sound, the silly face, and a meme.toml.

    Args:
        scene: What is drawn.
        folder: Where; made if needed.
        settings: Further sections of the meme.toml.
        heading: Comment lines above everything.
        prompts: Whether the subject is painted, and its face boxed, on the first common frame.

    Returns:
        The path of the meme.toml, which is written last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scene_files.write_pair(scene, folder, codec="disc", sound=True)
    scene_face.write_face(str(folder / "face.png"))
    said = ""
    if prompts:
        key = scene.dvd_trim[0]  # the first frame that both releases have
        scene_face.write_face_picture(str(folder / "painted.png"), scene.mask(key))
        said = PROMPTS.format(frame=0, painted="painted.png", face=list(scene.face_box(key)))
    file = folder / "meme.toml"
    file.write_text(f"{heading}{SOURCES}{said}\n{settings}", encoding="utf-8")
    return file
