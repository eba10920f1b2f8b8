"""One shot: its keys, carried to every frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import tee

import cv2
import numpy as np

from ...arrays.images import Image, mask_overlap
from ...progress import bar
from ...sync.shots import Shot
from .canvas_frames import CanvasFrames
from .face_detectors.base import Points
from .face_detectors.choose import detect_faces
from .face_shape import face_outline
from .find_subjects import ShotSubject
from .hints import Hints
from .key_frames import Key, face_hints, face_inside, face_key, informed
from .motion_evidence import Neighbourhood
from .packed_masks import ShotMasks, pack_mask
from .people.face_path import face_masks
from .people.sightings import Sighting
from .propagation.propagate_masks import propagate_masks
from .segmenters.base import CarriedMasks, KeyFrame, Segmenter, VideoSegmenter
from .small_networks.people_networks import open_networks

FACE_INSIDE = 0.7  # least share of a face in the foreground for it to be believed
# Most calls of the segmenter a second, in the mean: looking at the motion again costs no more than
# a few frames of propagation, a large network takes its time.
MOTION_RATE, RATE = 3.0, 1.0
LEAST_CALLS = 4  # in a span, however short
CALM = 1.0  # s until one that knows subjects is asked again, once it agreed with what was carried
LEAST_MOTION = 0.5  # how plain motion must be before a new mask is made from it
LEAST_AGREEMENT = 0.5  # IoU with what was expected, below which a new mask is not believed
# A smaller hole, of the subject's area, is an error of the propagation, as it is on key frames; and
# how far its soft edge reaches.
SMALL_HOLE, HOLE_EDGE = 0.01, np.ones((9, 9), np.uint8)


class _Counted:
    """A frame sequence of known length that is read once."""

    def __init__(self, frames: Iterator[Image], length: int) -> None:
        self._frames, self._length = frames, length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Image]:
        return self._frames


def carry_shot(
    frames: CanvasFrames,
    shot: Shot,
    subject: ShotSubject,
    segmenter: Segmenter,
    *,
    label: str,
) -> ShotMasks:
    """Carry the keys of a shot to all frames in which the subject is there.

    Args:
        frames: The film.
        shot: The shot.
        subject: Its keys, and when it is there; elsewhere the masks are empty.
        segmenter: Asked at alarms.
        label: Of the progress bar.
    """
    empty = pack_mask(np.zeros(frames.work_size[::-1], np.uint8))
    foreground, face = [empty] * len(shot), [empty] * len(shot)
    alarms: list[int] = []
    calls = 0
    fps = frames.fps[0] / frames.fps[1]
    rate = MOTION_RATE if segmenter.hears else RATE
    for span in subject.spans:
        keys = [key for key in subject.keys if span.first <= key.frame <= span.last]
        most = max(LEAST_CALLS, round(rate * len(span) / fps))
        seen = [one for one in subject.sightings if span.first <= one.frame <= span.last]
        whole, masks = _carry(frames, span, keys, seen, segmenter, most=most, label=label)
        for n, (body, head) in enumerate(masks, span.first - shot.first):
            foreground[n], face[n] = body, head
        alarms += [span.first + n for n in whole.alarms]
        calls += whole.segmenter_calls
    return ShotMasks(
        foreground=tuple(foreground), face=tuple(face), alarms=tuple(alarms), calls=calls
    )


def _carry(
    frames: CanvasFrames,
    span: Shot,
    keys: list[Key],
    sightings: list[Sighting],
    segmenter: Segmenter,
    *,
    most: int,
    label: str,
) -> tuple[CarriedMasks, Iterator[tuple[bytes, bytes]]]:
    """Masks of a span, foreground and face, packed; its keys lie in it."""
    ways = tee(bar(frames.run(span.first, span.last), total=len(span), label=label), 3)

    whole = _carry_whole(frames, span, keys, sightings, segmenter, way=ways[0], most=most)
    faces = propagate_masks(
        _Counted(ways[1], len(span)),
        {k.frame - span.first: k.face for k in keys},
        segment=_face_again,
        max_calls=len(span),
        watched={one.frame - span.first: partial(_missed_face, one) for one in sightings},
    )
    networks = open_networks() if segmenter.sees else None
    shown = next((key for key in keys if key.face.any()), None)
    drawn = face_masks(
        ways[2],
        faces.masks,
        networks,
        key=(frames.work(shown.frame), shown.face) if shown else None,
        first=span.first,
    )
    joined = (_joined(*pair) for pair in zip(whole.masks, drawn, strict=True))
    return whole, ((pack_mask(body), pack_mask(head)) for body, head in joined)


def _carry_whole(
    frames: CanvasFrames,
    span: Shot,
    keys: list[Key],
    sightings: list[Sighting],
    segmenter: Segmenter,
    *,
    way: Iterator[Image],
    most: int,
) -> CarriedMasks:
    """Masks of the whole subject: by the segmenter if it follows by itself, else by propagation."""
    watched = {
        one.frame - span.first: partial(_missed, frames, span, one, segmenter) for one in sightings
    }
    if isinstance(segmenter, VideoSegmenter):
        known = {
            k.frame - span.first: KeyFrame(frame=frames.work(k.frame), mask=k.foreground)
            for k in keys
        }
        return segmenter.carry(way, known, watched=watched)

    def again(frame: Image, prior: Image) -> Image | None:
        around = Neighbourhood(frames, span, span.first + whole.asked)
        return _again(segmenter, frame, prior, around)

    whole = propagate_masks(
        _Counted(way, len(span)),
        {k.frame - span.first: k.foreground for k in keys},
        segment=again,
        max_calls=most,
        calm_frames=round(CALM * frames.fps[0] / frames.fps[1]) if segmenter.sees else 0,
        watched=watched,
    )
    return whole


def _joined(whole: Image, face: Image) -> tuple[Image, Image]:
    """A face belongs to the foreground and has no holes, unless it has gone astray."""
    whole = mended(whole)
    inside = np.minimum(whole, face)
    if inside.sum(dtype=np.int64) >= FACE_INSIDE * face.sum(dtype=np.int64):
        return np.maximum(whole, face), face
    return whole, inside


def mended(mask: Image) -> Image:
    """Fill the small holes of a mask, 8 bit; what reaches the picture's edge is no hole."""
    solid = np.asarray(mask > 127, np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        np.pad(1 - solid, 1, constant_values=1), connectivity=4
    )
    small = stats[:, cv2.CC_STAT_AREA] < SMALL_HOLE * solid.sum()
    small[[0, labels[0, 0]]] = False
    if count < 3 or not small.any():
        return mask
    holes = cv2.dilate(np.asarray(small[labels][1:-1, 1:-1], np.uint8), HOLE_EDGE)
    return np.asarray(np.where(holes > 0, 255, mask), np.uint8)


