"""Pictures as NumPy arrays: types, sizes, blurs, growing, what lies nearest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Picture = NDArray[np.uint16]
type Mask = NDArray[np.bool_]
