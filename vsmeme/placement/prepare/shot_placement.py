"""Where the DVD lies in one shot: fitted from a first map, or searched for; held-out frames decide.

Maps are 2x3, from edge coordinates of the decoded DVD to those of the decoded wide.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ...pixels.rect import Rect
from . import fine_alignment
from .fine_alignment import AlignmentLevel, Matrix, NormalEquations
from .rough_search import Guess, Luma, search

RELIABLE = 0.7
"""Correlation from which a shot's own placement is believed."""
HOPELESS = 0.2
"""Correlation below which finer levels are not tried."""
SEARCH_LEVEL = 2
"""Pyramid level from which a searched map is refined; a given one starts one finer."""
COVERAGE = (0.4, 1.7)
"""Share of the wide's width that the DVD may show: scales of 0.6 to 1.6 about a 4:3 open matte."""
BLANK_CODES = 2.5
"""Deviation of luma below which a picture shows nothing."""
MOST_SQUARED = 0.03
"""Share by which a first map's scales may miss the ratio of the stream: beyond, that is wrong."""
ROUNDS = 20
"""Most steps at a level; four are usual."""
SHIFT_AND_SCALE = np.stack([np.eye(6)[0], np.eye(6)[1], np.eye(6)[2] + np.eye(6)[5]], axis=1)
"""The parameters that may move: two of shift, one of scale."""
SHIFT_AND_SCALES = np.eye(6)[:, [0, 1, 2, 5]]
"""At full size each axis has its own scale: first maps are not exact in their ratio. What frames
together say of it is decided later."""


@dataclass(frozen=True, slots=True, eq=False)
class ShotPictures:
    """Some matched frames of one shot.

    Attributes:
        shot: Number of the shot.
        length: Its frames.
        pairs: Luma of the wide's active picture and of the whole decoded DVD, 8-bit codes.
        wide_active: Active picture of the wide in this shot, px as decoded.
        dvd_active: Of the DVD.
        starts: First maps to try, best first.
    """

    shot: int
    length: int
    pairs: Sequence[tuple[Luma, Luma]]
    wide_active: Rect
    dvd_active: Rect
    starts: Sequence[Matrix] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ShotPlacement:
    """The measured placement of one shot.

    Attributes:
        shot: Number of the shot.
        length: Its frames.
        matrix: Decoded DVD to decoded wide; None where it was not found.
        normals: Normal equations of its frames about that map.
        correlation: Median over the frames, band-passed, -1..1.
        blank: Nothing to see on either side: any placement is right.
        wide_active: Active picture of the wide, px as decoded.
        dvd_active: Of the DVD.
        dvd_size: Width and height of the decoded DVD.
        given: Whether a person gave the map: it stands alone.
    """

    shot: int
    length: int
    matrix: Matrix | None
    normals: Sequence[NormalEquations]
    correlation: float
    blank: bool
    wide_active: Rect
    dvd_active: Rect
    dvd_size: tuple[int, int]
    given: bool = False


def place_shot(pictures: ShotPictures, *, aspect: float = 1.0) -> ShotPlacement:
    """Measure shift and scale of one shot.

    Args:
        pictures: Its frames and the maps to start from.
        aspect: The DVD's sample aspect ratio.

    Returns:
        The best map that was found, whatever its correlation; none where no frame can be compared.
    """
    pairs = pictures.pairs
    size = (pairs[0][1].shape[1], pairs[0][1].shape[0]) if pairs else (0, 0)
    tried = [
        _fit(pictures, _to_active(_squared(start, aspect, size), pictures), coarse=False)
        for start in pictures.starts
    ]
    best = max(tried, key=lambda fit: fit[2], default=(None, [], 0.0))
    blank = bool(pairs) and all(_blank(pictures, pair) for pair in pairs)
    if pairs and best[2] < RELIABLE and not blank:
        searched = _fit(pictures, _searched(pictures, aspect), coarse=True)
        best = max(best, searched, key=lambda fit: fit[2])
    matrix, normals, correlation = best
    return ShotPlacement(
        shot=pictures.shot,
        length=pictures.length,
        matrix=None if matrix is None or not normals else _from_active(matrix, pictures),
        normals=normals,
        correlation=correlation,
        blank=blank,
        wide_active=pictures.wide_active,
        dvd_active=pictures.dvd_active,
        dvd_size=size,
    )


