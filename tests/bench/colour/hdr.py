"""HDR wides with a DVD in the master's own SDR grade: how close the delivered picture comes to it.

    python tests/bench/colour/hdr.py [--pairs d1_tos ...] [--frames 12] [--codes pq hlg] [--own]

A pair's wide is made HDR by a known map: white at 203 cd/m2, highlights expanded to its peak,
mid-tones and saturation changed where the pair says so, in BT.2020, 10 bit. Its DVD is the master
itself, a quarter of its size, MPEG-2. What is delivered by each tone is held against the SDR
master, both low-passed (Gaussian of 2 canvas px): mean CIEDE2000, apart for the wide and the bands.
CPU: of a render of the composite by the process and its threads, against that of the SDR pair.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs
from skimage.color import deltaE_ciede2000, rgb2lab

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.footage_pairs import FOLDER

from vsmeme import readers, stages
from vsmeme.colour.prepare.static_tone import (
    GAMMA,
    HLG_A,
    HLG_B,
    HLG_C,
    HLG_PEAK_NITS,
    HLG_SYSTEM_GAMMA,
    LUMA_709,
    LUMA_2020,
    TO_709,
    WHITE_NITS,
    nits_to_pq,
)
from vsmeme.ffmpeg import Raw, pipe
from vsmeme.project import Project, load_project
from vsmeme.steps.match import run_match

core = vs.core
LOW_PASS_PX = 2.0
CODING = ["-c:v", "libx265", "-x265-params", "crf=12:log-level=none", "-preset", "veryfast"]
FPS = Fraction(24000, 1001)
Array = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How a pair's HDR differs from its SDR: knee, peak, gamma of the mid-tones, saturation."""

    knee: float
    peak: float
    gamma: float = 1.0
    saturation: float = 1.0


GRADES = {
    "d1_tos": Grade(knee=0.4, peak=1000),
    "d2_meeting": Grade(knee=0.6, peak=600, gamma=1.05),
    "d3_signs": Grade(knee=0.3, peak=800, gamma=1.12, saturation=1.1),
    "d5_dancer": Grade(knee=0.5, peak=1000, gamma=0.95, saturation=1.15),
}


def frames_of(path: Path, frames: int, crop: Sequence[int] | None = None) -> Iterator[Array]:
    """R'G'B' of BT.709, 0..1, ``h x w x 3``."""
    clip = core.bs.VideoSource(str(path), cachemode=0, showprogress=False)[:frames]
    clip = core.resize.Bicubic(clip, format=vs.RGBS, matrix_in=1)
    for frame in clip.frames(close=True):
        picture = np.stack([np.asarray(frame[p]) for p in range(3)], axis=-1).clip(0, 1)
        x, y, w, h = crop or (0, 0, clip.width, clip.height)
        yield picture[y : y + h, x : x + w]


def expanded(picture: Array, grade: Grade) -> Array:
    """Linear light of BT.2020, cd/m2."""
    linear = picture.astype(np.float64) ** GAMMA
    grey = (linear @ LUMA_709)[..., None]
    linear = np.maximum(grey + grade.saturation * (linear - grey), 0)
    steep = (grade.peak / WHITE_NITS - 1) / (1 - grade.knee) ** 2
    light = grey**grade.gamma
    light = light + steep * np.maximum(light - grade.knee, 0) ** 2
    linear = linear * (light / np.maximum(grey, 1e-6))
    nits = WHITE_NITS * linear @ np.linalg.inv(TO_709).T
    return np.clip(nits, 0, grade.peak)


def coded(nits: Array, code: str) -> Array:
    if code == "pq":
        return nits_to_pq(nits)
    luma = np.maximum(nits @ LUMA_2020 / HLG_PEAK_NITS, 1e-9)[..., None]
    scene = nits / HLG_PEAK_NITS * luma ** (1 / HLG_SYSTEM_GAMMA - 1)
    high = HLG_A * np.log(np.maximum(12 * scene - HLG_B, 1e-9)) + HLG_C
    return np.clip(np.where(scene <= 1 / 12, np.sqrt(3 * scene), high), 0, 1)


