"""The face of every frame by its 468 points, steadied over time; else what was carried along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ....arrays.images import Image
from ....progress import log
from ....sync.frame_runs import frame_runs, runs_text
from ..face_detectors.base import Face
from ..face_detectors.blazeface import follow_face, mesh_face
from ..face_shape import face_outline, head_turn
from ..small_networks.people_networks import PeopleNetworks
from .occluders import Occluders, lasting

LEAST_AGREEMENT = 0.35  # IoU with the mask that was carried along
ALMOST = 0.85  # likewise with where a face is expected behind what passes
LONGEST = 48  # frames behind something
WEIGHTS = (0.25, 0.5, 0.25)  # of the frame before, of the frame, of the one after
RETURN_FRAMES = 12  # after which a face that came back, or turned, is known
LEAP = 0.7  # of the face's height: farther, it was found anew
JUMP = 0.1  # of the face's height: beyond it, frames are not averaged
# How far the tip of the nose lies from the middle of the eyes, in distances of the eyes: about half
# of it for a head that is turned by 45 degrees. From the first on a flat picture fades out, at the
# second it is gone. It never comes or goes in fewer frames than the third.
TURNED, GONE, FADE_FRAMES = 0.75, 1.05, 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """A frame, the mask that was carried to it, its face, and what may pass in front of that.

    `share` is how much of the face a flat picture may cover.
    """

    frame: Image
    carried: Image
    face: Face | None
    occluders: Occluders | None
    passing: Image | None
    share: float


def face_masks(
    frames: Iterable[Image],
    carried: Iterable[Image],
    networks: PeopleNetworks | None,
    *,
    key: tuple[Image, Image] | None = None,
    first: int = 0,
) -> Iterator[Image]:
    """Draw the face of every frame.

    Args:
        frames: RGB, 8 bit, one after the other.
        carried: The face as it was carried along from the key frames, 8 bit; it says which face,
            and whether there is one.
        networks: The small networks; without them, what was carried is given, its holes filled.
        key: A key frame and its face's mask: what passes in front of the face later is cut out.
        first: Number of the first frame, for the log.

    Returns:
        Masks, 8 bit, without holes. A profile, on which a flat picture cannot lie, fades out.
    """
    before: _Seen | None = None
    now: _Seen | None = None
    away: list[int] = []
    for number, after in enumerate(_seen(frames, carried, networks, key), first):
        if now is not None:
            yield _drawn(before, now, after)
        if after.share < 1 and after.carried.any():
            away.append(number)
        before, now = now, after
    if now is not None:
        yield _drawn(before, now, None)
    if away:
        log.info(
            "pairs %s: the head is turned away, the face fades out", runs_text(frame_runs(away))
        )


def _seen(
    frames: Iterable[Image],
    carried: Iterable[Image],
    networks: PeopleNetworks | None,
    key: tuple[Image, Image] | None,
) -> Iterator[_Seen]:
    occluders: Occluders | None = None
    if networks is not None and key is not None:
        face = _under(*key, networks)
        occluders = None if face is None else Occluders(key[0], face)
    walk = None if networks is None else _Walk(networks)
    passing: Image | None = None
    shown: Face | None = None  # the last face
    lost = False
    unknown = 0  # frames until the face's look is known again
    share: float | None = None
    for frame, mask in zip(frames, carried, strict=True):
        hidden = passing is not None and bool(passing.any())
        last = walk.step(frame, mask, hidden=hidden) if walk else None
        if occluders and last and shown and (lost or _apart(shown, last)):
            occluders, unknown = Occluders(frame, last), RETURN_FRAMES
        elif occluders and last and occluders.has_turned(last):
            unknown = RETURN_FRAMES
        shown, lost, passing = last or shown, last is None, None
        if occluders and last and unknown:  # it came back or turned: in other light, half hidden
            occluders.learn(frame, last)
            unknown -= 1
        elif occluders and last:
            passing = occluders.candidate(frame, last)
        share = _next_share(share, last) if mask.any() else None
        yield _Seen(
            frame=frame, carried=mask, face=last, occluders=occluders, passing=passing,
            share=1.0 if share is None else share,
        )  # fmt: skip


def _next_share(before: float | None, face: Face | None) -> float:
    """How much of a face shows; one that is lost while it turns away has turned on."""
    goal = flat_share(face) if face else float(before is None or before == 1)
    if before is None:
        return goal
    return min(max(goal, before - 1 / FADE_FRAMES), before + 1 / FADE_FRAMES)


class _Walk:
    """Follows a face from frame to frame.

    Args:
        networks: The small networks.
    """

    def __init__(self, networks: PeopleNetworks) -> None:
        self._networks = networks
        self._last: Face | None = None
        self._age = 0  # frames since points were found
        self._centre = (0.0, 0.0)  # of the mask that was carried to the last frame

    def step(self, frame: Image, mask: Image, *, hidden: bool) -> Face | None:
        """Go on to a frame.

        Args:
            frame: The frame.
            mask: The face as it was carried along.
            hidden: Whether something may be in front of the face: then points that jump are none.
        """
        if not mask.any():
            self._last = None
            return None
        expected = self._moved(mask)
        face = None if expected is None else follow_face(frame, expected, self._networks)
        if face is None or not _agrees(face, mask):
            face = _under(frame, mask, self._networks)
        if expected is not None and self._age < LONGEST and hidden:
            outline = face_outline(expected, (mask.shape[1], mask.shape[0]))
            if face is None or not _agrees(face, outline, least=ALMOST):
                face, self._age = expected, self._age + 1
        else:
            self._age = 0
        self._last = face
        return face

    def _moved(self, mask: Image) -> Face | None:
        """The last face, moved as the carried mask has."""
        rows, columns = np.nonzero(mask > 127)
        if not len(rows):
            return None
        before, self._centre = self._centre, (float(columns.mean()), float(rows.mean()))
        if self._last is None:
            return None
        shift = (self._centre[0] - before[0], self._centre[1] - before[1])
        return self._last.placed(1.0, shift)


def _under(frame: Image, mask: Image, networks: PeopleNetworks) -> Face | None:
    """The face under a mask."""
    x, y, w, h = cv2.boundingRect(np.asarray(mask > 127, np.uint8))
    if not (w and h):
        return None
    level = np.array([[x, y], [x + w, y]], np.float64)
    face = mesh_face(frame, np.array([x, y, w, h], np.float64), level, networks)
    return face if face is not None and _agrees(face, mask) else None


def _agrees(face: Face, mask: Image, *, least: float = LEAST_AGREEMENT) -> bool:
    outline = face_outline(face, (mask.shape[1], mask.shape[0])) > 127
    other = mask > 127
    return float((outline & other).sum()) >= least * float((outline | other).sum())


def _drawn(before: _Seen | None, now: _Seen, after: _Seen | None) -> Image:
    if now.face is None:
        return _faded(filled(now.carried), now.share)
    face = _steadied(before, now.face, after)
    mask = face_outline(face, (now.carried.shape[1], now.carried.shape[0]))
    if now.occluders is not None and now.passing is not None and now.passing.any():
        beside = [seen.passing for seen in (before, after) if seen and seen.passing is not None]
        parts = lasting(now.passing, beside)
        if parts.any():
            mask = np.minimum(mask, 255 - now.occluders.placed(parts, now.frame, now.face))
    return _faded(mask, now.share)


def _steadied(before: _Seen | None, face: Face, after: _Seen | None) -> Face:
    total, weight = np.zeros((len(face.mesh), 2)), 0.0
    faces = (before.face if before else None, face, after.face if after else None)
    for other, share in zip(faces, WEIGHTS, strict=True):
        if other is not None and _close(other, face):
            total += share * np.asarray(other.mesh)
            weight += share
    mesh = tuple((float(x), float(y)) for x, y in total / weight)
    return replace(face, mesh=mesh)


def _faded(mask: Image, share: float) -> Image:
    return mask if share == 1 else np.asarray((share * mask.astype(np.float32)).round(), np.uint8)


def flat_share(face: Face) -> float:
    """How much of a face a flat picture may cover: less, the more the head is turned away."""
    return float(np.clip((GONE - abs(head_turn(face))) / (GONE - TURNED), 0, 1))


def _apart(a: Face, b: Face) -> bool:
    """Whether a face of one frame and a face of the next cannot be one that moved."""
    gap = np.hypot(a.x + a.w / 2 - b.x - b.w / 2, a.y + a.h / 2 - b.y - b.h / 2)
    return bool(gap > LEAP * max(a.h, b.h))


def _close(a: Face, b: Face) -> bool:
    gap = np.abs(np.asarray(a.mesh) - np.asarray(b.mesh)).mean()
    return bool(gap <= JUMP * max(a.h, b.h))


def filled(mask: Image) -> Image:
    """A mask without its holes."""
    edges, _ = cv2.findContours(
        np.asarray(mask > 127, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    inside = np.zeros_like(mask)
    cv2.drawContours(inside, edges, -1, 255, -1)
    inner = cv2.erode(inside, np.ones((3, 3), np.uint8))  # the edge stays as soft as it was
    return np.asarray(np.maximum(mask, inner), np.uint8)
