"""A box that is too small: the subject ends at its side, in a straight line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...arrays.images import Image
from ...settings.setting_values import Box

LEAST_SHARE = 0.25  # of a side: a tight box touches the outermost parts of its subject as well
WITHIN = 0.003  # of the picture's width: how far a mask may stop short of a side
NEAR_EDGE = 0.01  # of the picture's size: beyond such a side there is nothing to box


def cut_sides(mask: Image, boxes: Sequence[Box]) -> tuple[str, ...]:
    """Name the sides of a region's box along which its mask is cut off.

    Args:
        mask: The region, 8 bit, ``h x w``.
        boxes: Its boxes, px of that picture; several are not judged, because one may go on where
            another ends.

    Returns:
        Of "left", "top", "right", "bottom", those that a part of the mask lies along, and that
        are not the picture's own.
    """
    if len(boxes) != 1:
        return ()
    (height, width), (x, y, w, h) = mask.shape, boxes[0]
    solid = mask > 127
    reach = max(1, round(WITHIN * width))
    columns = slice(max(0, round(x)), min(width, round(x + w)))
    rows = slice(max(0, round(y)), min(height, round(y + h)))
    sides = {
        "left": (x, width, solid[rows, columns][:, :reach].any(axis=1)),
        "top": (y, height, solid[rows, columns][:reach].any(axis=0)),
        "right": (width - x - w, width, solid[rows, columns][:, -reach:].any(axis=1)),
        "bottom": (height - y - h, height, solid[rows, columns][-reach:].any(axis=0)),
    }
    return tuple(
        name
        for name, (room, size, along) in sides.items()
        if room > NEAR_EDGE * size and along.size and np.mean(along) > LEAST_SHARE
    )
