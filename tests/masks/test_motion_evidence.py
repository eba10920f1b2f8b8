"""Motion as evidence: a subject that looks like its background is found by how it moves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from vsmeme.masks.prepare.hints import Hints
from vsmeme.masks.prepare.motion_evidence import Neighbourhood
from vsmeme.masks.prepare.segmenters.grabcut import GrabCut
from vsmeme.masks.prepare.weighed_mask import with_motion
from vsmeme.sync.shots import Shot

SIZE = (320, 180)
SHOT = Shot(first=0, last=40)
KEY = 20


@dataclass(frozen=True)
class Film:
    """A camera that pans over noise; a disc of the same noise goes its own way."""

    speed: float = 1.6

    def _noise(self, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        grain = rng.normal(0, 60, (260, 480, 3)).astype(np.float32)
        return np.clip(128 + cv2.GaussianBlur(grain, (0, 0), 1.6) * 3, 0, 255)

    def _centre(self, n: int) -> tuple[float, float]:
        return 160 + self.speed * (n - KEY), 90 + 0.4 * max(0.0, self.speed) * (n - KEY)

    def mask(self, n: int) -> np.ndarray:
        x, y = self._centre(n)
        rows, columns = np.ogrid[: SIZE[1], : SIZE[0]]
        inside = np.hypot(columns + 0.5 - x, rows + 0.5 - y) < 36
        return inside.astype(np.uint8) * 255

    def work(self, n: int) -> np.ndarray:
        def seen(picture: np.ndarray, x: float, y: float) -> np.ndarray:
            return cv2.warpAffine(picture, np.array([[1, 0, x], [0, 1, y]]), SIZE)

        x, y = self._centre(n)
        back = seen(self._noise(1), -60 - 0.5 * n, -30)
        disc = seen(self._noise(2), x - 240, y - 130)
        return np.where(self.mask(n)[..., None] > 0, disc, back).round().astype(np.uint8)

    def real(self, n: int) -> np.ndarray:
        return np.full(SIZE[::-1], 255, np.uint8)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    x, y = a > 127, b > 127
    return float((x & y).sum() / max(1, (x | y).sum()))


@pytest.mark.parametrize(
    "hints",
    [
        Hints(boxes=((112, 40, 96, 100),)),
        Hints(points=((160, 90),)),
        Hints(prior=cv2.circle(np.zeros(SIZE[::-1], np.uint8), (166, 86), 30, 255, -1)),
    ],
    ids=["box", "point", "prior"],
)
def test_a_disc_that_looks_like_its_background_is_found_by_its_motion(hints: Hints) -> None:
    film = Film()
    picture, truth = film.work(KEY), film.mask(KEY)
    informed = with_motion(hints, Neighbourhood(film, SHOT, KEY), SIZE)
    assert informed.evidence is not None
    assert informed.evidence.plain > 0.5
    inside = cv2.erode(truth, np.ones((9, 9), np.uint8)) > 0
    outside = cv2.dilate(truth, np.ones((9, 9), np.uint8)) == 0
    assert informed.evidence.speech[inside].mean() > 0.5
    assert informed.evidence.speech[outside].mean() < -0.5
    assert iou(GrabCut().segment(picture, informed), truth) > 0.9
    if hints.prior is None:
        assert iou(GrabCut().segment(picture, hints), truth) < 0.8


def test_a_subject_at_rest_and_a_short_shot_say_nothing() -> None:
    hints = Hints(boxes=((112, 40, 96, 100),))

    def evidence(film: Film, shot: Shot) -> object:
        return with_motion(hints, Neighbourhood(film, shot, KEY), SIZE).evidence

    assert evidence(Film(speed=-0.5), SHOT) is None  # as fast as the background
    assert evidence(Film(), Shot(first=20, last=24)) is None


def test_frames_of_other_shots_are_not_looked_at() -> None:
    asked = []

    class Watched(Film):
        def work(self, n: int) -> np.ndarray:
            asked.append(n)
            return super().work(n)

    hood = Neighbourhood(Watched(), Shot(first=14, last=31), KEY)
    core = Film().mask(KEY)
    hood.evidence(core, 255 - core)
    assert set(asked) == {14, 17, 20, 23, 26, 30}
