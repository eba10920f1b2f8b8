"""What measuring looks at of every shot: some good pairs, and the picture inside its bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil, floor

import numpy as np
import vapoursynth as vs

from ..arrays.images import Floats, Image, Ints
from ..pixels.rect import Rect
from ..placement.prepare.fine_alignment import Matrix
from ..placement.prepare.shot_placement import ShotPictures, ShotPlacement
from ..source.prepare.black_bars import NONE, Insets, agreed, inset, measure_bars
from ..sync.prepare.proxies import FilmProxies
from ..sync.shots import Shot, Shots
from ..sync.timeline import Timeline

FRAMES_PER_SHOT, MOST_FRAMES = 4, 12
BAR_FRAMES = 24  # proxies of a shot that are looked at for bars
SMEARED_LINES = 1
BRIGHT_CODES, LEAST_BRIGHT_PX = 47, 3  # 8-bit limited luma and px of a proxy that are no bar
CLEAR_FRAMES = 2  # of a shot's ends, where a dissolve may reach in


def frames_to_place(table: Timeline, shots: Shots) -> list[list[int]]:
    """Pairs of every shot to measure its placement on: spread over it, the surest of each part.

    Args:
        table: The match table.
        shots: Its shots.

    Returns:
        Pair numbers, one list a shot; empty where a shot has no partner on the DVD.
    """
    each = max(FRAMES_PER_SHOT, MOST_FRAMES // len(shots))
    chosen = []
    for shot in shots.shots:
        edge = CLEAR_FRAMES if len(shot) > 4 * CLEAR_FRAMES else 0
        inside = range(shot.first + edge, shot.last + 1 - edge)
        frames = [n for n in inside if table.pairs[n].partner]
        parts = np.array_split(np.array(frames, np.int64), min(each, len(frames)) or 1)
        chosen.append([_surest(table, part) for part in parts if len(part)])
    return chosen


def _surest(table: Timeline, part: Ints) -> int:
    """The frame to take of a part: a confident one of a good score, rather from the middle."""
    middle = (int(part[0]) + int(part[-1])) / 2

    def worth(n: int) -> tuple[bool, float]:
        pair = table.pairs[n]
        return pair.confident, round(pair.score, 2) - 0.02 * abs(n - middle) / len(part)

    return max((int(n) for n in part), key=worth)


def coarse_bars(film: FilmProxies, frames: Sequence[int]) -> Insets:
    """Bars of a shot as its proxies show them.

    Args:
        film: Proxies of the source.
        frames: Frames of the shot, numbers of the source.

    Returns:
        Px of the source, inside the film's active picture.
    """
    shown = _spread(film, frames)
    return measure_bars(shown).scaled(*film.px) if len(shown) else NONE


def _spread(film: FilmProxies, frames: Sequence[int]) -> Image:
    """Proxies of some frames of a shot, all over it."""
    picks = sorted(set(frames))
    at = np.unique(np.linspace(0, len(picks) - 1, min(BAR_FRAMES, len(picks))).astype(int))
    return film.proxies[[picks[i] for i in at]]


def bars_hold_something(film: FilmProxies, frames: Sequence[int], picture: Rect) -> bool:
    """Tell whether subtitles or a logo stand in the bars of a shot.

    Args:
        film: Proxies of the source.
        frames: Frames of the shot, numbers of the source.
        picture: The shot's picture inside the bars, px as decoded.
    """
    (kx, ky), whole = film.px, film.active
    left, top = floor((picture.x - whole.x) / kx) - 1, floor((picture.y - whole.y) / ky) - 1
    right, bottom = ceil((picture.right - whole.x) / kx), ceil((picture.bottom - whole.y) / ky)
    bar = np.ones(film.size[::-1], bool)
    bar[max(0, top) : bottom + 1, max(0, left) : right + 1] = False
    if not bar.any() or not frames:
        return False
    bright = (_spread(film, frames)[:, bar] > BRIGHT_CODES).sum(axis=1)
    return bool(bright.max() >= LEAST_BRIGHT_PX)


class ShotReader:
    """Reads what `place_shot` wants of each shot, one shot at a time."""

    def __init__(
        self,
        clips: tuple[vs.VideoNode, vs.VideoNode],
        whole: tuple[vs.VideoNode, vs.VideoNode],
        films: tuple[FilmProxies, FilmProxies],
        actives: tuple[Rect, Rect],
        table: Timeline,
        shots: Shots,
    ) -> None:
        """Keep what to read from.

        Args:
            clips: Matched wide and DVD as decoded, that serve the frames to place.
            whole: The same, that serve every frame.
            films: Their proxies.
            actives: Active pictures over the whole films, px as decoded.
            table: The match table.
            shots: Its shots.
        """
        self._clips, self._whole, self._films, self._actives = clips, whole, films, actives
        self._table, self._shots = table, shots
        self.picks = frames_to_place(table, shots)

    def read(self, starts: Sequence[Sequence[Matrix]]) -> Iterator[ShotPictures]:
        """Yield every shot; nothing is kept of it, which at 4K is 25 MB a frame.

        Args:
            starts: First maps of each shot, decoded DVD to decoded wide.
        """
        for number in range(len(self._shots)):
            yield self._pictures(number, starts[number])

    def _pictures(self, number: int, starts: Sequence[Matrix]) -> ShotPictures:
        shot = self._shots.shots[number]
        lumas = [[limited_luma(clip, n) for n in self.picks[number]] for clip in self._clips]
        wide, dvd = (
            self._active(side, frames, lumas[side])
            for side, frames in enumerate(self._frames(shot))
        )
        return ShotPictures(
            shot=number,
            length=len(shot),
            pairs=[(plane_part(a, wide), b) for a, b in zip(*lumas, strict=True)],
            wide_active=wide,
            dvd_active=dvd,
            starts=starts,
        )

    def filled_bars(self, placements: Sequence[ShotPlacement]) -> Iterator[tuple[int, list[int]]]:
        """Yield side (0 for the wide) and shots in whose bars subtitles or a logo stand.

        Args:
            placements: One a shot.
        """
        for side, film in enumerate(self._films):
            shots = []
            for placement in placements:
                picture = (placement.wide_active, placement.dvd_active)[side]
                frames = self._frames(self._shots.shots[placement.shot])[side]
                if picture != film.active and bars_hold_something(film, frames, picture):
                    shots.append(placement.shot)
            if shots:
                yield side, shots

    def clock(self, number: int) -> str:
        """Return when a shot begins, as people read it."""
        return self._table.clock(self._shots.shots[number].first)

    def _frames(self, shot: Shot) -> tuple[list[int], list[int]]:
        """Frames of a shot in the wide, and those in the DVD that are partners."""
        pairs = self._table.pairs[shot.first : shot.last + 1]
        return [pair.wide for pair in pairs], [pair.dvd for pair in pairs if pair.partner]

    def every(self, placement: ShotPlacement) -> Iterator[tuple[int, Floats, Floats]]:
        """Yield all pairs of a shot: number, luma of the wide's picture, and of the whole DVD."""
        shot = self._shots.shots[placement.shot]
        wide, dvd = self._whole
        for n in range(shot.first, shot.last + 1):
            if self._table.pairs[n].partner:
                shown = plane_part(limited_luma(wide, n), placement.wide_active)
                yield n, shown, limited_luma(dvd, n)

    def best(self, numbers: Sequence[int], count: int, active: Rect) -> list[tuple[Floats, Floats]]:
        """Read the best pairs of some shots, every shot among them while there is room.

        Args:
            numbers: The shots.
            count: How many pairs; up to twice as many where there are that many shots.
            active: The wide's picture in them, px as decoded.
        """
        groups = [
            sorted(self.picks[n], key=lambda m: (not self._sure(m), -self._table.pairs[m].score))
            for n in numbers
        ]
        chosen: list[int] = []
        for rank in range(max((len(group) for group in groups), default=0)):
            row = [group[rank] for group in groups if rank < len(group)]
            room = count - len(chosen) if rank else 2 * count
            if len(row) > room:
                row = [row[i] for i in np.linspace(0, len(row) - 1, room).round().astype(int)]
            chosen += row
            if len(chosen) >= count:
                break
        wide, dvd = self._clips
        return [
            (plane_part(limited_luma(wide, n), active), limited_luma(dvd, n))
            for n in sorted(chosen)
        ]

    def _sure(self, n: int) -> bool:
        return self._table.pairs[n].confident

    def _active(self, side: int, frames: Sequence[int], lumas: Sequence[Floats]) -> Rect:
        """The picture inside a shot's bars: where they end coarsely, then to the px."""
        film, whole = self._films[side], self._actives[side]
        coarse = coarse_bars(film, frames)
        if not any(coarse) or not lumas:
            return whole
        inside = [plane_part(frame, whole) for frame in lumas]
        slack = round(max(film.px)) + 2
        bars = measure_bars(inside, near=coarse, slack=slack)
        if side:
            # coding smears a DVD's matte over the line beside it
            bars = Insets(*(bar and bar + SMEARED_LINES for bar in bars))
        return bars.inside(whole)


