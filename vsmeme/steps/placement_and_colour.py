"""Placement and colour from matched frames: what registration and grading are given to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import vapoursynth as vs

from ..arrays.images import Mask
from ..colour.grain import Stock
from ..colour.prepare.chroma_siting import measure_siting
from ..colour.prepare.fit_colours import frames_to_sample, measure_colour
from ..colour.prepare.light_by_frame import ShotLight, measure_light_by_frame
from ..colour.prepare.measure_grain import measure_stock, neighbours_to_sample
from ..colour.transform import Colour
from ..config import Config
from ..memory import bytes_a_frame
from ..pixels.matrix import Matrix23
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..progress import log
from ..source.facts import SourceFacts
from ..source.files import with_siting
from ..source.formats import conform, crop, to_working
from ..sync.apply_match import apply_match
from ..sync.prepare.maps.proxy_view import ProxyMap
from ..sync.prepare.proxies import FilmProxies
from ..sync.prepare.stills.reference_still import StillSighting
from ..sync.shots import Shots
from ..sync.timeline import Timeline
from .place_shots import place_shots
from .shot_pictures import ShotReader, frames_to_place
from .shot_settings import settings_by_shot

FRAMES_PER_SHOT = 3  # of changing light, to fit colours on
KEPT_BYTES = 550_000_000


Axis = tuple[float, float]  # factor and offset


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSource:
    """A clip's film frames as decoded, and what was measured of it."""

    clip: vs.VideoNode
    facts: SourceFacts

    def showing(self, active: Rect) -> OpenedSource:
        """Return the source with another active picture, px."""
        return replace(self, facts=replace(self.facts, active=active))


class MeasuredPictures(NamedTuple):
    """What was measured.

    Attributes:
        layouts: The layouts, most used first.
        colours: The colour transforms, the film's first.
        shots: The shots, saying which of them each uses.
        siting: Where the DVD's chroma lies (``_ChromaLocation``); None without subsampling.
        film: Active picture of the wide over all shots, px as decoded.
        stock: The wide's grain and mean colour.
    """

    layouts: tuple[Layout, ...]
    colours: tuple[Colour, ...]
    shots: Shots
    siting: int | None
    film: Rect
    stock: Stock


def measure_pictures(
    wide: OpenedSource,
    dvd: OpenedSource,
    table: Timeline,
    shots: Shots,
    *,
    films: tuple[FilmProxies, FilmProxies],
    starts: Sequence[Matrix23],
    config: Config,
    mixed: Mask,
) -> MeasuredPictures:
    """Register and grade some matched frames of every shot at full size.

    Args:
        wide: The wide.
        dvd: The DVD.
        table: The match table.
        shots: Its shots.
        films: Proxies of both.
        starts: First map of each shot, decoded DVD to decoded wide.
        config: What the user wants of canvas, scale and residual.
        mixed: Pairs whose DVD frame is a blend, one entry each: they tell no light.
    """
    clips = apply_match(wide.clip, table, side="wide"), apply_match(dvd.clip, table, side="dvd")
    actives = wide.facts.active, dvd.facts.active
    every = {n for group in frames_to_place(table, shots) for n in group}
    lights = _lights(films, table, shots, starts, mixed)
    sampled = _frames_of_usual_light(shots, lights)
    every |= set(sampled)
    grainy = neighbours_to_sample(len(table))
    wide_clip = _kept(clips[0], sorted(every.union(grainy, (n + 1 for n in grainy))))
    dvd_clip = _kept(clips[1], sorted(every))
    reader = ShotReader((wide_clip, dvd_clip), clips, films, actives, table, shots)
    settings = settings_by_shot(config.shots, table, shots, (wide.facts, dvd.facts))
    with ThreadPoolExecutor() as pool:
        seen = crop(to_working(wide_clip), wide.facts.active)
        stock = pool.submit(measure_stock, seen)
        placed = place_shots(
            reader, actives, starts, config, aspect=float(dvd.facts.sar), settings=settings
        )
    del reader
    layouts, film, shots = placed.planned.layouts, placed.film, placed.on(shots)
    picks = [n for n in sampled if table.pairs[n].partner and shots.at(n).placed]
    whole = to_working(wide_clip)
    wides = [crop(whole, layout.wide_active or film) for layout in layouts]
    reads = [partial(_conformed, layout=layout) for layout in layouts]
    siting = measure_siting(wides, dvd_clip, layouts, shots, reads=reads, picks=picks)
    sited = with_siting(dvd_clip, siting)
    dvds = [read(sited) for read in reads]
    tone = wide.facts.tone
    toned = tone is not None and tone.kind == "dvd"
    colours, shots = measure_colour(wides, dvds, layouts, shots, picks=picks, alike=toned)
    return MeasuredPictures(layouts, colours, _lit(shots, lights), siting, film, stock.result())


