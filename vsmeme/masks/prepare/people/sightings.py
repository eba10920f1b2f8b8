"""Who is seen where in a shot: faces of some frames, joined into people; when they are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ....arrays.images import Image, Mask
from ....settings.setting_values import Box
from ....sync.shots import Shot
from ..canvas_frames import CanvasFrames
from ..face_detectors.base import Face
from ..face_detectors.blazeface import follow_face
from ..face_detectors.choose import detect_faces
from ..small_networks.people_networks import PeopleNetworks
from .identity import Looks, alike, see_looks
from .likely_person import likely_person

STEP_FRAMES, MOST_SAMPLES = 12, 60
NEAR = 1.5  # heights of a face that it may move from one sample to the next
GROWN = 1.6  # times as large, likewise
BESIDE = (-2, -1, 1, 2)  # frames in which a face has to be one, too
TRUSTED = 3  # faces of a person that are looked at so
STRANGERS = -2.0  # log odds of their looks below which two faces are never one
LEAST_OVERLAP = 0.25  # of the last region, for a person to be there still
ROOM = 0.15  # of the region's longer side that it may have moved


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """A face in a frame, px at working size."""

    frame: int
    face: Face
    looks: Looks

    @property
    def area(self) -> float:
        """Of the face's box, px."""
        return self.face.w * self.face.h


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Person:
    """One person of a shot.

    Attributes:
        sightings: In order of time.
        area: Face area over the shot, px times frames.
    """

    sightings: tuple[Sighting, ...]
    area: float

    @property
    def looks(self) -> tuple[Looks, ...]:
        """All views of the person."""
        return tuple(sighting.looks for sighting in self.sightings)


