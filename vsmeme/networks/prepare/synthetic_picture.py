"""A made-up picture with the statistics of a natural one, for trials of networks."""

from __future__ import annotations

import numpy as np
import vapoursynth as vs

from ...memory import repeated

core = vs.core


def synthetic_texture(
    width: int, height: int, *, planes: int = 3, seed: int = 0, length: int = 1
) -> vs.VideoNode:
    """Return 1/f noise with hard edges.

    Args:
        width: Width in px.
        height: Height in px.
        planes: 3 for RGBS, 1 for GRAYS.
        seed: Which picture.
        length: Frames, all alike.

    Returns:
        RGBS or GRAYS, ``width x height x length``, 0..1.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    falloff = 1 / np.maximum(np.hypot(rows, columns), 1 / max(width, height))
    shared = rng.normal(size=(height, width))
    picture = []
    for _ in range(planes):
        noise = np.fft.rfft2(shared + 0.3 * rng.normal(size=(height, width)))
        values = np.fft.irfft2(noise * falloff, s=(height, width))
        values = values / (4 * values.std()) + 0.5
        picture.append(np.where(values > 0.6, values + 0.15, values).clip(0, 1))
    blank = core.std.BlankClip(
        None, width, height, vs.RGBS if planes == 3 else vs.GRAYS, length=1, keep=True
    )

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        frame = f.copy()
        for plane, values in enumerate(picture):
            np.asarray(frame[plane])[:] = values
        return frame

    return repeated(core.std.ModifyFrame(blank, blank, fill), length)
