"""Measure the subject's effects, the track, the warp and the inserted face: one table.

    uv run tests/bench/subject/subject.py [--real] [--speed]

``--real`` adds the footage and writes contact sheets to ``out/`` beside the current folder;
``--speed`` adds the times. Without either: the known scene alone, about a minute.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from skimage.color import deltaE_ciede2000, rgb2lab

from bench.subject import subject_real, subject_speed
from bench.subject.subject_arrays import Array, arrays, clip_from, planes_of, rgb_of, working
from bench.subject.subject_moving import Moving
from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_face import silly_face
from vsmeme.demo.scene_files import clip as scene_clip
from vsmeme.demo.scene_photo import photograph
from vsmeme.masks.mask import feather, grow
from vsmeme.pixels.bt709 import BLUE_PER_CB, RED_PER_CR
from vsmeme.pixels.matrix import Matrix33, similarity
from vsmeme.source.formats import from_working
from vsmeme.subject.aberration import chromatic_aberration
from vsmeme.subject.insert_face import insert_face
from vsmeme.subject.prepare.face_picture import Picture
from vsmeme.subject.prepare.follow_regions import measure_track
from vsmeme.subject.prepare.region_path import measure_path
from vsmeme.subject.prepare.region_sight import Sight
from vsmeme.subject.recolour import (
    HOT_PINK,
    gamut_hits,
    parse_colour,
    recolour,
)
from vsmeme.sync.shots import Shot, Shots

FEATHER_PX = 12
SKIN_PX = 18
SKIN_GAP = 3.0  # of the film alone: skin goes on across the edge there


def row(name: str, value: object, goal: str) -> None:
    """Print one line of the table."""
    print(f"| {name} | {value} | {goal} |", flush=True)


def bench_recolour() -> None:
    scene = Scene(seed=3, frames=3)
    film, mask = working(scene), scene_clip(scene, "mask")
    pink = recolour(film, mask, HOT_PINK)
    before, after, inside = arrays(film, 1), arrays(pink, 1), arrays(mask, 1)[0] > 0
    row("recolour: luma samples changed", int((before[0] != after[0]).sum()), "0")
    row("recolour: samples changed outside", int((before != after)[:, ~inside].sum()), "0")
    short, shorter = (planes_of(from_working(c, depth=8), 1) for c in (film, pink))
    off = np.abs(short[0].astype(int) - shorter[0])[inside]
    row("recolour: luma at most 1 code off in 8 bit", f"{(off <= 1).mean():.4%}", "99.9 %")
    target = _hue(*_target())
    for name, planes, least in (("16 bit", after[1:] / 256 - 128, 4), ("8-bit 4:2:0", None, 12)):
        if planes is None:
            full = [cv2.resize(p.astype(np.float32), inside.shape[::-1]) - 128 for p in shorter[1:]]
            planes, deep = np.stack(full), cv2.erode(inside.astype(np.uint8), np.ones((5, 5))) > 0
        else:
            deep = inside
        seen = deep & (np.hypot(*planes) > least)
        gap = np.abs((_hue(*planes) - target + 180) % 360 - 180)[seen]
        row(f"recolour: hue off, 99th percentile, {name}", f"{np.percentile(gap, 99):.2f}°", "3°")
    hits = arrays(gamut_hits(film, mask), 1)[0]
    row("recolour: share that hits the gamut", f"{hits[inside].mean() / 255:.1%}", "reported")


def _target() -> tuple[float, float]:
    r, g, b = parse_colour(HOT_PINK) or (0.0, 0.0, 0.0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return (b - y) / BLUE_PER_CB, (r - y) / RED_PER_CR


def _hue(cb: Array | float, cr: Array | float) -> Array:
    return np.degrees(np.arctan2(cr, cb))


def bench_aberration() -> None:
    scene = Scene(seed=3, frames=3)
    film, mask = working(scene), scene_clip(scene, "mask")
    fringed = chromatic_aberration(film, mask, strength_px=3.0)
    outside = arrays(mask, 1)[0] == 0
    changed = (arrays(film, 1) != arrays(fringed, 1))[:, outside].sum()
    row("aberration: samples changed outside the mask", int(changed), "0")
    photo = photograph("coffee.png").astype(np.float32) / 255
    photo = cv2.GaussianBlur(photo, (0, 0), 1.0)
    clip = clip_from([photo])
    whole = clip_from([np.full(photo.shape[:2], 255, np.uint8)])
    out = rgb_of(chromatic_aberration(clip, whole, strength_px=4.0), 0)
    plain = rgb_of(clip, 0)
    h, w = photo.shape[:2]
    worst = 0.0
    for x, y in ((90, 90), (w - 90, 80), (w // 2, 60), (100, h - 90), (w - 120, h - 100)):
        for channel, way in ((0, 1), (2, -1)):
            part = slice(y - 32, y + 32), slice(x - 32, x + 32)
            moved = _shift(plain[part][..., channel], out[part][..., channel])
            want = np.array([x - w / 2, y - h / 2]) * way * 4.0 / (np.hypot(w, h) / 2)
            worst = max(worst, float(np.abs(moved - want).max()))
    row("aberration: shift error, worst of 10 places", f"{worst:.3f} px", "0.05 px")


def _shift(before: Array, after: Array) -> Array:
    """Least-squares shift and growth of a patch; the shift at its centre, px."""
    a, b = before.astype(np.float64), after.astype(np.float64)
    h, w = a.shape
    y, x = np.mgrid[0:h, 0:w] - np.array([(h - 1) / 2, (w - 1) / 2])[:, None, None]
    p = np.zeros(3)
    for _ in range(40):
        mx, my = (x - p[0]) / (1 + p[2]) + (w - 1) / 2, (y - p[1]) / (1 + p[2]) + (h - 1) / 2
        maps = mx.astype(np.float32), my.astype(np.float32)
        now = cv2.remap(a, *maps, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
        gy, gx = np.gradient(now)
        cut = slice(8, -8), slice(8, -8)
        jac = np.stack([-gx[cut].ravel(), -gy[cut].ravel(), -(gx * x + gy * y)[cut].ravel()], 1)
        p += np.linalg.lstsq(jac, (b - now)[cut].ravel(), rcond=None)[0]
    return p[:2]


def bench_track() -> None:
    """72 frames, rotation of 8 degrees and scale of 10 % either way, noise of 3 codes."""
    for name, art in (("drawn", Moving(photo=False)), ("photograph", Moving(photo=True))):
        for occluded in (False, True):
            sights = [
                Sight(luma=luma, mask=mask, origin=(0, 0))
                for luma, mask in (art.seen(n, occluded=occluded) for n in range(art.frames))
            ]
            path = measure_path(sights, [0], start=0)
            if path is None:
                raise RuntimeError("nothing was tracked")
            gaps = np.array([art.gap(n, m) for n, m in enumerate(path.poses)])
            label = f"track, {name}{', 30 % hidden for 10 frames' if occluded else ''}"
            part = gaps[art.hidden] if occluded else gaps
            goal = "0.5 px" if occluded else "0.25 px"
            row(f"{label}: corner error RMS", f"{_rms(part):.3f} px", goal)
            if not occluded:
                jitter = _rms(np.diff(gaps, 2, axis=0)) / 6**0.5
                row(f"{label}: jitter RMS", f"{jitter:.3f} px", "0.05 px")


def _rms(gaps: Array) -> float:
    return float(np.sqrt((gaps**2).sum(1).mean()))


def bench_face() -> None:
    """Colour across the blend, and what passes in front."""
    for art in ("drawn", "photo"):
        scene = Scene(seed=3, frames=12, art=art)
        for blend in ("feather", "poisson"):
            _bench_blend(scene, art, blend)


def _bench_blend(scene: Scene, art: str, blend: str) -> None:
    # Shrunk, so that skin lies on both sides of much of the edge: against hair no colour can fit.
    film, face = working(scene), grow(scene_clip(scene, "face_mask"), px=-SKIN_PX)
    rgba = silly_face()
    picture = Picture(rgb=rgba[..., :3].copy(), alpha=rgba[..., 3].copy(), points=None)
    shots = Shots(shots=(Shot(first=0, last=scene.frames - 1),))
    region = measure_track(film, {"face": face}, shots, [0], picture=picture)["face"]
    soft = feather(face, px=FEATHER_PX)
    image = clip_from([picture.rgb], rgb=True)
    alpha = clip_from([picture.alpha])
    out = insert_face(
        film, soft, image, region.placed(scene.frames), alpha=alpha,
        tones=region.tone(scene.frames), blend=blend,  # type: ignore[arg-type]
    )  # fmt: skip
    gaps, plain, skin, outside = [], [], [], 0
    for n in range(0, scene.frames, 4):
        weight = arrays(soft, n)[0] / 255
        outside += int((arrays(film, n) != arrays(out, n))[:, weight == 0].sum())
        (before, skinned), (after, _) = (edge_gaps(rgb_of(c, n), weight) for c in (film, out))
        plain.append(before.mean())
        gaps.append(after.mean())
        skin.append(after[(before < SKIN_GAP) & skinned].mean())
    row(f"face, {art}, {blend}: samples changed outside the blend", outside, "0")
    name = f"face, {art}, {blend}: mean ΔE2000 where skin crosses the edge"
    row(name, f"{np.mean(skin):.2f}", "3")
    row(f"face, {art}, {blend}: the same along the whole edge (film alone {np.mean(plain):.1f})",
        f"{np.mean(gaps):.2f}", "")  # fmt: skip


def bench_occluder() -> None:
    """A bar before the face for ten frames: is it still there?"""
    art = Moving(photo=True)
    seen = [art.seen(n, occluded=True) for n in range(art.hidden.start, art.hidden.stop)]
    clear = [art.seen(n, occluded=False)[1] for n in range(art.hidden.start, art.hidden.stop)]
    film = clip_from([np.dstack([np.clip(luma / 255, 0, 1)] * 3) for luma, _ in seen])
    image = clip_from([silly_face()[..., :3].copy()], rgb=True)
    scale = 1.3 * art.box[2] / image.width
    lie = similarity(
        scale=scale, degrees=0, from_point=(image.width / 2, image.height / 2), to_point=art.centre
    )
    places = [matrix_of(art.matrix(n) @ np.array(lie)) for n in range(30, 40)]
    masks = [clip_from([np.uint8(255 * m) for m in part]) for part in (clear, [m for _, m in seen])]
    bare, kept = (insert_face(film, feather(m, px=FEATHER_PX), image, places) for m in masks)
    shares = []
    for n, (_, visible) in enumerate(seen):
        plain, whole, result = (arrays(c, n)[0].astype(float) for c in (film, bare, kept))
        inside = (clear[n] > 0.5) & (np.abs(whole - plain) > 2000)
        truth = inside & (visible < 0.5)
        film_wins = inside & (np.abs(result - plain) < np.abs(result - whole))
        shares.append((truth & film_wins).sum() / (truth | film_wins).sum())
    row("face: what passes in front is kept, IoU, worst of 10 frames", f"{min(shares):.3f}", "0.9")


def matrix_of(m: Array) -> Matrix33:
    """An array as a plain matrix."""
    a, b, c = (tuple(float(v) for v in line) for line in m)
    return ((a[0], a[1], a[2]), (b[0], b[1], b[2]), (c[0], c[1], c[2]))


def edge_gaps(rgb: Array, weight: Array) -> tuple[Array, Array]:
    """ΔE2000 between low-passed colour 4 to 12 px inside and outside the blend, along its edge.

    And whether the inside has the colour of most of it there: skin, not hair.
    """
    blend = (weight > 0).astype(np.uint8)
    deep = cv2.distanceTransform(blend, cv2.DIST_L2, 5)
    far = cv2.distanceTransform(1 - blend, cv2.DIST_L2, 5)
    inner, outer = (deep >= 4) & (deep <= 12), (far >= 4) & (far <= 12)
    means = []
    for ring in (inner, outer):
        w = cv2.GaussianBlur(ring.astype(np.float32), (0, 0), 6)
        c = cv2.GaussianBlur(rgb.astype(np.float32) * ring[..., None], (0, 0), 6)
        means.append(c / np.maximum(w, 1e-4)[..., None])
    edge = (deep <= 2) & (far <= 2)
    a, b = (rgb2lab(np.clip(m[edge], 0, 1)[None])[0] for m in means)
    skin = deltaE_ciede2000(a, np.median(a, axis=0)[None]) < 3 * SKIN_GAP
    return deltaE_ciede2000(a, b), skin


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--project", type=Path, help="a finished meme.toml for --speed")
    parser.add_argument("--only", help="part of a name: recolour, aberration, track, face")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    print("| what | measured | goal |\n|---|---|---|")
    benches = bench_recolour, bench_aberration, bench_track, bench_occluder, bench_face
    for bench in benches:
        if not wanted.only or wanted.only in bench.__name__:
            bench()
    if wanted.speed:
        subject_speed.bench(row, wanted.project)
    if wanted.real:
        subject_real.bench(row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
