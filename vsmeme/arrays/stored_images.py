"""Frames of one plane in an .npy file, read when they are looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .images import Image


class StoredImages:
    """Frames on disk, ``n x h x w`` bytes, read on demand: no page of them stays mapped."""

    def __init__(
        self, path: Path, window: tuple[slice, slice] = (slice(None), slice(None))
    ) -> None:
        self._path, self._window = path, window
        data = np.load(path, mmap_mode="r")
        self._whole, self._begin = data.shape, data.offset
        self.shape: tuple[int, ...] = data[:, *window].shape

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: int | slice | list[int] | NDArray[np.integer[Any]]) -> Image:
        if isinstance(key, int | np.integer):
            frame: Image = self._read(range(len(self))[key], 1)[0]
            return frame
        if isinstance(key, slice):
            first, stop, step = key.indices(len(self))
            if step == 1:
                return self._read(first, max(0, stop - first))
        data = np.memmap(self._path, np.uint8, "r", offset=self._begin, shape=self._whole)
        return np.array(data[:, *self._window][key])

    def _read(self, first: int, count: int) -> Image:
        """Read frames that follow one another: quicker than mapping the file for each."""
        _, height, width = self._whole
        at, size = self._begin + first * height * width, count * height * width
        flat: Image = np.fromfile(self._path, np.uint8, size, offset=at)
        frames = flat.reshape(count, height, width)
        return np.array(frames[:, *self._window])

    def __array__(self, dtype: None = None, copy: bool | None = None) -> Image:
        return self[:]

    def cut(self, rows: slice, columns: slice) -> StoredImages:
        """Keep a window of every frame, counted from the window that is kept already."""
        top, left = (kept.start or 0 for kept in self._window)
        down = slice(top + rows.start, top + rows.stop)
        return StoredImages(self._path, (down, slice(left + columns.start, left + columns.stop)))