def write(path: Path, pictures: Iterator[Array], *options: str) -> None:
    first = next(pictures)
    raw = Raw(width=first.shape[1], height=first.shape[0], fps=FPS, pixels="gbrp16le")
    with pipe(raw, [*options, str(path)]) as stream:
        for picture in (first, *pictures):
            planes = np.rint(np.clip(picture, 0, 1) * 65535).astype("<u2")
            for plane in (1, 2, 0):
                stream.write(np.ascontiguousarray(planes[..., plane]).data)


def conversion(pixels: str, matrix: str, transfer: str, primaries: str) -> list[str]:
    """ffmpeg's filter that brings R'G'B' to Y'CbCr and says so in the stream."""
    flags = "accurate_rnd+full_chroma_int+bicubic"
    made = f"scale=out_color_matrix={matrix}:out_range=tv:flags={flags},format={pixels}"
    tags = f"range=tv:colorspace={matrix}:color_trc={transfer}:color_primaries={primaries}"
    return ["-vf", f"{made},setparams={tags}"]


def make_films(name: str, code: str, frames: int, folder: Path) -> list[Array]:
    """Write wide and DVD of a pair; return the SDR master's frames."""
    truth = json.loads((FOLDER / name / "ground_truth.json").read_text())
    x, y, w, h = truth["master"]["canvas_in_master"]
    master = list(frames_of(FOLDER / name / "master.mkv", frames, (x, y, w, h)))
    top = truth["widescreen"]["place"]["y"]
    wides = [picture[top : h - top] for picture in master]
    if code == "sdr":
        wide, how = wides, conversion("yuv420p", "bt709", "bt709", "bt709")
    else:
        transfer = {"pq": "smpte2084", "hlg": "arib-std-b67"}[code]
        wide = [coded(expanded(picture, GRADES[name]), code) for picture in wides]
        how = conversion("yuv420p10le", "bt2020nc", transfer, "bt2020")
    write(folder / "wide.mkv", iter(wide), *how, *CODING)
    small = [
        cv2.resize(picture[:, w // 8 : w - w // 8], (w * 3 // 16, h // 4),
                   interpolation=cv2.INTER_AREA)
        for picture in master
    ]  # fmt: skip
    how = conversion("yuv420p", "smpte170m", "smpte170m", "bt709")
    write(folder / "dvd.mkv", iter(small), *how, "-c:v", "mpeg2video", "-q:v", "3")
    return master


def delivered(project: Project) -> tuple[list[Array], float]:
    """The composite's frames, R'G'B' 0..1, and what rendering them cost, CPU seconds."""
    clip = stages.composite(project, bands="fast")
    before = time.process_time()
    for frame in clip.frames(close=True):
        frame.props.get("_Matrix")
    cost = time.process_time() - before
    rgb = core.resize.Bicubic(clip, format=vs.RGBS)
    made = [
        np.stack([np.asarray(frame[p]) for p in range(3)], axis=-1).clip(0, 1)
        for frame in rgb.frames(close=True)
    ]
    return made, cost


def differences(made: Sequence[Array], master: Sequence[Array], project: Project) -> list[float]:
    """Mean CIEDE2000 of the wide and of the bands, where the canvas lies on the master."""
    layout = readers.layouts(project)[0]
    table = readers.timeline(project)
    height, rows = master[0].shape[0], made[0].shape[0]
    place = readers.match_record(project).wide.facts.height
    top = (height - place) // 2 - layout.wide.y
    master = [picture[top : top + rows] for picture in master]
    sums = []
    for picture, pair in zip(made, table.pairs, strict=True):
        labs = [
            rgb2lab(cv2.GaussianBlur(p.astype(np.float64), (0, 0), LOW_PASS_PX)[::2, ::2])
            for p in (picture, master[pair.wide])
        ]
        off = deltaE_ciede2000(*labs)
        parts = [[layout.wide], layout.bands()]
        sums.append([
            np.concatenate(
                [off[r.y // 2 : r.bottom // 2, r.x // 2 : r.right // 2].ravel() for r in rects]
            ).mean()
            for rects in parts
        ])  # fmt: skip
    return [float(value) for value in np.mean(sums, axis=0)]


def measure(name: str, code: str, frames: int, folder: Path, more: str) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    master = make_films(name, code, frames, folder)
    (folder / "meme.toml").write_text('[sources]\nwide = "wide.mkv"\ndvd = "dvd.mkv"\n')
    rows: list[str] = []
    tones = ["auto"] if code == "sdr" else ["auto", "static", "dvd"]
    for tone in tones:
        project = load_project(
            folder / "meme.toml", set_=f"colour.tone={tone}{more and ';' + more}"
        )
        run_match(project)
        taken = readers.match_record(project).wide.facts.tone
        made, cost = delivered(project)
        off = differences(made, master, project)
        kind = taken.kind if taken else "none"
        tones[:] = [other for other in tones if tone != "auto" or other != kind]  # the same again
        values = f"{off[0]:.2f} | {off[1]:.2f} | {cost / len(made):.3f}"
        rows.append(f"| {name} | {code} | {tone} | {kind} | {values} |")
        print(rows[-1], flush=True)
    return rows


class Told(logging.Handler):
    """Keeps what the fit says of held-out frames: its own error and the static map's."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: tuple[float, float] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith("tone: on held-out"):
            fit, static, _ = record.args
            self.errors = float(fit), float(static)


def own_grade(name: str, code: str, frames: int, folder: Path) -> None:
    """The pair's own DVD, graded otherwise and noisy: its colours are met on held-out frames."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = json.loads((FOLDER / name / "ground_truth.json").read_text())
    first = max(0, next(w for w, d, _ in truth["pairs"] if d is not None))
    wide = frames_of(FOLDER / name / truth["widescreen"]["file"], first + frames)
    pictures = (coded(expanded(p, GRADES[name]), code) for n, p in enumerate(wide) if n >= first)
    transfer = {"pq": "smpte2084", "hlg": "arib-std-b67"}[code]
    write(folder / "wide.mkv", pictures, *conversion("yuv420p10le", "bt2020nc", transfer, "bt2020"),
          *CODING)  # fmt: skip
    dvd = FOLDER / name / truth["dvd"]["file"]
    text = f'[sources]\nwide = "wide.mkv"\ndvd = "{dvd}"\n'
    (folder / "meme.toml").write_text(text)
    told, log = Told(), logging.getLogger("vsmeme")
    log.addHandler(told)
    log.setLevel(logging.INFO)
    run_match(load_project(folder / "meme.toml"))
    log.removeHandler(told)
    fit, static = told.errors or (float("nan"), float("nan"))
    print(f"| {name} | {code} | {fit:.2f} | {static:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", nargs="+", default=list(GRADES))
    parser.add_argument("--codes", nargs="+", default=["sdr", "pq", "hlg"])
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--set", default="", help="further settings, such as colour.match=false")
    parser.add_argument("--own", action="store_true", help="with the pairs' own graded DVDs")
    options = parser.parse_args()
    if options.own:
        print("| pair | wide | fit, held-out CIEDE2000 | static |\n|---|---|---|---|")
        with tempfile.TemporaryDirectory() as scratch:
            for name in options.pairs:
                for code in set(options.codes) - {"sdr"}:
                    own_grade(name, code, options.frames, Path(scratch) / f"{name}-{code}")
        return
    print("| pair | wide | tone | taken | wide, CIEDE2000 | bands | CPU s a frame |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        for name in options.pairs:
            for code in options.codes:
                measure(name, code, options.frames, folder / f"{name}-{code}", options.set)


if __name__ == "__main__":
    main()
