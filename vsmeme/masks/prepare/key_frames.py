"""The key frame of a shot and its masks: prompted, painted, or found by its face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...arrays.images import Image
from ...errors import UsageError
from ...progress import log
from ...sync.shots import Shot
from .canvas_frames import CanvasFrames
from .cut_by_box import cut_sides
from .face_detectors.base import Face
from .face_detectors.choose import detect_faces
from .face_shape import face_outline, person_guess
from .hints import Hints, KeyHints, Region
from .motion_evidence import Neighbourhood
from .segmenters.base import Segmenter
from .weighed_mask import with_motion

SURE_FACE = 0.9
# Fractions of the shot at which a face is searched. Early first: after a key the segmenter may be
# asked again, before it never.
TRIED = (0.25, 0.5, 0.75, 0.0, 1.0)
LATER_STEP = 12  # frames
EARLIEST_FRAMES = 48  # the propagation's look-ahead: a key beyond it costs a detour over the disk
LEAST_AREA = 2e-4  # of the picture: anything smaller is no subject
FACE_INSIDE = 0.3  # least share of a face that has to lie in the foreground


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Masks of one frame, 8 bit, working size; `face` is empty where none is seen.

    `how` says where they come from.
    """

    frame: int
    foreground: Image
    face: Image
    how: str


def segment_prompted(
    frames: CanvasFrames, shot: Shot, hints: Mapping[int | None, KeyHints], segmenter: Segmenter
) -> list[Key]:
    """Segment the prompted key frames of a shot.

    Args:
        frames: The film.
        shot: The shot.
        hints: By pair number, or `None` for the key frame; canvas px.
        segmenter: What segments.

    Returns:
        One key for each prompted frame.

    Raises:
        UsageError: A prompt led to an empty mask, or to a face outside the foreground.
    """
    keys: list[Key] = []
    for number, regions in sorted(hints.items(), key=lambda item: item[0] or -1):
        frame = _middle(shot) if number is None else number
        keys.append(_prompted(frames, Neighbourhood(frames, shot, frame), regions, segmenter))
    return keys


def face_key(
    frames: CanvasFrames, shot: Shot, number: int, face: Face, segmenter: Segmenter
) -> Key | None:
    """Segment the person of a face.

    Args:
        frames: The film.
        shot: The shot.
        number: The frame.
        face: Its face, px at working size.
        segmenter: What segments.

    Returns:
        The key; `None` where the mask came out empty.
    """
    picture = frames.work(number)
    guess = face_hints(face, detect_faces(picture), frames.work_size)
    guess = informed(guess, Neighbourhood(frames, shot, number), frames.work_size, segmenter)
    mask = np.minimum(segmenter.segment(picture, guess), frames.real(number))
    if _tiny(mask):
        return None
    outline = np.minimum(face_outline(face, frames.work_size), frames.real(number))
    whole = np.maximum(mask, outline)
    return Key(frame=number, foreground=whole, face=outline, how=f"face, {segmenter.name}")


def face_hints(face: Face, faces: list[Face], size: tuple[int, int]) -> Hints:
    """Where the person of a face may be, and whose faces the others are.

    Args:
        face: The subject's face, px of a picture.
        faces: All faces of that picture.
        size: Its width and height, px.
    """
    others = tuple(other for other in faces if not _same(other, face))
    return Hints(points=face.points, guess=person_guess(face, size), face=face, others=others)


def _same(a: Face, b: Face) -> bool:
    """Whether two faces of one picture are one: the middle of one lies in the other."""
    return (
        abs(a.x + a.w / 2 - b.x - b.w / 2) < b.w / 2
        and abs(a.y + a.h / 2 - b.y - b.h / 2) < b.h / 2
    )


def informed(
    hints: Hints, around: Neighbourhood, size: tuple[int, int], segmenter: Segmenter
) -> Hints:
    """Hints about a subject, with what motion says for a segmenter that makes use of it."""
    if not segmenter.hears or hints.painted is not None:
        return hints
    return with_motion(hints, around, size)


