"""How much a graph keeps: the core's cache, the heap, frames that several filters read."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import vapoursynth as vs

from .host import free_memory, resident_bytes

core = vs.core


CACHE_MIB = 500  # of a process that prepares: ten frames of a 4K canvas
LEAST_CACHE_MIB = 100  # beside frames that are kept on purpose
RENDER_MIB, THREAD_MIB = 600, 300  # of one that renders the whole graph
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
LARGE_BYTES = 128 << 10
GROWN_BYTES = 256 << 20  # what a heap may have grown by before it is trimmed
PLANE_BYTES, SPARE_BYTES = 8 << 20, 64 << 20  # planes at 4K, not those of a proxy; what is kept


def bytes_a_frame(clip: vs.VideoNode) -> int:
    """Return how much a frame of a clip of constant format takes, without the core's padding."""
    form = clip.format
    return sum(
        (clip.width >> (form.subsampling_w if plane else 0))
        * (clip.height >> (form.subsampling_h if plane else 0))
        * form.bytes_per_sample
        for plane in range(form.num_planes)
    )


def shared(clip: vs.VideoNode) -> vs.VideoNode:
    """Let the core keep one frame, not twenty, of a clip that several filters read.

    They all ask for the same frame at about the same time. The core keeps more by itself where
    frames that it has just dropped are asked for again.

    Args:
        clip: Any format; its cache is set, whoever made it.

    Returns:
        The clip itself.
    """
    core.std.SetVideoCache(clip, maxsize=1)
    return clip


def repeated(clip: vs.VideoNode, length: int) -> vs.VideoNode:
    """Show one frame over and over; it is made once and kept.

    By itself the core keeps nothing for ``std.Loop`` and makes the frame again every time.

    Args:
        clip: Any format, one frame.
        length: How often it is shown.

    Returns:
        The clip's format, ``w x h x length``.
    """
    return core.std.Loop(kept_once(clip), length)


def kept_once(clip: vs.VideoNode) -> vs.VideoNode:
    """Let the core keep the frame of a clip that has one, until it is told to forget its frames."""
    core.std.SetVideoCache(clip, mode=1, maxsize=1)  # a hint: freed once a shot is over
    return clip


def in_order(clip: vs.VideoNode) -> Generator[vs.VideoFrame]:
    """Yield a clip's frames from first to last, with little memory beside them (see `trimmed`).

    As few are made ahead as keep every thread at work; by itself VapourSynth makes three times as
    many, 50 MB each on a 4K canvas.

    Args:
        clip: Any format.

    Yields:
        Its frames; each is closed when the next one is asked for.
    """
    yield from trimmed(clip.frames(backlog=core.num_threads, close=True))


def trimmed[Item](items: Iterable[Item]) -> Generator[Item]:
    """Yield items, with little memory beside what is made for each of them.

    The heap's free pages go back once it has grown: those that a frame's strips and masks leave
    behind are too torn for the next one (21 frames of a 4K composite with its network: 4.0 GB, 3.3
    so).

    Args:
        items: Of any kind, made while they are asked for or between.

    Yields:
        The same.
    """
    settled = resident_bytes()
    for item in items:
        yield item
        settled = min(settled, now := resident_bytes())
        if now - settled > GROWN_BYTES:
            trim_heap()
            settled = resident_bytes()


def held(clip: vs.VideoNode, *, reach: int = 1) -> vs.VideoNode:
    """Let the core keep the frames of a clip whose neighbours in time are read with each of them.

    Args:
        clip: Any format; its cache is set, whoever made it.
        reach: How many neighbours before and after.

    Returns:
        The clip itself.
    """
    core.std.SetVideoCache(clip, mode=1, maxsize=core.num_threads + 2 * reach)
    return clip


def held_with_room(clip: vs.VideoNode, *, reach: int) -> vs.VideoNode:
    """Let the core keep frames as `held` does, with room for them on top of `limit_cache`'s.

    Args:
        clip: Any format; its cache is set, whoever made it.
        reach: How many neighbours before and after.

    Returns:
        The clip itself.
    """
    room = (core.num_threads + 2 * reach) * bytes_a_frame(clip) >> 20
    core.max_cache_size = max(core.max_cache_size, CACHE_MIB + room)
    return held(clip, reach=reach)


@contextmanager
def room_for(held_bytes: int) -> Iterator[None]:
    """Leave the core room beside frames that somebody holds: they count as what it keeps.

    Without it, the core drops everything else whenever it makes a frame, and complains.
    """
    before = core.max_cache_size
    core.max_cache_size = max(before, (held_bytes >> 20) + LEAST_CACHE_MIB)
    try:
        yield
    finally:
        core.max_cache_size = before


def limit_cache() -> None:
    """Keep the memory of a process that prepares something small.

    The core has room for a few frames of a 4K canvas, not the gigabytes it takes by itself. Planes
    of that size come from the system and go back to it: in glibc's own heap they would leave holes
    that nothing of their size fits into again (match of 24 frames at 3840x2160: 3.9 GB, 2.8 so).
    """
    core.max_cache_size = CACHE_MIB
    _malloc_option(M_MMAP_THRESHOLD, PLANE_BYTES)
    _malloc_option(M_TRIM_THRESHOLD, SPARE_BYTES)


def limit_memory() -> None:
    """Keep the memory of a process that renders the whole graph small.

    Below its limit the core takes planes it has used before instead of asking for new ones; the
    frames that the graph keeps (`shared`) stay far below this one. It is a quarter of what is free
    where that is less. Of a 4K canvas, 2000 MiB for two threads instead of 1200 save a tenth of
    the time and make the process 700 MiB larger, 3.1 GiB. Large planes come from the system and go
    back to it. Smaller blocks lie in glibc's own heap, where aligned ones seldom fit where another
    one was: what renders calls `trim_heap` and `forget_frames` on the way.
    Preparation, with its many short-lived arrays, would be slowed down by it.
    """
    quarter = free_memory() // 4 >> 20
    most = RENDER_MIB + THREAD_MIB * core.num_threads
    core.max_cache_size = max(CACHE_MIB, min(most, quarter))
    _malloc_option(M_MMAP_THRESHOLD, LARGE_BYTES)


def trim_heap() -> None:
    """Return the free pages of the C library's heap to the system."""
    libc = _c_library()
    if libc is not None and hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def forget_frames() -> None:
    """Drop every frame that the core keeps, and what it remembers of those it has dropped.

    It remembers the last twenty of every filter: of a film of many shots, each with filters of its
    own, that is never given back by itself, and a few bytes hold up whole pages of the heap.
    """
    core.clear_cache()
    trim_heap()


def _malloc_option(option: int, value: int) -> None:
    """Set an option of the C library's heap, where it has it: musl and others have not."""
    libc = _c_library()
    if libc is not None and hasattr(libc, "mallopt"):
        libc.mallopt(option, value)


@cache
def _c_library() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform == "linux" else None
