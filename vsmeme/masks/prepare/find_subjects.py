"""The subject of every shot: prompted, or found by its face, and the frames that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ...progress import bar, log
from ...sync.shots import Shot, Shots
from .canvas_frames import CanvasFrames
from .face_detectors.base import Face
from .face_detectors.choose import detect_faces
from .hints import KeyHints
from .key_frames import Key, face_key, find_person, segment_prompted
from .people.choice import PersonChoice, Verdict, choose_person, looks_of_picture
from .people.identity import Looks, see_looks
from .people.people_networks import PeopleNetworks, open_networks
from .people.sightings import Person, Sighting, presence, see_people
from .segmenters.base import Segmenter

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

    Prompts of a shot beat everything there. Elsewhere the subject is the person of `who`, else of
    a prompt, else of the reference still, else who has most face area over all shots.

    Args:
        frames: The film.
        shots: Its shots.
        hints: Of each shot, by pair number, or `None` for its key frame; canvas px.
        segmenter: What segments.
        who: A picture of the subject, or "all" for everybody.
        reference: The reference still, if there is one.
    """
    prompted = {
        index: segment_prompted(frames, shot, hints[index], segmenter)
        for index, shot in enumerate(shots.shots)
        if hints[index]
    }
    free = [index for index in range(len(shots)) if index not in prompted]
    networks = open_networks() if free else None
    if networks is None:
        found = {i: _by_face(frames, shots.shots[i], segmenter) for i in free}
    else:
        found = _by_people(frames, shots, free, segmenter, networks, _views(
            frames, prompted, networks, who=who, reference=reference
        ) if who != "all" else None)  # fmt: skip
    return [
        ShotSubject(keys=tuple(prompted[i]), spans=(shot,), verdict="prompted")
        if i in prompted
        else found[i]
        for i, shot in enumerate(shots.shots)
    ]


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


def _by_people(
    frames: CanvasFrames,
    shots: Shots,
    indices: Sequence[int],
    segmenter: Segmenter,
    networks: PeopleNetworks,
    views: tuple[Looks, ...] | None,
) -> dict[int, ShotSubject]:
    """By the people of all shots; `views` are of the subject, `None` takes everybody."""
    people = [
        see_people(frames, shots.shots[i], networks)
        for i in bar(indices, label="who is there", unit="shot")
    ]
    if not any(people):  # drawn faces have no points
        return {i: _by_face(frames, shots.shots[i], segmenter, "mtcnn") for i in indices}
    if views is None:
        return {
            i: _everybody(frames, shots.shots[i], here, segmenter)
            for i, here in zip(indices, people, strict=True)
        }
    choices = choose_person(people, views)
    found = {}
    for i, choice in zip(bar(indices, label="key frames", unit="shot"), choices, strict=True):
        found[i] = _chosen(frames, shots.shots[i], choice, segmenter, networks)
    return found


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


def log_subject(index: int, shot: Shot, subject: ShotSubject) -> None:
    """Say in one line what was found in a shot."""
    where = f"shot {index} (pairs {shot.first} to {shot.last})"
    if subject.verdict == "unsure":
        log.warning(
            "%s: perhaps the subject (certainty %.2f), no mask: see work/preview/shot%d-unsure.png "
            "and settle it with [segment] who or prompts", where, subject.certainty, index,
        )  # fmt: skip
    elif subject.verdict == "others":
        log.info("%s: another person (certainty %.2f), empty masks", where, 1 - subject.certainty)
    elif not subject.keys:
        log.info("%s: no subject, empty masks", where)
    else:
        log.info("%s: %s", where, _described(shot, subject))


def _described(shot: Shot, subject: ShotSubject) -> str:
    parts = []
    for key in subject.keys:
        share = 100 * float((key.foreground > 127).mean())
        face = "with a face" if key.face.any() else "without a face"
        parts.append(f"key frame {key.frame}, {share:.1f} % of the picture, {face} ({key.how})")
    if subject.spans != (shot,):
        parts.append("there from " + ", ".join(f"{s.first} to {s.last}" for s in subject.spans))
    if subject.verdict == "subject" and subject.certainty < 1:
        parts.append(f"certainty {subject.certainty:.2f}")
    return "; ".join(parts)