def find_person(
    frames: CanvasFrames, shot: Shot, *, detector: str | None = None
) -> tuple[int, Face] | None:
    """Look for a sure face through a shot: the first tried that is about the largest.

    A few early frames are tried first; only where they show none, the rest of the shot is.

    Args:
        frames: The film.
        shot: The shot.
        detector: One of `FACE_DETECTORS`; as `detect_faces` chooses by default.
    """
    reach = min(len(shot) - 1, 2 * EARLIEST_FRAMES)
    early = dict.fromkeys(shot.first + round(reach * t) for t in TRIED)
    sightings = _sure_faces(frames, early, detector)
    if not sightings:
        later = range(shot.first + reach + LATER_STEP, shot.last + 1, LATER_STEP)
        sightings = _sure_faces(frames, (*later, shot.last), detector, most=1)
    largest = max((face.w * face.h for _, face in sightings), default=0.0)
    return next((one for one in sightings if 1.5 * one[1].w * one[1].h >= largest), None)


def _sure_faces(
    frames: CanvasFrames,
    numbers: Iterable[int],
    detector: str | None,
    *,
    most: int | None = None,
) -> list[tuple[int, Face]]:
    """The largest sure face of each frame that has one; of the first `most` such frames."""
    sightings: list[tuple[int, Face]] = []
    for number in numbers:
        seen = detect_faces(frames.work(number), detector=detector)
        faces = [face for face in seen if face.score >= SURE_FACE]
        if faces:
            sightings.append((number, max(faces, key=lambda f: f.w * f.h)))
        if len(sightings) == most:
            break
    return sightings


def _middle(shot: Shot) -> int:
    return shot.first + min(len(shot) // 2, EARLIEST_FRAMES)


def _prompted(
    frames: CanvasFrames, around: Neighbourhood, regions: KeyHints, segmenter: Segmenter
) -> Key:
    number = around.number
    picture = frames.work(number)
    masks: dict[Region, Image] = {}
    for region, hints in regions.items():
        own = replace(hints.scaled(frames.scale), part=region == "face")
        if region == "foreground":
            own = informed(own, around, frames.work_size, segmenter)
        mask = segmenter.segment(picture, own)
        mask = np.minimum(mask, frames.real(number))
        cut = cut_sides(mask, own.boxes) if region == "foreground" else ()
        if cut:
            log.warning(
                "frame %d: the subject ends at the %s of its box, in a straight line: if it goes "
                "on there, draw the box wider",
                *(number, " and ".join(cut)),
            )
        if _tiny(mask):
            raise UsageError(
                f"segment.prompts: frame {number}: the {region} came out empty; "
                "try more points, or vsmeme segment --pick"
            )
        masks[region] = mask
    foreground = masks.get("foreground")
    if foreground is None:
        foreground = _around(picture, masks["face"], around, segmenter)
    face = masks.get("face")
    if face is None:
        face = face_inside(picture, foreground)
        return Key(frame=number, foreground=foreground, face=face, how=segmenter.name)
    shared = np.minimum(face, foreground)
    if shared.sum(dtype=np.int64) < FACE_INSIDE * face.sum(dtype=np.int64):
        raise UsageError(
            f"segment.prompts: frame {number}: the face lies outside the foreground; "
            "a face is a part of the foreground"
        )
    return Key(frame=number, foreground=foreground, face=shared, how=segmenter.name)


def _around(picture: Image, face: Image, around: Neighbourhood, segmenter: Segmenter) -> Image:
    """The person around a face that was prompted alone."""
    rows, columns = np.flatnonzero(face.max(axis=1) > 127), np.flatnonzero(face.max(axis=0) > 127)
    x, y = float(columns[0]), float(rows[0])
    w, h = float(columns[-1] + 1 - x), float(rows[-1] + 1 - y)
    middle = (x + w / 2, y + h / 2)
    box = Face(x=x, y=y, w=w, h=h, score=1.0, points=(middle,) * 5)
    size = (picture.shape[1], picture.shape[0])
    hints = Hints(points=(middle,), guess=person_guess(box, size))
    found = segmenter.segment(picture, informed(hints, around, size, segmenter))
    return np.maximum(found, face)


def face_inside(picture: Image, foreground: Image) -> Image:
    """The surest face that lies in the foreground, as a mask inside it; empty if there is none."""
    size = (picture.shape[1], picture.shape[0])
    for face in detect_faces(picture):
        outline = face_outline(face, size)
        inside = np.minimum(outline, foreground)
        if inside.sum(dtype=np.int64) >= 0.6 * outline.sum(dtype=np.int64):
            return inside
    return np.zeros_like(foreground)


def _tiny(mask: Image) -> bool:
    return float((mask > 127).mean()) < LEAST_AREA
