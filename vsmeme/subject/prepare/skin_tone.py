"""The face picture brought to the skin and the light of a shot."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...arrays.bt709 import TO_YUV
from ...arrays.images import Floats
from ...pixels.matrix import Matrix33
from ..track import Tone
from .face_picture import SMALLEST_PX, Crop, Picture
from .face_placement import warp_in

GAIN = (0.4, 1.8)  # limits of what is done to the picture's light
CONTRAST = (0.9, 1.1)  # on top of what the light does
CHROMA = (0.5, 1.6)
TURN_DEGREES = 40.0
GREY = 0.02  # chroma under which the picture has no hue of its own
RIM = 0.5  # of the mask's radius: what counts as its edge


def measure_tone(picture: Picture, views: Sequence[tuple[Crop, Matrix33]], first: int) -> Tone:
    """Bring the picture to the skin and the light of a shot.

    Args:
        picture: The picture.
        views: Frames of the shot, and the picture's place in each.
        first: The shot's first frame.

    Returns:
        What brings the picture's skin near the edge of the mask to the film's: light as a factor,
        hue and saturation about neutral, and the rest added.
    """
    film, face = [], []
    for crop, matrix in views:
        pair = _rims(picture, crop, matrix)
        if pair is not None:
            face.append(pair[0])
            film.append(pair[1])
    if not film:
        return Tone(first=first)
    (y, u, v), spread = _statistics(np.concatenate(face))
    (goal_y, goal_u, goal_v), goal_spread = _statistics(np.concatenate(film))
    light = goal_y / max(y, 0.02)
    contrast = goal_spread / max(spread, 0.01) / max(light, 0.02)
    gain = float(np.clip(light * np.clip(contrast, *CONTRAST), *GAIN))
    own, wanted = complex(u, v), complex(goal_u, goal_v)
    z = wanted / own if abs(own) > GREY else complex(1.0)
    chroma = float(np.clip(abs(z), *CHROMA))
    turn = float(np.clip(np.degrees(np.angle(z)), -TURN_DEGREES, TURN_DEGREES))
    rest = wanted - own * chroma * np.exp(1j * np.radians(turn))
    return Tone(
        first=first,
        gain=gain,
        chroma=chroma,
        turn=turn,
        offset=(float(goal_y - gain * y), float(rest.real), float(rest.imag)),
    )


def _rims(picture: Picture, crop: Crop, matrix: Matrix33) -> tuple[Floats, Floats] | None:
    """Y, Cb, Cr of picture and film along the inside of the mask's edge, n x 3 each."""
    cover = warp_in(np.asarray(picture.alpha / 255, np.float32), matrix, crop)
    deep = cv2.distanceTransform((crop.mask > 127).astype(np.uint8), cv2.DIST_L2, 5)
    chosen = (deep > 2) & (deep < RIM * deep.max()) & (cover > 0.95)
    if chosen.sum() < SMALLEST_PX:
        return None
    placed = warp_in(np.asarray(picture.rgb / 255, np.float32), matrix, crop)
    face = (placed[chosen] / cover[chosen, None]) @ TO_YUV.T
    film = np.asarray(crop.rgb[chosen] / 255, np.float32) @ TO_YUV.T
    return np.asarray(face, np.float32), np.asarray(film, np.float32)


def _statistics(samples: Floats) -> tuple[tuple[float, float, float], float]:
    """Median of each channel and spread of Y: eyes, mouth and hair don't count as skin."""
    y, u, v = (float(m) for m in np.median(samples, axis=0))
    low, high = np.percentile(samples[:, 0], (20, 80))
    return (y, u, v), float(high - low)
