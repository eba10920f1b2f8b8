"""The masks of a film, shot by shot: each shot is made by itself and kept, wherever it is made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...arrays.images import Image, floats, resized
from ...artifact import write_changed
from ...errors import ArtifactError
from ...memory import forget_frames
from ...settings.subject_settings import SegmentSetting
from ...sync.shots import Shot, Shots
from .canvas_frames import CanvasFrames
from .find_subjects import SubjectWay, free_shots, shot_subject, subject_ways
from .hints import collect_hints
from .mask_file import MaskWriter
from .packed_masks import ShotMasks
from .people.choice import PersonChoice
from .people.people_file import load_people, save_people
from .people.sightings import Person, see_people
from .picture_edge import PictureEdge
from .propagation.edge_refinement import enlarge
from .propagation.still_edges import StillEdges
from .segmenters.base import Segmenter
from .segmenters.choose import choose_segmenter
from .shot_masks import carry_shot
from .shot_record import ShotRecord, log_subject
from .small_networks.people_networks import open_networks

METHOD = 13  # counts changes of the propagation, which make kept shots stale
REGIONS = ("foreground", "face")


class MaskRun:
    """One film's masks in the making.

    Args:
        frames: The film.
        shots: Its shots.
        settings: `[segment]`.
        folder: What a relative path of a model counts from.
        work: Folder of the artifacts.
        stamp: What the masks are made from.
        reference: The reference still, which says who the subject is.
    """

    def __init__(
        self,
        frames: CanvasFrames,
        shots: Shots,
        settings: SegmentSetting,
        *,
        folder: Path,
        work: Path,
        stamp: Mapping[str, Any],
        reference: Path | None = None,
    ) -> None:
        self.frames, self.shots, self.settings = frames, shots, settings
        self._folder, self.cache, self._reference = folder, work / "cache" / "masks", reference
        self._stamp = json.dumps([METHOD, stamp], sort_keys=True)
        self._hints = collect_hints(settings.prompts, shots, canvas=self.frames.canvas_size)

    @cached_property
    def segmenter(self) -> Segmenter:
        """What segments."""
        return choose_segmenter(self.settings, self._folder, self.frames.canvas_size)

    def unseen(self) -> list[int]:
        """Return the shots of which nobody knows who is there, where networks could see that."""
        free = free_shots(self._hints)
        if not free or open_networks() is None:
            return []
        return [i for i in free if load_people(self.people_file(i), self._mark(i)) is None]

    def see(self, index: int) -> list[Person]:
        """Return who is in a shot; looked for once."""
        path, mark = self.people_file(index), self._mark(index)
        people, networks = load_people(path, mark), open_networks()
        if people is None and networks is not None:
            people = see_people(self.frames, self.shots.shots[index], networks)
            save_people(path, mark, people)
            forget_frames()
        return people or []

    def people_file(self, index: int) -> Path:
        """Return the file of who is in a shot."""
        return self.cache / f"{index}.people.npz"

    @property
    def ways_file(self) -> Path:
        """The file of what was decided for every shot."""
        return self.cache / "ways.json"

    @cached_property
    def ways(self) -> list[SubjectWay]:
        """How the subject of every shot is found; kept for who makes a shot elsewhere."""
        ways = subject_ways(
            self.frames, self.shots, self._hints, self.segmenter,
            who=self.settings.who, reference=self._reference, see=self.see,
        )  # fmt: skip
        data = {"stamp": self._stamp, "ways": [_way_to_json(way) for way in ways]}
        write_changed(self.ways_file, json.dumps(data, default=float))
        return ways

    @cached_property
    def _decided(self) -> list[list[Any]]:
        data = json.loads(self.ways_file.read_text(encoding="utf-8"))
        if data["stamp"] != self._stamp:
            raise ArtifactError(f"{self.ways_file}: made for other settings or another match")
        rows: list[list[Any]] = data["ways"]
        return rows

    def decided_way(self, index: int) -> SubjectWay:
        """Return how a shot's subject is found, as whoever knows all shots has decided.

        Raises:
            ArtifactError: That was for another state of the project.
        """
        how, detector, verdict, certainty, number = self._decided[index]
        if how == "prompts":
            return SubjectWay(how=how, prompts=self._hints[index])
        people = tuple(self.see(index)) if how in ("person", "everybody") else ()
        person = None if number is None else people[number]
        choice = PersonChoice(verdict=verdict, person=person, certainty=certainty or 0.0)
        return SubjectWay(
            how=how, detector=detector, people=people, choice=choice if how == "person" else None
        )

    def record(self, index: int, way: SubjectWay) -> ShotRecord | None:
        """Return what is known of a shot whose masks are there; `None` if they are not."""
        if not all(self.piece(index, region).is_file() for region in REGIONS):
            return None
        return ShotRecord.load(self.cache / f"{index}.json", self._mark(index, way))

    def piece(self, index: int, region: str) -> Path:
        """Return the file of a shot's masks, canvas size."""
        return self.cache / f"{index}.{region}.mkv"

    def make(self, index: int, way: SubjectWay) -> ShotRecord:
        """Return what is known of a shot; its masks are made where they are not there."""
        record = self.record(index, way)
        if record is not None:
            return record
        shot = self.shots.shots[index]
        subject = shot_subject(self.frames, shot, way, self.segmenter)
        log_subject(index, shot, subject)
        label = f"masks of shot {index + 1} of {len(self.shots)}"
        masks = carry_shot(self.frames, shot, subject, self.segmenter, label=label)
        self._write(index, shot, masks)
        record = ShotRecord.of(
            index, subject, self.frames.scale, calls=masks.calls, alarms=masks.alarms
        )
        record.save(self.cache / f"{index}.json", self._mark(index, way))
        forget_frames()
        return record

    def results(self, index: int) -> list[Path]:
        """Return the files of a shot."""
        return [*(self.piece(index, region) for region in REGIONS), self.cache / f"{index}.json"]

    def _write(self, index: int, shot: Shot, masks: ShotMasks) -> None:
        """Bring a shot's masks to canvas size and write them."""
        size, fps = self.frames.size, self.frames.fps
        whole_file, part_file = (self.piece(index, region) for region in REGIONS)
        with (
            MaskWriter(whole_file, size=size, fps=fps) as whole,
            MaskWriter(part_file, size=size, fps=fps) as part,
            ThreadPoolExecutor(1) as beside,
        ):
            border, still = None, StillEdges()
            pictures = self.frames.canvas(shot.first, shot.last)
            for n, (frame, empty) in enumerate(pictures):
                if border is None or not np.array_equal(border.empty, empty):
                    border = PictureEdge(empty, self.frames.work_size)
                foreground, face = masks.frame(n)
                small = resized(frame, self.frames.work_size)
                head = beside.submit(full_size_mask, face, frame, small, border)
                big = full_size_mask(foreground, frame, small, border, soft=True)
                big = still.steadied(big, small)
                whole.add(big)
                part.add(np.minimum(head.result(), big))

    def _mark(self, index: int, way: SubjectWay | None = None) -> str:
        """What a shot's people, or its masks, depend on, as a digest."""
        shot = self.shots.shots[index]
        facts: list[Any] = [self._stamp, shot.first, shot.last]
        if way is not None:
            facts += [self.segmenter.name, _way_to_json(way), _seen_faces(way)]
        return hashlib.sha256(json.dumps(facts, default=float).encode()).hexdigest()


def _way_to_json(way: SubjectWay) -> list[Any]:
    choice, number = way.choice, None
    if choice is not None and choice.person is not None:
        number = next(i for i, one in enumerate(way.people) if one is choice.person)
    verdict = None if choice is None else choice.verdict
    certainty = None if choice is None else float(choice.certainty)
    return [way.how, way.detector, verdict, certainty, number]


def _seen_faces(way: SubjectWay) -> list[list[float]]:
    return [
        [one.frame, one.face.x, one.face.y, one.face.w, one.face.h]
        for person in way.people
        for one in person.sightings
    ]


def full_size_mask(
    mask: Image, frame: Image, small: Image, border: PictureEdge, *, soft: bool = False
) -> Image:
    """A mask at canvas size, its edge on the picture's; the graph feathers the face's.

    Args:
        mask: 8 bit, working size.
        frame: RGB, 8 bit, canvas size.
        small: The same at working size.
        border: Where picture ends.
        soft: Whether hair and motion blur stay soft.
    """
    if not mask.any():
        return np.zeros(frame.shape[:2], np.uint8)
    level, whole = border.continued(floats(mask) * np.float32(1 / 255), small)
    big = enlarge(level, frame, small=whole, soft=soft)
    big[border.empty > 0] = 0
    return big
