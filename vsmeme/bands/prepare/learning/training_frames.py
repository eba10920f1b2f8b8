"""The training material of the upscaler: both films over their overlap, summed up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from ....networks.model import Model
from ....progress import bar, log
from ....sync.shots import Shots
from .film_pair import FilmPair, FramePart
from .ingredients import UnlearnableError
from .normal_equations import (
    PIXELS_A_FRAME,
    STRANGE,
    Measured,
    NormalSums,
    measure,
    measure_still,
    strangeness,
)
from .onnx_builder import OwnNet, count_deep
from .samples import Place, measure_shift, parts_at, places, samples, successions
from .train_network import Pixels, pixels_of, train
from .upscaler_graph import Inputs

REACH = 2
LEAST_FRAMES = 8
LEAST_ROWS = 32  # of overlap, DVD px
HELD_SHARE = 0.05  # of the overlap's rows, at either end
LEAST_HELD_ROWS = 4  # DVD px
FRAMES = 36
HELD_FRAMES = 5  # every how many of them one is held out
HELD_FROM = 2  # the first: the middle of five
SHIFT_FRAMES = 4
STILL_FRAMES = 4
LEAST_STILL = 0.01  # of the px; fewer say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFilm:
    """What is learnt from.

    Attributes:
        sources: One a layout.
        frames: The confident frames of each, ascending.
        shots: The shots.
    """

    sources: tuple[FilmPair, ...]
    frames: tuple[tuple[int, ...], ...]
    shots: Shots

    @property
    def largest(self) -> int:
        """Number of the source with the most frames."""
        return max(range(len(self.frames)), key=lambda index: len(self.frames[index]))


def sum_up_film(
    film: TrainingFilm, network: Model | None, *, also: Iterable[FramePart] = ()
) -> tuple[list[Measured], Inputs]:
    """Sum up frames spread over the film.

    Args:
        film: The films; what is looked at of the wide, in `gather_still` too, is read ahead.
        network: A pretrained network whose features are looked at, too.
        also: What else of the wide of the largest layout is to be read ahead.

    Raises:
        UnlearnableError: Too few rows or frames.
    """
    rows = min(source.core.h for source in film.sources)
    if rows < LEAST_ROWS:
        raise UnlearnableError(f"the overlap has {rows} DVD rows, fewer than {LEAST_ROWS}")
    total = sum(map(len, film.frames))
    if total < LEAST_FRAMES:
        raise UnlearnableError(f"{total} confident frames, fewer than {LEAST_FRAMES}")
    source = film.sources[film.largest]
    chosen = [
        (each, places(each, numbers))
        for each, numbers in zip(film.sources, taught_frames(film), strict=True)
        if each.layout.scale == source.layout.scale
    ]
    aimed = places(source, spread_frames(film.frames[film.largest], SHIFT_FRAMES))
    more = *parts_at(source, aimed), *parts_at(source, still_places(film), after=True), *also
    for each, own in chosen:
        each.keep([*parts_at(each, own), *(more if each is source else ())])
    shift = measure_shift(source, aimed)
    if any(shift):
        log.warning("learn: the DVD's picture lies %+d, %+d canvas px off; mended there", *shift)
    alone = Inputs(scale=source.layout.scale, shift=shift)
    inputs = replace(alone, reach=REACH, own=train_own(chosen, alone, held_frames(film)))
    if network is not None:
        inputs = replace(inputs, network=network.path, deep=count_deep(network.path))
    found = []
    total = sum(len(numbers) for _, own in chosen for _, numbers in own)
    progress: tqdm[None] = bar(label="learn", total=total)
    with progress:
        for each, own in chosen:
            for sample in samples(each, inputs, own):
                found.append(measure(sample, inputs, held_rows(each)))
                progress.update()
    return sorted(found, key=lambda measured: measured.frame), inputs


def train_own(
    chosen: Sequence[tuple[FilmPair, Sequence[Place]]], inputs: Inputs, held: Sequence[int]
) -> OwnNet:
    """Train the film's own network; held-out rows and frames and strange frames are left out.

    Args:
        chosen: Sources, and what is looked at of each.
        inputs: Luma and chroma alone.
        held: Frames to hold out.
    """
    found, strange = [], []
    for each, theirs in chosen:
        rest = ((at, [n for n in numbers if n not in held]) for at, numbers in theirs)
        for sample in samples(each, inputs, (place for place in rest if place[1])):
            found.append(pixels_of(sample, inputs, held_rows(each)))
            strange.append(strangeness(sample))
    usual = float(np.median(strange))
    return train(
        Pixels.total(p for p, s in zip(found, strange, strict=True) if s <= STRANGE * usual)
    )


def taught_frames(film: TrainingFilm) -> tuple[tuple[int, ...], ...]:
    """Return the frames of each source that are looked at."""
    total = sum(map(len, film.frames))
    return tuple(
        spread_frames(numbers, max(1, round(FRAMES * len(numbers) / total)))
        for numbers in film.frames
    )


def held_frames(film: TrainingFilm) -> tuple[int, ...]:
    """Return those of the largest layout's taught frames on which the upscalers are compared."""
    return taught_frames(film)[film.largest][HELD_FROM::HELD_FRAMES]


def gather_still(film: TrainingFilm, inputs: Inputs) -> NormalSums | None:
    """Sum up how the features change from frame to frame where the picture does not.

    Args:
        film: The films; the layout with the most frames is looked at.
        inputs: The features.

    Returns:
        The sums; ``None`` where next to nothing is still.
    """
    source = film.sources[film.largest]
    found, px = [], 0
    for first, second in successions(source, inputs, still_places(film)):
        found.append(measure_still(first, second, inputs, held_rows(source)))
        px += min(first.weight.size, PIXELS_A_FRAME)
    if not found:
        return None
    total = NormalSums.total(found)
    return total if total.count > LEAST_STILL * px else None


def still_places(film: TrainingFilm) -> list[Place]:
    """Return what `gather_still` looks at, in the first frame of each two."""
    source, own = film.sources[film.largest], film.frames[film.largest]
    confident, shot = set(own), film.shots.index
    firsts = [n for n in own if n + 1 in confident and shot(n) == shot(n + 1)]
    return places(source, spread_frames(firsts, STILL_FRAMES))


def held_rows(source: FilmPair) -> tuple[int, int]:
    """Return how many rows of the overlap are held out next to the bands: top, bottom.

    Where bands lie beside the wide alone, rows at both ends stand for them.
    """
    count = max(LEAST_HELD_ROWS, round(source.core.h * HELD_SHARE))
    top, bottom = source.layout.top, source.layout.bottom
    beside = not (top or bottom)
    return (count if top or beside else 0, count if bottom or beside else 0)


def spread_frames(numbers: Sequence[int], count: int) -> tuple[int, ...]:
    """Pick ``count`` of some numbers, evenly, from inside each part."""
    if len(numbers) <= count:
        return tuple(numbers)
    return tuple(numbers[(2 * k + 1) * len(numbers) // (2 * count)] for k in range(count))
