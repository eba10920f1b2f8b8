"""What goes along with the picture: sound, subtitles, chapters."""

from __future__ import annotations

from ...project import Project
from ...source.files import Role
from .mux import Company
from .sound import write_sound


def film_company(project: Project) -> tuple[Company, Role | None]:
    """Cut what belongs to the pairs out of the releases.

    Args:
        project: A matched project.

    Returns:
        The files, and whose sound it is.
    """
    sound = write_sound(project)
    return Company(sound=sound.wav if sound else None), sound.side if sound else None
