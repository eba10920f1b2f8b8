"""The one ffmpeg: where it is, what it can, how it is called, how frames reach it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import vapoursynth as vs
from tqdm import tqdm

from .errors import MissingError
from .host import install_command
from .progress import bar, log

PIPE_BYTES = 1 << 20  # a pipe of 1 MiB moves 2.3 GB/s, the default of 64 KiB 0.9
RAW: dict[int, str] = {
    vs.YUV420P8: "yuv420p",
    vs.YUV420P10: "yuv420p10le",
    vs.YUV422P10: "yuv422p10le",
    vs.YUV444P10: "yuv444p10le",
    vs.YUV444P12: "yuv444p12le",
    vs.YUV444P16: "yuv444p16le",
    vs.RGB24: "gbrp",
    vs.RGB48: "gbrp16le",
    vs.RGBS: "gbrpf32le",
    vs.GRAY8: "gray",
    vs.GRAY16: "gray16le",
    vs.GRAYS: "grayf32le",
}


class EncoderError(RuntimeError):
    """ffmpeg gave up; the message is its last words."""


@cache
def find_ffmpeg() -> str:
    """Return the path of ffmpeg: ``$IMAGEIO_FFMPEG_EXE``, the bundled one, or the system's.

    Raises:
        MissingError: There is none.
    """
    try:
        import imageio_ffmpeg  # type: ignore[import-untyped]

        path = str(imageio_ffmpeg.get_ffmpeg_exe())
        found = subprocess.run([path, "-version"], capture_output=True, text=True, check=True)
    except (ImportError, RuntimeError, OSError, subprocess.CalledProcessError):
        raise MissingError(f"no ffmpeg that runs; run: {install_command()}") from None
    log.info("ffmpeg: %s (%s)", path, " ".join(found.stdout.split()[:3]))
    return path


@cache
def encoders() -> frozenset[str]:
    """Return the names of the encoders that this ffmpeg has."""
    return _listed("-encoders", r"^ [VAS][A-Z.]{5} (\S+)")


@cache
def filters() -> frozenset[str]:
    """Return the names of the filters that this ffmpeg has."""
    return _listed("-filters", r"^ [T.][S.]C? *(\S+)")


@cache
def demuxers() -> frozenset[str]:
    """Return the names of the containers that this ffmpeg reads."""
    names = _listed("-demuxers", r"^ D[. ]{2} *(\S+)")
    return frozenset(part for name in names for part in name.split(","))


def _listed(option: str, pattern: str) -> frozenset[str]:
    command = [find_ffmpeg(), "-hide_banner", option]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return frozenset(re.findall(pattern, out, re.MULTILINE))


def require_encoder(name: str) -> None:
    """Raise ``MissingError`` unless this ffmpeg has the encoder."""
    if name not in encoders():
        raise MissingError(
            f"{find_ffmpeg()} has no encoder {name}; choose another output.codec, or run: "
            f"{install_command()}"
        )


def call(arguments: Sequence[str]) -> bytes:
    """Run ffmpeg to its end.

    Args:
        arguments: What follows ``ffmpeg -y``; nothing is read from the terminal.

    Returns:
        What it wrote to its standard output.

    Raises:
        EncoderError: It failed; with the last line that it said.
    """
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise failure(done.stderr)
    return done.stdout


def call_with_bar(arguments: Sequence[str], *, label: str, seconds: float | None) -> None:
    """Run ffmpeg to its end behind a bar with time left.

    Args:
        arguments: As for ``call``.
        label: Text before the bar.
        seconds: How much of the film it will go through, if that is known.

    Raises:
        EncoderError: It failed; with the last line that it said.
    """
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-v", "error", "-y", "-nostats"]
    total = None if seconds is None else round(seconds)
    progress: tqdm[Any] = bar(label=label, total=total, unit="s")
    with (
        TemporaryFile() as said,
        subprocess.Popen(
            [*command, "-progress", "pipe:1", *arguments], stdout=subprocess.PIPE, stderr=said
        ) as process,
        progress as shown,
    ):
        first: float | None = None
        for line in process.stdout or ():
            name, _, value = line.decode(errors="replace").strip().partition("=")
            if name == "out_time_us" and value.lstrip("-").isdigit():
                first = int(value) / 1e6 if first is None else first
                shown.update(int(value) / 1e6 - first - shown.n)
        if process.wait():
            said.seek(0)
            raise failure(said.read())


def failure(stderr: bytes) -> Exception:
    """Return the error for what ffmpeg complained about; a full disk is an ``OSError``."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    if any("No space left" in line for line in lines):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return EncoderError(f"ffmpeg: {(lines or ['gave no reason'])[-1]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Format of raw frames on a pipe."""

    width: int
    height: int
    fps: Fraction
    pixels: str

    @classmethod
    def of(cls, clip: vs.VideoNode, fps: Fraction, *, alpha: bool = False) -> Raw:
        """Describe a clip's frames, each followed by a plane of transparency or not."""
        pixels = RAW[clip.format.id]
        if alpha:
            pixels = pixels.replace("gbrp", "gbrap").replace("yuv", "yuva")
        return cls(width=clip.width, height=clip.height, fps=fps, pixels=pixels)

    def arguments(self) -> list[str]:
        """Return ffmpeg's input arguments."""
        size = f"{self.width}x{self.height}"
        return ["-f", "rawvideo", "-pix_fmt", self.pixels, "-s", size, "-r", str(self.fps)]


@contextlib.contextmanager
def pipe(source: Raw, arguments: Sequence[str]) -> Iterator[IO[bytes]]:
    """Start ffmpeg with raw video on its standard input.

    Args:
        source: What will be written.
        arguments: Filters, encoder and output file.

    Yields:
        The pipe. Leaving the block closes it and waits; an exception kills ffmpeg.

    Raises:
        EncoderError: ffmpeg failed, also when that shows as a broken pipe.
        OSError: The disk is full.
    """
    command = [find_ffmpeg(), "-hide_banner", "-v", "error", "-y"]
    command += [*source.arguments(), "-i", "-", *arguments]
    process: subprocess.Popen[bytes] | None = None
    try:
        with _undisturbed():  # or ffmpeg would run on, unknown, and write a file of its own
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
            )
        if process.stdin is None:
            raise EncoderError("ffmpeg: no pipe")
        _widen(process.stdin)
        yield process.stdin
        stderr = _end(process)
        if process.returncode:
            raise failure(stderr)
    except BrokenPipeError:
        raise failure(_end(process) if process else b"") from None
    except BaseException:
        if process and process.returncode is None:
            process.kill()
            process.communicate()
        raise


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C until the block is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def _end(process: subprocess.Popen[bytes]) -> bytes:
    """Close the pipe, wait, and return what ffmpeg complained about."""
    if process.stdin:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdin = None
    _, stderr = process.communicate()
    return stderr


