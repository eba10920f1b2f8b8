"""The subject of every shot: prompted, or found by its face, and the frames that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from ...progress import bar
from ...sync.shots import Shot, Shots
from .canvas_frames import CanvasFrames
from .face_detectors.base import Face
from .face_detectors.choose import detect_faces
from .hints import KeyHints
from .key_frames import Key, face_key, find_person, segment_prompted
from .people.choice import PersonChoice, Verdict, choose_person, looks_of_picture
from .people.identity import Looks, see_looks
from .people.sightings import Person, Sighting, presence, see_people
from .segmenters.base import Segmenter
from .small_networks.people_networks import PeopleNetworks, open_networks

type Who = Path | Literal["all"] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShotSubject:
    """The subject of a shot.

    Attributes:
        keys: Its key frames; none without a subject.
        spans: Runs of frames in which it is there; elsewhere the masks are empty.
        verdict: How it was found: "prompted", or what the faces say.
        certainty: That it is the subject and nobody else, 0..1.
        doubtful: A frame and a face of it that may be the subject, where that is unsure.
        sightings: Its faces in the frames that were looked at.
    """

    keys: tuple[Key, ...] = ()
    spans: tuple[Shot, ...] = ()
    verdict: Verdict | Literal["prompted"] = "nobody"
    certainty: float = 1.0
    doubtful: tuple[int, Face] | None = None
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubjectWay:
    """How the subject of a shot is found, before anything of it is segmented.

    Attributes:
        how: By "prompts", by the largest "face", as the "person" that was chosen, or "everybody".
        prompts: By pair number, or `None` for the key frame; canvas px.
        keys: What came of the prompts, where they were segmented already.
        detector: What finds the face; `None` for what is found by default.
        choice: The person, and how certain that is.
        people: Everybody in the shot.
    """

    how: Literal["prompts", "face", "person", "everybody"]
    prompts: Mapping[int | None, KeyHints] = field(default_factory=dict)
    keys: tuple[Key, ...] = ()
    detector: str | None = None
    choice: PersonChoice | None = None
    people: tuple[Person, ...] = ()


def find_subjects(
    frames: CanvasFrames,
    shots: Shots,
    hints: Sequence[Mapping[int | None, KeyHints]],
    segmenter: Segmenter,
    *,
    who: Who = None,
    reference: Path | None = None,
) -> list[ShotSubject]:
    """Find the subject in every shot and segment its key frames.

    Args and rules are those of `subject_ways`.
    """
    ways = subject_ways(frames, shots, hints, segmenter, who=who, reference=reference)
    pairs = list(zip(shots.shots, ways, strict=True))
    return [
        shot_subject(frames, shot, way, segmenter)
        for shot, way in bar(pairs, label="key frames", unit="shot")
    ]


def subject_ways(
    frames: CanvasFrames,
    shots: Shots,
    hints: Sequence[Mapping[int | None, KeyHints]],
    segmenter: Segmenter,
    *,
    who: Who = None,
    reference: Path | None = None,
    see: Callable[[int], Sequence[Person]] | None = None,
) -> list[SubjectWay]:
    """Decide how the subject of every shot is found.

    Prompts of a shot beat everything there. Elsewhere the subject is the person of `who`, else of
    a prompt, else of the reference still, else who has most face area over all shots.

    Args:
        frames: The film.
        shots: Its shots.
        hints: Of each shot, by pair number, or `None` for its key frame; canvas px.
        segmenter: What segments.
        who: A picture of the subject, or "all" for everybody.
        reference: The reference still, if there is one.
        see: Returns the people of a shot by its number, where they are known already.
    """
    free = free_shots(hints)
    networks = open_networks() if free else None
    if networks is None:
        found = {i: SubjectWay(how="face") for i in free}
        prompted: dict[int, tuple[Key, ...]] = {}
    else:
        prompted = {
            i: tuple(segment_prompted(frames, shots.shots[i], hints[i], segmenter))
            for i in range(len(shots))
            if hints[i] and who is None
        }
        views = None
        if who != "all":
            views = _views(frames, prompted, networks, who=who, reference=reference)
        look = see or (lambda i: see_people(frames, shots.shots[i], networks))
        found = _ways_by_people(free, look, views)
    return [
        SubjectWay(how="prompts", prompts=hints[i], keys=prompted.get(i, ()))
        if hints[i]
        else found[i]
        for i in range(len(shots))
    ]


def free_shots(hints: Sequence[Mapping[int | None, KeyHints]]) -> list[int]:
    """Return the numbers of the shots without a prompt."""
    return [index for index, prompts in enumerate(hints) if not prompts]


def shot_subject(
    frames: CanvasFrames, shot: Shot, way: SubjectWay, segmenter: Segmenter
) -> ShotSubject:
    """Segment the key frames of a shot's subject.

    Args:
        frames: The film.
        shot: The shot.
        way: How its subject is found.
        segmenter: What segments.
    """
    if way.how == "prompts":
        keys = way.keys or tuple(segment_prompted(frames, shot, way.prompts, segmenter))
        return ShotSubject(keys=keys, spans=(shot,), verdict="prompted")
    if way.how == "everybody":
        return _everybody(frames, shot, way.people, segmenter)
    networks = open_networks()
    if way.choice is None or networks is None:
        return _by_face(frames, shot, segmenter, way.detector)
    return _chosen(frames, shot, way.choice, segmenter, networks)


def _by_face(
    frames: CanvasFrames, shot: Shot, segmenter: Segmenter, detector: str | None = None
) -> ShotSubject:
    """The way without networks: the largest sure face, in the whole shot."""
    hit = find_person(frames, shot, detector=detector)
    key = face_key(frames, shot, *hit, segmenter) if hit else None
    if key is None:
        return ShotSubject()
    return ShotSubject(keys=(key,), spans=(shot,), verdict="subject")


def _views(
    frames: CanvasFrames,
    prompted: Mapping[int, Sequence[Key]],
    networks: PeopleNetworks,
    *,
    who: Who,
    reference: Path | None,
) -> tuple[Looks, ...]:
    """Views of the subject that somebody has shown."""
    if isinstance(who, Path):
        return looks_of_picture(who, networks)
    shown: list[Looks] = []
    for key in (key for keys in prompted.values() for key in keys):
        picture = frames.work(key.frame)
        for face in detect_faces(picture):
            x, y = int(face.x + face.w / 2), int(face.y + face.h / 2)
            inside = 0 <= y < key.foreground.shape[0] and 0 <= x < key.foreground.shape[1]
            if inside and key.foreground[y, x] > 127:
                shown.append(see_looks(picture, face, networks))
    if not shown and reference is not None:
        return looks_of_picture(reference, networks, needed=False)
    return tuple(shown)


def _ways_by_people(
    indices: Sequence[int],
    see: Callable[[int], Sequence[Person]],
    views: tuple[Looks, ...] | None,
) -> dict[int, SubjectWay]:
    """By the people of all shots; `views` are of the subject, `None` takes everybody."""
    people = [tuple(see(i)) for i in bar(indices, label="who is there", unit="shot")]
    if not any(people):  # drawn faces have no points
        return {i: SubjectWay(how="face", detector="mtcnn") for i in indices}
    if views is None:
        return {
            i: SubjectWay(how="everybody", people=here)
            for i, here in zip(indices, people, strict=True)
        }
    choices = choose_person(people, views)
    return {
        i: SubjectWay(how="person", choice=choice, people=here)
        for i, choice, here in zip(indices, choices, people, strict=True)
    }


def _chosen(
    frames: CanvasFrames,
    shot: Shot,
    choice: PersonChoice,
    segmenter: Segmenter,
    networks: PeopleNetworks,
) -> ShotSubject:
    if choice.person is None:
        return ShotSubject()
    if choice.verdict != "subject":
        best = max(choice.person.sightings, key=lambda one: one.area)
        return ShotSubject(
            verdict=choice.verdict, certainty=choice.certainty, doubtful=(best.frame, best.face)
        )
    keys: list[Key] = []
    spans: list[Shot] = []
    for span in presence(frames, shot, choice.person, networks):
        seen = _clearest(choice.person, span)
        key = None if seen is None else face_key(frames, span, seen.frame, seen.face, segmenter)
        if key is not None:
            keys.append(key)
            spans.append(span)
    return ShotSubject(
        keys=tuple(keys), spans=tuple(spans),
        verdict="subject" if keys else "nobody", certainty=choice.certainty,
        sightings=choice.person.sightings,
    )  # fmt: skip


def _clearest(person: Person, span: Shot) -> Sighting | None:
    """The first sighting of a span whose face is about the largest."""
    inside = [one for one in person.sightings if span.first <= one.frame <= span.last]
    largest = max((one.area for one in inside), default=0.0)
    return next((one for one in inside if 1.5 * one.area >= largest), None)


def _everybody(
    frames: CanvasFrames, shot: Shot, people: Sequence[Person], segmenter: Segmenter
) -> ShotSubject:
    """All people of the frame that shows most of them; the largest face is the face."""
    frames_of = [one.frame for person in people for one in person.sightings]
    if not frames_of:
        return ShotSubject()
    number = max(dict.fromkeys(frames_of), key=frames_of.count)
    faces = [one.face for person in people for one in person.sightings if one.frame == number]
    keys = [face_key(frames, shot, number, face, segmenter) for face in faces]
    masks = [key for key in keys if key is not None]
    if not masks:
        return ShotSubject()
    whole = np.maximum.reduce([key.foreground for key in masks])
    key = Key(frame=number, foreground=whole, face=masks[0].face, how=f"all, {segmenter.name}")
    return ShotSubject(keys=(key,), spans=(shot,), verdict="subject")
