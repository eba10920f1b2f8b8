"""The known scene made of photographs: `Scene(art="photo")` after `import scene_photo`.

The pictures lie beside this file and are free of known restrictions:

- astronaut.png: Eileen Collins, NASA Great Images database, public domain;
- rocket.jpg: launch of DSCOVR, SpaceX, released in the public domain (CC0);
- coffee.png: courtesy of Pikolo Espresso Bar, photographed by Rachel Michetti, CC0.

The person is cut out here, once, so the cut is the truth whatever the photograph showed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from . import scene_art, scene_look
from .scene_art import Actor, Array, ArtLayer

PICTURES = Path(__file__).with_name("pictures")
SHEET_PX = 512  # size of astronaut.png
HEIGHT = 1.05  # of the person, canvas heights
BACKGROUNDS = ("rocket.jpg", "coffee.png")
PERSON = [
    (155, 60), (175, 38), (200, 20), (228, 15), (262, 22), (288, 42), (301, 75), (300, 100),
    (290, 120), (278, 133), (268, 136), (262, 150), (256, 175), (276, 188), (296, 210),
    (304, 236), (320, 246), (340, 266), (352, 300), (360, 330), (364, 350), (380, 345),
    (400, 343), (430, 350), (460, 368), (480, 400), (494, 440), (500, 470), (508, 512),
    (24, 512), (24, 490), (22, 440), (24, 380), (28, 340), (38, 300), (52, 265), (78, 238),
    (112, 213), (116, 200), (120, 180), (130, 162), (146, 151), (168, 147), (184, 150),
    (184, 133), (175, 130), (163, 118), (155, 100), (152, 80),
]  # fmt: skip
HEAD = [
    (150, 60), (175, 30), (200, 12), (228, 8), (264, 16), (296, 42), (308, 75), (306, 105),
    (292, 128), (270, 142), (258, 165), (254, 186), (188, 186), (184, 150), (180, 136),
    (160, 122), (148, 95),
]  # fmt: skip
NECK = (221.0, 182.0)
FACE_CENTRE, FACE_AXES = (224, 116), (41, 56)


def photograph(name: str) -> Array:
    """A photograph of the package, RGB uint8."""
    data = np.frombuffer((PICTURES / name).read_bytes(), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)


def _cut_out(sheet: Array) -> Array:
    """Alpha of the person: the outline above, moved onto the nearest edges by GrabCut."""
    inside = np.zeros(sheet.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.array(PERSON, np.int32)], 1)
    sure = cv2.erode(inside, np.ones((9, 9), np.uint8))
    maybe = cv2.dilate(inside, np.ones((7, 7), np.uint8))
    trimap = np.where(maybe, cv2.GC_PR_BGD, cv2.GC_BGD).astype(np.uint8)
    trimap[inside > 0] = cv2.GC_PR_FGD
    trimap[sure > 0] = cv2.GC_FGD
    cv2.setRNGSeed(7)
    model = np.zeros((1, 65))
    cv2.grabCut(sheet, trimap, (0, 0, 0, 0), model, model.copy(), 3, cv2.GC_INIT_WITH_MASK)
    hard = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    return cv2.GaussianBlur(cv2.medianBlur(hard, 5), (0, 0), 0.8).astype(np.float32) / 255


def _layer(sheet: Array, alpha: Array, scale: float) -> Array:
    flat = np.dstack([sheet.astype(np.float32) * alpha[..., None], alpha])
    size = round(SHEET_PX * scale)
    big = cv2.resize(flat, (size, size), interpolation=cv2.INTER_CUBIC)
    big[..., 3] = np.clip(big[..., 3], 0, 1)
    return np.clip(big, 0, np.dstack([big[..., 3:] * 255] * 3 + [big[..., 3:]]))


@lru_cache(maxsize=4)
def photo_actor(unit: int) -> Actor:
    """The astronaut: the whole figure, and the head once more so that it can nod."""
    sheet = photograph("astronaut.png")
    alpha = _cut_out(sheet)
    scale = unit * HEIGHT / SHEET_PX
    head, face = np.zeros_like(alpha), np.zeros(alpha.shape, np.float32)
    cv2.fillPoly(head, [np.array(HEAD, np.int32)], 1.0)
    head = cv2.GaussianBlur(head, (0, 0), 2) * alpha
    cv2.ellipse(face, FACE_CENTRE, FACE_AXES, 0, 0, 360, 1.0, -1)
    size = round(SHEET_PX * scale)
    region = cv2.resize(face * alpha, (size, size), interpolation=cv2.INTER_AREA)
    pivot = (NECK[0] * scale, NECK[1] * scale)
    middle = (size / 2, size / 2)
    return Actor(
        layers=(
            ArtLayer(rgba=_layer(sheet, alpha, scale), pivot=middle),
            ArtLayer(rgba=_layer(sheet, head, scale), pivot=pivot, region=region),
        ),
        joints=((0.5, 0.5), (NECK[0] / SHEET_PX, NECK[1] / SHEET_PX)),
        swings=(1.5, 2.0),
    )


@lru_cache(maxsize=4)
def photo_background(seed: int, shot: int, w: int, h: int) -> Array:
    """A photograph that fills w x h, with the fine texture that its size lacks."""
    picture = photograph(BACKGROUNDS[shot % len(BACKGROUNDS)])
    scale = max(w / picture.shape[1], h / picture.shape[0])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    big = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    x, y = (size[0] - w) // 2, (size[1] - h) // 2
    big = big[y : y + h, x : x + w]
    rng = np.random.default_rng((seed, shot, 31))
    grained = big + (scene_art.noise_texture(rng, w, h, slope=0.6) * 4)[..., None]
    out: Array = np.clip(grained, 0, 255)
    out.setflags(write=False)
    return out


scene_look.ART["photo"] = scene_look.Art(
    background=lambda look, shot, w, h: photo_background(look.seed, shot, w, h),
    actor=lambda look: photo_actor(look.canvas[1]),
)
