"""Files to clips whose colour is stated, and the way into the working format.

Nothing here requests a frame: what a file does not tag is filled in by native expressions while
frames are made, and what has to be measured (active picture, fields) is measured in preparation
and passed in as plain values.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Literal

import vapoursynth as vs

from ..artifact import FilePath
from ..errors import MissingError, UsageError
from ..host import install_command
from ..media_identity import sampled_digest
from ..memory import bytes_a_frame
from .colour_tags import TAGS, SourceColour
from .media.film_stream import FIRST_VIDEO, film_track
from .media.script_film import open_script
from .media.script_names import SCRIPT_SUFFIX
from .stream_rate import with_stated_rate

core = vs.core

BT709 = 1
BT601 = 6
SOURCE_MIB, SOURCE_FRAMES = 100, 250
"""Most that a source keeps of its decoded frames, for filters that look back: MiB, and a GOP."""
INTRA_MIB = 32
"""Likewise, of a stream whose frames stand alone; more where many threads ask out of turn."""
STREAM_PROP = "VsmemeStream"
"""Number of the stream's frame that a frame came from, whatever was dropped since."""
CODED_TRANSFER = "VsmemeCodedTransfer"
"""What the stream says of its transfer, 2 or nothing where it is not tagged."""
SD_LINES = 576
CODED_FIELDS = "VsmemeCodedFields"
"""What the stream says of a frame's fields, as ``_FieldBased`` does; our frames are progressive."""
Role = Literal["wide", "dvd"]


def open_stream(
    path: FilePath,
    *,
    cache: FilePath | None = None,
    track: int = FIRST_VIDEO,
    intra: bool = False,
) -> vs.VideoNode:
    """Decode a video stream of a file as it is.

    Args:
        path: Any container or picture that FFmpeg reads.
        cache: Folder for the index of the stream; without it, it is built again every time.
        track: The stream, as `film_track` tells; by default the first.
        intra: Whether every frame of it stands alone: of large ones, a third as many are kept.

    Returns:
        The stream's own format, size and props.

    Raises:
        MissingError: The source plugin is not installed.
        vapoursynth.Error: The file cannot be read.
    """
    if not hasattr(core, "bs"):
        raise MissingError(f"bestsource is not installed; run: {install_command()}")
    kept = index_kept(path, cache)
    # By itself it keeps four decoders a source, 300 MiB each at 4K, of which every walk takes one.
    opened = partial(
        core.bs.VideoSource, str(path), track=track, showprogress=False, maxdecoders=1, **kept
    )
    clip = opened(cachesize=SOURCE_MIB)
    size = bytes_a_frame(clip)
    most = max(INTRA_MIB, 2 * core.num_threads * size >> 20) if intra else SOURCE_MIB
    enough = min(most, 1 + (SOURCE_FRAMES * size >> 20))
    if "cachepath" in kept and enough < SOURCE_MIB:  # known only now; its index is kept
        clip = opened(cachesize=enough)
    core.std.SetVideoCache(clip, maxsize=0)  # it keeps decoded frames itself, once is enough
    return with_stated_rate(clip, Path(path))


def index_kept(path: FilePath, cache: FilePath | None) -> dict[str, Any]:
    """Return BestSource's arguments for keeping an index in a folder, or for keeping none.

    The index is named by what the file holds: it serves wherever the file and the folder go.
    """
    file = Path(path)
    if cache is None or not file.is_file():
        return {"cachemode": 0}
    folder = Path(cache).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{file.stem[:40]}-{sampled_digest(file)[:16]}"
    return {"cachemode": 4, "cachepath": str(folder / name)}


def open_video(
    path: FilePath, *, role: Role, cache: FilePath | None = None, colour: SourceColour = "auto"
) -> vs.VideoNode:
    """Open the film in a file: its video stream, of several the longest, or a script's output 0.

    Every frame of the stream is one frame of the clip, whatever its time stamp: repeat flags (soft
    telecine) are ignored, and a variable frame rate is taken frame by frame at the average rate.

    Args:
        path: Any container that FFmpeg reads, or a ``.vpy``.
        role: Which defaults apply where the file has no tags: BT.709 for the wide, BT.601 for the
            DVD, limited range for both.
        cache: Folder for the index of the stream; without it, it is built again every time.
        colour: What the colours are, where the file's tags are wrong.

    Returns:
        YUV or RGB of the file's own subsampling and depth, ``w x h x n``, with ``_Matrix``,
        ``_Transfer``, ``_Primaries``, ``_Range`` and ``_FieldBased`` set.

    Raises:
        UsageError: The file cannot be read, or holds no video of constant format.
        MissingError: The source plugin is not installed.
    """
    path = Path(path)
    try:
        if path.suffix.lower() == SCRIPT_SUFFIX:
            clip = open_script(path)
        else:
            clip = open_stream(path, cache=cache, track=film_track(path))
    except vs.Error as error:
        reason = str(error).removeprefix("VideoSource: ")
        raise UsageError(f"{path}: not a readable video ({reason})") from None
    if clip.format.id == vs.NONE or not clip.width:
        raise UsageError(f"{path}: expected a constant picture format, got a variable one")
    if clip.format.color_family == vs.GRAY:
        clip = _with_chroma(clip)
    return tag(clip, role=role, colour=colour)


def _with_chroma(clip: vs.VideoNode) -> vs.VideoNode:
    """Give a gray clip the chroma of grey, so that a black-and-white film is like any other."""
    grey = core.std.BlankClip(clip, color=1 << (clip.format.bits_per_sample - 1), keep=True)
    made = core.std.ShufflePlanes([clip, grey, grey], [0, 0, 0], vs.YUV)
    return core.std.CopyFrameProps(made, clip)


def tag(clip: vs.VideoNode, *, role: Role, colour: SourceColour = "auto") -> vs.VideoNode:
    """Fill in the colour props that a clip lacks; tags that are there stay.

    Args:
        clip: YUV or RGB of any depth.
        role: ``wide`` defaults to BT.709, ``dvd`` of up to 576 lines to BT.601 (SMPTE 170M).
        colour: A person's word, which goes before the tags.

    Returns:
        The same clip with all colour props.
    """
    default = BT709 if role == "wide" or clip.height > SD_LINES else BT601
    props = {
        name: f"x.{name} 0 > x.{name} 2 = not and x.{name} {default} ?"
        for name in ("_Matrix", "_Transfer", "_Primaries")
    }
    if colour != "auto":
        given = TAGS[colour]
        props |= {"_Matrix": str(given.matrix), "_Transfer": str(given.transfer)}
        props["_Primaries"] = str(given.primaries)
    if clip.format.color_family == vs.RGB:
        props["_Matrix"] = "0"
        props["_Range"] = "x._Range 0 >= x._Range 1 ?"
    else:
        props["_Range"] = "x._Range 0 >= x._Range 0 ?"
        if clip.format.subsampling_w:
            props["_ChromaLocation"] = "x._ChromaLocation 0 >= x._ChromaLocation 0 ?"
    props[CODED_TRANSFER] = "x._Transfer"
    props |= {CODED_FIELDS: "x._FieldBased", "_FieldBased": "0", STREAM_PROP: "N"}
    return core.akarin.PropExpr(clip, lambda: props)


def with_siting(clip: vs.VideoNode, siting: int | None) -> vs.VideoNode:
    """State where a clip's chroma samples lie.

    Args:
        clip: Any format.
        siting: Value of ``_ChromaLocation``; None leaves what the stream says.

    Returns:
        The same samples.
    """
    return clip if siting is None else core.std.SetFrameProps(clip, _ChromaLocation=siting)