def _squared(matrix: Matrix, aspect: float, size: tuple[int, int]) -> Matrix:
    """The map with the two scales that a sample aspect ratio gives, the picture's middle fixed."""
    mean = float(np.sqrt(abs(matrix[0, 0] * matrix[1, 1])))
    linear = np.diag([mean * np.sqrt(aspect), mean / np.sqrt(aspect)])
    if np.abs(linear - matrix[:, :2]).max() > MOST_SQUARED * mean:
        return matrix
    middle = np.array([size[0] / 2, size[1] / 2])
    shift = matrix[:, :2] @ middle + matrix[:, 2] - linear @ middle
    return np.column_stack([linear, shift])


Fitted = tuple[Matrix | None, list[NormalEquations], float]


def _fit(pictures: ShotPictures, matrix: Matrix, *, coarse: bool) -> Fitted:
    """Shift and one scale, from a coarser level to full size."""
    pairs, area = pictures.pairs, pictures.dvd_active
    if not pairs:
        return None, [], 0.0
    mask = np.zeros(pairs[0][1].shape, bool)
    mask[area.y : area.bottom, area.x : area.right] = True
    top = max(0, min(SEARCH_LEVEL if coarse else 1, int(np.log2(mask.shape[1] / 90))))
    normals: list[NormalEquations | None] = []
    for level in range(top, -1, -1):
        levels = prepared(pairs, matrix, mask, level)
        freedom = SHIFT_AND_SCALE if level else SHIFT_AND_SCALES
        matrix, normals = fine_alignment.refine_map(
            levels, matrix, freedom, level=level, rounds=ROUNDS
        )
        if median_correlation(normals) < HOPELESS:
            break
    return matrix, [n for n in normals if n is not None], median_correlation(normals)


def prepared(
    pairs: Sequence[tuple[Luma, Luma]], matrix: Matrix, mask: npt.NDArray[np.bool_], level: int
) -> list[AlignmentLevel]:
    """Reduce pairs to a pyramid level, the wide averaged over boxes of one DVD px."""
    scale = tuple(float(np.hypot(*matrix[:2, i])) for i in (0, 1))
    prepare = partial(
        fine_alignment.prepare_level, scale=(scale[0], scale[1]), level=level, active=mask
    )
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(prepare, *zip(*pairs, strict=True)))


def median_correlation(normals: Sequence[NormalEquations | None]) -> float:
    """Median over the frames that can be told; 0 where none can."""
    known = [n.correlation for n in normals if n is not None]
    return float(np.median(known)) if known else 0.0


def _searched(pictures: ShotPictures, aspect: float) -> Matrix:
    """The best map at all, from an exhaustive search over scale and shift."""
    area = pictures.dvd_active
    pairs = [(wide, dvd[area.y : area.bottom, area.x : area.right]) for wide, dvd in pictures.pairs]
    guess: Guess = search(pairs, aspect=aspect, coverage=COVERAGE)
    (sx, sy), (x, y) = guess.scale, guess.offset
    return np.array([[sx, 0.0, x - sx * area.x], [0.0, sy, y - sy * area.y]])


def _blank(pictures: ShotPictures, pair: tuple[Luma, Luma]) -> bool:
    area = pictures.dvd_active
    wide, dvd = pair
    shown = dvd[area.y : area.bottom, area.x : area.right]
    return float(wide[::4, ::4].std()) < BLANK_CODES and float(shown.std()) < BLANK_CODES


def _to_active(matrix: Matrix, pictures: ShotPictures) -> Matrix:
    return matrix - _corner(pictures)


def _from_active(matrix: Matrix, pictures: ShotPictures) -> Matrix:
    return matrix + _corner(pictures)


def _corner(pictures: ShotPictures) -> Matrix:
    corner = np.zeros((2, 3))
    corner[:, 2] = pictures.wide_active.x, pictures.wide_active.y
    return corner
