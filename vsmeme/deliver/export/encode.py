"""Frames to a video file: encoders, colour tags, and segments that survive an interruption."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import vapoursynth as vs

from ...artifact import atomic_path
from ...config import Output
from ...ffmpeg import Raw, call, pipe, require_encoder, write_frame
from ...memory import shared
from ...source.streams import probe_container

SEGMENT_SECONDS = 10
ENCODERS = {"x264": "libx264", "x265": "libx265", "av1": "libsvtav1"}
TAGS = (
    "setsar=1,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    ":chroma_location=left"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a video is encoded; equal encodings give equal segments."""

    codec: str
    crf: float
    depth: int

    @classmethod
    def of(cls, output: Output) -> Encoding:
        """Read ``[output]``; refuses an encoder that this ffmpeg lacks."""
        require_encoder(ENCODERS[output.codec])
        return cls(codec=output.codec, crf=output.crf, depth=output.depth)

    def arguments(self) -> list[str]:
        """Return ffmpeg's encoder arguments, colour tags included."""
        quality = ["-crf", f"{self.crf:g}"]
        own = {
            "x264": ["-preset", "medium", "-x264-params", "log-level=error:chromaloc=0"],
            "x265": ["-preset", "medium", "-x265-params", "log-level=error:open-gop=0:chromaloc=0"],
            "av1": ["-preset", "8", "-svtav1-params", "color-range=0:chroma-sample-position=left"],
        }[self.codec]
        tag = ["-tag:v", "hvc1"] if self.codec == "x265" else []
        pixels = "yuv420p" if self.depth == 8 else "yuv420p10le"
        return ["-vf", TAGS, "-c:v", ENCODERS[self.codec], *own, *quality, *tag, "-pix_fmt", pixels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Frames ``first`` up to, not including, ``end``."""

    first: int
    end: int
    path: Path

    @property
    def done(self) -> bool:
        """Whether it was finished; an unfinished one has another name."""
        return self.path.exists()


def segments(folder: Path, *, frames: int, fps: Fraction) -> tuple[Segment, ...]:
    """Cut a video into pieces of about ten seconds."""
    size = max(1, round(SEGMENT_SECONDS * fps))
    spans = [(first, min(first + size, frames)) for first in range(0, frames, size)]
    return tuple(
        Segment(first=first, end=end, path=folder / f"{first:07d}-{end:07d}.mp4")
        for first, end in spans
    )


def segment_folder(cache: Path, *, graph: object, encoding: Encoding, frames: int) -> Path:
    """Return the folder for this very graph's segments; the folders of other graphs are removed.

    Args:
        cache: Where such folders lie.
        graph: Plain data that identifies the picture.
        encoding: How it is encoded.
        frames: Length.
    """
    facts = [graph, encoding.codec, encoding.crf, encoding.depth, frames]
    text = json.dumps(facts, sort_keys=True, default=str)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    for other in cache.glob("*") if cache.is_dir() else ():
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)
    folder = cache / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def encode_segment(
    segment: Segment,
    clip: vs.VideoNode,
    *,
    fps: Fraction,
    encoding: Encoding,
    each: Callable[[int, vs.VideoFrame], None],
) -> None:
    """Render and encode one segment; its file appears when it is whole.

    Args:
        segment: Which frames.
        clip: The delivery clip, YUV420P8 or P10, whole length.
        fps: Rate of the file.
        encoding: Codec and quality.
        each: Called with number and frame after each frame.
    """
    with (
        atomic_path(segment.path) as part,
        pipe(Raw.of(clip, fps), [*encoding.arguments(), str(part)]) as stream,
    ):
        piece = shared(clip[segment.first : segment.end])  # frames are read once, in order
        for n, frame in enumerate(piece.frames(close=True), segment.first):
            write_frame(stream, frame)
            each(n, frame)


def sound_bitrate(channels: int) -> int:
    """Return what AAC needs to be transparent, kbit/s: 96 a front channel, 64 each further one."""
    return 96 * min(channels, 2) + 64 * max(0, channels - 2)


def join(pieces: Sequence[Segment], path: Path, *, fps: Fraction, sound: Path | None) -> None:
    """Put segments and sound into one MP4 without encoding the picture again.

    Args:
        pieces: Finished segments in order.
        path: The MP4.
        fps: Rate of the video.
        sound: A sound file of the same length, or none.
    """
    listing = pieces[0].path.with_name("list.txt")
    listing.write_text(
        "ffconcat version 1.0\n"
        + "".join(
            f"file {p.path.name}\nduration {float((p.end - p.first) / fps):.9f}\n" for p in pieces
        ),
        encoding="utf-8",
    )
    audio = ["-map", "0:v"]
    if sound:
        (track,) = probe_container(sound).of_kind("audio")
        rate = f"{sound_bitrate(track.channels)}k"
        audio = ["-i", str(sound), "-map", "0:v", "-map", "1:a", "-c:a", "aac", "-b:a", rate]
    call(
        [
            *["-f", "concat", "-safe", "0", "-i", str(listing)],
            *audio,
            *["-c:v", "copy", "-movflags", "+faststart", "-video_track_timescale"],
            *[str(fps.numerator), str(path)],
        ]
    )
