import logging

import numpy as np
import pytest
import vapoursynth as vs
from placement.test_registration import graded, scene

from vsmeme import Rect, Shot, Shots
from vsmeme.placement.geometry_record import AlignedShot
from vsmeme.placement.plan_layout import plan_conform, plan_layout
from vsmeme.placement.prepare.aligned_source import measure_aligned

core = vs.core


def clip_of(pictures: list[np.ndarray]) -> vs.VideoNode:
    height, width = pictures[0].shape
    blank = core.std.BlankClip(
        format=vs.YUV444P16, width=width, height=height, length=len(pictures), keep=True
    )

    def draw(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.asarray(out[0])[:] = (pictures[n].astype(np.float32) * 256).astype(np.uint16)
        return out

    clip = core.std.ModifyFrame(blank, blank, draw)
    return core.std.SetFrameProps(clip, _Matrix=1, _Transfer=1, _Primaries=1, _Range=0)


def test_offset_and_correlation_of_every_shot(caplog: pytest.LogCaptureFixture) -> None:
    matrix = ((4.0, 0.0, 64.0), (0.0, 4.0, -36.0))
    conform = plan_conform(matrix, active=Rect(x=0, y=0, w=96, h=72))
    layout = plan_layout(matrix, conform, wide_size=(512, 216))
    composite, aligned = [], []
    for seed in range(6):
        wide, dvd = graded(scene(seed, (2, 0) if seed in (2, 3) else (0, 0)))
        canvas = np.full((288, 512), 16, np.uint8)
        canvas[36:252] = wide
        composite.append(canvas)
        aligned.append(dvd if seed < 4 else dvd[::-1])
    shots = Shots(shots=tuple(Shot(first=2 * i, last=2 * i + 1) for i in range(3)))
    with caplog.at_level(logging.WARNING, logger="vsmeme"):
        still, moved, other = measure_aligned(clip_of(composite), clip_of(aligned), [layout], shots)
    assert still.correlation > 0.8
    assert np.hypot(*still.offset) < 0.3
    assert moved.offset == pytest.approx([2, 0], abs=0.3)
    assert other == AlignedShot(shot=2)
    assert "shot 1 lies" in caplog.text
    assert "shot 2 shows something else" in caplog.text
    assert "shot 0" not in caplog.text
