"""Speed of matching on made-up fingerprints, and of the whole script against decoding alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np

from vsmeme.pixels.rect import Rect
from vsmeme.source.files import open_video
from vsmeme.sync.prepare.match_films import match_films
from vsmeme.sync.prepare.proxies import FilmProxies, proxies, proxy_size

ROOT = Path(__file__).resolve().parents[3]
FOOTAGE = ROOT.parent / "shared" / "footage"


def speed(lengths: list[int]) -> None:
    print("\nsynthetic fingerprints, frames | seconds | frames/s\n---|---|---")
    for length in lengths:
        with tempfile.TemporaryDirectory() as folder:
            wide, dvd = drifting(length, Path(folder))
            start = time.perf_counter()
            match = match_films(wide, dvd)
            spent = time.perf_counter() - start
        right = float(np.mean(match.dvd == np.arange(match.first, match.first + len(match.dvd))))
        print(f"{length} | {spent:.1f} | {length / spent:.0f} ({right:.4f} right)", flush=True)


def drifting(length: int, folder: Path) -> tuple[FilmProxies, FilmProxies]:
    """A window that drifts over a random landscape and jumps every 100 frames."""
    rng = np.random.default_rng(1)
    land = cv2.GaussianBlur(rng.normal(0, 1, (1500, 1500)).astype(np.float32), (0, 0), 2.5)
    land = np.clip(128 + 40 * land / land.std(), 0, 255)
    shapes = {"wide": (54, 128), "dvd": (72, 96)}
    stores = {
        role: np.lib.format.open_memmap(
            folder / f"{role}.npy", mode="w+", dtype=np.uint8, shape=(length, *shape)
        )
        for role, shape in shapes.items()
    }
    at = np.zeros(2)
    move = np.zeros(2)
    for n in range(length):
        if n % 100 == 0:
            at, move = rng.uniform(0, 1100, 2), rng.uniform(0.5, 2.5, 2)
        at = at + move
        y, x = (int(v) for v in at)
        stores["wide"][n] = land[y + 9 : y + 63, x : x + 128]
        noise = rng.normal(0, 1, (1, 72, 96))[0] * 3
        stores["dvd"][n] = np.clip(land[y : y + 72, x + 16 : x + 112] * 0.9 + noise, 0, 255)
    sizes = {"wide": Rect(x=0, y=0, w=1024, h=432), "dvd": Rect(x=0, y=0, w=192, h=144)}
    wide, dvd = (
        FilmProxies(proxies=stores[role], active=sizes[role], sar=Fraction(1), fps=Fraction(24))
        for role in ("wide", "dvd")
    )
    return wide, dvd


def script(times: int) -> None:
    """The whole script against decoding both files to proxies, on d1 played several times."""
    print(
        "\nd1_tos, frames | decoding s | scripts/match.py s | ratio | again, cached s\n"
        + "---|" * 5
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side, source in (("wide", "widescreen.mkv"), ("dvd", "dvd.mkv")):
            subprocess.run(
                [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", str(times - 1),
                 "-i", str(FOOTAGE / "d1_tos" / source), "-c", "copy",
                 str(folder / f"{side}.mkv")],
                check=True,
            )  # fmt: skip
        (folder / "meme.toml").write_text(
            '[sources]\nwide = "wide.mkv"\ndvd = "dvd.mkv"\n[time]\nduration = 240\n'
        )
        start = time.perf_counter()
        frames = 0
        for role in ("wide", "dvd"):
            clip = open_video(folder / f"{role}.mkv", role=role, cache=folder / "other")
            area = Rect(x=0, y=0, w=clip.width, h=clip.height)
            size = proxy_size(role, area, Fraction(1))
            count = sum(1 for _ in proxies(clip, active=area, size=size))
            frames = max(frames, count)
        decoding = time.perf_counter() - start
        spent = []
        for _ in range(2):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, str(ROOT / "scripts" / "match.py"), str(folder / "meme.toml")],
                check=True,
                stderr=subprocess.DEVNULL,
            )
            spent.append(time.perf_counter() - start)
        ratio = spent[0] / decoding
        print(f"{frames} | {decoding:.1f} | {spent[0]:.1f} | {ratio:.2f} | {spent[1]:.1f}")