def with_same_bars(
    placements: Sequence[ShotPlacement], actives: tuple[Rect, Rect]
) -> list[ShotPlacement]:
    """Make bars that differ by a line or two from shot to shot the same.

    Args:
        placements: One a shot.
        actives: Active pictures of wide and DVD over the whole films, px as decoded.
    """
    sides = [[p.wide_active for p in placements], [p.dvd_active for p in placements]]
    same = [
        [insets.inside(whole) for insets in agreed([inset(whole, part) for part in parts])]
        for whole, parts in zip(actives, sides, strict=True)
    ]
    return [
        replace(placement, wide_active=wide, dvd_active=dvd)
        for placement, wide, dvd in zip(placements, *same, strict=True)
    ]


def plane_part(plane: Floats, area: Rect) -> Floats:
    """Return a part of a plane."""
    return plane[area.y : area.bottom, area.x : area.right]


def limited_luma(clip: vs.VideoNode, n: int) -> Floats:
    """Luma of one whole frame as 8-bit limited codes."""
    if clip.format.color_family == vs.RGB:
        clip = vs.core.resize.Bicubic(clip, format=vs.YUV444P16, matrix=1)
    with clip.get_frame(n) as frame:
        plane = np.asarray(frame[0]) * np.float32(1.0 / (1 << (frame.format.bits_per_sample - 8)))
        if int(frame.props.get("_Range", 0)) == int(vs.RANGE_FULL):
            plane = plane * np.float32(219 / 255) + np.float32(16)
        return np.asarray(plane, np.float32)
