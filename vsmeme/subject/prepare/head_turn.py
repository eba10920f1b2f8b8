"""How a head turns in a shot, by the points of its face, and what that does to a flat picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays.images import Doubles, Image
from ...masks.prepare.face_detectors.base import Face
from ...masks.prepare.face_detectors.blazeface import follow_face, mesh_face
from ...masks.prepare.face_shape import head_turn
from ...masks.prepare.people.face_path import TURNED
from ...masks.prepare.small_networks.people_networks import PeopleNetworks
from .region_sight import Sight
from .smooth_poses import fit_model, local_parabola

SOLID = 0.5
# Degrees away from the key frame: below the first a turn is the noise of the points, from the
# second on it counts in full; the third is the farthest that a flat picture follows.
QUIET, FULL, FARTHEST = 4.0, 10.0, 40.0
STEADY_FRAMES = 4  # on each side
# Rows of the face, from its highest point to its chin, that no mouth moves.
RIGID = 0.6
TOP, CHIN = 10, 152  # of the mesh


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadTurns:
    """A head in a shot.

    Attributes:
        yaw: Degrees from the key frame, one a frame: above 0, the face turns to the picture's
            right.
        pitch: Likewise: above 0, it turns down.
        stretches: What the turn does to the face's picture: key frame to frame, 3x3 each, edge
            coordinates of the tracked picture; the identity where the turn is none.
        away: Frames in which the head is turned too far for a flat picture.
    """

    yaw: tuple[float, ...]
    pitch: tuple[float, ...]
    stretches: tuple[Doubles, ...]
    away: tuple[int, ...]


def measure_turns(
    sights: Sequence[Sight], start: int, networks: PeopleNetworks
) -> HeadTurns | None:
    """Follow the points of a face through a shot.

    Args:
        sights: The frames of the shot around the face.
        start: The key frame's number among them.
        networks: The small networks.

    Returns:
        The turns; `None` where the key frame's face has no points.
    """
    faces = _faces(sights, networks)
    key = faces[start]
    if key is None:
        return None
    shape = _solid(key)
    rigid = _rigid(shape)
    angles, trust = np.zeros((len(faces), 2)), np.zeros(len(faces))
    for n, face in enumerate(faces):
        if face is not None:
            angles[n], trust[n] = _angles(_turn(shape[rigid], _solid(face)[rigid])), 1.0
    steady = np.array([_steadied(angles, trust, n) for n in range(len(faces))])
    steady -= steady[start]
    away = [n for n, face in enumerate(faces) if face is not None and abs(head_turn(face)) > TURNED]
    return HeadTurns(
        yaw=tuple(float(yaw) for yaw, _ in steady),
        pitch=tuple(float(pitch) for _, pitch in steady),
        stretches=tuple(stretch(shape, yaw, pitch) for yaw, pitch in steady),
        away=tuple(_with_lost(away, sights)),
    )


def stretch(shape: Doubles, yaw: float, pitch: float) -> Doubles:
    """Return what a turn does to the picture of a face, beside moving, turning and scaling it.

    Args:
        shape: The face's points on the key frame, `n x 3`, px.
        yaw: Degrees.
        pitch: Degrees.

    Returns:
        3x3: the affine map that is nearest to the turned points, without the similarity that is.
    """
    size = float(np.hypot(yaw, pitch))
    share = float(np.clip((size - QUIET) / (FULL - QUIET), 0, 1))
    if share == 0:
        return np.eye(3)
    k = share * share * (3 - 2 * share) * min(1.0, FARTHEST / size)
    turned = (shape @ _rotation(k * yaw, k * pitch).T)[:, :2].T
    flat = np.vstack([shape[:, :2].T, np.ones(len(shape))])
    affine = fit_model(flat, turned, "affine")
    plain = fit_model(flat, turned, "similarity")
    return np.asarray(np.linalg.inv(plain) @ affine, np.float64)


def _faces(sights: Sequence[Sight], networks: PeopleNetworks) -> list[Face | None]:
    """The face of every frame, px of the tracked picture."""
    faces: list[Face | None] = []
    last: Face | None = None
    for sight in sights:
        grey = np.clip(np.rint(sight.luma), 0, 255).astype(np.uint8)
        picture = np.asarray(np.dstack([grey] * 3), np.uint8)
        x, y = sight.origin
        face = None
        if sight.mask.max() > SOLID:
            if last is not None:
                face = follow_face(picture, last.placed(1.0, (-x, -y)), networks)
            if face is None or not _inside(face, sight):
                face = _under(picture, sight, networks)
        last = face.placed(1.0, (x, y)) if face else None
        faces.append(last)
    return faces


def _under(picture: Image, sight: Sight, networks: PeopleNetworks) -> Face | None:
    """The face under the region's mask."""
    x, y, w, h = cv2.boundingRect(np.asarray(sight.mask > SOLID, np.uint8))
    level = np.array([[x, y], [x + w, y]], np.float64)
    face = mesh_face(picture, np.array([x, y, w, h], np.float64), level, networks)
    return face if face is not None and _inside(face, sight) else None


