from __future__ import annotations

import gc
import time
import weakref
from typing import ClassVar

import pytest
import vapoursynth as vs

from vsmeme import memory
from vsmeme.commands.exits import run
from vsmeme.errors import MissingError, out_of_memory
from vsmeme.memory import forget_frames, held, in_order, limit_memory, trimmed
from vsmeme.networks.prepare.one_model import Room


class Heavy:
    """A model that can be watched."""

    alive: ClassVar[weakref.WeakSet[Heavy]] = weakref.WeakSet()

    def __init__(self) -> None:
        Heavy.alive.add(self)


def test_one_model_at_a_time() -> None:
    gc.collect()
    room, loads = Room(), []

    def load() -> Heavy:
        assert len(Heavy.alive) == 0, "the last one is still there"
        loads.append(1)
        return Heavy()

    for name in ("sam", "sam", "lama", "sam"):
        with room.use(name, load) as model:
            assert len(Heavy.alive) == 1
        del model
    assert len(loads) == 3
    room.empty()
    assert len(Heavy.alive) == 0


def test_a_second_model_inside_the_first_is_refused() -> None:
    room = Room()
    with room.use("sam", Heavy), room.use("sam", Heavy):
        pass
    with (
        pytest.raises(RuntimeError, match="lama was asked for while sam is in use"),
        room.use("sam", Heavy),
        room.use("lama", Heavy),
    ):
        pass
    with room.use("lama", Heavy):
        pass


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to")])
def test_too_little_memory_is_said_in_words(error: Exception) -> None:
    room = Room()

    def load() -> Heavy:
        raise error

    with (
        pytest.raises(MissingError, match=r"not enough (graphics )?memory for sam"),
        room.use("sam", load),
    ):
        pass
    assert room.name == ""


@pytest.mark.parametrize(
    ("message", "is_memory"),
    [
        ("std::bad_alloc", True),
        ("CUDA error 2: cudaErrorMemoryAllocation: out of memory", True),
        ("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer", True),
        ("vkAllocateMemory failed: VK_ERROR_OUT_OF_DEVICE_MEMORY", True),
        ("CUDNN_STATUS_ALLOC_FAILED", True),
        ("no such file", False),
    ],
)
def test_messages_about_memory(message: str, is_memory: bool) -> None:
    assert out_of_memory(message) is is_memory


def test_running_out_of_memory_later_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    def main(argv: list[str]) -> int:
        raise vs.Error("ort: Failed to allocate memory for requested buffer of size 9")

    assert run(main) == 2
    told = capsys.readouterr().err
    assert "memory ran out" in told
    assert "vsmeme learn" in told


def test_frames_that_the_core_keeps_are_forgotten() -> None:
    held(kept := vs.core.std.BlankClip(width=1024, height=1024, length=4).std.FlipVertical())
    for frame in kept.frames(close=True):
        assert frame.width == 1024
    before = vs.core.used_cache_size
    forget_frames()
    assert vs.core.used_cache_size < before - 3 * 1024 * 1024


def test_frames_in_order_with_few_made_ahead() -> None:
    asked: list[int] = []
    blank = vs.core.std.BlankClip(width=16, height=16, length=100)

    def numbered(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        made = f.copy()
        made.props["Number"] = n
        return made

    frames = in_order(blank.std.ModifyFrame(blank, numbered))
    assert next(frames).props["Number"] == 0
    time.sleep(0.3)
    assert len(asked) <= 1 + vs.core.num_threads
    assert [frame.props["Number"] for frame in frames] == list(range(1, 100))


def test_a_walk_that_is_left_asks_for_no_more_frames() -> None:
    asked: list[int] = []
    blank = vs.core.std.BlankClip(width=16, height=16, length=100)
    frames = in_order(blank.std.ModifyFrame(blank, lambda n, f: (asked.append(n), f)[1]))
    next(frames)
    frames.close()
    seen = len(asked)
    time.sleep(0.1)
    assert len(asked) <= seen + vs.core.num_threads


@pytest.mark.parametrize(("free_mib", "most"), [(1 << 20, None), (4000, 1000), (800, 500)])
def test_a_render_keeps_a_quarter_of_what_is_free_at_most(
    monkeypatch: pytest.MonkeyPatch, free_mib: int, most: int | None
) -> None:
    before, core = vs.core.max_cache_size, vs.core
    monkeypatch.setattr(memory, "free_memory", lambda: free_mib << 20)
    monkeypatch.setattr(memory, "_malloc_option", lambda *_: None)
    try:
        limit_memory()
        usual = memory.RENDER_MIB + memory.THREAD_MIB * core.num_threads
        assert core.max_cache_size == (most or usual)
    finally:
        core.max_cache_size = before


def test_the_heap_is_trimmed_once_it_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([100, 200, 390, 150, 120, 380, 130])  # MiB: at first, at each item, after a trim
    trims: list[int] = []
    monkeypatch.setattr(memory, "resident_bytes", lambda: next(sizes) << 20)
    monkeypatch.setattr(memory, "trim_heap", lambda: trims.append(1))
    assert list(trimmed("abcd")) == list("abcd")
    assert len(trims) == 2
