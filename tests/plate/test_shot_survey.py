"""The first look at every frame of a shot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest

from vsmeme.plate.prepare.shot_frames import FrameView
from vsmeme.plate.prepare.shot_survey import survey

SIZE = (1924, 1080)


class Large:
    """A pan by whole pixels over a picture that is looked at at half its size."""

    size = SIZE

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        noise = rng.normal(0, 1, (1100, 2000)).astype(np.float32)
        plane = 28000 + 60000 * cv2.GaussianBlur(noise, (0, 0), 4.0)
        self.world = np.clip(np.rint(plane), 4096, 60000).astype(np.uint16)
        self.missing = np.zeros(SIZE[::-1], np.bool_)
        self.missing[:137, :241] = self.missing[:137, -241:] = True

    def read(self, frames: Sequence[int]) -> Iterator[FrameView]:
        for n in frames:
            luma = self.world[8 + n : 8 + n + 1080, 10 + 5 * n : 10 + 5 * n + 1924]
            picture = np.stack([luma, luma, luma])
            picture[:, self.missing] = 0
            subject = np.zeros(SIZE[::-1], np.uint8)
            subject[400:900, 900:1101] = 255
            picture[:, subject > 0] = 65535
            yield FrameView(frame=n, picture=picture, subject=subject, missing=self.missing)


def test_large_frames_are_looked_at_smaller() -> None:
    seen = survey(Large(), range(4))
    for n, matrix in enumerate(seen.path):
        assert matrix[0][2] == pytest.approx(-5 * n, abs=0.25)
        assert matrix[1][2] == pytest.approx(-n, abs=0.25)
    glance = seen.glances[0]
    area = SIZE[0] * SIZE[1]
    assert glance.subject.mean() == pytest.approx(500 * 201 / area, abs=1e-3)
    assert 1.0 - glance.real.mean() == pytest.approx(2 * 137 * 241 / area, abs=2e-3)
    # Neither the white subject nor the black corners bleed into what is background.
    background = glance.picture[:, glance.background > 0.5]
    assert background.min() > 4000
    assert background.max() < 60001
