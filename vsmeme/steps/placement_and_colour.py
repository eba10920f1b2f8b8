"""Placement and colour from matched frames: what registration and grading are given to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import vapoursynth as vs

from ..arrays.images import Floats
from ..colour.prepare.chroma_siting import measure_siting
from ..colour.prepare.fit_colours import frames_to_sample, measure_colour
from ..colour.transform import Colour
from ..config import Config
from ..pixels.matrix import Matrix23
from ..pixels.rect import Rect
from ..placement.layout import Layout
from ..placement.prepare.registration import Geometry, measure_geometry
from ..source.facts import SourceFacts
from ..source.files import with_siting
from ..source.formats import conform, crop, to_working
from ..sync.apply_match import apply_match
from ..sync.prepare.proxies import FilmProxies
from ..sync.prepare.proxy_view import ProxyMap
from ..sync.prepare.reference_still import Sighting
from ..sync.shots import Shot, Shots
from ..sync.timeline import Timeline

GEOMETRY_FRAMES = 12
KEPT_BYTES = 400_000_000


Axis = tuple[float, float]  # factor and offset


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSource:
    """A clip as decoded, telecine undone, and what was measured of it."""

    clip: vs.VideoNode
    facts: SourceFacts


class MeasuredPictures(NamedTuple):
    """What was measured.

    Attributes:
        layouts: The layouts, most used first.
        colours: The colour transforms, the film's first.
        shots: The shots, saying which of them each uses.
        siting: Where the DVD's chroma lies (``_ChromaLocation``); None without subsampling.
    """

    layouts: tuple[Layout, ...]
    colours: tuple[Colour, ...]
    shots: Shots
    siting: int | None


def measure_pictures(
    wide: OpenedSource,
    dvd: OpenedSource,
    table: Timeline,
    shots: Shots,
    *,
    config: Config,
    start: Matrix23 | None = None,
) -> MeasuredPictures:
    """Register and grade some matched frames at full size.

    Args:
        wide: The wide.
        dvd: The DVD.
        table: The match table.
        shots: Its shots.
        config: What the user wants of canvas, scale and residual.
        start: First map, decoded DVD px to px of the wide's active picture; None to search.
    """
    picks = frames_to_sample(shots)
    wide_clip = _kept(apply_match(wide.clip, table, side="wide"), picks)
    dvd_clip = _kept(apply_match(dvd.clip, table, side="dvd"), picks)
    chosen = _best(picks, table, shots)
    whole = Rect(x=0, y=0, w=dvd_clip.width, h=dvd_clip.height)
    pairs = [(_luma(wide_clip, n, wide.facts.active), _luma(dvd_clip, n, whole)) for n in chosen]
    wanted = config.geometry
    geometry = measure_geometry(
        pairs,
        shots=[shots.index(n) for n in chosen],
        aspect=float(dvd.facts.sar),
        active=dvd.facts.active,
        canvas=wanted.canvas,
        scale=None if wanted.scale == "auto" else wanted.scale,
        residual=wanted.residual,
        start=start,
    )
    shots = _with_layouts(shots, geometry)
    layout = geometry.layouts[0]

    def read(clip: vs.VideoNode) -> vs.VideoNode:
        made = conform(clip, active=layout.active, size=layout.dvd_size, window=layout.window)
        return to_working(made)

    active = crop(to_working(wide_clip), wide.facts.active)
    siting = measure_siting(active, dvd_clip, geometry.layouts, shots, read=read)
    conformed = read(with_siting(dvd_clip, siting))
    colours, shots = measure_colour(active, conformed, geometry.layouts, shots)
    return MeasuredPictures(geometry.layouts, colours, shots, siting)


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


def _best(picks: Sequence[int], table: Timeline, shots: Shots) -> list[int]:
    """The best pairs among the samples, every shot among them while there is room."""
    groups: dict[int, list[int]] = {}
    for n in picks:
        groups.setdefault(shots.index(n), []).append(n)
    for group in groups.values():
        group.sort(key=lambda n: (not table.pairs[n].confident, -table.pairs[n].score))
    chosen: list[int] = []
    for rank in range(max(len(group) for group in groups.values())):
        row = [group[rank] for group in groups.values() if rank < len(group)]
        room = GEOMETRY_FRAMES - len(chosen) if rank else 2 * GEOMETRY_FRAMES
        if len(row) > room:
            row = [row[i] for i in np.linspace(0, len(row) - 1, room).round().astype(int)]
        chosen += row
        if len(chosen) >= GEOMETRY_FRAMES:
            break
    return sorted(chosen)


def _luma(clip: vs.VideoNode, n: int, area: Rect) -> Floats:
    """Luma of one frame as 8-bit limited codes."""
    if clip.format.color_family == vs.RGB:
        clip = vs.core.resize.Bicubic(clip, format=vs.YUV444P16, matrix=1)
    with clip.get_frame(n) as frame:
        scale = np.float32(1.0 / (1 << (frame.format.bits_per_sample - 8)))
        plane = np.asarray(frame[0])[area.y : area.bottom, area.x : area.right] * scale
        if int(frame.props.get("_Range", 0)) == int(vs.RANGE_FULL):
            plane = plane * np.float32(219 / 255) + np.float32(16)
        return np.asarray(plane, np.float32)


def _with_layouts(shots: Shots, geometry: Geometry) -> Shots:
    return Shots(
        shots=tuple(
            Shot(
                first=shot.first,
                last=shot.last,
                layout=geometry.of_shot.get(n, 0),
                colour=shot.colour,
            )
            for n, shot in enumerate(shots.shots)
        )
    )


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


def map_of_still(wide: Sighting, dvd: Sighting, *, active: Rect) -> Matrix23:
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