def _again(segmenter: Segmenter, frame: Image, prior: Image, around: Neighbourhood) -> Image | None:
    """Segment a frame of which a mask is expected; `None` where the new one is another thing.

    A segmenter that neither knows subjects nor learns much from motion would only repeat it.
    """
    hints = informed(_expected(frame, prior), around, (frame.shape[1], frame.shape[0]), segmenter)
    if not segmenter.sees and (hints.evidence is None or hints.evidence.plain < LEAST_MOTION):
        return None
    found = segmenter.segment(frame, hints)
    return found if found is not prior and mask_overlap(found, prior) >= LEAST_AGREEMENT else None


def _expected(frame: Image, prior: Image) -> Hints:
    """What a mask that was carried along says, and whose faces lie in it and beside it."""
    hints = Hints(prior=prior)
    if open_networks() is None:
        return hints
    faces = detect_faces(frame)
    own = [face for face in faces if _covered(face.points, prior)]
    if not own:
        return hints
    face = max(own, key=lambda face: face.w * face.h)
    near = face_hints(face, faces, (frame.shape[1], frame.shape[0]))
    return replace(hints, face=face, others=near.others)


def _covered(points: Points, mask: Image) -> bool:
    """Whether most of a face's points lie in a mask."""
    height, width = mask.shape
    rows = [min(max(int(y), 0), height - 1) for _, y in points]
    columns = [min(max(int(x), 0), width - 1) for x, _ in points]
    return float((mask[rows, columns] > 127).mean()) > 0.5


def _missed(
    frames: CanvasFrames,
    span: Shot,
    sighting: Sighting,
    segmenter: Segmenter,
    frame: Image,
    prior: Image,
) -> Image | None:
    """The person of a face, where the mask that was carried there lies elsewhere."""
    face = face_outline(sighting.face, (frame.shape[1], frame.shape[0])) > 127
    if float((face & (prior > 127)).sum()) >= FACE_INSIDE * float(face.sum()):
        return None
    key = face_key(frames, span, sighting.frame, sighting.face, segmenter)
    return None if key is None else key.foreground


def _missed_face(sighting: Sighting, frame: Image, prior: Image) -> Image | None:
    """A face that was found, where the one that was carried there lies elsewhere."""
    face = face_outline(sighting.face, (frame.shape[1], frame.shape[0]))
    return None if mask_overlap(face, prior) >= LEAST_AGREEMENT else face


def _face_again(frame: Image, prior: Image) -> Image | None:
    near = cv2.dilate(prior, np.ones((9, 9), np.uint8))
    found = face_inside(frame, np.asarray(near, np.uint8))
    return found if found.any() and mask_overlap(found, prior) >= LEAST_AGREEMENT else None
