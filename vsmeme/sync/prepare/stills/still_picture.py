"""A reference still from its file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ....arrays.bt709 import LUMA_WEIGHTS
from ....arrays.images import Floats
from ....errors import UsageError


def read_still(path: Path) -> Floats:
    """Read a still as BT.709 luma codes without black borders, ``h x w``.

    Raises:
        UsageError: Not a picture, or a tiny one.
    """
    data = np.fromfile(path, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise UsageError(f"{path}: expected a picture (PNG, JPEG, ...) as the reference")
    luma = np.asarray(picture.astype(np.float32) @ LUMA_WEIGHTS[::-1], np.float32)
    if min(luma.shape) < 48:
        raise UsageError(f"{path}: expected a reference of 48x48 px or more")
    return luma
