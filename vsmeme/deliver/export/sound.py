"""The sound of a release, cut to the matched range, and checked against the release."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np

from ... import readers
from ...arrays.images import Doubles
from ...artifact import atomic_path
from ...errors import ArtifactError
from ...ffmpeg import call, filters
from ...progress import log
from ...project import Project
from ...settings.output_settings import Output
from ...source.files import Role
from ...source.streams import choose_sound, probe_container
from ...sync.timeline import Timeline
from .sound_check import require_sound
from .sound_clock import LEAD_SECONDS, RATE, Stretch, fit_clock

BLOCK_SAMPLES = 1 << 20
SIDES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSource:
    """A file with sound, and when it shows each pair's frame, seconds on its own clock."""

    path: Path
    times: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A sound that lasts as long as the pictures, and whose it is."""

    side: Role
    wav: Path


def write_sound(project: Project) -> Sound | None:
    """Cut the sound of a matched project, unless that is done; ``meme.vpy`` plays it.

    Returns:
        The sound, or None where there is none, with the reason in the log.

    Raises:
        As ``cut_sound``.
    """
    folder = readers.sound_folder(project)
    for side in SIDES:
        if (folder / f"{side}.wav").exists():
            return Sound(side=side, wav=folder / f"{side}.wav")
    for other in folder.parent.glob("*"):
        shutil.rmtree(other, ignore_errors=True)
    return cut_sound(
        project.config.output,
        readers.timeline(project),
        sound_sources(project),
        folder=folder,
        dropped=readers.dropped_frames(project),
    )


def sound_sources(project: Project) -> dict[Role, SoundSource]:
    """Return both files of a matched project with the times of its pairs' frames."""
    record = readers.match_record(project)
    if not (record.wide.times and record.dvd.times):
        path, command = project.work / "match.json", project.command("match")
        raise ArtifactError(
            f"{path}: without the times of its frames, for the sound; run: {command}"
        )
    return {
        "wide": SoundSource(path=project.film("wide"), times=np.array(record.wide.times)),
        "dvd": SoundSource(path=project.film("dvd"), times=np.array(record.dvd.times)),
    }


def cut_sound(
    output: Output,
    timeline: Timeline,
    sources: Mapping[Role, SoundSource],
    *,
    folder: Path,
    dropped: Sequence[int] = (),
) -> Sound | None:
    """Write the sound that belongs to the pairs.

    Args:
        output: ``[output]``; ``audio`` says whose sound: auto takes the wide's, else the DVD's.
        timeline: The match table; the result runs at its rate.
        sources: Both sources.
        folder: Gets a WAV file named by its side: 48 kHz, 16 bit, as many samples as the pictures
            last.
        dropped: Pairs that the delivered film leaves out, ascending.

    Returns:
        The sound, or ``None`` where there is none, with the reason in the log.

    Raises:
        UsageError: The source has sound, but not the track that was asked for.
        EncoderError: The result would be silent although the source is not.
    """
    either: dict[str, tuple[Role, ...]] = {"auto": SIDES, "none": ()}
    for side in either.get(output.audio) or [s for s in SIDES if s == output.audio]:
        stretch = find_stretch(output, timeline, sources[side], side=side)
        if stretch is not None:
            sound = Sound(side=side, wav=folder / f"{side}.wav")
            with atomic_path(sound.wav) as part:
                extract(stretch, output, to=part)
                require_sound(stretch, part)
                drop_sound(part, dropped, fps=timeline.fps)
            return sound
    if output.audio != "none":
        log.warning("warning: the result has no sound")
    return None


def drop_sound(path: Path, frames: Sequence[int], *, fps: Fraction) -> None:
    """Take the sound of frames that are dropped out of a file, exact to the sample.

    Args:
        path: WAV file at 48 kHz, as `cut_sound` writes it; replaced.
        frames: Numbers of the dropped frames, ascending.
        fps: Frames a second.
    """
    if not frames:
        return
    begins = [round(n * RATE / fps) for n in frames]
    ends = [round((n + 1) * RATE / fps) for n in frames]
    shorter = path.with_name(f"shorter-{path.name}")
    with wave.open(str(path)) as source, wave.open(str(shorter), "wb") as target:
        total = source.getnframes()
        target.setparams(source.getparams())
        for first, last in zip([0, *ends], [*begins, total], strict=True):
            source.setpos(min(first, total))
            for at in range(first, min(last, total), BLOCK_SAMPLES):
                target.writeframes(source.readframes(min(BLOCK_SAMPLES, min(last, total) - at)))
    shorter.replace(path)


