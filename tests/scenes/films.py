"""Films for tests of matching: proxies made from arrays, from the scene, and from real pairs."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_art import Array
from vsmeme.pixels.rect import Rect
from vsmeme.source.files import Role, open_video
from vsmeme.sync.prepare.match_films import Match
from vsmeme.sync.prepare.proxies import FilmProxies, measure_film, proxy_size

PAIRS = ("d1_tos", "d2_meeting", "d3_signs", "d4_bunny", "d5_dancer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What counts as right, by wide frame.

    Attributes:
        right: DVD frames that count for each wide frame; frames not named don't count at all.
        still: wide frames of still passages.
        lost: wide frames that the DVD lacks.
    """

    right: dict[int, set[int]]
    still: set[int]
    lost: set[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a match compares with the truth; shares of the pairs of the table."""

    right: float
    wrong: int
    confident_wrong: int
    clear_confident: float
    pairs: int


def film(lumas: Iterable[Array], role: Role, *, fps: Fraction = Fraction(24)) -> FilmProxies:
    """Proxies of luma frames (codes 0..255), as decoding makes them."""
    found, active = [], Rect(x=0, y=0, w=0, h=0)
    for luma in lumas:
        active = Rect(x=0, y=0, w=luma.shape[1], h=luma.shape[0])
        size = proxy_size(role, active, Fraction(1))
        small = cv2.resize(luma.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        found.append(np.clip(np.rint(small), 0, 255).astype(np.uint8))
    return FilmProxies(proxies=np.stack(found), active=active, sar=Fraction(1), fps=fps)


def scene_films(scene: Scene) -> tuple[FilmProxies, FilmProxies]:
    """Both releases of a scene."""
    wide = (luma(scene.wide(i)) for i in range(len(scene.wide_master)))
    dvd = (luma(scene.dvd(j)) for j in range(len(scene.dvd_master)))
    return film(wide, "wide"), film(dvd, "dvd")


def luma(rgb: Array) -> Array:
    return scene_files.luma(rgb, "709")


def scene_truth(scene: Scene) -> Truth:
    """What counts as right in a scene; for a lost frame, its nearest neighbours in time."""
    right, still, lost = {}, set(), set()
    shown = [(m, j) for j, m in enumerate(scene.dvd_master) if m is not None]
    for pair in scene.pairs:
        same = set(scene.acceptable_dvd(pair.master))
        if len(same) > 1:
            still.add(pair.wide)
        if not same:
            lost.add(pair.wide)
            near = min(abs(m - pair.master) for m, _ in shown)
            same = {j for m, j in shown if abs(m - pair.master) == near}
        right[pair.wide] = same
    return Truth(right=right, still=still, lost=lost)


def real_pair(folder: Path, cache: Path) -> tuple[FilmProxies, FilmProxies, Truth, dict[str, Any]]:
    """A pair of the footage: proxies, truth, and the whole of its description."""
    facts = json.loads((folder / "ground_truth.json").read_text(encoding="utf-8"))
    films = []
    roles: tuple[Role, ...] = ("wide", "dvd")
    for role in roles:
        described = facts["widescreen" if role == "wide" else "dvd"]
        path = (folder / described["file"]).resolve()
        clip = open_video(path, role=role, cache=cache)
        key = f"{path.parent.name}-{path.stem}"
        made, _ = measure_film(clip, role=role, sar=Fraction(1), folder=cache, key=key)
        films.append(made)
    return films[0], films[1], real_truth(facts), facts


def real_truth(facts: dict[str, Any]) -> Truth:
    """Any frame of acceptable_dvd, dvd_candidates or no_exact_pair_nearest counts as right."""
    right: dict[int, set[int]] = {}
    for wide, dvd, _ in facts["pairs"]:
        if dvd is not None:
            right.setdefault(wide, set()).add(dvd)
    for wide, several in facts.get("dvd_candidates", {}).items():
        right.setdefault(int(wide), set()).update(several)
    lost = set()
    for wide, dvd, _ in facts.get("no_exact_pair_nearest", []):
        right.setdefault(wide, set()).add(dvd)
        lost.add(wide)
    still = set()
    for wide, low, high in facts.get("acceptable_dvd", []):
        right.setdefault(wide, set()).update(range(low, high + 1))
        still.add(wide)
    return Truth(right=right, still=still, lost=lost)


def edited(
    dvd: FilmProxies,
    truth: Truth,
    facts: dict[str, Any],
    share: float,
    *,
    drop: bool,
    double: bool,
    seed: int,
) -> tuple[FilmProxies, Truth]:
    """Remove or double a share of the DVD's frames, and carry the truth along.

    What was right stays right, both copies of it. Where nothing of it is left, the nearest frames
    that remain of the same shot count, by their distance on the master.
    """
    rng = np.random.default_rng(seed)
    order: list[int] = []
    for n in range(len(dvd)):
        hit = rng.random() < share
        kind = rng.random() < 0.5 if drop and double else drop
        order += [n] * (1 if not hit else 0 if kind else 2)
    old = np.array(order)
    masters = [facts["dvd"]["frame_to_master"][n] for n in order]
    right, still, lost = {}, set(truth.still), set(truth.lost)
    for wide, frames in truth.right.items():
        now = set(np.flatnonzero(np.isin(old, list(frames))).tolist())
        if not now:
            lost.add(wide)
            now = _nearest(facts["widescreen"]["frame_to_master"][wide], masters, facts["cuts"])
        elif len(now) > 1:
            still.add(wide)
        right[wide] = now
    film_ = replace(dvd, proxies=dvd.proxies[old])
    return film_, Truth(right=right, still=still, lost=lost)


def _nearest(master: int, shown: list[int | None], cuts: list[int]) -> set[int]:
    """DVD frames that are nearest to a master frame, in its shot."""
    shot = bisect_right(cuts, master)
    away = {
        n: abs(m - master)
        for n, m in enumerate(shown)
        if m is not None and bisect_right(cuts, m) == shot
    }
    least = min(away.values())
    return {n for n, distance in away.items() if distance == least}


def score(match: Match, truth: Truth) -> Score:
    """Compare a match with the truth, over the pairs of its table that the truth names."""
    rows = [n for n in range(len(match.dvd)) if match.first + n in truth.right]
    wides = [match.first + n for n in rows]
    good = np.array([match.dvd[n] in truth.right[w] for n, w in zip(rows, wides, strict=True)])
    sure = match.confident[rows]
    clear = np.array([w not in truth.still and w not in truth.lost for w in wides])
    return Score(
        right=float(good.mean()),
        wrong=int((~good).sum()),
        confident_wrong=int((sure & ~good).sum()),
        clear_confident=float(sure[clear].mean()) if clear.any() else 1.0,
        pairs=len(rows),
    )