def _widen(stream: IO[bytes]) -> None:
    try:
        import fcntl

        fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except (ImportError, AttributeError, OSError):  # not Linux, or not allowed: only slower
        return


def write_frame(stream: IO[bytes], frame: vs.VideoFrame) -> None:
    """Write a frame's planes without padding; RGB goes as G, B, R, which ffmpeg calls gbrp."""
    for plane in _planes(frame):
        stream.write(plane)


def frame_bytes(frame: vs.VideoFrame) -> bytes:
    """Return what `write_frame` writes."""
    return b"".join(_planes(frame))


def _planes(frame: vs.VideoFrame) -> Iterator[memoryview]:
    import numpy as np  # late: a filter script that renders nothing does without

    order = (1, 2, 0) if frame.format.color_family == vs.RGB else range(frame.format.num_planes)
    for plane in order:
        yield np.ascontiguousarray(np.asarray(frame[plane])).data


def streams(path: Path, *, before: Sequence[str] = ()) -> str:
    """Return what ffmpeg tells about a file: duration and streams, one a line.

    Args:
        path: The file, or what else ffmpeg opens.
        before: Arguments that say how it is opened.
    """
    done = subprocess.run(
        [find_ffmpeg(), "-hide_banner", "-nostdin", *before, "-i", str(path)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stderr


def duration_of(path: Path) -> float | None:
    """Return the seconds that ffmpeg says a file lasts, or ``None`` where it does not say."""
    found = re.search(r"Duration: (\d+):(\d+):([\d.]+)", streams(path))
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else None
