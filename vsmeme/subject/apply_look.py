"""The subject's part of the graph: clothes, fringes and head, on their own parts of the canvas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import vapoursynth as vs

from ..masks.mask import feather, subtract
from ..memory import shared
from ..pixels.rect import Rect
from ..pixels.region import cut, paste, surround
from ..pixels.windows import within
from .aberration import chromatic_aberration
from .edge_colour import edge_colour
from .insert_face import Blend, insert_face
from .recolour import recolour, sharpen
from .restored_detail import add_detail
from .track import Region, Track

REACH_SHARE = 1 / 160  # of the canvas's width: how far from an edge the subject's colour is taken


class Masks(NamedTuple):
    """GRAY8 full range, canvas size, one frame a pair.

    Attributes:
        foreground: The subject.
        face: Its face, a part of it.
    """

    foreground: vs.VideoNode
    face: vs.VideoNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is done to the subject.

    Attributes:
        colour: Of the clothes, such as ``#ff2fa0``; ``None`` leaves them.
        aberration: Fringes at the corners of the canvas, canvas px.
        sharpen: Of the face, 0..1.
        restore: Of the face's restored detail, 0..1.
        feather_px: Width of the masks' soft edges, canvas px.
        blend: How the silly face is joined to the skin.
        opacity: Of the silly face, 0..1.
    """

    colour: str | None
    aberration: float
    sharpen: float
    restore: float
    feather_px: int
    blend: Blend
    opacity: float = 1.0


def apply_look(
    clip: vs.VideoNode,
    seen: Masks,
    tracked: Track,
    look: Look,
    *,
    detail: vs.VideoNode | None = None,
    picture: tuple[vs.VideoNode, vs.VideoNode] | None = None,
) -> vs.VideoNode:
    """Work on the part of the canvas that holds the subject, and there on the head alone.

    Args:
        clip: The background, YUV444P16, canvas size.
        seen: Where the subject and its face are.
        tracked: Which parts of the canvas they reach, and where the face is in every frame.
        look: What is done.
        detail: The face's restored detail, as `load_detail` returns it.
        picture: The silly face and its cover, as `load_picture` returns them.

    Returns:
        YUV444P16, canvas size; untouched outside the masks.
    """
    extents = {name: region.extent for name, region in tracked.regions.items()}
    region = extents.get("foreground") or Rect(x=0, y=0, w=clip.width, h=clip.height)
    head = (extents["face"] or region).intersect(region) if "face" in extents else None
    part = shared(cut(clip, region))
    # The mask's own edge towards the background, where it is as soft as the picture's; a wide one
    # to the skin.
    whole = wardrobe = cut(seen.foreground, region)
    soft = None
    if head:
        soft = feather(cut(seen.face, head), px=look.feather_px)
        wardrobe = subtract(wardrobe, surround(soft, head, within=region))
    if look.colour:
        reach = max(1, round(REACH_SHARE * clip.width))
        part = recolour(part, wardrobe, look.colour, own=edge_colour(part, whole, reach_px=reach))
    part = chromatic_aberration(
        part,
        wardrobe,
        strength_px=look.aberration * _diagonal(part) / _diagonal(clip),
        centre=(clip.width / 2 - region.x, clip.height / 2 - region.y),
    )
    if head and soft:
        local = head.shifted(-region.x, -region.y)
        tip = cut(part, local)
        face = tracked.regions["face"]
        if detail is not None and look.restore:
            places = within(face.placed(clip.num_frames, of=face.restored), head)
            tip = add_detail(tip, soft, detail, places, strength=look.restore)
        tip = sharpen(tip, soft, strength=look.sharpen)
        if picture:
            tip = _inserted(tip, soft, face, picture, head, look)
        part = paste(part, tip, local)
    return paste(clip, part, region)


def _diagonal(clip: vs.VideoNode) -> float:
    return math.hypot(clip.width, clip.height)


def _inserted(
    clip: vs.VideoNode,
    mask: vs.VideoNode,
    face: Region,
    picture: tuple[vs.VideoNode, vs.VideoNode],
    head: Rect,
    look: Look,
) -> vs.VideoNode:
    """Put the silly face on the head's part."""
    return insert_face(
        clip,
        mask,
        picture[0],
        within(face.placed(clip.num_frames), head),
        alpha=picture[1],
        tones=face.tone(clip.num_frames),
        blend=look.blend,
        strength=look.opacity,
    )
