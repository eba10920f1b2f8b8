"""The real pairs with their true geometry and time, and how an upscaler is fitted and scored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs
from skimage.metrics import structural_similarity

from bench.whole.pairs import FOOTAGE, _layout
from vsmeme import Pair, Shot, Shots, Timeline, apply_colour, apply_match, open_video
from vsmeme.bands.prepare.learning.film_pair import FilmPair
from vsmeme.bands.prepare.learning.ingredients import describe_ingredients, fit, refit, write
from vsmeme.bands.prepare.learning.normal_equations import Measured, NormalSums, sound_frames
from vsmeme.bands.prepare.learning.training_frames import (
    TrainingFilm,
    gather_still,
    spread_frames,
    sum_up_film,
)
from vsmeme.bands.prepare.learning.upscaler_graph import Inputs
from vsmeme.bands.upscale_bands import upscale_bands, upscale_fast
from vsmeme.colour.prepare.chroma_siting import measure_siting
from vsmeme.colour.prepare.fit_colours import measure_colour
from vsmeme.networks.model import Model
from vsmeme.networks.prepare.convert_models import bring
from vsmeme.progress import log
from vsmeme.source.files import with_siting
from vsmeme.source.formats import to_working

core = vs.core
KR = np.array([0.2126, 0.7152, 0.0722])
Pixels = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A real pair, every frame, matched by its truth; master is cut to the canvas."""

    name: str
    source: FilmPair
    master: vs.VideoNode
    exact: tuple[int, ...]
    shots: Shots

    @property
    def film(self) -> TrainingFilm:
        return TrainingFilm(sources=(self.source,), frames=(self.exact,), shots=self.shots)


def open_truth(name: str, *, beside_px: int = 0) -> Truth:
    """Open a pair; ``beside_px`` places its DVD that many canvas px off, both ways."""
    folder = FOOTAGE / name
    truth: dict[str, Any] = json.loads((folder / "ground_truth.json").read_text())
    near = {wide: dvd for wide, dvd, _ in truth["no_exact_pair_nearest"]}
    pairs, reached = [], 0
    for wide, dvd, _ in truth["pairs"]:
        reached = max(reached, near.get(wide, reached) if dvd is None else dvd)
        pairs.append(Pair(wide=wide, dvd=reached, score=1.0, confident=dvd is not None))
    table = Timeline(pairs=tuple(pairs), fps=Fraction(24000, 1001))
    dvd = apply_match(open_video(folder / truth["dvd"]["file"], role="dvd"), table, side="dvd")
    wide = to_working(open_video(folder / truth["widescreen"]["file"], role="wide"))
    wide = apply_match(wide, table, side="wide")
    layout = _layout(truth)
    layout = replace(layout, dvd=layout.dvd.shifted(beside_px, beside_px))
    cuts = {*truth["cuts"], *truth["cuts_detected_in_source"], 0} - {len(pairs)}
    starts = sorted(cuts)
    ends = [*(n - 1 for n in starts[1:]), len(pairs) - 1]
    shots = Shots(shots=tuple(Shot(first=a, last=b) for a, b in zip(starts, ends, strict=True)))
    dvd = with_siting(dvd, measure_siting(wide, dvd, [layout], shots))
    colours, shots = measure_colour(wide, dvd, [layout], shots)
    x, y, w, h = truth["master"]["canvas_in_master"]
    numbers = [master for _, _, master in truth["pairs"]]
    master = open_video(folder / truth["master"]["file"], role="wide")
    master = master[numbers[0] :][: len(numbers)].resize.Bicubic(format=vs.YUV444P16)
    return Truth(
        name=name,
        source=FilmPair(
            wide=wide,
            dvd=dvd,
            layout=layout,
            grade=lambda clip: apply_colour(clip, colours, shots=shots),
        ),
        master=core.std.CropAbs(master, w, h, x, y),
        exact=tuple(pair.wide for pair in table.pairs if pair.confident),
        shots=shots,
    )


def strips(truth: Truth, model: Model | None) -> vs.VideoNode:
    source = truth.source
    if model is None:
        return source.grade(upscale_fast(source.dvd, source.layout))
    return source.grade(upscale_bands(source.dvd, source.layout, model))


