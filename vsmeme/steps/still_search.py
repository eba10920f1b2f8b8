"""Where in a whole film a reference still is, by key frames first."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import UsageError
from ..ffmpeg import call_with_bar
from ..pixels.rect import Rect
from ..progress import log
from ..project import Project
from ..source.prepare.cut_section import LIST_PACKETS, Film, cut_section, parse_packets
from ..sync.prepare.proxies import PROXY_WIDTH, FilmProxies
from ..sync.prepare.reference_still import (
    FOUND,
    LEAST_ERROR,
    TOLD_APART,
    find_still,
    rank_frames,
)
from ..sync.prepare.still_picture import read_still
from ..sync.timeline import clock_time
from .open_sources import FilmSource, open_side

CANDIDATES = 6  # key frames around which the film is decoded at most
FEW = 3  # as many do where one place is told apart from the others
APART_SECONDS = 1.0  # sightings nearer to each other are one place
KEY_SECONDS = 20.0  # what is looked at on either side of a key frame at most


def find_start(project: Project, film: Film, *, accept: bool) -> float | None:
    """Find the second of the wide that the reference still shows.

    Args:
        project: A project with a reference.
        film: The wide.
        accept: Take the best candidate where several fit about as well.

    Returns:
        The second, or None where it is near no key frame of the wide.

    Raises:
        UsageError: Several places fit about as well.
    """
    reference = project.config.sources.reference
    if reference is None:
        raise UsageError("time.start: expected a start or a reference still")
    picture = read_still(reference)
    keys, times = _key_frames(film)
    if not times:
        raise UsageError(f"{film.path}: none of its key frames can be decoded")
    places: list[tuple[float, float]] = []
    for key in rank_frames(picture, keys)[:CANDIDATES]:
        near = _around(project, film, times, key)
        best = find_still(picture, near.film).best
        at = float(near.begins + Fraction(best.frame) / near.fps)
        if all(abs(at - other) > APART_SECONDS for _, other in places):
            places.append((best.score, at))
            places.sort(reverse=True)
        if len(places) >= FEW and _told_apart(places):
            break
    listed = ", ".join(f"{clock_time(Fraction(at))} (score {score:.3f})" for score, at in places)
    log.info("reference: looked for at %d key frames of the wide; nearest: %s", len(times), listed)
    if places[0][0] <= FOUND:
        return None
    if not _told_apart(places) and not accept:
        raise UsageError(
            f"{reference}: the reference is ambiguous; candidates: {listed}; "
            "pass --accept to take the best"
        )
    return places[0][1]


def _told_apart(places: list[tuple[float, float]]) -> bool:
    """Whether the best of some places, best first, shows the still and the next does not."""
    worst = max(1 - places[0][0], LEAST_ERROR) * TOLD_APART
    return places[0][0] > FOUND and all(1 - score > worst for score, _ in places[1:2])


def _around(project: Project, film: Film, times: list[float], n: int) -> FilmSource:
    """Open what lies between the key frame before the one given and the one after it."""
    before = max(times[max(0, n - 1)], times[n] - KEY_SECONDS)
    after = min([*times[n + 1 : n + 2], times[n] + KEY_SECONDS])
    section = cut_section(
        film,
        begin=before,
        end=after,
        work=project.work,
        key=project.film_key("wide"),
        index=project.index,
    )
    return open_side(project, "wide", section=section)


def _key_frames(film: Film) -> tuple[FilmProxies, list[float]]:
    """Decode nothing but key frames, in one pass: their proxies, and their seconds in the film."""
    source, (width, height) = f"0:{film.stream.index}", film.stream.size
    small = (PROXY_WIDTH["wide"], max(16, round(PROXY_WIDTH["wide"] * height / width)))
    shrink = f"extractplanes=y,scale={small[0]}:{small[1]}:flags=area"
    with tempfile.TemporaryDirectory() as folder:
        raw, listing = Path(folder) / "keys.gray", Path(folder) / "keys.txt"
        call_with_bar(
            [
                *["-copyts", "-discard:v", "nokey", "-skip_frame", "nokey", "-i", str(film.path)],
                *["-map", source, "-vf", shrink, "-fps_mode", "passthrough", "-f", "rawvideo"],
                *["-pix_fmt", "gray", str(raw), "-map", source, *LIST_PACKETS, str(listing)],
            ],
            label="key frames",
            seconds=film.seconds,
        )
        frames = np.fromfile(raw, np.uint8).reshape(-1, small[1], small[0])
        packets = parse_packets(listing.read_text(encoding="ascii"))
    times = [p.time - film.begins for p in packets if p.time is not None and p.key]
    count = min(len(times), len(frames))
    proxies = FilmProxies(
        proxies=frames[:count],
        active=Rect(x=0, y=0, w=width, h=height),
        sar=Fraction(1),
        fps=Fraction(1),
    )
    return proxies, times[:count]
