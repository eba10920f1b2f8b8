"""What goes along with the picture: sound, subtitles, chapters."""

from __future__ import annotations

from ...artifact import atomic_path
from ...project import Project
from ...source.files import Role
from ..exchange.cut_tables import chapters
from ..exchange.takes import film_takes
from .mux import Company
from .sound import write_sound
from .subtitles import wide_subtitles


def film_company(project: Project) -> tuple[Company, Role | None]:
    """Cut what belongs to the pairs out of the releases.

    Args:
        project: A matched project.

    Returns:
        The files, and whose sound it is.
    """
    output, cache = project.config.output, project.work / "cache"
    sound = write_sound(project)
    subtitles = wide_subtitles(project, cache / "subtitles") if output.subtitles else ()
    listing = None
    if output.chapters:
        listing = cache / "chapters.txt"
        with atomic_path(listing) as part:
            part.write_text(chapters(film_takes(project)), encoding="utf-8")
    company = Company(sound=sound.wav if sound else None, subtitles=subtitles, chapters=listing)
    return company, sound.side if sound else None
