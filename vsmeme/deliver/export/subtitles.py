"""Text subtitles of the wide, cut and shifted to the result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ... import readers
from ...ffmpeg import EncoderError, call
from ...progress import log
from ...project import Project
from ...source.streams import Stream, probe_container
from .mux import SubtitleFile

TEXT_CODECS = ("subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text")
STYLED = ("ass", "ssa")
EARLY_SECONDS = 30  # a line may begin before the section and last into it
_SRT_LINE = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d+) --> (\d+):(\d\d):(\d\d)[,.](\d+)")
_ASS_LINE = re.compile(
    r"Dialogue: *([^,]*),(\d+):(\d\d):(\d\d)\.(\d+),(\d+):(\d\d):(\d\d)\.(\d+),(.*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStretch:
    """A stretch of the wide that lies in the result: seconds of its clock, and of the result."""

    begin: float
    end: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleLine:
    """One line of subtitles: from when to when it is shown, seconds, and what it says."""

    begin: float
    end: float
    text: str


def wide_subtitles(project: Project, folder: Path) -> tuple[SubtitleFile, ...]:
    """Write the wide's text subtitles as they belong to the result.

    Args:
        project: A matched project.
        folder: Where the files are written.

    Returns:
        One file a track that says anything in the result; the rest is told in the log.
    """
    container = probe_container(project.film("wide"))
    kept = kept_stretches(project)
    files = []
    for number, stream in enumerate(container.of_kind("subtitle"), 1):
        if stream.codec not in TEXT_CODECS:
            log.warning("subtitles: track %d of the wide (%s) is no text and stays out",
                        number, stream.codec)  # fmt: skip
            continue
        path = folder / f"{number}{'.ass' if stream.codec in STYLED else '.srt'}"
        try:
            _extract(container.path, stream, kept, container.start, path)
        except EncoderError as error:
            log.warning("warning: subtitles: track %d of the wide stays out: %s", number, error)
            continue
        count = cut_file(path, kept)
        if count:
            files.append(SubtitleFile(path=path, language=stream.language))
            log.info("subtitles: track %d of the wide: %d lines", number, count)
    return tuple(files)


def kept_stretches(project: Project) -> tuple[KeptStretch, ...]:
    """Return which stretches of the wide lie where in the result.

    Args:
        project: A matched project.
    """
    times, fps = readers.match_record(project).wide.times, readers.timeline(project).fps
    dropped = set(readers.dropped_frames(project))
    stretches: list[KeptStretch] = []
    begin = None
    for n in range(len(times) + 1):
        shown = n < len(times) and n not in dropped
        if shown and begin is None:
            begin = n
        elif not shown and begin is not None:
            at = stretches[-1].at + stretches[-1].end - stretches[-1].begin if stretches else 0.0
            end = times[n - 1] + 1 / float(fps)
            stretches.append(KeptStretch(begin=times[begin], end=end, at=at))
            begin = None
    return tuple(stretches)


def _extract(
    path: Path, stream: Stream, kept: Sequence[KeptStretch], start: Fraction, to: Path
) -> None:
    """Write a subtitle track with the times of the file's clock."""
    early = max(0.0, kept[0].begin - float(start) - EARLY_SECONDS)
    seek = ["-ss", f"{early:.3f}"] if early else []
    to.parent.mkdir(parents=True, exist_ok=True)
    end = kept[-1].end - float(start) - early
    reading = ["-copyts", *seek, "-t", f"{end:.3f}", "-i", str(path)]
    call([*reading, "-map", f"0:{stream.index}", str(to)])


def cut_file(path: Path, kept: Sequence[KeptStretch]) -> int:
    """Cut and shift the lines of a file.

    Args:
        path: SubRip or ASS; replaced.
        kept: The stretches that lie in the result.

    Returns:
        How many lines are left.
    """
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".ass":
        made, count = _cut_ass(text, kept)
    else:
        made, count = _cut_srt(text, kept)
    path.write_text(made, encoding="utf-8")
    return count


def lines_in_result(line: SubtitleLine, kept: Iterable[KeptStretch]) -> list[SubtitleLine]:
    """Return what the result shows of a line; what follows without a break is one."""
    pieces: list[SubtitleLine] = []
    for part in kept:
        begin, end = max(line.begin, part.begin), min(line.end, part.end)
        if end <= begin:
            continue
        at = part.at + begin - part.begin
        until = at + end - begin
        if pieces and abs(pieces[-1].end - at) < 1e-3:
            pieces[-1] = SubtitleLine(begin=pieces[-1].begin, end=until, text=line.text)
        else:
            pieces.append(SubtitleLine(begin=at, end=until, text=line.text))
    return pieces


def _cut_srt(text: str, kept: Sequence[KeptStretch]) -> tuple[str, int]:
    lines: list[SubtitleLine] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        found = _SRT_LINE.search(block)
        if found:
            begin, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
            words = block[found.end() :].partition("\n")[2].strip("\n")
            lines += lines_in_result(SubtitleLine(begin=begin, end=end, text=words), kept)
    lines.sort(key=lambda line: line.begin)
    blocks = [
        f"{number}\n{_clock(line.begin, ',', 3)} --> {_clock(line.end, ',', 3)}\n{line.text}\n"
        for number, line in enumerate(lines, 1)
    ]
    return "\n".join(blocks), len(lines)


def _cut_ass(text: str, kept: Sequence[KeptStretch]) -> tuple[str, int]:
    rows, count = [], 0
    for row in text.splitlines():
        found = _ASS_LINE.fullmatch(row)
        if not found:
            rows.append(row)
            continue
        begin, end = _seconds(found.groups()[1:5]), _seconds(found.groups()[5:9])
        for line in lines_in_result(SubtitleLine(begin=begin, end=end, text=found[10]), kept):
            times = f"{_clock(line.begin, '.', 2)},{_clock(line.end, '.', 2)}"
            rows.append(f"Dialogue: {found[1]},{times},{line.text}")
            count += 1
    return "\n".join(rows) + "\n", count


def _seconds(parts: Sequence[str]) -> float:
    hours, minutes, seconds, fine = parts
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fine}")


def _clock(seconds: float, point: str, digits: int) -> str:
    """A time as a subtitle file holds it."""
    units = round(seconds * 10**digits)
    whole, fine = divmod(units, 10**digits)
    hours = f"{whole // 3600:02d}" if digits == 3 else f"{whole // 3600}"
    return f"{hours}:{whole // 60 % 60:02d}:{whole % 60:02d}{point}{fine:0{digits}d}"
