"""What every inpainter is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ....arrays.images import Floats, Mask
from ....errors import UserError


class GenerationError(UserError, RuntimeError):
    """A backend failed, or gave back something that is no picture of the plate."""


class Inpainter(Protocol):
    """What fills open samples.

    Attributes:
        name: As in ``[inpaint] backend``.
        model: What the ledger records as its model; empty without one.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def model(self) -> str: ...  # noqa: D102

    def fill(self, picture: Floats, mask: Mask, avoid: Mask) -> NDArray[np.generic]:
        """Fill a picture.

        Args:
            picture: RGB, ``h x w x 3``, 0..1, continued into the open area.
            mask: The open area, ``h x w``; never empty.
            avoid: Pixels that are no background and must not be copied from, ``h x w``.

        Returns:
            The filled picture, the same size, floats 0..1. Only what lies in ``mask`` is used.
        """
        ...
