"""Where in a whole film a reference still is, by key frames first."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import UsageError
from ..ffmpeg import call
from ..media_identity import identity
from ..pixels.rect import Rect
from ..progress import log
from ..project import Project
from ..source.prepare.cut_section import Film, cut_section, list_packets
from ..sync.prepare.proxies import PROXY_WIDTH, FilmProxies
from ..sync.prepare.reference_still import find_still, read_still
from ..sync.timeline import clock_time
from .open_sources import FilmSource, open_side

CANDIDATES = 6  # key frames around which the film is decoded
KEY_SECONDS = 10.0  # what is looked at on either side of a key frame at most


def find_start(project: Project, film: Film) -> float:
    """Find the second of the wide that the reference still shows.

    Args:
        project: A project with a reference.
        film: The wide.

    Raises:
        UsageError: The still is not near any key frame of the wide.
    """
    reference = project.config.sources.reference
    if reference is None:
        raise UsageError("time.start: expected a start or a reference still")
    picture = read_still(reference)
    keys, times = _key_frames(film)
    hits = find_still(picture, keys)
    log.info("reference: looked for among %d key frames", len(times))
    best: tuple[float, float] | None = None
    for sighting in hits.sightings[:CANDIDATES]:
        near = _around(project, film, times, sighting.frame)
        found = find_still(picture, near.film).best
        if best is None or found.score > best[0]:
            best = found.score, float(near.begins + Fraction(found.frame) / near.fps)
    if best is None:
        raise UsageError(f"{film.path}: no key frame can be decoded")
    log.info("reference: nearest at %s (score %.3f)", clock_time(Fraction(best[1])), best[0])
    return best[1]


def _around(project: Project, film: Film, times: list[float], n: int) -> FilmSource:
    """Open what lies between the key frame before the one given and the one after it."""
    before = max(times[max(0, n - 1)], times[n] - KEY_SECONDS)
    after = min(times[min(len(times) - 1, n + 1)], times[n] + KEY_SECONDS)
    known = identity(film.path, work=project.work)
    section = cut_section(
        film, begin=before, end=after, work=project.work, key=known["sha256"], index=project.index
    )
    return open_side(project, "wide", section=section)


def _key_frames(film: Film) -> tuple[FilmProxies, list[float]]:
    """Decode nothing but key frames: their proxies, and their seconds in the film."""
    skip = ["-discard:v", "nokey", "-skip_frame", "nokey", "-i", str(film.path), "-map", "0:V:0"]
    packets = list_packets(skip)
    width, height = _picture_size(film)
    small = (PROXY_WIDTH["wide"], max(16, round(PROXY_WIDTH["wide"] * height / width)))
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "keys.gray"
        shrink = f"extractplanes=y,scale={small[0]}:{small[1]}:flags=area"
        call([*skip, "-vf", shrink, "-fps_mode", "passthrough", "-f", "rawvideo",
              "-pix_fmt", "gray", str(raw)])  # fmt: skip
        frames = np.fromfile(raw, np.uint8).reshape(-1, small[1], small[0])
    times = [p.time - film.begins for p in packets if p.time is not None and p.key]
    count = min(len(times), len(frames))
    proxies = FilmProxies(
        proxies=frames[:count],
        active=Rect(x=0, y=0, w=width, h=height),
        sar=Fraction(1),
        fps=Fraction(1),
    )
    return proxies, times[:count]


def _picture_size(film: Film) -> tuple[int, int]:
    videos = [s for s in film.container.of_kind("video") if not s.aside]
    return videos[0].size
