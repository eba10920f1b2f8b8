"""Claims about time, place and pixels of the composite; arithmetic of its own, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import vapoursynth as vs

from ... import stages
from ...pixels.rect import Rect
from ...source.formats import conform
from .evidence import Evidence, Look, Numbers, PairClaim

core = vs.core

CENTRE_PX = 0.6  # half a px of rounding, and what such a small correlation can tell
REACH_PX = 3  # shifts that are tried about the claimed place, canvas px
CENTRE_DVD = (120, 90)  # how much picture about the centre is correlated, DVD px
CONTEXT_ROWS = 8  # DVD rows that interpolation and chroma look at beyond the network's own reach
RESAMPLED_ROWS = 4  # and more of them, where the network's scale is not the canvas's
CORRECTED_PX = 12  # canvas rows beyond the overlap that a corrected placement is warped from
CONFORMED_TAPS = 3  # decoded rows, at least, that conforming looks at


def _off_centre(evidence: Evidence, n: int) -> Look:
    """How far the centre of either source's data is from the canvas centre, canvas px."""
    layout = evidence.layout(n)
    middle = np.array(layout["canvas"]) / 2
    x, y, w, h = layout["wide"]
    wide = float(np.abs(np.array([x + w / 2, y + h / 2]) - middle).max())
    if evidence.absent(n):
        return wide, f"wide, pair {n}"
    return max(
        (wide, f"wide, pair {n}"), (_data_offset(evidence, n, layout), f"DVD data, pair {n}")
    )


