"""Fields: every cadence gives its film frames back, each once, sample for sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import accumulate, cycle

import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vsmeme.errors import UsageError
from vsmeme.source.field_plan import FieldPlan
from vsmeme.source.fields import film_frames, select_frames
from vsmeme.source.prepare.cadence import find_cadence
from vsmeme.source.prepare.cadence_path import Cadences, cadence_states
from vsmeme.source.prepare.field_signs import measure_signs
from vsmeme.source.prepare.measure_fields import measure_fields

core = vs.core
SIZE = (160, 96)
Picture = NDArray[np.uint8]


def film(length: int, *, still: range = range(0), noise: float = 0.5, seed: int = 3) -> Picture:
    """A smooth texture that pans; it stands still in some frames, and all of it is a bit noisy."""
    random = np.random.default_rng(seed)
    coarse = random.random((SIZE[1] // 6 + 2, 4 * SIZE[0] // 6))
    smooth = np.kron(coarse, np.ones((6, 6)))
    for axis in (0, 1):
        smooth = sum(np.roll(smooth, k, axis) for k in range(-3, 4)) / 7
    steps = accumulate(0 if n in still else 2 for n in range(length))
    pans = [smooth[: SIZE[1], step : step + SIZE[0]] for step in (s % 200 for s in steps)]
    frames = 40 + 170 * np.stack(pans) + random.normal(0, noise, (length, SIZE[1], SIZE[0]))
    return np.clip(np.rint(frames), 0, 255).astype(np.uint8)


def coded(frames: Picture, lengths: Sequence[int], *, lead: int = 0, tff: bool = True) -> Picture:
    """Show each film frame for so many fields, drop some leading ones, weave what is left."""
    fields = [n for n, shown in zip(range(len(frames)), cycle(lengths), strict=False)
              for _ in range(shown)][lead:]  # fmt: skip
    woven = np.empty((len(fields) // 2, *frames.shape[1:]), np.uint8)
    for n in range(len(woven)):
        for place, field in enumerate(fields[2 * n : 2 * n + 2]):
            line = place if tff else 1 - place
            woven[n, line::2] = frames[field, line::2]
    return woven


def clip_of(
    frames: Picture, fmt: int = vs.GRAY8, fps: tuple[int, int] = (30000, 1001)
) -> vs.VideoNode:
    width, height = frames.shape[2], frames.shape[1]
    blank = core.std.BlankClip(format=fmt, width=width, height=height, length=len(frames),
                               fpsnum=fps[0], fpsden=fps[1])  # fmt: skip
    shift = blank.format.bits_per_sample - 8

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(out.format.num_planes):
            target = np.asarray(out[plane])
            step = (height // target.shape[0], width // target.shape[1])
            # each chroma field is that of its own luma field
            rows = np.arange(height).reshape(-1, 2 * step[0])[:, :2].reshape(-1)
            target[:] = frames[n][rows][:, :: step[1]].astype(target.dtype) << shift
        return out

    return core.std.ModifyFrame(blank, blank, fill)


def pictures(clip: vs.VideoNode) -> Picture:
    return np.stack([np.asarray(frame[0]).copy() for frame in clip.frames(close=True)])


CADENCES: dict[str, tuple[tuple[int, ...], int, str]] = {
    "2:3": ((2, 3), 0, "telecine"),
    "3:2": ((3, 2), 0, "telecine"),
    "2:3:3:2": ((2, 3, 3, 2), 0, "telecine"),
    "24 in 25": ((*(2,) * 11, 3), 0, "24-in-25 pulldown"),
    "shifted": ((2,), 1, "shifted fields"),
}


@pytest.mark.parametrize("tff", [True, False])
@pytest.mark.parametrize("name", CADENCES)
def test_every_film_frame_comes_back_once(name: str, tff: bool) -> None:
    lengths, lead, cadence = CADENCES[name]
    truth = film(100)
    clip = clip_of(coded(truth, lengths, lead=lead, tff=tff))
    plan = find_cadence(measure_signs(clip.frames(close=True)), top_first=not tff)
    assert (plan.cadence, plan.top_first) == (cadence, tff)
    made = pictures(film_frames(clip, plan))
    if lead:  # of the first and the last frame only one field is left
        assert len(made) == len(truth)
        assert np.array_equal(made[1:-1], truth[1:-1])
        assert np.abs(made[0][8:-8].astype(int) - truth[0][8:-8]).mean() < 3
    else:
        assert np.array_equal(made, truth[: len(made)])
        assert len(made) >= len(truth) - 1


def test_a_progressive_film_is_left_alone() -> None:
    for noise in (0.5, 8.0):  # the second combs as much as noise does
        clip = clip_of(film(60, noise=noise))
        assert find_cadence(measure_signs(clip.frames(close=True))).as_coded
        assert measure_fields(clip.std.AssumeFPS(fpsnum=24), role="dvd") is None


def test_a_still_passage_keeps_the_cadence() -> None:
    truth = film(120, still=range(40, 80), noise=0)
    clip = clip_of(coded(truth, (2, 3)))
    plan = find_cadence(measure_signs(clip.frames(close=True)))
    assert (len(plan), plan.cadence) == (120, "telecine")
    assert np.array_equal(pictures(film_frames(clip, plan)), truth)


def test_a_hybrid_is_decided_piece_by_piece() -> None:
    truth = film(140)
    frames = np.concatenate((coded(truth[:60], (2, 3)), truth[60:]))
    plan = find_cadence(measure_signs(clip_of(frames).frames(close=True)))
    assert np.array_equal(pictures(film_frames(clip_of(frames), plan)), truth)
    assert plan.cadence == "hybrid: progressive, telecine"


def test_an_edit_in_the_middle_of_a_rhythm_costs_no_frame() -> None:
    truth = film(100)
    frames = coded(truth, (2, 3))
    kept = np.concatenate((frames[:48], frames[51:]))
    clip = clip_of(kept)
    made = pictures(film_frames(clip, find_cadence(measure_signs(clip.frames(close=True)))))
    whole = [n for n in range(100) if any(np.array_equal(truth[n], frame) for frame in made)]
    lost = sorted({*range(100)} - {*whole})
    assert len(lost) <= 4
    assert min(lost) >= 36
    assert max(lost) <= 43


def test_interlaced_fields_are_interpolated_one_a_frame() -> None:
    truth = film(120)
    woven = coded(truth, (1,))
    clip = clip_of(woven, fps=(25, 1))
    plan = find_cadence(measure_signs(clip.frames(close=True)))
    assert plan.cadence == "interlaced"
    made = pictures(film_frames(clip, plan))
    assert len(made) == 60
    assert np.array_equal(made[:, 0::2], truth[0::2, 0::2])
    assert np.abs(made[2:-2, 9:-9:2].astype(int) - truth[4:-4:2, 9:-9:2]).mean() < 3


@pytest.mark.parametrize("fmt", [vs.YUV420P8, vs.YUV422P8, vs.YUV422P10, vs.YUV444P16])
def test_formats_stay(fmt: int) -> None:
    truth = film(30)
    clip = clip_of(coded(truth, (2, 3)), fmt)
    plan = find_cadence(measure_signs(clip.frames(close=True)))
    made = film_frames(clip, plan)
    assert (made.format.id, made.num_frames) == (fmt, 30)
    assert made.fps == Fraction(24000, 1001)
    want = clip_of(truth, fmt)
    for n in (0, 2, 3, 7, 29):
        with made.get_frame(n) as got, want.get_frame(n) as wanted:
            assert got.props["_FieldBased"] == 0
            for plane in range(3):
                assert np.array_equal(np.asarray(got[plane]), np.asarray(wanted[plane]))


@pytest.mark.parametrize(
    ("lengths", "fps", "rate"),
    [((2,), 60, 30), ((2,), 50, 25), ((2, 3), 60, 24), ((1, 1, 1, 2), 30, 24),
     ((*(1,) * 23, 2), 25, 24)],
)  # fmt: skip
def test_repeated_frames_are_left_out(lengths: tuple[int, ...], fps: int, rate: int) -> None:
    truth = film(96, noise=0)
    shown = [n for n, count in zip(range(96), cycle(lengths), strict=False) for _ in range(count)]
    random = np.random.default_rng(1)
    frames = truth[shown] + random.integers(0, 2, (len(shown), 1, 1)).astype(np.uint8)
    clip = clip_of(frames, fps=(fps, 1))
    plan = measure_fields(clip, role="dvd")
    assert plan is not None
    made = film_frames(clip, plan)
    assert (made.num_frames, made.fps, plan.cadence) == (96, rate, "repeated frames")
    assert np.abs(pictures(made).astype(int) - truth).max() <= 1


def test_drawn_every_second_frame_is_no_repeat() -> None:
    truth = film(48, noise=0)
    clip = clip_of(np.repeat(truth, 2, axis=0), fps=(24, 1))
    assert measure_fields(clip, role="dvd") is None
    assert measure_fields(clip.std.AssumeFPS(fpsnum=25), role="dvd") is None


def test_a_clip_of_odd_lines_loses_repeats_too() -> None:
    truth = film(60, noise=0)[:, :90]
    clip = clip_of(np.repeat(truth, 2, axis=0), fps=(60, 1))
    clip = core.resize.Point(clip, format=vs.YUV420P8, matrix=1)
    plan = measure_fields(clip, role="wide")
    assert plan is not None
    assert film_frames(clip, plan).num_frames == 60


def test_plans_go_through_json() -> None:
    plan = FieldPlan(
        cadence="telecine", top_first=False, runs=((0, 1, 2), (5, 5, 1)), rate=Fraction(4, 5)
    )
    assert FieldPlan.from_json(plan.to_json()) == plan
    assert (len(plan), plan.first_fields()) == (3, [0, 2, 5])
    with pytest.raises(UsageError, match="FieldPlan: runs: expected neighbouring fields"):
        FieldPlan(cadence="", top_first=True, runs=((0, 2, 1),))


def test_refusals() -> None:
    clip = core.std.BlankClip(format=vs.YUV420P8, width=16, height=18, length=4)
    plan = FieldPlan(cadence="", top_first=True, runs=((1, 2, 2),))
    with pytest.raises(UsageError, match="film_frames: clip: expected a height that 4 divides"):
        film_frames(clip, plan)
    with pytest.raises(UsageError, match="film_frames: plan: expected fields below 8, got 12"):
        film_frames(clip, FieldPlan(cadence="", top_first=True, runs=((1, 2, 6),)))
    for frames in ([3, 2], [4], [], [-1]):
        with pytest.raises(UsageError, match="select_frames: frames: expected"):
            select_frames(clip, frames)


def test_the_path_is_the_best_of_all() -> None:
    """Against every sequence that changes once, on a few fields."""
    cadences = Cadences.of({(2,): "a", (2, 3): "b"})
    random = np.random.default_rng(8)
    cut, repeat = random.normal(0, 3, (2, 40)).astype(np.float32)

    def total(states: NDArray[np.int64]) -> float:
        at = np.arange(len(states)) % cadences.period
        signs = np.where(cadences.cut[at, states], 1, -1)
        return float((signs * cut + cadences.repeat[at, states] * repeat).sum())

    got = cadence_states(cadences, cut, repeat)
    cost: Callable[[NDArray[np.int64]], float] = lambda s: (  # noqa: E731
        total(s) - 9 * float((np.diff(s) != 0).sum()) - 4 * float(s[0] != 0)
    )
    tried = [np.repeat([a, b], [k, 40 - k]) for a in range(7) for b in range(7) for k in range(41)]
    assert cost(got) >= max(cost(states) for states in tried) - 1e-3
