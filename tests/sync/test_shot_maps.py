"""Pairs of films whose shots are framed in ways of their own, matted, moved, or not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest
from scenes import films

from vsmeme.pixels.rect import Rect
from vsmeme.sync.prepare.maps import lost_shots
from vsmeme.sync.prepare.maps.mapped_shot import MappedShot
from vsmeme.sync.prepare.maps.masked_search import MaskedSearch
from vsmeme.sync.prepare.maps.proxy_view import ProxyMap, ProxyView
from vsmeme.sync.prepare.match_films import match_films
from vsmeme.sync.prepare.proxies import FilmProxies
from vsmeme.sync.prepare.proxy_area import area_of

Window = tuple[float, float, float, float]
PLAIN: Window = (128, 0, 768, 576)  # what the DVD shows of a canvas of 1024x576
FRAMES = 24


def world(seed: int) -> np.ndarray:
    """A picture larger than the canvas, with detail at every size."""
    rng = np.random.default_rng(seed)
    made = np.zeros((700, 1300), np.float32)
    for size in (3, 8, 20, 60):
        noise = cv2.GaussianBlur(rng.normal(size=made.shape).astype(np.float32), (0, 0), size)
        made += noise / noise.std() * 16
    return np.clip(made + 100 + rng.uniform(-30, 30), 16, 235)


def shot(seed: int, count: int = FRAMES) -> Iterator[np.ndarray]:
    """Canvases: the camera moves, and something in front of it moves otherwise."""
    back, rng = world(seed), np.random.default_rng(seed)
    step, at = rng.uniform(-2.5, 2.5, 2), rng.uniform(60, 120, 2)
    for n in range(count):
        x, y = (at + step * n).astype(int)
        frame = back[y : y + 576, x : x + 1024].copy()
        cv2.circle(frame, (300 + 9 * n, 288 + int(40 * np.sin(n / 3))), 60, 40.0 + seed % 150, -1)
        yield frame


def wide_of(frames: Sequence[np.ndarray]) -> FilmProxies:
    return films.film((frame[73:503] for frame in frames), "wide")


def dvd_of(frames: Sequence[np.ndarray], windows: Sequence[Window], matte: int = 0) -> FilmProxies:
    rng = np.random.default_rng(3)
    made = []
    for frame, (x, y, w, h) in zip(frames, windows, strict=True):
        matrix = np.array([[w / 192, 0, x + w / 384 - 0.5], [0, h / 144, y + h / 288 - 0.5]])
        blurred = cv2.GaussianBlur(frame, (0, 0), w / 192 / 2)
        dvd = cv2.warpAffine(
            blurred, matrix, (192, 144), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        dvd = dvd + rng.normal(0, 1.5, dvd.shape)
        if matte:
            dvd[:matte] = dvd[-matte:] = 16
        made.append(dvd)
    return films.film(made, "dvd")


def film_of(windows: Sequence[Window], *, seeds: Sequence[int] = ()) -> list[np.ndarray]:
    numbers = seeds or range(len(windows))
    return [frame for n in numbers for frame in shot(n)]


def check(wide: FilmProxies, dvd: FilmProxies) -> None:
    """Every pair is the same frame, and all of them are sure."""
    match = match_films(wide, dvd)
    assert (match.first, len(match.dvd)) == (0, len(wide))
    assert match.dvd.tolist() == list(range(len(wide)))
    assert match.confident.mean() > 0.97


REFRAMED: list[tuple[str, list[Window]]] = [
    ("one far off", [PLAIN, (128, 40, 768, 500), PLAIN, PLAIN]),
    ("one zoomed", [PLAIN, PLAIN, (204, 57, 616, 462), PLAIN]),
    ("one inside the wide", [PLAIN, (232, 78, 560, 420), PLAIN, PLAIN]),
    (
        "no two alike",
        [(90, 0, 700, 525), (200, 60, 640, 480), (140, 20, 560, 420), (230, 10, 720, 540)],
    ),
]


@pytest.mark.parametrize(("name", "windows"), REFRAMED, ids=[entry[0] for entry in REFRAMED])
def test_shots_framed_otherwise_are_matched_as_surely(name: str, windows: list[Window]) -> None:
    del name
    frames = film_of(windows)
    each = [window for window in windows for _ in range(FRAMES)]
    check(wide_of(frames), dvd_of(frames, each))


def test_a_matted_film_of_mixed_framings_is_matched() -> None:
    windows = [PLAIN, (150, 30, 700, 525), PLAIN, (100, 0, 740, 555)]
    frames = film_of(windows)
    each = [window for window in windows for _ in range(FRAMES)]
    check(wide_of(frames), dvd_of(frames, each, matte=24))


def test_bars_on_the_dvd_cost_a_shot_inside_the_wide_nothing() -> None:
    """What lies beyond a bar does not reach what is compared beside it."""
    frames = [130 + 0.3 * frame for frame in film_of([PLAIN])]  # bright, of little detail
    x, y, w, h = window = (232.0, 78.0, 560.0, 420.0)
    wide = wide_of(frames)
    plain, matted = (dvd_of(frames, [window] * FRAMES, matte=rows) for rows in (0, 24))
    kx, ky = wide.px
    size = plain.size
    place = ProxyMap(sx=w / size[0] / kx, sy=h / size[1] / ky, tx=x / kx, ty=(y - 73) / ky)
    errors = []
    for dvd in (plain, matted):
        areas = area_of(wide, range(FRAMES)), area_of(dvd, range(FRAMES))
        view = ProxyView.within(wide, dvd, place, areas)
        scores = view.wide_rows(wide.block(0, FRAMES)) @ view.dvd_rows(dvd.block(0, FRAMES)).T
        assert scores.argmax(axis=1).tolist() == list(range(FRAMES))
        errors.append(float(np.mean(1 - np.diag(scores))))
    assert areas[1].h < size[1]
    assert errors[1] < 1.5 * errors[0]


def test_a_shot_is_found_in_what_its_neighbours_leave() -> None:
    windows, count = REFRAMED[-1][1][:3], 10
    frames = [frame for n in range(3) for frame in shot(n, count)]
    wide = wide_of(frames)
    dvd = dvd_of(frames, [window for window in windows for _ in range(count)])
    foreign = ProxyView.of(wide, dvd, ProxyMap(sx=1.0, sy=1.0, tx=0.0, ty=0.0))
    shots = [
        MappedShot(span=(n * count, n * count + count), error=0.5, view=foreign) for n in range(3)
    ]
    shots[0].offset = shots[2].offset = 0
    areas = {id(each): area_of(wide, range(*each.span)) for each in shots}
    path = np.zeros(len(wide), np.int64)
    lost_shots.look_between(MaskedSearch(wide, dvd), (wide, dvd), shots, 1, path, areas)
    assert shots[1].offset == 0
    assert shots[1].error < 0.02


def test_a_shot_that_the_dvd_lacks_stays_without_partner() -> None:
    windows = [PLAIN, (128, 40, 768, 500), PLAIN, (204, 57, 616, 462), PLAIN]
    frames = film_of(windows)
    each = [window for window in windows for _ in range(FRAMES)]
    there = [n for n in range(len(frames)) if not 2 * FRAMES <= n < 3 * FRAMES]
    dvd = dvd_of([frames[n] for n in there], [each[n] for n in there])
    match = match_films(wide_of(frames), dvd)
    assert match.missing[2 * FRAMES : 3 * FRAMES].mean() > 0.9
    assert not match.confident[2 * FRAMES : 3 * FRAMES].any()
    assert match.dvd[there].tolist() == list(range(len(there)))


def test_the_search_finds_scale_and_shift_of_one_frame() -> None:
    frames = film_of([PLAIN])
    window = (210, 70, 600, 450)
    wide, dvd = wide_of(frames), dvd_of(frames, [window] * FRAMES)
    areas = tuple(Rect(x=0, y=0, w=film.size[0], h=film.size[1]) for film in (wide, dvd))
    search = MaskedSearch(wide, dvd)
    sight = search.compare(7, 7, (areas[0], areas[1]))
    place = sight.place
    assert sight.score > 0.9
    found = (
        place.tx * wide.px[0],
        place.ty * wide.px[1] + 73,
        place.sx * dvd.size[0] * wide.px[0],
        place.sy * dvd.size[1] * wide.px[1],
    )
    assert found == pytest.approx(window, abs=16)
    foreign = dvd_of([*shot(77)], [window] * FRAMES)
    assert MaskedSearch(wide, foreign).compare(7, 7, (areas[0], areas[1])).score < 0.75


def test_many_pairings_are_judged_as_each_by_itself() -> None:
    seeds, windows = range(20, 26), [(210, 70, 600, 450), PLAIN, (90, 20, 700, 525)] * 2
    frames = [next(shot(seed, 1)) for seed in seeds]
    wide, dvd = wide_of(frames), dvd_of(frames, windows)
    areas = tuple(Rect(x=0, y=0, w=film.size[0], h=film.size[1]) for film in (wide, dvd))
    search, count = MaskedSearch(wide, dvd), len(frames)
    wanted = np.ones((count, count), bool)
    wanted[0, -1] = False
    sights = [[(n, area) for n in range(count)] for area in areas]
    rows = search.compare_all(sights[0], sights[1], wanted)
    assert rows[0][-1] is None
    for n, row in enumerate(rows):
        alone = search.compare(n, n, (areas[0], areas[1]))
        assert row[n] == alone
        assert all(
            hit is None or hit.score < alone.score - 0.1 for m, hit in enumerate(row) if m != n
        )