def _data_offset(evidence: Evidence, n: int, layout: dict[str, Any]) -> float:
    """How far the DVD's picture at the centre is from where the layout puts it, canvas px."""
    scale = int(layout["scale"])
    dvd = conformed_luma(evidence, n, layout)
    canvas = evidence.frame("composite", n)[0].astype(np.float64)
    cx = (layout["canvas"][0] / 2 - layout["dvd"][0]) / scale
    cy = (layout["canvas"][1] / 2 - layout["dvd"][1]) / scale
    half = [min(CENTRE_DVD[0] // 2, dvd.shape[1] // 4), min(CENTRE_DVD[1] // 2, dvd.shape[0] // 4)]
    half[1] = min(half[1], (layout["wide"][3] // scale - 4) // 2)
    x0, y0 = int(cx) - half[0], int(cy) - half[1]
    part = fine_detail(dvd[y0 : y0 + 2 * half[1], x0 : x0 + 2 * half[0]])
    table = np.zeros((2 * REACH_PX + 1, 2 * REACH_PX + 1))
    for j in range(-REACH_PX, REACH_PX + 1):
        for i in range(-REACH_PX, REACH_PX + 1):
            left, top = layout["dvd"][0] + x0 * scale + i, layout["dvd"][1] + y0 * scale + j
            area = canvas[top : top + 2 * half[1] * scale, left : left + 2 * half[0] * scale]
            box = area.reshape(2 * half[1], scale, 2 * half[0], scale).mean((1, 3))
            table[j + REACH_PX, i + REACH_PX] = plane_correlation(part, fine_detail(box))
    best_j, best_i = (int(v) for v in np.unravel_index(int(table.argmax()), table.shape))
    dx = best_i - REACH_PX + _peak(table[best_j], best_i)
    dy = best_j - REACH_PX + _peak(table[:, best_i], best_j)
    moved = evidence.drift(n)
    return float(max(abs(dx - moved[0] + round(moved[0])), abs(dy - moved[1] + round(moved[1]))))


def conformed_luma(evidence: Evidence, n: int, layout: dict[str, Any]) -> Numbers:
    """Return the luma of the conformed DVD."""
    window = layout.get("window") or layout["conform"].get("window")
    made = conform(
        evidence.sources.dvd,
        active=Rect.from_list(layout["conform"]["active"]),
        size=(layout["conform"]["size"][0], layout["conform"]["size"][1]),
        window=tuple(window) if window else None,
    )
    with made.get_frame(n) as frame:
        return np.asarray(frame[0]).astype(np.float64)


def fine_detail(picture: Numbers) -> Numbers:
    """Return the picture less its 5x5 mean: no grading, no vignette."""
    padded = np.pad(picture, 2, mode="edge")
    total = sum(
        padded[j : j + picture.shape[0], i : i + picture.shape[1]]
        for j in range(5)
        for i in range(5)
    )
    return np.asarray(picture - total / 25)


def plane_correlation(a: Numbers, b: Numbers) -> float:
    """Normalised correlation of two pictures, -1..1."""
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(1e-9, float(np.sqrt((a * a).sum() * (b * b).sum()))))


def _peak(values: Numbers, at: int) -> float:
    """Where a parabola through a maximum and its neighbours peaks, relative to it."""
    if not 0 < at < len(values) - 1:
        return 0.0
    a, b, c = values[at - 1 : at + 2]
    return float(0.5 * (a - c) / (a - 2 * b + c)) if a - 2 * b + c else 0.0


def _wide_changed(evidence: Evidence, n: int) -> Look:
    """Samples of the wide that differ on the canvas, outside the seam's feather."""
    feather = evidence.project.config.seam.width
    layout = evidence.layout(n)
    x, y, w, h = layout["wide"]
    a, b, _, _ = evidence.wide_part(n)
    present = () if evidence.absent(n) else layout["bands"]
    top, bottom, left, right = (
        feather if side in present else 0 for side in ("top", "bottom", "left", "right")
    )
    inner = slice(top, h - bottom), slice(left, w - right)
    differing, note = 0, ""
    for plane, (got, source) in enumerate(
        zip(evidence.frame("composite", n), evidence.frame("wide", n), strict=True)
    ):
        ours = got[y : y + h, x : x + w][inner]
        theirs = source[b : b + h, a : a + w][inner]
        count = int((ours != theirs).sum())
        if count:
            differing, note = differing + count, f"pair {n}, plane {plane}"
    return differing, note


def _core_seen(evidence: Evidence, n: int) -> Look:
    """Samples that change on the canvas when the DVD's core is destroyed; every other sample."""
    layout = evidence.layout(n)
    first, last = core_rows(evidence, layout)
    left, right = core_columns(evidence, layout)
    if any(evidence.drift(n)):  # the warp looks at samples around
        first, last, left, right = first + 2, last - 2, left + 2, right - 2
    if last - first < 2 or right - left < 2 or n not in evidence.samples[::2]:
        return None
    pair = evidence.sources
    spoiled = pair._replace(dvd=_spoil(pair.dvd, (first, last), (left, right)))
    with stages.composite(evidence.project, pair=spoiled).get_frame(n) as frame:
        clean = evidence.frame("composite", n)
        count = sum(int((np.asarray(frame[p]) != clean[p]).sum()) for p in range(3))
    return count, f"DVD rows {first} to {last - 1} destroyed, pair {n}"


def core_rows(evidence: Evidence, layout: dict[str, Any]) -> tuple[int, int]:
    """Return the decoded DVD rows that no band may depend on: first, and first beyond."""
    return _core_range(evidence, layout, axis=1)


def core_columns(evidence: Evidence, layout: dict[str, Any]) -> tuple[int, int]:
    """Return the decoded DVD columns that no band beside the wide may depend on, alike."""
    first, last = _core_range(evidence, layout, axis=0)
    active = layout["conform"]["active"]
    return (
        first if "left" in layout["bands"] else 2 * -(-active[0] // 2),
        last if "right" in layout["bands"] else (active[0] + active[2]) // 2 * 2,
    )


def _core_range(evidence: Evidence, layout: dict[str, Any], *, axis: int) -> tuple[int, int]:
    scale = layout["scale"]
    network = evidence.json("learn").get("network") or {}
    reach = int(network.get("radius", 2)) + CONTEXT_ROWS
    reach += RESAMPLED_ROWS if network.get("scale", scale) != scale else 0
    overlap = evidence.project.config.seam.width
    overlap += CORRECTED_PX if layout.get("placement") == "corrected" else 0
    start, length = layout["wide"][axis], layout["wide"][2 + axis]
    inside = [start + overlap, start + length - overlap]
    first = -(-(inside[0] - layout["dvd"][axis]) // scale) + reach
    last = (inside[1] - layout["dvd"][axis]) // scale - reach
    window, active, size = (layout["conform"].get(k) for k in ("window", "active", "size"))
    corner, decoded = active[axis], active[2 + axis]
    above, height = (window[axis], window[2 + axis]) if window else (0, decoded)
    stretch, taps = height / size[axis], 0.0
    if window or decoded != size[axis]:
        taps = CONFORMED_TAPS * max(1.0, stretch)
    edges = [above + first * stretch + taps, above + last * stretch - taps]
    return 2 * int(np.ceil((corner + edges[0]) / 2)), 2 * int((corner + edges[1]) // 2)


def _spoil(clip: vs.VideoNode, rows: tuple[int, int], columns: tuple[int, int]) -> vs.VideoNode:
    """Invert what lies in a range of rows and of columns."""
    (y, bottom), (x, right) = rows, columns
    core_part = core.std.CropAbs(clip, right - x, bottom - y, x, y).std.Invert()
    ends = (x, clip.width - right, y, clip.height - bottom)
    patch = core.std.AddBorders(core_part, *ends)
    steps = [(0, 0), *[(clip.format.subsampling_w, clip.format.subsampling_h)] * 2]
    tests = [
        f"X {x >> w} >= X {right >> w} < and Y {y >> h} >= and Y {bottom >> h} < and y x ?"
        for w, h in steps
    ]
    return core.akarin.Expr([clip, patch], tests[: clip.format.num_planes])


centre = PairClaim(
    name="centre data of both sources on the canvas centre",
    look=_off_centre,
    most=CENTRE_PX,
    limit=f"<= {CENTRE_PX} canvas px",
    gather="worst",
    note="",
)
wide_untouched = PairClaim(
    name="wide bit-identical outside the feather",
    look=_wide_changed,
    most=0,
    limit="0 samples",
    gather="sum",
    note="no frame differs",
)
only_bands = PairClaim(
    name="only band rows entered the model",
    look=_core_seen,
    most=0,
    limit="0 samples",
    gather="sum",
    note="",
)