def unfitted(truth: Truth) -> vs.VideoNode:
    """Interpolated bands in the DVD's own colours."""
    return upscale_fast(truth.source.dvd, truth.source.layout)


def rgb(clip: vs.VideoNode, n: int) -> Pixels:
    with core.resize.Point(clip, format=vs.RGBS).get_frame(n) as frame:
        return np.stack([np.asarray(frame[p]) for p in range(3)]).astype(np.float64).clip(0, 1)


def true_bands(truth: Truth) -> vs.VideoNode:
    bands = truth.source.layout.bands()
    return core.std.StackVertical(
        [core.std.CropAbs(truth.master, b.w, b.h, b.x, b.y) for b in bands]
    )


def score(got: Sequence[Pixels], true: Sequence[Pixels]) -> tuple[float, float, float]:
    """PSNR of RGB and of luma over all frames, and SSIM of luma."""
    rgb_error, luma_error, likeness = [], [], []
    for a, b in zip(got, true, strict=True):
        luma = [np.tensordot(KR, each, 1) for each in (a, b)]
        rgb_error.append(((a - b) ** 2).mean())
        luma_error.append(((luma[0] - luma[1]) ** 2).mean())
        likeness.append(
            structural_similarity(*luma, data_range=1.0, gaussian_weights=True, sigma=1.5)
        )
    psnr = [float(-10 * np.log10(np.mean(each))) for each in (rgb_error, luma_error)]
    return psnr[0], psnr[1], float(np.mean(likeness))


def oracle(plain: Sequence[Pixels], true: Sequence[Pixels], *, mixed: bool) -> list[Pixels]:
    """Bring interpolation without any fit to the master by the affine map that is best for it.

    One map for the whole clip, as in `colour.py`: 3 x 4 numbers, or two a channel.
    """
    x = np.concatenate([each.reshape(3, -1) for each in plain], 1)
    x = np.concatenate([x, np.ones((1, x.shape[1]))])
    y = np.concatenate([each.reshape(3, -1) for each in true], 1)
    matrix = np.zeros((3, 4))
    for c in range(3):
        used = [0, 1, 2, 3] if mixed else [c, 3]
        matrix[c, used] = np.linalg.lstsq(x[used].T, y[c], rcond=None)[0]
    return [np.tensordot(matrix[:, :3], each, 1) + matrix[:, 3, None, None] for each in plain]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What some frames of a pair teach."""

    measured: tuple[Measured, ...]
    inputs: Inputs
    still: NormalSums | None
    network: Model


def learn_on(truth: Truth, frames: Sequence[int]) -> Lesson:
    """Measure a pair as `vsmeme.steps.learn` does, on some of its frames."""
    film = replace(truth.film, frames=(tuple(frames),))
    network = bring("span")
    measured, inputs = sum_up_film(film, network)
    return Lesson(
        measured=sound_frames(measured),
        inputs=inputs,
        still=gather_still(film, inputs),
        network=network,
    )


def fitted(lesson: Lesson, part: Inputs, path: Path) -> Model:
    """Fit some ingredients as `vsmeme.steps.learn` does, without choosing among them."""
    inner = NormalSums.total(m.inner for m in lesson.measured)
    outer = NormalSums.total(m.outer for m in lesson.measured)
    chosen = fit(inner, outer, lesson.inputs, part, still=lesson.still)
    log.info("%s", describe_ingredients(chosen))
    whole = refit(NormalSums.total([inner, outer]), chosen)
    return write(whole, lesson.inputs, path, network=lesson.network)


def parts(inputs: Inputs) -> dict[str, Inputs]:
    alone = replace(inputs, reach=0, network=None, deep=0, own=None)
    own = replace(alone, own=inputs.own)
    return {
        "filters": alone,
        "+ own network": own,
        "+ neighbours": replace(own, reach=inputs.reach),
        "+ SPAN's features": inputs,
    }


def split(truth: Truth, count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Frames to measure, and the others."""
    tested = spread_frames(truth.exact, count)
    return tested, tuple(n for n in truth.exact if n not in tested)
