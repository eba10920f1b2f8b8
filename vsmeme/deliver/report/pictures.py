"""The report's pictures: crops, contact sheets and outlines, as data URLs."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import numpy.typing as npt
import vapoursynth as vs

from ...arrays.frames import to_array
from ...pixels.rect import Rect
from ...placement.layout import Layout

core = vs.core

Picture = npt.NDArray[np.uint8]
ZOOM = (360, 96)  # of a seam, canvas px
THUMB_W = 320
BOX = (255, 220, 0)
_FLAT = {"start": "left", "middle": "middle", "end": "right"}
_UPRIGHT = {"start": "top", "middle": "middle", "end": "bottom"}


def rgb(clip: vs.VideoNode, n: int) -> Picture:
    """Render a frame as RGB."""
    shown = core.resize.Bicubic(clip, format=vs.RGB24, dither_type="ordered")
    with shown.get_frame(n) as frame:
        return to_array(frame)


def gray(clip: vs.VideoNode, n: int) -> Picture:
    """Render a mask."""
    with clip.get_frame(n) as frame:
        return np.array(frame[0])


def url(picture: Picture, *, lossless: bool = False) -> str:
    """Return a picture as a data URL: JPEG, or PNG where every sample counts."""
    bgr = np.ascontiguousarray(picture[..., ::-1])
    flags = [] if lossless else [cv2.IMWRITE_JPEG_QUALITY, 86]
    _, data = cv2.imencode(".png" if lossless else ".jpg", bgr, flags)
    kind = "png" if lossless else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data.tobytes()).decode()}"


def thumb(picture: Picture, width: int = THUMB_W) -> Picture:
    """Scale a picture down to a width."""
    if picture.shape[1] <= width:
        return picture
    height = round(picture.shape[0] * width / picture.shape[1])
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def outlined(picture: Picture, mask: Picture, colour: tuple[int, int, int]) -> Picture:
    """Draw a mask's outline onto a picture."""
    out = np.ascontiguousarray(picture)
    found, _ = cv2.findContours((mask > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    width = max(1, round(picture.shape[0] / 288))
    cv2.drawContours(out, found, -1, colour, width)
    return np.asarray(out, np.uint8)


def around(picture: Picture, box: tuple[int, int, int, int]) -> Picture:
    """Cut out a box (`x, y, w, h`, px) with as much again on each side, the box drawn in."""
    x, y, w, h = box
    out = np.ascontiguousarray(picture).copy()
    width = max(1, round(picture.shape[0] / 288))
    cv2.rectangle(out, (x, y), (x + w, y + h), BOX, width)
    return out[max(0, y - h) : y + 2 * h, max(0, x - w) : x + 2 * w]


def seam_zooms(picture: Picture, layout: Layout) -> list[tuple[str, Picture]]:
    """Cut crops out of a composite that straddle the seams, 1:1."""
    zooms = []
    for side, band in layout.sides().items():
        flat = side in ("top", "bottom")
        for share, name in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
            if flat:
                x = round(band.x + share * (band.w - ZOOM[0]))
                y = (band.bottom if side == "top" else band.y) - ZOOM[1] // 2
            else:
                x = (band.right if side == "left" else band.x) - ZOOM[0] // 2
                y = round(band.y + share * (band.h - ZOOM[1]))
            area = Rect(x=x, y=y, w=ZOOM[0], h=ZOOM[1]).intersect(layout.frame)
            if area:
                crop = picture[area.y : area.bottom, area.x : area.right]
                zooms.append((f"{side} seam, {(_FLAT if flat else _UPRIGHT)[name]}", crop))
    return zooms
