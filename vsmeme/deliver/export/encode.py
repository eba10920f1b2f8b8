"""Frames to files, several in one pass, in pieces that survive an interruption."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, cast

import vapoursynth as vs

from ...artifact import atomic_path
from ...ffmpeg import Raw, pipe, write_frame
from ...memory import forget_frames, in_order, shared, trim_heap
from .formats.base import Format, Quality
from .samples import encoded_pixels, samples_for, tags_of
from .stage_pictures import StagePicture

core = vs.core

SEGMENT_SECONDS = 10
TRIM_FRAMES = 24  # a hundredth of the time, a fifth less memory at 1024 px
NUMBERED = "%07d"  # a picture's file, by the number of its frame


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedTrack:
    """Frames for one encoder.

    Attributes:
        key: Names its pieces; no two tracks of a pass have the same.
        picture: Its frames, as the encoder takes them.
        fps: Their rate.
        arguments: ffmpeg's, from the filters up to the file.
        suffix: Of its pieces.
        numbers: Which frames of the pass it takes; ``None`` for all.
        home: Of a sequence, the folder in which its pictures end up; a piece of it is a folder,
            which stays, empty, once they are there.
    """

    key: str
    picture: StagePicture
    fps: Fraction
    arguments: tuple[str, ...]
    suffix: str
    numbers: frozenset[int] | None = None
    home: Path | None = None

    @classmethod
    def of(
        cls,
        key: str,
        picture: StagePicture,
        form: Format,
        quality: Quality,
        *,
        fps: Fraction,
        home: Path | None = None,
    ) -> EncodedTrack:
        """Return the track of a picture in a format.

        Args:
            key: Names its pieces.
            picture: In the working format, or a mask.
            form: How it is written.
            quality: How well.
            fps: Rate of the file.
            home: Folder of a sequence.
        """
        made = samples_for(picture, form, quality)
        raw = Raw.of(made.clip, fps, alpha=made.alpha is not None)
        encoder = ("-c:v", form.encoder, *form.arguments(quality))
        return cls(
            key=key,
            picture=made,
            fps=fps,
            arguments=(
                *("-vf", tags_of(made, form), *encoder),
                *("-pix_fmt", encoded_pixels(form, raw.pixels)),
            ),
            suffix=form.piece,
            home=home,
        )

    def takes(self, n: int) -> bool:
        """Whether it takes a frame."""
        return self.numbers is None or n in self.numbers

    def count(self, segment: Segment) -> int:
        """How many frames it takes of a segment."""
        return sum(map(self.takes, segment.numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Frames ``first`` up to, not including, ``end``, and the folder of their files."""

    first: int
    end: int
    folder: Path

    @property
    def numbers(self) -> range:
        """Of its frames."""
        return range(self.first, self.end)

    def piece(self, track: EncodedTrack) -> Path:
        """Return the file, or the folder of files, that holds a track's frames."""
        name = f"{self.first:07d}-{self.end:07d}.{track.key}"
        return self.folder / (name if track.home else f"{name}{track.suffix}")

    def lacks(self, track: EncodedTrack) -> bool:
        """Whether a track's frames are not there; an unfinished piece has another name."""
        if not track.count(self):
            return False
        piece, home = self.piece(track), track.home
        if not piece.exists() or home is None:
            return not piece.exists()
        names = self.names(track)
        return not all((piece / name).exists() or (home / name).exists() for name in names)

    def names(self, track: EncodedTrack) -> tuple[str, ...]:
        """Return the files of a sequence."""
        return tuple(f"{NUMBERED % n}{track.suffix}" for n in self.numbers)


def segments(folder: Path, *, frames: int, fps: Fraction) -> tuple[Segment, ...]:
    """Cut a video into pieces of about ten seconds."""
    size = max(1, round(SEGMENT_SECONDS * fps))
    spans = [(first, min(first + size, frames)) for first in range(0, frames, size)]
    return tuple(Segment(first=first, end=end, folder=folder) for first, end in spans)


def segment_folder(cache: Path, *, graph: object, frames: int) -> Path:
    """Return the folder for this very graph's segments; it need not be there.

    Args:
        cache: Where such folders lie.
        graph: Plain data that identifies pictures and encoding.
        frames: Length.
    """
    text = json.dumps([graph, frames], sort_keys=True, default=str)
    return cache / hashlib.sha256(text.encode()).hexdigest()[:16]


def sweep_segments(folder: Path) -> None:
    """Make a graph's folder, and remove those of other graphs beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def encode_segment(
    segment: Segment, tracks: Sequence[EncodedTrack], *, each: Callable[[int], object]
) -> None:
    """Render and encode one segment; each frame is rendered once, whatever is made of it.

    Args:
        segment: Which frames.
        tracks: What is made of them, at least one; a piece appears when it is whole.
        each: Called with its number after each frame.
    """
    with ExitStack() as stack:
        streams = [stack.enter_context(_piece(segment, track)) for track in tracks]
        taken = [n for n in segment.numbers if any(track.takes(n) for track in tracks)]
        joint = shared(_joint(tracks)[taken[0] : taken[-1] + 1])  # read once, in order
        for n, frame in enumerate(in_order(joint), taken[0]):
            for i, (track, stream) in enumerate(zip(tracks, streams, strict=True)):
                if track.takes(n):
                    _write(stream, frame, i)
            if n % TRIM_FRAMES == 0:
                trim_heap()
            each(n)
    forget_frames()


def _joint(tracks: Sequence[EncodedTrack]) -> vs.VideoNode:
    """The first track's frames, with those of the others, and all alphas, as props."""
    made = tracks[0].picture.clip
    for i, track in enumerate(tracks):
        for name, clip in zip(_props(i), track.picture, strict=True):
            if clip is not None and clip is not made:
                made = core.std.ClipToProp(made, clip, prop=name)
    return made


def _props(i: int) -> tuple[str, str]:
    return f"VsmemeTrack{i}", f"VsmemeAlpha{i}"


def _write(stream: IO[bytes], frame: vs.VideoFrame, i: int) -> None:
    own, alpha = (frame.props.get(name) for name in _props(i))
    write_frame(stream, cast(vs.VideoFrame, own) if i else frame)
    if alpha is not None:
        write_frame(stream, cast(vs.VideoFrame, alpha))


@contextmanager
def _piece(segment: Segment, track: EncodedTrack) -> Iterator[IO[bytes]]:
    """Open an encoder for a track's part of a segment."""
    clip, alpha = track.picture
    raw = Raw.of(clip, track.fps, alpha=alpha is not None)
    path = segment.piece(track)
    if track.home is None:
        with atomic_path(path) as part, pipe(raw, [*track.arguments, str(part)]) as stream:
            yield stream
        return
    first = ("-f", "image2", "-start_number", str(segment.first))
    with _atomic_folder(path) as folder:
        name = f"{str(folder).replace('%', '%%')}/{NUMBERED}{track.suffix}"
        with pipe(raw, [*track.arguments, *first, name]) as stream:
            yield stream


@contextmanager
def _atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a folder that gets its final name when the block succeeds."""
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        part.replace(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
