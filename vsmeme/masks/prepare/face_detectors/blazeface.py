"""BlazeFace over the picture and its squares; each face is confirmed by its 468 points."""

from __future__ import annotations

import cv2
import numpy as np

from ....arrays.images import Doubles, Floats, Image
from ....errors import MissingError
from ..small_networks.light import balanced, levelled
from ..small_networks.people_networks import (
    FACES_PX,
    MESH_POINTS,
    POINTS_PX,
    PeopleNetworks,
    Square,
    open_networks,
)
from .base import Face

LIKELY, PERHAPS, SURE = 0.5, 0.25, 0.9  # scores: worth a closer look, a last look, a face
KNOWN = 0.5  # likewise, where one was in the frame before
LOOKS = 3  # from points, each nearer than the one before
CELLS, CELL_PX = 48, 4
ALIKE = 0.3  # IoU of two boxes of one face
FILLED = 1.6  # of the picture's longer side: a square around a face that fills the picture
MARGIN = 1.5  # the square around a face, in its box: what the points were trained on
# Points of the mesh: outer and inner corner of both eyes, tip of the nose, corners of the mouth.
EYES, NOSE, MOUTH = ((33, 133), (362, 263)), 1, (61, 291)
EAR_POINTS, EYE_POINTS = 6, 2


def find_with_blazeface(frame: Image) -> list[Face]:
    """Find faces; see `FaceDetector`."""
    networks = open_networks()
    if networks is None:
        raise MissingError("vsmeme.detect_faces: the networks of blazeface are missing")
    width, height = frame.shape[1], frame.shape[0]
    tries = (
        (frame, _squares(width, height), LIKELY),
        (frame, _grid(width, height), LIKELY),
        (balanced(frame), [*_squares(width, height), _beyond(width, height)], PERHAPS),
    )
    for picture, squares, least in tries:
        faces: list[Face] = []
        for box, points in _candidates(picture, squares, networks, least):
            face = _settled(picture, box, points[:EYE_POINTS], networks)
            if face is not None and all(_overlap(face, other) < ALIKE for other in faces):
                faces.append(face)
        if faces:
            return faces
    return []


def _settled(frame: Image, box: Doubles, eyes: Doubles, networks: PeopleNetworks) -> Face | None:
    """Look again until a look that started from points is sure; what is no face drifts away."""
    face = mesh_face(frame, box, eyes, networks)
    for _ in range(LOOKS):
        face = face and follow_face(frame, face, networks)
        if face is None or face.score >= SURE:
            return face
    return None


def mesh_face(
    frame: Image,
    box: Doubles,
    eyes: Doubles,
    networks: PeopleNetworks,
    *,
    least: float = SURE,
) -> Face | None:
    """Look closer at where a face may be.

    Args:
        frame: RGB, 8 bit.
        box: `x, y, w, h`, px of the frame.
        eyes: Left and right eye as seen, 2 x 2: they say how the head is tilted.
        networks: The networks.
        least: How sure it has to be, 0..1.

    Returns:
        The face with its 468 points, or `None` where there is none.
    """
    across = eyes[1] - eyes[0]
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    centre, side = box[:2] + box[2:] / 2, MARGIN * float(max(box[2:]))
    if side < 1:
        return None
    at = (float(centre[0] - 0.5), float(centre[1] - 0.5))
    turn = np.asarray(cv2.getRotationMatrix2D(at, angle, POINTS_PX / side), np.float64)
    turn[:, 2] += POINTS_PX / 2 - 0.5 - np.array(at)
    square = cv2.warpAffine(frame, turn, (POINTS_PX, POINTS_PX), flags=cv2.INTER_LINEAR)
    mesh, score = networks.points(levelled(np.asarray(square, np.uint8)))
    if score < least:
        return None
    back = cv2.invertAffineTransform(turn)
    spots = (mesh[:, :2] - 0.5) @ back[:, :2].T + back[:, 2] + 0.5
    depths = np.asarray(mesh[:, 2], np.float64) * (side / POINTS_PX)
    return _face(np.asarray(spots, np.float64), depths, score)


