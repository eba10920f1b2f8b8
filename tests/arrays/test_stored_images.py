"""Frames on disk are those in memory, whatever the index and the window."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vsmeme.arrays.stored_images import StoredImages


def test_every_kind_of_index(tmp_path: Path) -> None:
    frames = np.random.default_rng(1).integers(0, 256, (9, 7, 5), np.uint8)
    path = tmp_path / "frames.npy"
    np.save(path, frames)
    stored = StoredImages(path)
    assert (len(stored), stored.shape) == (9, (9, 7, 5))
    windowed = stored.cut(slice(1, 7), slice(1, 5)).cut(slice(2, 5), slice(0, 3))
    for images, truth in ((stored, frames), (windowed, frames[:, 3:6, 1:4])):
        for key in (0, 4, -1, np.int64(3), slice(2, 6), slice(7, 20), slice(3, 3), slice(0, 9, 2),
                    slice(None), [5, 1, 1], np.array([0, 8])):  # fmt: skip
            assert np.array_equal(images[key], truth[key])
        assert images.shape == truth.shape