def find_stretch(
    output: Output, timeline: Timeline, source: SoundSource, *, side: Role
) -> Stretch | None:
    """Find the stretch of a source's sound that belongs to the pairs, if it has one.

    The sound follows the time stamps. It is dropped, with a line, where the picture, shown at the
    timeline's rate, would leave them by more than half a frame.
    """
    container = probe_container(source.path)
    track = choose_sound(container, output.audio_track)
    if track is None:
        log.info("sound: the %s has none", side)
        return None
    sure = [n for n, pair in enumerate(timeline.pairs) if pair.confident or side == "wide"]
    if not sure:
        log.warning("warning: sound of the %s dropped: no pair is certain", side)
        return None
    fitted = output.audio_fit != "none"
    clock = fit_clock(timeline, source.times, np.asarray(sure), fitted=fitted)
    if not clock.steady:
        hint = "" if fitted else "; set output.audio_fit to fit it"
        log.warning(
            "warning: sound of the %s dropped: its time runs away by up to %.2f frames%s",
            *(side, clock.off, hint),
        )
        return None
    if clock.tempo != 1:
        log.info("sound of the %s: played at %.3f of its tempo", side, clock.tempo)
    seconds = len(timeline) / timeline.fps
    return Stretch(container=container, track=track, clock=clock, seconds=seconds)


def extract(stretch: Stretch, output: Output, *, to: Path) -> None:
    """Write a stretch of a file's sound, exact to the sample; silence where the file has none.

    Args:
        stretch: Which track, from when, how long.
        output: ``audio_channels`` and ``audio_fit``.
        to: WAV file.
    """
    clock = stretch.clock
    lead, from_start = _lead(stretch)
    samples = round(stretch.seconds * RATE)
    chain = [
        f"aresample={RATE}:async=1:min_hard_comp=0.005",
        f"atrim=start={float(lead):.9f}",
        f"asetpts=PTS-{float(lead):.9f}/TB",
        "aresample=async=1:min_hard_comp=0.001:first_pts=0",
        *_fit(clock.tempo, output.audio_fit),
        f"apad=whole_len={samples}",
        f"atrim=end_sample={samples}",
    ]
    count = {"keep": [], "stereo": ["-ac", "2"], "mono": ["-ac", "1"]}[output.audio_channels]
    seek = ["-ss", f"{float(from_start):.6f}"] if from_start > 0 else []
    call(
        [
            *[*seek, "-i", str(stretch.container.path), "-map", f"0:{stretch.track.index}"],
            *["-af", ",".join(chain), *count, "-c:a", "pcm_s16le", "-rf64", "auto", str(to)],
        ]
    )


def _fit(tempo: float, fit: str) -> list[str]:
    """Return the filters that play sound at a tempo, with its pitch or with that of the film."""
    if tempo == 1:
        return []
    if fit == "speed":
        fine = 4 * RATE  # asetrate takes whole numbers: 3 ppm
        return [f"aresample={fine}", f"asetrate={round(fine * tempo)}", f"aresample={RATE}"]
    if "rubberband" in filters():  # clicks within 4 ms, 8 by atempo
        return [f"rubberband=tempo={tempo:.9f}:pitchq=quality:window=short"]
    return [f"atempo={tempo:.9f}"]


def _lead(stretch: Stretch) -> tuple[Fraction, Fraction]:
    """Return how much is decoded before the stretch, and where that begins in the file, seconds.

    Without ``-copyts`` ffmpeg counts from where it is told to seek, or else from the file's start,
    whatever the file's clock shows there.
    """
    start = stretch.clock.start - stretch.container.start
    from_start = max(Fraction(0), start - LEAD_SECONDS)
    return start - from_start, from_start
