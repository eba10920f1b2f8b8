"""How sure the path is: which pairs are confident, and when there is no match at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays.images import Floats, Ints, Mask
from ...errors import UsageError
from .lost_frames import Steps, worse
from .maps.proxy_view import ProxyView
from .maps.shot_maps import ShotMaps
from .proxies import BLOCK_FRAMES, FilmProxies
from .repeated_frames import FROZEN

SURE_POSTERIOR = 0.95
SURE_SCORE = 0.8
LEAST_SCORE = 0.5
SHORT_SCORE = 0.9  # least correlation at which a handful of frames counts as an overlap
LEAST_MOTION_SCORE = 0.6  # true pairs stay above 0.8, other moments of a scene below 0.53
LEAST_MOVING = 4  # frames
LEAST_FRAMES = 12
MOTION_FRAMES = 3
MOVING = 0.004  # 1 - correlation over MOTION_FRAMES above which a frame counts as moving


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchEvidence:
    """What the refusal goes by.

    Attributes:
        score: Median correlation over the frames that are alike at all, -1..1.
        motion: Correlation of frame differences along the path over moving frames, -1..1.
        moving: Number of moving frames that it was taken from.
    """

    score: float
    motion: float
    moving: int


def sure(posterior: Floats, scores: Floats, steps: Steps, level: Floats, missing: Mask) -> Mask:
    """Which pairs are confident.

    Hardly any other path is likely, the pair is about as good as those around it, the wide moves
    before or after it (in a frozen picture neighbours are interchangeable), and the DVD does not
    show the picture of the row before once more.
    """
    good = (posterior > SURE_POSTERIOR) & (scores > SURE_SCORE) & ~missing & ~steps.stands
    after = np.append(steps.moves[1:], np.float32(1.0))
    moves = np.minimum(steps.moves, after) > FROZEN
    moves[0] = after[0] > FROZEN
    return np.asarray(good & moves & ~worse(scores, steps.moves, level))


def judge_match(
    wide: FilmProxies,
    dvd: FilmProxies,
    maps: ShotMaps,
    path: Ints,
    scores: Floats,
    rows: range,
) -> MatchEvidence:
    """Test the path: the same scene at another moment correlates, but its motion does not.

    Args:
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        maps: How each wide frame is seen.
        path: DVD frame per wide frame.
        scores: Correlation per wide frame.
        rows: Which of them both films show.
    """
    inside = scores[rows.start : rows.stop]
    good = rows.start + np.flatnonzero(inside > LEAST_SCORE)
    picks = good[good < rows.stop - MOTION_FRAMES]
    picks = picks[np.linspace(0, len(picks) - 1, min(len(picks), 400)).astype(np.int64)]
    found: list[float] = []
    using = maps.using
    picks = picks[using[picks] == using[picks + MOTION_FRAMES]]
    for index in np.unique(using[picks]):
        view, own = maps.views[index], picks[using[picks] == index]
        for first in range(0, len(own), BLOCK_FRAMES):
            now = own[first : first + BLOCK_FRAMES]
            found += _motion(wide, dvd, view, path, now)
    alike = inside[inside > LEAST_SCORE]
    better = alike if len(alike) >= LEAST_FRAMES else np.sort(inside)[len(inside) // 2 :]
    motion = float(np.median(found)) if found else 0.0
    return MatchEvidence(score=float(np.median(better)), motion=motion, moving=len(found))


def _motion(
    wide: FilmProxies, dvd: FilmProxies, view: ProxyView, path: Ints, now: Ints
) -> list[float]:
    """Correlations of what both films do from some frames on, where both move."""
    later = now + MOTION_FRAMES
    w0, w1 = (view.wide_rows(wide.proxies[s]) for s in (now, later))
    d0, d1 = (view.dvd_rows(dvd.proxies[path[s]]) for s in (now, later))
    moving = ((w0 * w1).sum(axis=1) < 1 - MOVING) & (path[later] > path[now])
    a, b = (w1 - w0)[moving], (d1 - d0)[moving]
    length = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return list((a * b).sum(axis=1) / np.maximum(length, 1e-6))


def refuse(evidence: MatchEvidence, *, matched: int, confident: int) -> None:
    """Refuse a match that is none.

    Args:
        evidence: Result of ``judge_match``.
        matched: Number of frames that have a partner.
        confident: Number of pairs that are sure.

    Raises:
        UsageError: Unrelated films, another moment of the same scene, too short an overlap.
    """
    best = f"best score {evidence.score:.3f}, motion {evidence.motion:.3f}"
    unrelated = UsageError(f"the DVD does not show this film: no common passage found ({best})")
    if evidence.score < LEAST_SCORE:
        raise unrelated
    another_moment = UsageError(
        "the DVD shows the same scene at another moment: pictures are alike, their motion is "
        f"not ({best})"
    )
    alike_only = evidence.motion < LEAST_MOTION_SCORE or not confident
    if evidence.moving >= LEAST_MOVING and alike_only:
        raise another_moment
    if matched >= LEAST_FRAMES:
        return
    if evidence.score < SHORT_SCORE:
        raise another_moment if evidence.moving and alike_only else unrelated
    raise UsageError(
        f"the overlap is too short: {matched} frames match, at least {LEAST_FRAMES} are needed "
        f"({best})"
    )
