"""Whose shots they are: the subject among the people of all shots, and how certain that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from ....arrays.images import Image
from ....errors import UsageError
from ..face_detectors.choose import detect_faces
from ..small_networks.people_networks import PeopleNetworks
from .identity import Looks, alike, see_looks
from .sightings import Person

SURE = 1.5  # log odds beyond which somebody is, or is not, the subject

type Verdict = Literal["subject", "unsure", "others", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonChoice:
    """What is said of a shot.

    Attributes:
        verdict: Whether the subject is there.
        person: The subject, or the person of the shot who looks most like it.
        certainty: That this person is the subject, 0..1.
    """

    verdict: Verdict
    person: Person | None
    certainty: float


def choose_person(
    shots: Sequence[Sequence[Person]], reference: Sequence[Looks] = ()
) -> list[PersonChoice]:
    """Find the subject in every shot.

    Args:
        shots: The people of each shot.
        reference: Views of the subject; without them, the subject is who has most face area over
            all shots.
    """
    views = tuple(reference) or _leading(shots)
    return [_choice(people, views) for people in shots]


def _choice(people: Sequence[Person], views: Sequence[Looks]) -> PersonChoice:
    if not people:
        return PersonChoice(verdict="nobody", person=None, certainty=0.0)
    odds = [alike(person.looks, views) for person in people]
    best = int(np.argmax(odds))
    verdict: Verdict = "unsure"
    if abs(odds[best]) >= SURE:
        verdict = "subject" if odds[best] > 0 else "others"
    certainty = 1 / (1 + float(np.exp(-odds[best])))
    return PersonChoice(verdict=verdict, person=people[best], certainty=certainty)


def _leading(shots: Sequence[Sequence[Person]]) -> tuple[Looks, ...]:
    """Views of who has most face area over all shots."""
    groups: list[list[Person]] = []
    for person in sorted((one for people in shots for one in people), key=lambda one: -one.area):
        group = next((g for g in groups if alike(_views(g), person.looks) >= SURE), None)
        if group is None:
            groups.append([person])
        else:
            group.append(person)
    if not groups:
        return ()
    return _views(max(groups, key=lambda group: sum(person.area for person in group)))


def _views(people: Sequence[Person]) -> tuple[Looks, ...]:
    return tuple(looks for person in people for looks in person.looks)


def looks_of_picture(
    path: Path, networks: PeopleNetworks, *, needed: bool = True
) -> tuple[Looks, ...]:
    """Describe the person of a picture: its largest face.

    Args:
        path: JPEG, PNG or anything else that OpenCV reads.
        networks: The small networks.
        needed: Whether a picture without a face is an error; else it has no views.

    Raises:
        UsageError: It cannot be read, or shows no face.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None and not needed:
        return ()
    if picture is None:
        raise UsageError(f"segment.who: {path}: expected a picture, got something unreadable")
    rgb: Image = np.ascontiguousarray(picture[..., ::-1], np.uint8)
    faces = detect_faces(rgb)
    if not faces and not needed:
        return ()
    if not faces:
        raise UsageError(f"segment.who: {path}: expected a picture with a face, got none")
    face = max(faces, key=lambda face: face.w * face.h)
    return (see_looks(rgb, face, networks),)
