"""Small films to learn from."""

from __future__ import annotations

import numpy as np
import vapoursynth as vs

from vsmeme.bands.prepare.learning.film_pair import FilmPair, cells
from vsmeme.bands.prepare.learning.training_frames import TrainingFilm
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Fit, Layout
from vsmeme.source.files import tag
from vsmeme.sync.shots import Shot, Shots

core = vs.core
SCALE = 4
WIDTH, HEIGHT, BAND = 48, 64, 8  # DVD px; the bands are BAND rows each
ROOM = {"share": 0.5, "floor": 2 / 255}


def layout() -> Layout:
    wide = Rect(x=0, y=BAND * SCALE, w=WIDTH * SCALE, h=(HEIGHT - 2 * BAND) * SCALE)
    return Layout(
        canvas=(WIDTH * SCALE, HEIGHT * SCALE),
        scale=SCALE,
        wide=wide,
        wide_crop=Rect(x=0, y=0, w=wide.w, h=wide.h),
        dvd=Rect(x=0, y=0, w=WIDTH * SCALE, h=HEIGHT * SCALE),
        dvd_size=(WIDTH, HEIGHT),
        active=Rect(x=0, y=0, w=WIDTH, h=HEIGHT),
        centre_dvd=(WIDTH / 2, HEIGHT / 2),
        fit=Fit(matrix=((4.0, 0.0, 0.0), (0.0, 4.0, 0.0))),
    )


def clip_of(frames: list[np.ndarray]) -> vs.VideoNode:
    """RGBS clip of arrays (3, height, width)."""
    height, width = frames[0].shape[1:]
    blank = core.std.BlankClip(None, width, height, vs.RGBS, len(frames), keep=True)

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        made = f.copy()
        for plane in range(3):
            np.asarray(made[plane])[:] = frames[n][plane]
        return made

    return blank.std.ModifyFrame(blank, paint)


def film(
    count: int = 12,
    *,
    spoil: int | None = None,
    blend: int | None = None,
    comb: int | None = None,
    held: int = 1,
    noise: float = 0.0,
) -> TrainingFilm:
    """Random strokes, area-averaged to the DVD; the wide's bands are cut off.

    Each picture stands ``held`` frames; the DVD's noise is another one in every frame.
    """
    random = np.random.default_rng(5)
    big, small = [], []
    for n in range(0, count, held):
        fine = np.zeros((HEIGHT * SCALE, WIDTH * SCALE))
        for _ in range(60):
            y, x = random.integers(0, fine.shape[0] - 20), random.integers(0, fine.shape[1] - 20)
            h, w = random.integers(3, 20, 2)
            fine[y : y + h, x : x + w] = random.uniform(0.1, 0.9)
        picture = np.stack([fine, fine * 0.9, fine * 0.8]).astype(np.float32)
        shrunk = cells(picture, SCALE).mean(-1)
        for m in range(n, n + held):
            big.append(picture[:, BAND * SCALE : -BAND * SCALE])
            shown = shrunk[:, ::-1].copy() if m == spoil else shrunk
            grain = random.normal(0, noise, shown.shape) if noise else 0
            small.append((shown + grain).astype(np.float32))
    if blend is not None:
        small[blend] = (small[blend] + small[blend - 1]) / 2
    if comb is not None:
        small[comb][:, ::2] = small[comb - 1][:, ::2]
    rgb709 = clip_of(big)
    wide = tag(rgb709.resize.Point(format=vs.YUV444P16, matrix=1), role="wide")
    dvd = tag(clip_of(small).resize.Point(format=vs.YUV444P16, matrix=6), role="dvd")
    source = FilmPair(wide=wide, dvd=dvd, layout=layout(), grade=lambda clip: clip)
    shots = Shots(
        shots=(Shot(first=0, last=count // 2 - 1), Shot(first=count // 2, last=count - 1))
    )
    return TrainingFilm(sources=(source,), frames=(tuple(range(count)),), shots=shots)


def picture(seed: int, width: int = 40, height: int = 30) -> np.ndarray:
    random = np.random.default_rng(seed)
    rough = random.random((3, height // 2, width // 2))
    return np.kron(rough, np.ones((2, 2))).astype(np.float32) * 0.6 + 0.2


def result(clip: vs.VideoNode, n: int = 0) -> np.ndarray:
    with clip.get_frame(n) as frame:
        return np.stack([np.asarray(frame[plane]) for plane in range(3)])