def _lights(
    films: tuple[FilmProxies, FilmProxies],
    table: Timeline,
    shots: Shots,
    starts: Sequence[Matrix23],
    mixed: Mask,
) -> dict[int, ShotLight]:
    """Light that differs from frame to frame, of the shots that have any, by their number."""
    known = [
        (pair.wide, pair.dvd) if pair.partner and not blend else None
        for pair, blend in zip(table.pairs, mixed, strict=True)
    ]
    pairs = [known[shot.first : shot.last + 1] for shot in shots.shots]
    return measure_light_by_frame(*films, [proxies_of_map(s, *films) for s in starts], pairs)


def _frames_of_usual_light(shots: Shots, lights: Mapping[int, ShotLight]) -> list[int]:
    """Frames to fit colours on: in shots of changing light, those that it is counted from."""
    changing = [shots.shots[number] for number in lights]
    picks = [
        n for n in frames_to_sample(shots) if not any(s.first <= n <= s.last for s in changing)
    ]
    for number, light in lights.items():
        spread = np.linspace(0, len(light.usual) - 1, FRAMES_PER_SHOT + 2)[1:-1].round()
        first = shots.shots[number].first
        picks += [first + int(light.usual[int(i)]) for i in spread]
    return sorted(set(picks))


def _lit(shots: Shots, lights: Mapping[int, ShotLight]) -> Shots:
    """The shots with their light; it is told in a line."""
    made = [
        replace(shot, light=lights[n].rows) if n in lights and shot.placed else shot
        for n, shot in enumerate(shots.shots)
    ]
    count = sum(bool(shot.light) for shot in made)
    if count:
        log.info("light changes against the wide in %d shots: followed frame by frame", count)
    return Shots(shots=tuple(made))


def _conformed(clip: vs.VideoNode, *, layout: Layout) -> vs.VideoNode:
    made = conform(clip, active=layout.active, size=layout.dvd_size, window=layout.window)
    return to_working(made)


def _kept(clip: vs.VideoNode, picks: Sequence[int]) -> vs.VideoNode:
    """Decode the frames of interest once, in order, and serve them from memory.

    Where they are too many for that, the clip is returned as it is.
    """
    if bytes_a_frame(clip) * len(picks) > KEPT_BYTES:
        return clip
    frames = {n: clip.get_frame(n) for n in picks}
    blank = vs.core.std.BlankClip(clip, keep=True)

    def serve(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        return frames[n]

    return vs.core.std.ModifyFrame(blank, blank, serve)


def map_of_proxies(
    place: ProxyMap, wide: FilmProxies, dvd: FilmProxies, *, active: Rect
) -> Matrix23:
    """Decoded DVD px to px of the wide's active picture, edge coordinates, from the proxies' map.

    Args:
        place: DVD proxies to wide proxies.
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        active: Active picture of the wide, px.
    """
    axes = []
    for scale, offset, side in ((place.sx, place.tx, 0), (place.sy, place.ty, 1)):
        corner = (wide.active.x, wide.active.y)[side] - (active.x, active.y)[side]
        first = (dvd.active.x, dvd.active.y)[side]
        factor = scale * wide.px[side] / dvd.px[side]
        axes.append((factor, offset * wide.px[side] + corner - factor * first))
    return _joined(*axes)


def proxies_of_map(matrix: Matrix23, wide: FilmProxies, dvd: FilmProxies) -> ProxyMap:
    """DVD proxies to wide proxies from a map without rotation; undoes ``map_of_proxies``.

    Args:
        matrix: Decoded DVD to decoded wide, edge coordinates.
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
    """
    axes = []
    for side in range(2):
        factor, offset = matrix[side][side], matrix[side][2]
        corner = (wide.active.x, wide.active.y)[side]
        first = (dvd.active.x, dvd.active.y)[side]
        scale = factor * dvd.px[side] / wide.px[side]
        axes.append((scale, (offset + factor * first - corner) / wide.px[side]))
    return ProxyMap(sx=axes[0][0], tx=axes[0][1], sy=axes[1][0], ty=axes[1][1])


def map_of_still(wide: StillSighting, dvd: StillSighting, *, active: Rect) -> Matrix23:
    """The same map from where one still lies in both sources.

    Args:
        wide: The still in the wide.
        dvd: The still in the DVD.
        active: Active picture of the wide, px.
    """
    axes = []
    for side, corner in ((0, active.x), (1, active.y)):
        (a, b), (c, d) = ((m[side][side], m[side][2]) for m in (wide.matrix, dvd.matrix))
        axes.append((a / c, b - a / c * d - corner))
    return _joined(*axes)


def _joined(across: Axis, down: Axis) -> Matrix23:
    return (across[0], 0.0, across[1]), (0.0, down[0], down[1])
