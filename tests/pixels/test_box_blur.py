"""Box blurs against their definition, on constants, and on planes that are too small for it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.pixels.box_blur import box_blur

core = vs.core


def noise(kind: int, width: int, height: int) -> vs.VideoNode:
    top = {vs.GRAYS: 1, vs.GRAY8: 255, vs.GRAY16: 65535}[kind]
    blank = core.std.BlankClip(format=kind, width=width, height=height, length=1)
    code = f"X 12.9898 * Y 78.233 * + sin 43758.5 * dup floor - {top} *"
    return core.akarin.Expr(blank, code)


def samples(clip: vs.VideoNode) -> np.ndarray:
    with clip.get_frame(0) as frame:
        return np.array(frame[0], np.float64)


@pytest.mark.parametrize("kind", [vs.GRAYS, vs.GRAY8, vs.GRAY16])
@pytest.mark.parametrize(("across", "down", "passes"), [(1, 1, 3), (6, 2, 1), (0, 5, 2), (8, 0, 2)])
def test_it_is_the_mean_of_a_box(kind: int, across: int, down: int, passes: int) -> None:
    clip = noise(kind, 61, 47)
    wanted = samples(clip)
    for _ in range(passes):
        wanted = cv2.blur(wanted, (2 * across + 1, 2 * down + 1), borderType=cv2.BORDER_REFLECT)
    off = samples(box_blur(clip, across=across, down=down, passes=passes)) - wanted
    codes = 1e-5 if kind == vs.GRAYS else 2.0
    assert np.abs(off).max() <= codes
    assert abs(off.mean()) <= codes / 8


@pytest.mark.parametrize("value", [0, 1, 254, 255])
def test_a_constant_stays(value: int) -> None:
    flat = core.std.BlankClip(format=vs.GRAY8, width=40, height=30, color=value, length=1)
    assert (samples(box_blur(flat, across=3, down=2, passes=2)) == value).all()


def test_small_planes_are_blurred_too() -> None:
    clip = noise(vs.GRAYS, 9, 7)
    assert samples(box_blur(clip, across=4, down=6)).std() < 0.5 * samples(clip).std()
    assert box_blur(clip, across=0, down=0) is clip
