"""Claims about the sound of the exported file, held against the release by its own clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ... import readers
from ...arrays.images import Doubles
from ...ffmpeg import call
from ..export.export_note import ExportNote
from ..export.sound import SIDES
from ..export.sound_check import HEARD_DB, SILENT_DB, heard_in_source, peaks, read_by_clock
from ..export.sound_clock import Stretch
from .evidence import Claim, Evidence

LISTEN_HZ, LISTEN_SECONDS = 8000, 60
LAG_SECONDS = 0.5
ALIKE = 0.5
"""Correlation from which a lag is believed; coded and resampled sound has 0.9 and more."""


def heard(evidence: Evidence) -> Claim:
    """The film plays its release's sound, in time."""
    project = evidence.project
    timeline = readers.timeline(project)
    limit = f"{500 / float(timeline.fps):.1f} ms, no second silent that is not"
    note = project.parsed("export", ExportNote.from_json)
    side, file = note.sound, note.with_sound()
    if file is None:
        return Claim(name="sound: there is none", passed=True, number=0, limit=limit,
                     note="no file of a kind that has sound")  # fmt: skip
    name = f"sound: that of the {side}, in time" if side else "sound: there is none"

    def faulty(why: str, number: float = float("nan")) -> Claim:
        return Claim(name=name, passed=False, number=number, limit=limit, note=why)

    stretches = {each: evidence.stretch(each) for each in SIDES if side in (None, each)}
    if side is None:
        lost = [each for each, stretch in stretches.items() if stretch]
        if lost:
            return faulty(f"the {lost[0]} has some")
        return Claim(name=name, passed=True, number=0, limit=limit)
    stretch = stretches.get(side)
    if stretch is None:
        return faulty(f"the {side} has none that fits")
    mp4 = project.folder / file.path
    if not mp4.is_file():
        return faulty(f"{mp4.name} is missing; run vsmeme export")
    until = min(readers.dropped_frames(project), default=len(timeline)) / float(timeline.fps)
    silenced, loudest = _silenced(mp4, stretch, until)
    if silenced:
        return faulty(f"{silenced} s are silent although the {side} plays there", silenced)
    if loudest <= HEARD_DB or stretch.clock.tempo != 1:
        told = "silent there" if loudest <= HEARD_DB else "fitted: its lag is not measured"
        return Claim(name=name, passed=True, number=0, limit=limit, note=told)
    lag, likeness = _lag(mp4, stretch, min(until, LISTEN_SECONDS))
    in_time = likeness >= ALIKE and abs(lag) <= 0.5 / float(timeline.fps)
    told = f"correlation {likeness:.2f}"
    return Claim(name=name, passed=in_time, number=1000 * abs(lag), limit=limit, note=told)


def _silenced(mp4: Path, stretch: Stretch, until: float) -> tuple[int, float]:
    """Return how many seconds are silent that are not in the source, and its peak, dB."""
    played, source = peaks(["-i", str(mp4)]), heard_in_source(stretch)
    count = min(len(played), len(source), max(1, int(until)))
    lost = (played[:count] <= SILENT_DB) & (source[:count] > HEARD_DB)
    return int(lost.sum()), float(source[:count].max(initial=-np.inf))


def _lag(mp4: Path, stretch: Stretch, until: float) -> tuple[float, float]:
    """Return how many seconds the MP4's sound comes after its source's, and their correlation."""
    inputs, filters = read_by_clock(stretch)
    played = _samples(["-i", str(mp4)], "anull", until)
    source = _samples(inputs, filters, until)
    size = 1 << (len(played) + len(source)).bit_length()
    spectrum = np.fft.rfft(played, size) * np.conj(np.fft.rfft(source, size))
    cross = np.fft.irfft(spectrum, size)
    reach = round(LAG_SECONDS * LISTEN_HZ)
    near = np.concatenate((cross[-reach:], cross[: reach + 1]))
    scale = float(np.linalg.norm(played) * np.linalg.norm(source))
    best = int(near.argmax())
    return (best - reach) / LISTEN_HZ, float(near[best]) / scale if scale else 0.0


def _samples(inputs: list[str], filters: str, until: float) -> Doubles:
    chain = f"{filters},aresample={LISTEN_HZ}:async=1:first_pts=0"
    wanted = ["-vn", "-t", f"{until:.6f}", "-ac", "1", "-f", "s16le", "-"]
    return np.frombuffer(call([*inputs, "-af", chain, *wanted]), np.int16).astype(np.float64)
