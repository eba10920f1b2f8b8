"""Propagation: rigid subjects stay exact, alarms come in time, keys and guards hold."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from scenes.moving_subject import MovingSubject

from vsmeme.errors import UsageError
from vsmeme.masks.prepare.propagation.propagate_masks import LOOK_AHEAD_FRAMES, propagate_masks
from vsmeme.masks.prepare.shot_masks import mended

SMALL = (240, 136)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    x, y = a > 127, b > 127
    return float((x & y).sum() / max(1, (x | y).sum()))


def sequence(kind: str, seed: int, length: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    subject = MovingSubject(seed=seed, kind=kind, size=(360, 204))
    numbers = range(length)
    return [subject.frame(n) for n in numbers], [subject.mask(n) for n in numbers]


@pytest.mark.parametrize(("kind", "seed"), [("turning", 3), ("scale", 5), ("drag", 8)])
def test_rigid_subject_stays_exact_without_help(kind: str, seed: int) -> None:
    frames, truth = sequence(kind, seed, 49)
    made = propagate_masks(frames, {0: truth[0]})
    masks = list(made.masks)
    assert iou(masks[12], truth[12]) >= 0.97
    assert iou(masks[48], truth[48]) >= 0.95
    assert made.alarms == []
    assert made.segmenter_calls == 0


@pytest.mark.parametrize(("kind", "seed"), [("occluder", 2), ("occluder", 4), ("swap", 1)])
def test_alarm_comes_before_the_mask_is_wrong(kind: str, seed: int) -> None:
    frames, truth = sequence(kind, seed, 46)
    made = propagate_masks(frames, {0: truth[0]})
    scores = [iou(a, b) for a, b in zip(made.masks, truth, strict=True)]
    fallen = next((n for n, score in enumerate(scores) if score < 0.93), len(scores))
    assert made.alarms
    assert made.alarms[0] <= fallen


def test_called_masks_come_back_untouched_and_are_counted() -> None:
    frames, truth = sequence("swap", 2, 40)
    asked = []

    def segment(frame: np.ndarray, prior: np.ndarray) -> np.ndarray:
        asked.append(next(n for n, f in enumerate(frames) if f is frame))
        assert prior.shape == frame.shape[:2]
        return truth[asked[-1]]

    made = propagate_masks(frames, {0: truth[0]}, segment=segment, max_calls=3)
    masks = list(made.masks)
    assert asked == made.alarms
    assert 1 <= len(asked) == made.segmenter_calls <= 3
    for n in (0, *asked):
        assert np.array_equal(masks[n], truth[n])


def test_who_knows_no_better_is_asked_seldom_and_changes_nothing() -> None:
    frames, truth = sequence("swap", 2, 40)
    asked = []

    def segment(frame: np.ndarray, prior: np.ndarray) -> None:
        asked.append(next(n for n, f in enumerate(frames) if f is frame))

    made = propagate_masks(frames, {0: truth[0]}, segment=segment, max_calls=3)
    masks = list(made.masks)
    assert asked == made.alarms
    assert 1 <= len(asked) == made.segmenter_calls <= 3
    assert all(b - a >= 3 for a, b in itertools.pairwise(asked))
    alone = list(propagate_masks(frames, {0: truth[0]}).masks)
    assert all(np.array_equal(a, b) for a, b in zip(masks, alone, strict=True))


def test_keys_pull_from_both_sides() -> None:
    frames, truth = sequence("turning", 6, 20)
    masks = list(propagate_masks(iter(frames), {12: truth[12]}).masks)
    assert len(masks) == 20
    assert min(iou(a, b) for a, b in zip(masks, truth, strict=True)) > 0.97


def test_frames_before_the_key_are_asked_about_as_those_after_it() -> None:
    frames, truth = sequence("swap", 2, 40)
    last = len(frames) - 1
    masks = {frame.tobytes(): mask for frame, mask in zip(frames, truth, strict=True)}

    def run(pictures: list[np.ndarray], key: int) -> tuple[list[np.ndarray], list[int]]:
        made = propagate_masks(
            pictures, {key: truth[0]}, segment=lambda f, p: masks[f.tobytes()], max_calls=3
        )
        return list(made.masks), made.alarms

    ahead, alarms = run(frames, 0)
    behind, mirrored = run(frames[::-1], last)
    assert alarms
    assert mirrored == [last - n for n in reversed(alarms)]
    assert all(np.array_equal(a, b) for a, b in zip(ahead, reversed(behind), strict=True))


def test_watched_frames_are_asked_about_and_mended_only_where_they_are_wrong() -> None:
    frames, truth = sequence("turning", 7, 24)
    moved = [np.roll(f, 160, axis=1) if n >= 12 else f for n, f in enumerate(frames)]
    right = [np.roll(t, 160, axis=1) if n >= 12 else t for n, t in enumerate(truth)]
    asked: list[int] = []

    def watch(n: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray | None]:
        def look(frame: np.ndarray, prior: np.ndarray) -> np.ndarray | None:
            asked.append(n)
            return None if iou(prior, right[n]) > 0.7 else right[n]

        return look

    made = propagate_masks(moved, {0: right[0]}, watched={n: watch(n) for n in (6, 18)})
    masks = list(made.masks)
    assert asked == [6, 18]
    assert made.segmenter_calls == 0
    assert 18 in made.alarms
    assert 6 not in made.alarms
    assert np.array_equal(masks[18], right[18])
    for n in (3, 6, 14, 16, 23):  # 14 and 16 are mended by the walk back from 18
        assert iou(masks[n], right[n]) > 0.8, n
    alone = list(propagate_masks(moved, {0: right[0]}).masks)
    assert iou(alone[18], right[18]) < 0.3


def test_no_subject_stays_empty_until_a_key_shows_one() -> None:
    frames, truth = sequence("turning", 7, 16)
    empty = np.zeros_like(truth[0])
    masks = list(propagate_masks(frames, {0: empty}).masks)
    assert not any(m.any() for m in masks)
    masks = list(propagate_masks(frames, {0: empty, 8: truth[8]}).masks)
    assert not masks[0].any()
    assert iou(masks[15], truth[15]) > 0.95


def test_frames_are_held_no_longer_than_the_look_ahead() -> None:
    frame = np.zeros((*SMALL[::-1], 3), np.uint8)
    cv2.circle(frame, (120, 60), 30, (200, 90, 40), -1)
    cv2.circle(frame, (110, 55), 6, (20, 220, 40), -1)
    mask = (frame.max(axis=2) > 0).astype(np.uint8) * 255
    given = 0

    def stream() -> Iterator[np.ndarray]:
        nonlocal given
        for _ in range(LOOK_AHEAD_FRAMES + 12):
            given += 1
            yield frame

    taken = 0
    for _ in propagate_masks(stream(), {0: mask}).masks:
        taken += 1
        assert given - taken <= LOOK_AHEAD_FRAMES + 1
    assert taken == LOOK_AHEAD_FRAMES + 12


def test_guards_name_what_is_wrong() -> None:
    frame, mask = np.zeros((20, 30, 3), np.uint8), np.zeros((20, 30), np.uint8)
    with pytest.raises(UsageError, match="keys: expected at least one mask"):
        propagate_masks([frame], {})
    with pytest.raises(UsageError, match="keys: expected frame numbers from 0 on"):
        propagate_masks([frame], {-1: mask})
    with pytest.raises(UsageError, match="max_calls"):
        propagate_masks([frame], {0: mask}, max_calls=-1)
    with pytest.raises(UsageError, match="keys: expected frame numbers below 1"):
        list(propagate_masks([frame], {0: mask, 4: mask}).masks)
    with pytest.raises(UsageError, match=r"keys: expected a uint8 mask of 30x20, got .*30, 20"):
        list(propagate_masks([frame], {0: mask.T}).masks)
    with pytest.raises(UsageError, match="frames: expected uint8 RGB"):
        list(propagate_masks([mask], {0: mask}).masks)
    lines = (np.indices((20, 30)).sum(0) % 7 > 3).astype(np.uint8) * 255
    with pytest.raises(UsageError, match="segment: expected a uint8 mask"):
        noisy = [np.random.default_rng(n).integers(0, 255, (20, 30, 3), np.uint8) for n in range(9)]
        list(propagate_masks(noisy, {0: lines}, segment=lambda f, p: f).masks)


def test_small_holes_are_filled_and_large_ones_stay() -> None:
    mask = np.zeros((200, 300), np.uint8)
    mask[40:200, 50:250] = 255
    mask[60:72, 60:80] = 0  # less than a hundredth of it
    mask[100:140, 100:180] = 0  # the room between an arm and a body
    mask[188:200, 200:206] = 0  # comes in over the picture's edge
    soft = cv2.GaussianBlur(mask, (0, 0), 1.0)
    whole = mended(soft)
    assert (whole[56:76, 56:84] == 255).all()
    rest = np.ones_like(mask, bool)
    rest[54:78, 54:86] = False
    assert np.array_equal(whole[rest], soft[rest])
    assert mended(whole) is whole
    nothing = np.zeros_like(mask)
    assert mended(nothing) is nothing
    assert mended(255 - nothing).all()
