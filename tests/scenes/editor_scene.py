"""The scene of the editor's tests: two shots, a subject with a face."""

from __future__ import annotations

from vsmeme.demo.scene import Scene

SCENE = Scene(
    size="small", seed=3, frames=23, dvd_trim=(2, 0), cuts=(15,), wide_noise=1.5, walk=4.0
)
