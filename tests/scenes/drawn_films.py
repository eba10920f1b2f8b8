"""Drawn films as a disc would hold them, no two alike, with the master beside them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np

from vsmeme.demo import scene_art, scene_files, scene_look
from vsmeme.demo.scene import Grade, Scene
from vsmeme.demo.scene_project import write_film

KINDS = ("still", "pan", "chase", "dark", "shots", "anamorphic", "pan photo", "offset", "large",
         "dark chase")  # fmt: skip
DARK = 0.16  # of the light
SETTINGS = """\
[upscale]
model = "bicubic"
[inpaint]
backend = "patchmatch"
[output]
gif_width = 64
"""

scene_look.ART["dark"] = scene_look.Art(
    background=lambda s, shot, w, h: DARK * scene_art.leaves((s.seed, shot, 5), w, h, s.canvas[1]),
    actor=lambda s: scene_art.drawn_actor(s.seed, s.canvas[1]),
)


def drawn_film(number: int) -> tuple[str, Scene]:
    """Return the kind and the scene of a film; its knobs beyond the kind are drawn by lot."""
    kind = KINDS[number % len(KINDS)]
    rng = np.random.default_rng(number)
    scene = Scene(
        seed=number + 40,
        size="small",
        frames=int(rng.integers(28, 44)),
        walk=float(rng.uniform(0, 6)),
        wide_noise=float(rng.choice([0.0, 0.8, 1.6])),
        dvd_noise=float(rng.uniform(0, 1.5)),
        dvd_blur=float(rng.uniform(0, 0.5)),
        dvd_trim=(int(rng.integers(0, 5)), 0),
        grade=Grade(),
        fps=Fraction(25) if rng.random() < 0.3 else Fraction(24000, 1001),
    )
    way = rng.choice([-1.0, 1.0], 2)
    knobs: dict[str, dict[str, Any]] = {
        "still": {"static": ((6, 16),)},
        "pan": {"pan": (float(way[0] * rng.uniform(1, 3)), float(way[1] * rng.uniform(0, 0.8)))},
        "chase": {"pan": (float(way[0] * rng.uniform(7, 12)), float(way[1] * 2)), "cuts": (15,)},
        "dark": {"art": "dark"},
        "shots": {"cuts": (9, 17, 24)},
        "anamorphic": {"dvd_size": (90, 72), "dvd_scale": (4.2666666667, 4.0)},
        "pan photo": {"art": "photo", "pan": (float(way[0] * 1.7), 0.3)},
        "offset": {"dvd_offset": (0.0, 0.75), "dvd_drops": (12,), "dvd_repeats": (20,)},
        "large": {"size": "everyday", "art": "photo"},
        "dark chase": {"art": "dark", "pan": (float(way[0] * rng.uniform(5, 9)), 0.0)},
    }
    return kind, replace(scene, **knobs[kind])


def write_drawn_film(number: int, folder: Path, *, settings: str = SETTINGS) -> Path:
    """Write a film's project folder, its master and what is true of it; returns the meme.toml."""
    kind, scene = drawn_film(number)
    file = write_film(scene, folder, settings=settings, heading=f"# {kind}\n")
    width, height = scene.canvas
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-f", "rawvideo"]
    command += ["-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(scene.fps), "-i", "-"]
    props = "colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    command += ["-vf", f"setparams={props}", "-c:v", "ffv1", str(folder / "master.mkv")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        if process.stdin is None:
            raise RuntimeError("ffmpeg has no stdin")
        for n in range(scene.frames):
            planes = scene_files.yuv(scene, "master", n)
            process.stdin.write(b"".join(plane.tobytes() for plane in planes))
    truth = {
        "name": f"{number} {kind}",
        "pairs": [list(pair) for pair in scene.pairs],
        "master": {"file": "master.mkv", "canvas_in_master": [0, 0, width, height]},
    }
    (folder / "ground_truth.json").write_text(json.dumps(truth), encoding="utf-8")
    return file
