"""Placement and colour from matched frames: what registration and grading are given to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import vapoursynth as vs

from ..colour.prepare.chroma_siting import measure_siting
from ..colour.prepare.fit_colours import frames_to_sample, measure_colour
from ..colour.transform import Colour
from ..config import Config
from ..pixels.matrix import Matrix23
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..source.facts import SourceFacts
from ..source.files import with_siting
from ..source.formats import conform, crop, to_working
from ..sync.apply_match import apply_match
from ..sync.prepare.maps.proxy_view import ProxyMap
from ..sync.prepare.proxies import FilmProxies
from ..sync.prepare.reference_still import StillSighting
from ..sync.shots import Shots
from ..sync.timeline import Timeline
from .place_shots import place_shots
from .shot_pictures import ShotReader, frames_to_place
from .shot_settings import settings_by_shot

GEOMETRY_FRAMES = 12
KEPT_BYTES = 400_000_000


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
    """

    layouts: tuple[Layout, ...]
    colours: tuple[Colour, ...]
    shots: Shots
    siting: int | None
    film: Rect


def measure_pictures(
    wide: OpenedSource,
    dvd: OpenedSource,
    table: Timeline,
    shots: Shots,
    *,
    films: tuple[FilmProxies, FilmProxies],
    starts: Sequence[Matrix23],
    config: Config,
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
    """
    clips = apply_match(wide.clip, table, side="wide"), apply_match(dvd.clip, table, side="dvd")
    actives = wide.facts.active, dvd.facts.active
    every = {n for group in frames_to_place(table, shots) for n in group}
    every |= set(frames_to_sample(shots))
    wide_clip, dvd_clip = (_kept(clip, sorted(every)) for clip in clips)
    reader = ShotReader((wide_clip, dvd_clip), clips, films, actives, table, shots)
    settings = settings_by_shot(config.shots, table, shots, (wide.facts, dvd.facts))
    placed = place_shots(
        reader, actives, starts, config, aspect=float(dvd.facts.sar), settings=settings
    )
    layouts, film, shots = placed.planned.layouts, placed.film, placed.on(shots)
    picks = [n for n in frames_to_sample(shots) if table.pairs[n].partner and shots.at(n).placed]
    whole = to_working(wide_clip)
    wides = [crop(whole, layout.wide_active or film) for layout in layouts]
    reads = [partial(_conformed, layout=layout) for layout in layouts]
    siting = measure_siting(wides, dvd_clip, layouts, shots, reads=reads, picks=picks)
    sited = with_siting(dvd_clip, siting)
    dvds = [read(sited) for read in reads]
    colours, shots = measure_colour(wides, dvds, layouts, shots, picks=picks)
    return MeasuredPictures(layouts, colours, shots, siting, film)


def _conformed(clip: vs.VideoNode, *, layout: Layout) -> vs.VideoNode:
    made = conform(clip, active=layout.active, size=layout.dvd_size, window=layout.window)
    return to_working(made)


def _kept(clip: vs.VideoNode, picks: Sequence[int]) -> vs.VideoNode:
    """Decode the frames of interest once, in order, and serve them from memory.

    Where they are too many for that, the clip is returned as it is.
    """
    size = sum(
        (clip.width >> (clip.format.subsampling_w if plane else 0))
        * (clip.height >> (clip.format.subsampling_h if plane else 0))
        * clip.format.bytes_per_sample
        for plane in range(clip.format.num_planes)
    )
    if size * len(picks) > KEPT_BYTES:
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
