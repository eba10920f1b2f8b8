"""What the plate's benchmark measures; differences are means in 8-bit codes over all planes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import vapoursynth as vs

from bench.plate.plate_films import Film
from vsmeme.arrays.images import dilated
from vsmeme.config import Config
from vsmeme.demo.scene import Scene
from vsmeme.pixels.matrix import IDENTITY, Matrix33, apply, compose, invert
from vsmeme.plate.background import background
from vsmeme.plate.ledger import PlateKey
from vsmeme.plate.plate_files import load_plate
from vsmeme.plate.prepare.generation import generate
from vsmeme.plate.prepare.inpainters.base import Inpainter
from vsmeme.plate.prepare.make_plates import shot_plates
from vsmeme.settings.picture_settings import Inpaint
from vsmeme.settings.source_settings import SourceSetting
from vsmeme.sync.shots import Shot

Array = np.ndarray[Any, Any]
FEATHER_PX = 6
CODE = 256.0


def make(film: Film, backend: Inpainter, work: Path) -> PlateKey:
    """Make the plate of a film, one key."""
    config = Config(sources=SourceSetting(wide=work, dvd=work), inpaint=Inpaint(keys=1))
    keys = shot_plates(
        film,
        Shot(first=0, last=len(film.pictures) - 1),
        number=0,
        config=config,
        backend=backend,
        feather_px=FEATHER_PX,
        work=work,
    )
    return keys[0]


def live(film: Film, key: PlateKey, work: Path, frames: list[int]) -> list[Array]:
    """Render the background of some frames through the graph."""
    plate = load_plate(key, work)
    out = []
    for n in frames:
        clip = _as_clip(film.picture(n), vs.YUV444P16)
        missing = _as_clip(film.missing[None].astype(np.uint8) * 255, vs.GRAY8)
        missing = missing.std.SetFrameProps(_Range=int(vs.RANGE_FULL))
        node = background(
            clip,
            plate,
            missing,
            origin=key.origin,
            motion=key.motion[n : n + 1],
            exposure=key.exposure[n : n + 1],
        )
        with node.get_frame(0) as frame:
            out.append(np.stack([np.asarray(frame[p]) for p in range(3)]))
    return out


def _as_clip(planes: Array, kind: int) -> vs.VideoNode:
    blank = vs.core.std.BlankClip(
        format=kind, width=planes.shape[2], height=planes.shape[1], length=1, keep=True
    )

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for p, plane in enumerate(planes):
            np.copyto(np.asarray(out[p]), plane)
        return out

    return vs.core.std.ModifyFrame(blank, blank, paint)


def separately(film: Film, backend: Inpainter, frames: list[int]) -> list[Array]:
    """Fill every frame for itself."""
    out = []
    for n in frames:
        avoid = dilated(film.subjects[n] > 0, FEATHER_PX) & ~film.missing
        made = generate(
            film.picture(n), film.missing, avoid=avoid, backend=backend, feather_px=FEATHER_PX
        )
        out.append(made.plate)
    return out


def error(shown: list[Array], film: Film, frames: list[int]) -> tuple[float, float]:
    """Return the mean difference to the truth in the corners, and the luma's PSNR there, dB."""
    means, squares = [], []
    for picture, n in zip(shown, frames, strict=True):
        use = film.missing & (film.subjects[n] == 0)
        difference = (picture.astype(float) - film.truths[n])[:, use] / CODE
        means.append(np.abs(difference).mean())
        squares.append(np.square(difference[0]).mean())
    return float(np.mean(means)), float(10 * np.log10(219.0**2 / np.mean(squares)))


def flicker(shown: list[Array], film: Film, key: PlateKey, frames: list[int]) -> float:
    """Return the mean change between neighbours in the corners, without the camera's motion."""
    motion = key.motion or (IDENTITY,) * len(film.pictures)
    total = []
    for i in range(1, len(shown)):
        before, after = frames[i - 1 : i + 1]
        if after != before + 1:
            continue
        step = compose(motion[after], invert(motion[before]))
        # Half the way from either side, so that both are resampled alike.
        there = _halfway(step)
        back = compose(there, invert(step))
        clear = [film.missing & (film.subjects[n] == 0) for n in (before, after)]
        use = moved(clear[0], there, film.size) > 0.99
        use &= moved(clear[1], back, film.size) > 0.99
        # Blurred: what resampling does to single pixels is no flicker.
        pairs = [(_blurred(a), _blurred(b)) for a, b in zip(shown[i - 1], shown[i], strict=True)]
        change = np.stack(
            [moved(a, there, film.size) - moved(b, back, film.size) for a, b in pairs]
        )
        if use.any():
            total.append(np.abs(change)[:, use].mean())
    return float(np.mean(total) / CODE)


def _blurred(plane: Array) -> Array:
    return cv2.GaussianBlur(plane.astype(np.float32), (0, 0), 2.0)


def _halfway(matrix: Matrix33) -> Matrix33:
    """Return half of a small transform."""
    middle = (np.array(matrix) + np.eye(3)) / 2
    (a, b, c), (d, e, f), (g, h, i) = middle.tolist()
    return ((a, b, c), (d, e, f), (g, h, i))


def moved(plane: Array, matrix: Matrix33, size: tuple[int, int]) -> Array:
    """Warp a plane by a transform of edge coordinates."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    index = np.linalg.inv(half) @ np.array(matrix) @ half
    return cv2.warpPerspective(
        plane.astype(np.float32),
        index,
        size,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT if plane.dtype == np.bool_ else cv2.BORDER_REPLICATE,
    )


def ghost(film: Film, key: PlateKey, work: Path) -> float:
    """Mean difference to the true background behind the subject, where any frame showed it."""
    planes = cv2.imread(str(work / key.samples), cv2.IMREAD_UNCHANGED)
    x, y = key.origin
    plate = np.asarray(planes)[y : y + film.size[1], x : x + film.size[0]]
    plate = plate[..., [1, 0, 2]].transpose(2, 0, 1)
    behind = (film.subjects[key.frame] > 0) & ~film.missing
    motion = key.motion or [IDENTITY] * len(film.subjects)
    behind &= np.any(
        [
            moved((s == 0) & ~film.missing, invert(m), film.size) > 0.999
            for s, m in zip(film.subjects, motion, strict=True)
        ],
        axis=0,
    )
    difference = np.abs(plate.astype(float) - film.truths[key.frame])
    return float(difference[:, behind].mean() / CODE)


def motion_error(key: PlateKey, scene: Scene) -> float:
    """Largest error of the measured pan at a canvas corner, canvas px."""
    width, height = scene.canvas
    worst = 0.0
    for n, matrix in enumerate(key.motion):
        dx, dy = (scene.pan[i] * (n - key.frame) for i in range(2))
        for x, y in ((0, 0), (width, 0), (0, height), (width, height)):
            u, v = apply(matrix, x, y)
            worst = max(worst, float(np.hypot(u - x + dx, v - y + dy)))
    return worst
