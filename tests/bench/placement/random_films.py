"""Films whose every shot is framed in its own way, from the real masters, with their truth."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from vsmeme import open_video
from vsmeme.ffmpeg import find_ffmpeg

FOOTAGE = ROOT.parent / "shared" / "footage"
MASTERS = {"d1_tos": 0, "d2_meeting": 12, "d3_signs": 0, "d4_bunny": 10, "d5_dancer": 0}
CANVAS = (1024, 576)
WIDE = (0, 73, 1024, 430)
BASE = (588, 441)  # what the DVD shows at a scale of 1, canvas px
STORED = (160, 120)
RATE = "24000/1001"
BT709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
BT601 = ["-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m"]
WIDE_CODEC = ["-c:v", "libx264", "-preset", "superfast", "-crf", "11"]
DVD_CODEC = ["-c:v", "mpeg2video", "-q:v", "3", "-g", "12"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueShot:
    """One shot: its frames, what the DVD shows of the canvas, and rows of matte on the DVD."""

    first: int
    last: int
    film: str
    begin: int
    dvd: tuple[float, float, float, float]
    matte: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What varies.

    Attributes:
        shots: How many.
        shift: Greatest shift, share of the DVD's height.
        scales: Least and greatest scale.
        matted: Share of the shots that are hard-matted.
        lengths: Least and greatest number of frames.
    """

    shots: int = 40
    shift: float = 0.10
    scales: tuple[float, float] = (0.8, 1.3)
    matted: float = 0.25
    lengths: tuple[int, int] = (14, 34)


def plan(seed: int, kind: Kind) -> list[TrueShot]:
    """Choose pieces and framings; neighbours are from different films."""
    rng = np.random.default_rng(seed)
    shots: list[TrueShot] = []
    first, film = 0, ""
    limits = {name: _length(name) for name in MASTERS}
    while len(shots) < kind.shots:
        name = str(rng.choice([n for n in MASTERS if n != film]))
        length = int(rng.integers(*kind.lengths, endpoint=True))
        begin = int(rng.integers(0, limits[name] - length))
        scale = float(rng.uniform(*kind.scales))
        w, h = BASE[0] * scale, BASE[1] * scale
        dx, dy = (float(v) for v in rng.uniform(-kind.shift, kind.shift, 2) * BASE[1])
        x = float(np.clip((CANVAS[0] - w) / 2 + dx, 0, CANVAS[0] - w))
        y = float(np.clip((CANVAS[1] - h) / 2 + dy, 0, CANVAS[1] - h))
        matte = int(rng.integers(8, 20)) if rng.random() < kind.matted else 0
        shots.append(
            TrueShot(
                first=first,
                last=first + length - 1,
                film=name,
                begin=begin,
                dvd=(x, y, w, h),
                matte=matte,
            )
        )
        first, film = first + length, name
    return shots


def _length(name: str) -> int:
    facts = json.loads((FOOTAGE / name / "ground_truth.json").read_text())
    return int(facts["master"]["frames"])


def write(folder: Path, shots: list[TrueShot]) -> None:
    """Write ``w.mkv``, ``d.mkv``, ``master.mkv``, ``truth.json`` and ``meme.toml``."""
    folder.mkdir(parents=True, exist_ok=True)
    sinks = [
        _encoder(folder / "master.mkv", CANVAS, ["-c:v", "libx264", "-preset", "ultrafast",
                                                 "-crf", "5", *BT709]),
        _encoder(folder / "w.mkv", (WIDE[2], WIDE[3]), [*WIDE_CODEC, *BT709]),
        _encoder(folder / "d.mkv", STORED, [*DVD_CODEC, *BT601]),
    ]  # fmt: skip
    for shot in shots:
        for frame in _frames(shot):
            dvd = _stored(frame, shot)
            wide = frame[WIDE[1] : WIDE[1] + WIDE[3]]
            for sink, picture in zip(sinks, (frame, wide, dvd), strict=True):
                pipe: IO[bytes] | None = sink.stdin
                if pipe is not None:
                    pipe.write(np.clip(np.rint(picture), 0, 255).astype(np.uint8).tobytes())
    for sink in sinks:
        sink.communicate()
        if sink.returncode:
            raise RuntimeError(f"ffmpeg: {sink.args}")
    truth = {
        "canvas": CANVAS,
        "wide": WIDE,
        "dvd_size": STORED,
        "master": "master.mkv",
        "shots": [_truth(shot) for shot in shots],
    }
    (folder / "truth.json").write_text(json.dumps(truth, indent=1))
    (folder / "meme.toml").write_text('[sources]\nwide = "w.mkv"\ndvd = "d.mkv"\n')


def _truth(shot: TrueShot) -> dict[str, Any]:
    x, y, w, h = shot.dvd
    bar = shot.matte * h / STORED[1]
    return {**asdict(shot), "picture": [x, y + bar, w, h - 2 * bar]}


def _encoder(path: Path, size: tuple[int, int], codec: list[str]) -> subprocess.Popen[bytes]:
    matrix = "bt709" if "bt709" in codec else "smpte170m"
    return subprocess.Popen(
        [find_ffmpeg(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24",
         "-s", f"{size[0]}x{size[1]}", "-r", RATE, "-i", "-", "-vf",
         f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p", "-threads", "2",
         *codec, "-color_range", "tv", str(path)],
        stdin=subprocess.PIPE,
    )  # fmt: skip


def _frames(shot: TrueShot) -> Iterator[np.ndarray]:
    """BGR frames of the canvas."""
    clip = open_video(FOOTAGE / shot.film / "master.mkv", role="wide")
    corner = MASTERS[shot.film]
    clip = clip[shot.begin : shot.begin + shot.last - shot.first + 1]
    clip = vs.core.resize.Bicubic(clip, format=vs.RGB24)
    for frame in clip.frames(close=True):
        planes = [np.asarray(frame[p]) for p in (2, 1, 0)]
        picture = np.stack(planes, axis=2)
        yield picture[corner : corner + CANVAS[1], corner : corner + CANVAS[0]].astype(np.float32)


def _stored(frame: np.ndarray, shot: TrueShot) -> np.ndarray:
    """What the DVD stores: area averages of its window, bars over it."""
    x, y, w, h = shot.dvd
    rows, columns = _averages(CANVAS[1], y, h, STORED[1]), _averages(CANVAS[0], x, w, STORED[0])
    planes = [rows @ (plane @ columns.T) for plane in np.moveaxis(frame, 2, 0)]
    dvd = np.stack(planes, axis=2)
    if shot.matte:
        dvd[: shot.matte] = dvd[-shot.matte :] = 0
    return np.asarray(dvd)


@lru_cache(maxsize=4)
def _averages(length: int, begin: float, size: float, count: int) -> np.ndarray:
    """Shares of ``length`` px in ``count`` averages over a part that is cut evenly."""
    edges = begin + np.arange(count + 1) * (size / count)
    px = np.arange(length)
    high = np.minimum(edges[1:, None], px + 1)
    overlap = np.clip(high - np.maximum(edges[:-1, None], px), 0, None)
    return np.asarray(overlap / overlap.sum(axis=1, keepdims=True), np.float32)