def _inside(face: Face, sight: Sight) -> bool:
    """Whether a face's middle lies in the region."""
    height, width = sight.mask.shape
    row = min(max(int(face.y + face.h / 2), 0), height - 1)
    column = min(max(int(face.x + face.w / 2), 0), width - 1)
    return bool(sight.mask[row, column] > SOLID)


def _solid(face: Face) -> Doubles:
    """Points in space, px: right, down, and into the picture."""
    return np.column_stack([np.asarray(face.mesh, np.float64), np.asarray(face.depths)])


def _rigid(shape: Doubles) -> Doubles:
    """Numbers of the points above the mouth."""
    down = shape[CHIN, :2] - shape[TOP, :2]
    height = (shape[:, :2] - shape[TOP, :2]) @ down / max(1e-6, float(down @ down))
    return np.asarray(np.flatnonzero(height < RIGID))


def _turn(key: Doubles, now: Doubles) -> Doubles:
    """The rotation that brings points nearest to points (Kabsch 1976); place and size are free."""
    a, b = key - key.mean(axis=0), now - now.mean(axis=0)
    u, _, v = np.linalg.svd(a.T @ b)
    flip = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(v.T @ u.T)))])
    return np.asarray(v.T @ flip @ u.T, np.float64)


def _angles(turn: Doubles) -> tuple[float, float]:
    """Yaw and pitch, degrees: where the direction out of the picture goes."""
    x, y, z = -turn[:, 2]
    yaw = float(np.degrees(np.arctan2(x, -z)))
    return yaw, float(np.degrees(np.arctan2(y, np.hypot(x, z))))


def _rotation(yaw: float, pitch: float) -> Doubles:
    """The rotation of these angles without any roll."""
    a, b = np.radians(yaw), np.radians(pitch)
    out = np.array([np.sin(a) * np.cos(b), np.sin(b), -np.cos(a) * np.cos(b)])
    axis = np.cross([0.0, 0.0, -1.0], out)
    length = float(np.linalg.norm(axis))
    if length < 1e-9:
        return np.eye(3)
    angle = float(np.arctan2(length, -out[2]))
    return np.asarray(cv2.Rodrigues(axis / length * angle)[0], np.float64)


def _steadied(angles: Doubles, trust: Doubles, n: int) -> Doubles:
    value = local_parabola(angles, trust, n, reach=STEADY_FRAMES)
    return np.zeros(2) if value is None else value


def _with_lost(away: Sequence[int], sights: Sequence[Sight]) -> list[int]:
    """Frames beside those in which the region is gone, too: the head has turned on."""
    known = set(away)
    for way in (range(len(sights)), range(len(sights) - 1, -1, -1)):
        beside = False
        for n in way:
            if n in known:
                beside = True
            elif beside and sights[n].mask.max() <= SOLID:
                known.add(n)
            else:
                beside = False
    return sorted(known)