def sample_numbers(shot: Shot) -> list[int]:
    """Frames of a shot that are looked at, its first and last among them."""
    count = min(MOST_SAMPLES, 2 + (len(shot) - 1) // STEP_FRAMES)
    return sorted({int(n) for n in np.linspace(shot.first, shot.last, count).round()})


def see_people(frames: CanvasFrames, shot: Shot, networks: PeopleNetworks) -> list[Person]:
    """Look for faces through a whole shot, and join those of one person.

    Args:
        frames: The film.
        shot: The shot.
        networks: The small networks.

    Returns:
        Its people, the one with most face area first.
    """
    chains: list[list[Sighting]] = []
    numbers = sample_numbers(shot)
    for number in numbers:
        picture = frames.work(number)
        taken: set[int] = set()
        for face in detect_faces(picture):
            seen = Sighting(frame=number, face=face, looks=see_looks(picture, face, networks))
            index = _chain(chains, seen, taken)
            if index is None:
                index = len(chains)
                chains.append([])
            chains[index].append(seen)
            taken.add(index)
    each = len(shot) / len(numbers)
    people = [
        Person(sightings=tuple(chain), area=each * sum(one.area for one in chain))
        for chain in chains
        if _lasting(frames, shot, chain, networks)
    ]
    return sorted(people, key=lambda person: -person.area)


def _lasting(
    frames: CanvasFrames, shot: Shot, chain: list[Sighting], networks: PeopleNetworks
) -> bool:
    """Whether one of the largest faces stays a face in the frames beside it: no mere likeness."""
    for one in sorted(chain, key=lambda one: -one.area)[:TRUSTED]:
        beside = [n for d in BESIDE if shot.first <= (n := one.frame + d) <= shot.last]
        lost = sum(follow_face(frames.work(n), one.face, networks) is None for n in beside)
        if lost <= len(beside) // 4:
            return True
    return False


def _chain(chains: list[list[Sighting]], seen: Sighting, taken: set[int]) -> int | None:
    """The person that a face continues: who was last seen there, else who looks the same."""
    scores: dict[int, float] = {}
    for index, chain in enumerate(chains):
        if index in taken:
            continue
        odds = alike([one.looks for one in chain[-3:]], [seen.looks])
        near = _near(chain[-1].face, seen.face)
        if odds > (STRANGERS if near else -STRANGERS):
            scores[index] = odds + (4.0 if near else 0.0)
    return max(scores, key=lambda index: scores[index]) if scores else None


def _near(a: Face, b: Face) -> bool:
    gap = np.hypot(a.x + a.w / 2 - b.x - b.w / 2, a.y + a.h / 2 - b.y - b.h / 2)
    return bool(gap < NEAR * max(a.h, b.h)) and max(a.h, b.h) < GROWN * min(a.h, b.h)


def presence(
    frames: CanvasFrames, shot: Shot, person: Person, networks: PeopleNetworks
) -> list[Shot]:
    """When a person is there: runs of frames, found to the frame.

    Between the frames of its faces, and beyond, a person is there as long as the network sees
    somebody where the person was last; a face that turns away is no leaving.

    Args:
        frames: The film.
        shot: The shot.
        person: One of its people.
        networks: The small networks.
    """
    numbers = sample_numbers(shot)
    faces = {one.frame: one.face for one in person.sightings}
    regions: dict[int, Mask] = {}
    for order in (numbers, numbers[::-1]):
        last: Mask | None = None
        for number in order:
            if number in regions:
                last = regions[number]
            elif number in faces:
                last = _region(frames.work(number), faces[number], networks)
                regions[number] = last
            elif last is not None:
                last = still_there(frames.work(number), last, networks)
                if last is not None:
                    regions[number] = last

    def there(number: int, region: Mask) -> bool:
        return still_there(frames.work(number), region, networks) is not None

    return _runs(numbers, regions, there)


def _runs(
    numbers: list[int], regions: dict[int, Mask], there: Callable[[int, Mask], bool]
) -> list[Shot]:
    """Runs of samples with the person, their ends moved to the frame."""
    runs: list[Shot] = []
    first: int | None = None
    for index, number in enumerate(numbers):
        if number in regions and first is None:
            first = number
            if index:
                first = _edge(number, numbers[index - 1], regions[number], there)
        last = index == len(numbers) - 1
        if first is not None and (last or numbers[index + 1] not in regions):
            end = number
            if not last and number in regions:
                end = _edge(number, numbers[index + 1], regions[number], there)
            runs.append(Shot(first=first, last=end))
            first = None
    return runs


def _edge(inside: int, outside: int, region: Mask, there: Callable[[int, Mask], bool]) -> int:
    """The last frame with the person, from one with towards one without."""
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if there(middle, region):
            inside = middle
        else:
            outside = middle
    return inside


def _region(picture: Image, face: Face, networks: PeopleNetworks) -> Mask:
    box = (face.x, face.y, face.w, face.h)
    odds = likely_person(picture, box, networks, face=True)
    inside = np.asarray(odds > 0, np.uint8)
    x, y = round(face.x + face.w / 2), round(face.y + face.h / 2)
    cv2.circle(inside, (x, y), max(1, round(face.h / 3)), 1, -1)
    _, labels = cv2.connectedComponents(inside, connectivity=4)
    height, width = inside.shape
    return np.asarray(labels == labels[min(max(y, 0), height - 1), min(max(x, 0), width - 1)])


def still_there(picture: Image, region: Mask, networks: PeopleNetworks) -> Mask | None:
    """Look for somebody where somebody was.

    Args:
        picture: Another frame.
        region: Where the person was.
        networks: The small networks.

    Returns:
        Where a person is now; `None` where nobody is.
    """
    x, y, w, h = cv2.boundingRect(region.astype(np.uint8))
    if not (w and h):
        return None
    area: Box = (float(x), float(y), float(w), float(h))
    odds = likely_person(picture, area, networks, face=False)
    _, labels = cv2.connectedComponents(np.asarray(odds > 0, np.uint8), connectivity=4)
    reach = 2 * max(1, round(ROOM * max(w, h))) + 1
    near = cv2.dilate(region.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    labels_there = np.unique(labels[near & (labels > 0)])
    now = np.isin(labels, labels_there)
    overlap = float((now & near).sum()) / float(region.sum())
    return np.asarray(now) if overlap >= LEAST_OVERLAP else None
