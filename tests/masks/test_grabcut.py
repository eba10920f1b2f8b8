"""GrabCut of large open areas: in bounded time, with an edge at full size."""

from __future__ import annotations

import time

import cv2
import numpy as np

from vsmeme.masks.prepare.hints import Hints
from vsmeme.masks.prepare.segmenters import grabcut
from vsmeme.masks.prepare.segmenters.grabcut import GrabCut

SIZE = (960, 540)
CENTRE, AXES = (430, 260), (170, 190)


def picture() -> tuple[np.ndarray, np.ndarray]:
    """A textured ellipse before a background of other colours and much the same texture."""
    rng = np.random.default_rng(7)
    truth = np.zeros(SIZE[::-1], np.uint8)
    cv2.ellipse(truth, CENTRE, AXES, 0, 0, 360, 1, -1)
    rough = cv2.GaussianBlur(rng.normal(0, 60, (*truth.shape, 3)).astype(np.float32), (0, 0), 6)
    colours = np.where(truth[..., None] > 0, (190, 110, 70), (70, 100, 150))
    return np.clip(colours + rough * 3, 0, 255).astype(np.uint8), truth


def iou(mask: np.ndarray, truth: np.ndarray) -> float:
    inside = mask > 127
    return float((inside & (truth > 0)).sum() / (inside | (truth > 0)).sum())


def test_a_large_box_with_a_point_is_cut_in_time() -> None:
    frame, truth = picture()
    hints = Hints(boxes=((150, 20, 660, 500),), points=((430, 250),), background=((200, 60),))
    began = time.process_time()
    mask = GrabCut().segment(frame, hints)
    assert time.process_time() - began < 20
    assert iou(mask, truth) > 0.97
    assert mask[250, 430] == 255
    assert mask[60, 200] == 0


def test_the_edge_is_decided_at_full_size() -> None:
    """Half the size alone would miss a part of two px."""
    frame, truth = picture()
    frame[250:254, 602:690] = frame[200:204, 380:468]  # a thin arm in the subject's colours
    truth[250:254, 602:690] = 1
    hints = Hints(boxes=((150, 20, 660, 500),), points=((430, 250), (640, 252)))
    mask = GrabCut().segment(frame, hints)
    assert iou(mask, truth) > 0.96
    assert np.mean(mask[251:253, 605:660] > 127) > 0.9


def test_small_open_areas_are_cut_at_once() -> None:
    frame, truth = picture()
    small = np.ascontiguousarray(cv2.resize(frame, (320, 180), interpolation=cv2.INTER_AREA))
    assert grabcut.MOST_OPEN_PX > 320 * 180
    box = (60.0, 8.0, 200.0, 165.0)
    wanted = cv2.resize(truth, (320, 180), interpolation=cv2.INTER_AREA)
    assert iou(GrabCut().segment(small, Hints(boxes=(box,))), wanted) > 0.97
