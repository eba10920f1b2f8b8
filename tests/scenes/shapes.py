"""One scene through DVDs of several shapes: all must end with the same picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from scenes.placed_pairs import layout_of
from vsmeme import Layout, Shot, Shots, apply_colour, conform, to_working
from vsmeme.bands.upscale_bands import upscale_fast
from vsmeme.canvas.composite import composite
from vsmeme.colour.prepare.fit_colours import measure_colour
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Grade, Scene

FRAMES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Rebuilt:
    """What a DVD ended as: its layout, and bands and the master's, frames x 3 x h x w, codes."""

    layout: Layout
    bands: NDArray[np.float32]
    master: NDArray[np.float32]

    @property
    def error(self) -> float:
        """RMS difference from the master, 8-bit codes."""
        return rms(self.bands, self.master)


def rebuild(size: str, stored: tuple[int, int]) -> Rebuilt:
    """Register, conform, grade and compose the scene with a DVD of `stored` px, bicubic bands.

    The DVD shows the middle three quarters of the canvas' width and all its rows, whatever its
    shape; its sample aspect ratio is what that makes it.
    """
    plain = Scene(size=size, frames=FRAMES, grade=Grade(), dvd_noise=0.5)
    width, height = 0.75 * plain.canvas[0], plain.canvas[1]
    scale = width / stored[0], height / stored[1]
    scene = Scene(
        size=size, frames=FRAMES, grade=Grade(), dvd_noise=0.5, dvd_size=stored, dvd_scale=scale
    )
    wide, dvd, master = (scene_files.clip(scene, side) for side in ("wide", "dvd", "master"))
    pairs = [(luma(wide, n), luma(dvd, n)) for n in range(FRAMES)]
    layout = layout_of(pairs, aspect=scale[0] / scale[1])
    ready = conform(dvd, active=layout.active, size=layout.dvd_size, window=layout.window)
    shots = Shots(shots=(Shot(first=0, last=FRAMES - 1),))
    colours, shots = measure_colour(wide, ready, [layout], shots)
    strips = apply_colour(upscale_fast(ready, layout, overlap_px=16), colours, shots=shots)
    out = composite(to_working(wide), strips, layout)
    return Rebuilt(layout, in_bands(out, layout), in_bands(to_working(master), layout))


def luma(clip: vs.VideoNode, n: int) -> NDArray[np.uint8]:
    """Luma of one frame."""
    with clip.get_frame(n) as frame:
        return np.array(frame[0])


def in_bands(clip: vs.VideoNode, layout: Layout) -> NDArray[np.float32]:
    """YUV of the bands, stacked, 8-bit codes."""
    found = []
    for frame in clip.frames(close=True):
        planes = np.stack([np.asarray(frame[p]) for p in range(3)]).astype(np.float32) / 256
        parts = [planes[:, b.y : b.bottom, b.x : b.right] for b in layout.bands()]
        found.append(np.concatenate(parts, axis=1))
    return np.stack(found)


def rms(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Root of the mean squared difference."""
    return float(np.sqrt(np.mean((a - b) ** 2)))
