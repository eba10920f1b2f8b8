"""Who the subject is, in every shot, and from which frame to which it is there."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from people_film import SIZE, PeopleFilm, cut_outs, laid_over, wall
from people_truth import outlined_people

from vsmeme import open_video
from vsmeme.errors import UsageError
from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.face_shape import face_outline, head_turn
from vsmeme.masks.prepare.find_subjects import ShotSubject, find_subjects
from vsmeme.masks.prepare.hints import Hints
from vsmeme.masks.prepare.key_preview import write_previews
from vsmeme.masks.prepare.make_masks import find_keys
from vsmeme.masks.prepare.people.face_path import (
    FADE_FRAMES,
    _faded,
    _next_share,
    face_masks,
    filled,
    flat_share,
)
from vsmeme.masks.prepare.propagation.propagate_masks import propagate_masks
from vsmeme.masks.prepare.segmenters.base import Segmenter
from vsmeme.masks.prepare.segmenters.choose import choose_segmenter
from vsmeme.masks.prepare.shot_masks import _face_again, carry_shot
from vsmeme.masks.prepare.small_networks.people_networks import open_networks
from vsmeme.settings.subject_settings import SegmentSetting
from vsmeme.sync.shots import Shot, Shots

RED, WOMAN = "d2_meeting_000", "d3_signs_068"


@pytest.fixture
def auto(weights: Path, tmp_path: Path) -> Segmenter:
    return choose_segmenter(SegmentSetting(), tmp_path, SIZE)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    x, y = a > 127, b > 127
    return float((x & y).sum() / max(1, (x | y).sum()))


def walker(there: list[bool]) -> tuple[PeopleFilm, list[np.ndarray]]:
    """The man in red in some frames of one shot, and his masks."""
    person, back = cut_outs(RED)[0], wall(1)
    nobody = np.zeros(SIZE[::-1], np.uint8)
    pairs = [
        laid_over(back, person, -200 - n) if here else (back, nobody)
        for n, here in enumerate(there)
    ]
    return PeopleFilm([p for p, _ in pairs]), [m for _, m in pairs]


@pytest.mark.parametrize(
    ("there", "spans"),
    [
        ([False] * 29 + [True] * 21, [(29, 49)]),
        ([True] * 17 + [False] * 15 + [True] * 18, [(0, 16), (32, 49)]),
    ],
    ids=["late", "leaves and returns"],
)
def test_a_person_is_masked_from_the_frame_of_entering_to_that_of_leaving(
    there: list[bool], spans: list[tuple[int, int]], auto: Segmenter, footage: Path
) -> None:
    film, truth = walker(there)
    shot = Shot(first=0, last=len(there) - 1)
    (subject,) = find_subjects(film, Shots(shots=(shot,)), [{}], auto)
    assert [(span.first, span.last) for span in subject.spans] == spans
    masks = carry_shot(film, shot, subject, auto, label="")
    for n, wanted in enumerate(truth):
        whole, face = masks.frame(n)
        if wanted.any():
            assert iou(whole, wanted) > 0.9, n
            assert face.any()
            assert cv2.connectedComponents((face < 128).astype(np.uint8))[0] == 2  # no hole
        else:
            assert not whole.any()
            assert not face.any()


def test_a_person_who_comes_back_elsewhere_in_the_shot_is_masked_again(
    auto: Segmenter, footage: Path
) -> None:
    person, back = cut_outs(RED)[0], wall(1)
    pairs = [laid_over(back, person, -230 if n < 13 else -20) for n in range(26)]
    film, shot = PeopleFilm([p for p, _ in pairs]), Shot(first=0, last=25)
    (subject,) = find_subjects(film, Shots(shots=(shot,)), [{}], auto)
    assert len(subject.keys) == 1
    masks = carry_shot(film, shot, subject, auto, label="")
    for n in (0, 12, 20, 25):
        whole, face = masks.frame(n)
        assert iou(whole, pairs[n][1]) > 0.9, n
        assert face.any(), n
    blind = carry_shot(film, shot, replace(subject, sightings=()), auto, label="")
    assert iou(blind.frame(25)[0], pairs[25][1]) < 0.5


def two_people() -> tuple[PeopleFilm, Shots]:
    """Shot and reverse shot of two people; the woman is there longer, his face is larger."""
    red, woman = cut_outs(RED, WOMAN)
    pictures: list[np.ndarray] = []
    edges = [0, 10, 40, 50]
    for index, (first, end) in enumerate(pairwise(edges)):
        person, back = ((red, woman)[index % 2], wall(index))
        pictures += [laid_over(back, person, -(n // 3))[0] for n in range(end - first)]
    shots = (Shot(first=a, last=b - 1) for a, b in pairwise(edges))
    return PeopleFilm(pictures), Shots(shots=tuple(shots))


def test_one_person_through_shot_and_reverse_shot(
    auto: Segmenter, footage: Path, tmp_path: Path
) -> None:
    film, shots = two_people()
    found = find_subjects(film, shots, [{}] * 3, auto)
    assert [subject.verdict for subject in found] == ["subject", "others", "subject"]
    assert all(bool(subject.keys) == (subject.verdict == "subject") for subject in found)
    still = tmp_path / "her.png"
    cv2.imwrite(str(still), np.ascontiguousarray(film.work(20)[..., ::-1]))
    hers = find_subjects(film, shots, [{}] * 3, auto, who=still)
    assert [subject.verdict for subject in hers] == ["others", "subject", "others"]
    assert min(subject.certainty for subject in hers if subject.keys) > 0.9
    by_reference = find_subjects(film, shots, [{}] * 3, auto, reference=still)
    assert [bool(s.keys) for s in by_reference] == [False, True, False]
    box = {1: {"foreground": Hints(boxes=((150.0, 20.0, 300.0, 340.0),))}}
    prompted = find_subjects(film, shots, [{}, {20: box[1]}, {}], auto)
    assert [s.verdict for s in prompted] == ["others", "prompted", "others"]


def test_an_unsure_shot_gets_no_mask_but_a_picture(
    auto: Segmenter, footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, shots = two_people()
    monkeypatch.setattr("vsmeme.masks.prepare.people.choice.alike", lambda a, b: 1.0)
    found = find_subjects(film, shots, [{}] * 3, auto)
    assert [subject.verdict for subject in found] == ["unsure"] * 3
    assert not any(subject.keys or subject.spans for subject in found)
    files = write_previews(tmp_path, film, found)
    assert [file.name for file in files] == [f"shot{i}-unsure.png" for i in range(3)]
    assert cv2.imread(str(files[0])).shape == (360, 640, 3)


def test_everybody_on_request(auto: Segmenter, footage: Path) -> None:
    both = next(each for each in outlined_people() if each.name == RED)
    picture = cv2.resize(both.frame, SIZE, interpolation=cv2.INTER_AREA)
    film, shots = PeopleFilm([picture] * 6), Shots(shots=(Shot(first=0, last=5),))
    (one,) = find_subjects(film, shots, [{}], auto)
    (everybody,) = find_subjects(film, shots, [{}], auto, who="all")
    left = (slice(None), slice(0, 380))  # the man in blue
    assert not one.keys[0].foreground[left].any()
    assert (everybody.keys[0].foreground[left] > 127).mean() > 0.15
    assert iou(everybody.keys[0].face, one.keys[0].face) > 0.8


def test_a_film_without_a_face_is_refused(auto: Segmenter) -> None:
    film, shots = PeopleFilm([wall(3)] * 6), Shots(shots=(Shot(first=0, last=5),))
    with pytest.raises(UsageError, match=r"no face in any shot: .*--pick"):
        find_keys(SegmentSetting(), film, shots, auto)
    assert find_keys(SegmentSetting(who="all"), film, shots, auto)[0].keys == ()


def test_pictures_of_nobody_are_refused(auto: Segmenter, footage: Path, tmp_path: Path) -> None:
    film, shots = two_people()
    blank = tmp_path / "wall.png"
    cv2.imwrite(str(blank), wall(5))
    with pytest.raises(
        UsageError, match=r"segment.who: .*wall.png: expected a picture with a face"
    ):
        find_subjects(film, shots, [{}] * 3, auto, who=blank)
    assert find_subjects(film, shots, [{}] * 3, auto, reference=blank)[0].keys


def test_the_face_is_drawn_from_its_points_and_never_has_holes(
    weights: Path, footage: Path
) -> None:
    film, _ = walker([True] * 4)
    auto = choose_segmenter(SegmentSetting(), Path(), SIZE)
    (subject,) = find_subjects(film, Shots(shots=(Shot(first=0, last=3),)), [{}], auto)
    holed = subject.keys[0].face.copy()
    y, x = np.nonzero(holed > 127)
    cv2.circle(holed, (int(x.mean()), int(y.mean())), 8, 0, -1)
    by_points = list(face_masks(film.pictures, [holed] * 4, open_networks()))
    carried = list(face_masks(film.pictures, [holed] * 4, None))
    for mask in (*by_points, *carried):
        assert cv2.connectedComponents((mask < 128).astype(np.uint8))[0] == 2
    assert not np.array_equal(by_points[0], by_points[3])  # it moves with the face
    assert iou(filled(holed), subject.keys[0].face) > 0.97
    blank = [np.zeros_like(holed)] * 4
    assert not any(mask.any() for mask in face_masks(film.pictures, blank, open_networks()))


core = vs.core
HAND_FRAMES = range(6, 20)


def hand_at(n: int, face: tuple[int, int, int, int]) -> np.ndarray:
    """A blob that goes over a face from the left to the right; 0 or 1."""
    x, y, w, h = face
    at = (int(x - 0.4 * w + (n - HAND_FRAMES[0]) / len(HAND_FRAMES) * 1.8 * w), int(y + 0.6 * h))
    blob = np.zeros(SIZE[::-1], np.uint8)
    cv2.ellipse(blob, at, (int(0.28 * w), int(0.5 * h)), 10, 0, 360, 1, -1)
    return blob


def test_a_hand_that_passes_stays_in_front_of_the_face(weights: Path, footage: Path) -> None:
    pictures = walker([True] * 26)[0].pictures
    outline = face_outline(detect_faces(pictures[0])[0], SIZE)
    carried = [np.roll(outline, -n, axis=1) for n in range(26)]
    key = (pictures[0], outline)
    free = [m > 127 for m in face_masks(pictures, carried, open_networks(), key=key)]
    assert all((f & (c > 127)).sum() > 0.95 * f.sum() for f, c in zip(free, carried, strict=True))
    rng = np.random.default_rng(0)
    hidden = list(pictures)
    for n in HAND_FRAMES:
        colour = np.array([60, 110, 80]) + rng.normal(0, 4, (SIZE[1], SIZE[0], 3))
        blob = hand_at(n, cv2.boundingRect(outline))[..., None]
        hidden[n] = np.clip(np.where(blob, colour, pictures[n]), 0, 255).astype(np.uint8)
    scores = []
    for n, mask in enumerate(face_masks(hidden, carried, open_networks(), key=key)):
        cut = free[n] & (mask < 128)
        if n not in HAND_FRAMES:
            assert cut.sum() < 0.02 * free[n].sum(), n
            continue
        blob = (hand_at(n, cv2.boundingRect(outline)) > 0) & free[n]
        if blob.sum() > 0.15 * free[n].sum():
            scores.append(float((blob & cut).sum() / (blob | cut).sum()))
    assert len(scores) >= 6
    assert np.median(scores) > 0.9, scores
    assert min(scores) > 0.75, scores


def test_a_head_that_turns_shows_another_side_and_has_no_holes(
    weights: Path, footage: Path
) -> None:
    clip = open_video(footage / "d5_dancer" / "master.mkv", role="wide")
    clip = core.resize.Bicubic(clip, 960, 540, format=vs.RGB24)[24:60]
    pictures = [np.stack([np.asarray(p) for p in f], axis=2) for f in clip.frames(close=True)]
    outline = face_outline(max(detect_faces(pictures[0]), key=lambda f: f.w * f.h), (960, 540))
    carried = list(propagate_masks(pictures, {0: outline}, segment=_face_again).masks)
    masks = face_masks(pictures, carried, open_networks(), key=(pictures[0], outline))
    for mask in masks:
        assert cv2.connectedComponents((mask < 128).astype(np.uint8))[0] == 2


def test_a_face_that_comes_back_in_other_light_is_whole(weights: Path, footage: Path) -> None:
    person, back = cut_outs(RED)[0], wall(1)
    places = [-260] * 5 + [None] * 4 + [-60] * 7
    outline = face_outline(detect_faces(laid_over(back, person, 0)[0])[0], SIZE)
    x, _, w, _ = cv2.boundingRect(outline)
    edge = x - 60 + 0.35 * w  # of a shadow over the face, once it is back
    light = (0.3 + 0.7 * np.clip((np.arange(SIZE[0]) - edge) / 12, 0, 1))[None, :, None]
    pictures, carried = [], []
    for at in places:
        picture = back if at is None else laid_over(back, person, at)[0]
        pictures.append((picture * light).round().astype(np.uint8) if at == -60 else picture)
        carried.append(np.roll(outline, at or 0, axis=1) * (at is not None))
    key = (pictures[0], carried[0])
    masks = list(face_masks(pictures, carried, open_networks(), key=key))
    for mask, wanted in zip(masks, carried, strict=True):
        assert iou(mask, wanted) > 0.93 if wanted.any() else not mask.any()
        assert cv2.connectedComponents((mask < 128).astype(np.uint8))[0] == 2


def profile(nose: float) -> Face:
    points = ((40.0, 50.0), (60.0, 50.0), (50.0 + 20 * nose, 60.0), (44.0, 70.0), (56.0, 70.0))
    return Face(x=30, y=30, w=40, h=50, score=1.0, points=points)


@pytest.mark.parametrize(("nose", "share"), [(0.0, 1.0), (0.9, 0.5), (1.2, 0.0)])
def test_a_head_that_turns_away_fades(nose: float, share: float) -> None:
    face = profile(nose)
    assert head_turn(face) == pytest.approx(nose)
    mask = _faded(np.full((9, 9), 255, np.uint8), flat_share(face))
    assert mask.max() == pytest.approx(255 * share, abs=1)


def test_a_profile_fades_over_frames_and_stays_away_while_it_is_lost() -> None:
    heads = [profile(0.1)] * 2 + [profile(1.2)] * 2 + [None] * 4 + [profile(0.1)] * 5
    shares: list[float] = []
    for head in heads:
        shares.append(_next_share(shares[-1] if shares else None, head))
    assert shares[:2] == [1, 1]
    assert shares[5:8] == [0, 0, 0]  # no points, and the last ones were turned away
    assert shares[-1] == 1
    assert max(abs(a - b) for a, b in pairwise(shares)) <= 1 / FADE_FRAMES
    hidden = [_next_share(1.0, None), _next_share(None, None)]
    assert hidden == [1, 1]  # behind a hand it is not turned away


def test_no_subject_says_so() -> None:
    assert ShotSubject().verdict == "nobody"
    assert not ShotSubject().spans