def follow_face(
    frame: Image, before: Face, networks: PeopleNetworks, *, least: float = KNOWN
) -> Face | None:
    """Find in the next frame a face that was found with its points in the one before.

    Args:
        frame: RGB, 8 bit.
        before: The face.
        networks: The networks.
        least: How sure it has to be, 0..1.
    """
    if not before.mesh:
        return None
    eyes = np.array(before.points[:EYE_POINTS], np.float64)
    box = np.array([before.x, before.y, before.w, before.h])
    return mesh_face(frame, box, eyes, networks, least=least)


def _face(mesh: Doubles, depths: Doubles, score: float) -> Face:
    (x0, y0), (x1, y1) = mesh.min(axis=0), mesh.max(axis=0)
    points = [mesh[list(pair)].mean(axis=0) for pair in EYES]
    points += [mesh[NOSE], *(mesh[i] for i in MOUTH)]
    return Face(
        x=float(x0), y=float(y0), w=float(x1 - x0), h=float(y1 - y0), score=score,
        points=tuple((float(x), float(y)) for x, y in points),
        mesh=tuple((float(x), float(y)) for x, y in mesh[:MESH_POINTS]),
        depths=tuple(map(float, depths)),
    )  # fmt: skip


def _candidates(
    frame: Image, squares: list[Square], networks: PeopleNetworks, least: float
) -> list[tuple[Doubles, Doubles]]:
    """Boxes and six points of what may be a face, the likeliest first, px of the frame."""
    cell = np.stack(np.meshgrid(np.arange(CELLS), np.arange(CELLS)), axis=-1).reshape(-1, 2)
    middles = (cell + 0.5) * CELL_PX
    hits: list[tuple[float, Doubles, Doubles]] = []
    for square in squares:
        rows, scores = networks.faces(square.cut(frame, FACES_PX))
        k = square.side / FACES_PX
        for i in np.flatnonzero(scores > least):
            hits.append((float(scores[i]), *_on_frame(rows[i], middles[i], k, square)))
    hits.sort(key=lambda hit: -hit[0])
    single: list[tuple[Doubles, Doubles]] = []
    for _, box, points in hits:
        if all(_box_overlap(box, other) < ALIKE for other, _ in single):
            single.append((box, points))
    return single


def _on_frame(row: Floats, middle: Doubles, k: float, square: Square) -> tuple[Doubles, Doubles]:
    corner = np.array([square.x, square.y], np.float64)
    size = np.asarray(row[2:4], np.float64) * k
    centre = (row[:2] + middle) * k + corner
    points = (row[4:].reshape(EAR_POINTS, 2) + middle) * k + corner
    return np.concatenate([centre - size / 2, size]), np.asarray(points, np.float64)


def _squares(width: int, height: int) -> list[Square]:
    """The whole picture, and squares of its shorter side that overlap by a third or more."""
    long, short = max(width, height), min(width, height)
    squares = [Square(x=(width - long) // 2, y=(height - long) // 2, side=long)]
    count = 1 + int(np.ceil(1.5 * (long - short) / short))
    for at in np.linspace(0, long - short, count).round().astype(int):
        x, y = (int(at), 0) if width >= height else (0, int(at))
        squares.append(Square(x=x, y=y, side=short))
    return squares if count > 1 else squares[:1]


def _beyond(width: int, height: int) -> Square:
    """More than the picture: a face that fills it is then as large as faces usually are."""
    side = round(FILLED * max(width, height))
    return Square(x=(width - side) // 2, y=(height - side) // 2, side=side)


def _grid(width: int, height: int) -> list[Square]:
    """Squares of half the shorter side, for faces far away."""
    side = max(FACES_PX, min(width, height) // 2)
    columns, rows = (
        np.linspace(0, max(0, length - side), 1 + max(0, -(-3 * (length - side) // (2 * side))))
        for length in (width, height)
    )
    return [Square(x=round(x), y=round(y), side=side) for y in rows for x in columns]


def _overlap(a: Face, b: Face) -> float:
    return _box_overlap(np.array([a.x, a.y, a.w, a.h]), np.array([b.x, b.y, b.w, b.h]))


def _box_overlap(a: Doubles, b: Doubles) -> float:
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    common = float(np.prod(np.clip(high - low, 0, None)))
    return common / max(1e-6, float(a[2] * a[3] + b[2] * b[3]) - common)
