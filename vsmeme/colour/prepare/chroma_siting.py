"""Where the DVD's chroma samples really lie: tags are often wrong, the overlap shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import vapoursynth as vs

from ...arrays.frames import plane_stack
from ...arrays.images import Doubles
from ...placement.layout import Layout
from ...progress import log
from ...source.formats import to_working
from ...sync.shots import Shots
from .fit_colours import frames_to_sample
from .overlap import Clips, Overlap, Planes, clip_by_layout, overlaps, unit_planes

BLUR_PX = 0.7
"""DVD px: against noise; a shift of half a px must survive it."""
SURE_SHARE = 0.75
"""Share of the votes that must agree before the stream's tag is overruled."""
TELLING = 0.01
"""Share by which two sitings must differ in a frame for its whole vote; noise differs by less."""
LEAST_VOTES = 1.0
MOST_FRAMES = 16

Read = Callable[[vs.VideoNode], vs.VideoNode]


def measure_siting(
    wide: Clips,
    dvd: vs.VideoNode,
    layouts: Sequence[Layout],
    shots: Shots,
    *,
    reads: Sequence[Read] = (to_working,),
    picks: Sequence[int] | None = None,
) -> int | None:
    """Find the siting with which the DVD's chroma falls onto the wide's.

    A sloppy encoder leaves the chroma half a px from where the stream says it is: two px on a
    canvas of scale 4, which fringes every coloured edge in the bands.

    Args:
        wide: Matched wide, active picture, working format; one clip, or one a layout.
        dvd: Matched DVD as decoded.
        layouts: As the shots index them.
        shots: Of both clips.
        reads: Bring the DVD to its conformed size and the working format; one, or one a layout.
        picks: Frames to choose from, in order; None for some of every shot.

    Returns:
        A value of ``_ChromaLocation``: the stream's own unless most frames agree on another. None
        where chroma is not subsampled.
    """
    every = frames_to_sample(shots) if picks is None else picks
    if not every:
        return None if not dvd.format.subsampling_w else int(vs.CHROMA_LEFT)
    at = np.unique(np.linspace(0, len(every) - 1, MOST_FRAMES).astype(int))
    chosen = [every[i] for i in at]
    with dvd.get_frame(chosen[0]) as frame:
        tagged = int(frame.props.get("_ChromaLocation", 0))
    sites = _sites(dvd, tagged)
    if not sites:
        return None
    clips = []
    for site in sites:
        sited = vs.core.std.SetFrameProps(dvd, _ChromaLocation=site)
        clips.append(clip_by_layout([read(sited) for read in reads], len(layouts)))
    pairs = list(overlaps(wide, clips[0], layouts, shots, chosen))
    rows = [[_error(pair, pair.known) for pair in pairs]]
    rows += [_errors(pairs, [c[shots.shots[p.shot].layout] for p in pairs]) for c in clips[1:]]
    table = np.array(rows).T
    table = table[np.isfinite(table).all(axis=1)]
    if not len(table):
        return tagged
    best = int(np.argmin(np.log(table).mean(axis=0)))
    if not best or not _agreed(table[:, best], table[:, 0]):
        return tagged
    log.info("chroma of the DVD: sited %s, tagged %s", *(_name(sites[i]) for i in (best, 0)))
    return sites[best]


def _agreed(errors: Doubles, tagged: Doubles) -> bool:
    """Whether the frames that tell two sitings apart are for the first one."""
    better = np.log(tagged / errors)
    votes = np.minimum(np.abs(better) / TELLING, 1.0)
    total = float(votes.sum())
    return total >= LEAST_VOTES and float(votes[better > 0].sum()) >= SURE_SHARE * total


def _name(site: int) -> str:
    return vs.ChromaLocation(site).name.removeprefix("CHROMA_").lower().replace("_", " ")


def _sites(clip: vs.VideoNode, tagged: int) -> list[int]:
    """Sitings that a clip's chroma may have, the tagged one first; none at 4:4:4."""
    if clip.format.color_family != vs.YUV or not clip.format.subsampling_w:
        return []
    usual = [int(vs.CHROMA_LEFT), int(vs.CHROMA_CENTER)]
    if clip.format.subsampling_h:
        usual += [int(vs.CHROMA_TOP_LEFT), int(vs.CHROMA_TOP)]
    return [tagged, *(site for site in usual if site != tagged)]


def _errors(pairs: Sequence[Overlap], dvds: Sequence[vs.VideoNode]) -> list[float]:
    """`_error` with the DVD of each pair read in another way."""
    found = []
    for pair, dvd in zip(pairs, dvds, strict=True):
        with dvd.get_frame(pair.frame) as frame:
            whole = unit_planes(plane_stack(frame))
        found.append(_error(pair, whole[:, slice(*pair.rows), slice(*pair.columns)]))
    return found


def _error(pair: Overlap, known: Planes) -> float:
    """Share of the wide's chroma detail that no grade of the DVD explains; NaN without any."""
    terms = np.stack([_detail(plane) for plane in known]).reshape(3, -1)
    wanted = np.stack([_detail(plane) for plane in pair.wide[1:]]).reshape(2, -1)
    power = float((wanted**2).sum())
    if power < 1e-9 * wanted.size:
        return float("nan")
    gram = terms @ terms.T + 1e-9 * np.eye(3) * terms.shape[1]
    left = wanted - np.linalg.solve(gram, terms @ wanted.T).T @ terms
    return float((left**2).sum()) / power


def _detail(plane: Planes) -> Doubles:
    """The plane less its surroundings: no grade, no noise."""
    fine, coarse = (cv2.GaussianBlur(plane, (0, 0), BLUR_PX * k) for k in (1, 4))
    return np.asarray(fine, np.float64) - coarse
