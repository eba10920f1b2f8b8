"""One shot: its keys, carried to every frame; kept on disk, so that a stop costs one shot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, tee
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...arrays.images import Image
from ...artifact import atomic_path
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
from .people.face_path import face_masks
from .people.people_networks import open_networks
from .people.sightings import Sighting
from .propagation.propagate_masks import Propagation, propagate_masks
from .segmenters.base import Segmenter

METHOD = 5  # counts changes of the propagation, which make kept shots stale
FACE_INSIDE = 0.7  # least share of a face in the foreground for it to be believed
LEAST_CALLS = 4  # of the segmenter in a span, however short
LEAST_MOTION = 0.5  # how plain motion must be before a new mask is made from it
LEAST_AGREEMENT = 0.5  # IoU with what was expected, below which a new mask is not believed


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotMasks:
    """Masks of a shot at working size, compressed one by one, and how they came about."""

    foreground: tuple[bytes, ...]
    face: tuple[bytes, ...]
    alarms: tuple[int, ...]
    calls: int

    def frame(self, n: int) -> tuple[Image, Image]:
        """Foreground and face of the shot's frame `n`, 8 bit, working size."""
        return _unpack(self.foreground[n]), _unpack(self.face[n])


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
    rate: float,
    label: str,
) -> ShotMasks:
    """Carry the keys of a shot to all frames in which the subject is there.

    Args:
        frames: The film.
        shot: The shot.
        subject: Its keys, and when it is there; elsewhere the masks are empty.
        segmenter: Asked at alarms.
        rate: Most calls of it a second, in the mean; never fewer than `LEAST_CALLS`.
        label: Of the progress bar.
    """
    empty = _pack(np.zeros(frames.work_size[::-1], np.uint8))
    foreground, face = [empty] * len(shot), [empty] * len(shot)
    alarms: list[int] = []
    calls = 0
    for span in subject.spans:
        keys = [key for key in subject.keys if span.first <= key.frame <= span.last]
        most = max(LEAST_CALLS, round(rate * len(span) * frames.fps[1] / frames.fps[0]))
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
) -> tuple[Propagation, Iterator[tuple[bytes, bytes]]]:
    """Masks of a span, foreground and face, packed; its keys lie in it."""
    ways = tee(bar(frames.run(span.first, span.last), total=len(span), label=label), 3)

    def again(frame: Image, prior: Image) -> Image | None:
        around = Neighbourhood(frames, span, span.first + whole.asked)
        return _again(segmenter, frame, prior, around)

    whole = propagate_masks(
        _Counted(ways[0], len(span)),
        {k.frame - span.first: k.foreground for k in keys},
        segment=again,
        max_calls=most,
        watched={
            one.frame - span.first: partial(_missed, frames, span, one, segmenter)
            for one in sightings
        },
    )
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
    return whole, ((_pack(body), _pack(head)) for body, head in joined)


def _joined(whole: Image, face: Image) -> tuple[Image, Image]:
    """A face belongs to the foreground and has no holes, unless it has gone astray."""
    inside = np.minimum(whole, face)
    if inside.sum(dtype=np.int64) >= FACE_INSIDE * face.sum(dtype=np.int64):
        return np.maximum(whole, face), face
    return whole, inside


def _again(segmenter: Segmenter, frame: Image, prior: Image, around: Neighbourhood) -> Image | None:
    """Segment a frame of which a mask is expected; `None` where the new one is another thing.

    A segmenter that neither knows subjects nor learns much from motion would only repeat it.
    """
    hints = informed(_expected(frame, prior), around, (frame.shape[1], frame.shape[0]), segmenter)
    if not segmenter.sees and (hints.evidence is None or hints.evidence.plain < LEAST_MOTION):
        return None
    found = segmenter.segment(frame, hints)
    return found if found is not prior and _iou(found, prior) >= LEAST_AGREEMENT else None


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
    return None if _iou(face, prior) >= LEAST_AGREEMENT else face


def _face_again(frame: Image, prior: Image) -> Image | None:
    near = cv2.dilate(prior, np.ones((9, 9), np.uint8))
    found = face_inside(frame, np.asarray(near, np.uint8))
    return found if found.any() and _iou(found, prior) >= LEAST_AGREEMENT else None


def _iou(a: Image, b: Image) -> float:
    x, y = a > 127, b > 127
    return float((x & y).sum()) / max(1.0, float((x | y).sum()))


def _pack(mask: Image) -> bytes:
    return cv2.imencode(".png", mask)[1].tobytes()


def _unpack(packed: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(picture, np.uint8)


def shot_stamp(made_from: Mapping[str, Any], shot: Shot, subject: ShotSubject, name: str) -> str:
    """What a shot's masks depend on, as a digest."""
    spans = [[span.first, span.last] for span in subject.spans]
    facts = [METHOD, made_from, shot.first, shot.last, spans, name]
    digest = hashlib.sha256(json.dumps(facts).encode())
    for key in subject.keys:
        digest.update(str(key.frame).encode() + key.foreground.tobytes() + key.face.tobytes())
    return digest.hexdigest()


def load_shot(path: Path, stamp: str) -> ShotMasks | None:
    """Read a shot's masks that an earlier run has kept, if they still hold."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["stamp"]) != stamp:
                return None
            data, (whole, part) = kept["data"].tobytes(), kept["lengths"]
            return ShotMasks(
                foreground=_split(data, whole),
                face=_split(data[int(whole.sum()) :], part),
                alarms=tuple(int(n) for n in kept["alarms"]),
                calls=int(kept["calls"]),
            )
    except (OSError, ValueError, KeyError):
        return None


def save_shot(path: Path, stamp: str, masks: ShotMasks) -> None:
    """Keep a shot's masks."""
    lengths = np.array([[len(b) for b in part] for part in (masks.foreground, masks.face)])
    data = np.frombuffer(b"".join(masks.foreground + masks.face), np.uint8)
    with atomic_path(path) as part:
        np.savez(
            part, stamp=np.array(stamp), lengths=lengths, data=data,
            alarms=np.array(masks.alarms, int), calls=np.array(masks.calls),
        )  # fmt: skip


def _split(data: bytes, lengths: np.ndarray[Any, Any]) -> tuple[bytes, ...]:
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return tuple(data[a:b] for a, b in pairwise(ends))
