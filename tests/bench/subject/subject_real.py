"""The inserted face on real footage: steadiness, and contact sheets at 1:1 around the face."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from bench.subject.subject_arrays import Array, clip_from, core, rgb_of
from vsmeme.demo.scene_face import silly_face
from vsmeme.masks.mask import feather
from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.face_shape import face_outline
from vsmeme.source.formats import to_rgb, to_working
from vsmeme.subject.insert_face import insert_face
from vsmeme.subject.prepare.face_picture import Picture
from vsmeme.subject.prepare.follow_regions import measure_track
from vsmeme.sync.shots import Shot, Shots

FOOTAGE = Path(__file__).resolve().parents[4] / "shared" / "footage"
FRAMES = 24
PAIRS = {"d2_meeting": (40, 12), "d5_dancer": (50, 6)}  # first frame, feather in px
# Left eye, right eye, nose, left and right corner of the mouth of the drawn face.
EYES_AND_MOUTH = np.array([[125, 170], [275, 165], [200, 260], [110, 330], [290, 330]], float)


def bench(row: Callable[[str, object, str], None]) -> None:
    """Print how steady the face sits, and write the sheets to ``out/``."""
    if not FOOTAGE.is_dir():
        row("real footage", "no ../shared/footage beside this checkout", "")
        return
    rgba = silly_face()
    picture = Picture(rgb=rgba[..., :3].copy(), alpha=rgba[..., 3].copy(), points=EYES_AND_MOUTH)
    for name, (first, soft) in PAIRS.items():
        film = core.bs.VideoSource(str(FOOTAGE / name / "master.mkv"), cachemode=0)
        film = film[first : first + FRAMES].std.SetFrameProps(_Matrix=1, _Transfer=1, _Primaries=1)
        frames = [
            np.rint(255 * np.clip(rgb_of_file(film, n), 0, 1)).astype(np.uint8)
            for n in range(FRAMES)
        ]
        faces = _follow_detector(frames)
        size = (film.width, film.height)
        masks = clip_from([face_outline(face, size) for face in faces])
        shots = Shots(shots=(Shot(first=0, last=FRAMES - 1),))
        clip = to_working(film)
        region = measure_track(clip, {"face": masks}, shots, [0], picture=picture)["face"]
        _report(row, name, [np.array(p.matrix) for p in region.poses], faces)
        out = insert_face(
            clip, feather(masks, px=soft), clip_from([picture.rgb], rgb=True),
            region.placed(FRAMES), alpha=clip_from([picture.alpha]), tones=region.tone(FRAMES),
        )  # fmt: skip
        _sheet(name, [rgb_of(out, n) for n in range(FRAMES)], faces)


def rgb_of_file(film: object, n: int) -> Array:
    """Frame n of the file as RGB, 0..1."""
    with to_rgb(film).get_frame(n) as frame:  # type: ignore[arg-type]
        return np.stack([np.asarray(plane).copy() for plane in frame], -1)


def _follow_detector(frames: list[Array]) -> list[Face]:
    """The leftmost face of the first frame, and the nearest to it in each later one."""
    faces: list[Face] = []
    for frame in frames:
        found = detect_faces(frame)
        last = faces[-1] if faces else min(found, key=lambda f: f.x)
        near = min(found, key=lambda f: np.hypot(f.x - last.x, f.y - last.y), default=last)
        faces.append(near)
    return faces


def _report(
    row: Callable[[str, object, str], None], name: str, poses: list[Array], faces: list[Face]
) -> None:
    marks = np.array([face.points for face in faces])
    start = np.array([*marks[0].mean(0), 1.0])
    centres = np.array([(pose @ start)[:2] for pose in poses])
    for what, path in (("track", centres), ("detector alone", marks.mean(1))):
        jolt = np.sqrt((np.diff(path, 2, axis=0) ** 2).sum(1).mean() / 6)
        row(f"{name}, {FRAMES} frames: second difference RMS, {what}", f"{jolt:.2f} px", "")


def _sheet(name: str, frames: list[Array], faces: list[Face]) -> None:
    """1:1, six across; the window stands still, so that what moves is the film."""
    xs, ys = [f.x + f.w / 2 for f in faces], [f.y + f.h / 2 for f in faces]
    half = int(max(max(xs) - min(xs), max(ys) - min(ys)) / 2 + 0.9 * max(f.h for f in faces))
    x, y = (int((max(v) + min(v)) / 2) for v in (xs, ys))
    pad = ((half, half), (half, half), (0, 0))
    tiles = [np.pad(f, pad)[y : y + 2 * half, x : x + 2 * half] for f in frames]
    rows = [np.hstack(tiles[i : i + 6]) for i in range(0, len(tiles), 6)]
    Path("out").mkdir(exist_ok=True)
    sheet = np.clip(np.vstack(rows) * 255, 0, 255).astype(np.uint8)
    cv2.imwrite(f"out/subject_{name}.png", sheet[..., ::-1])
