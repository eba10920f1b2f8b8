"""Frame matching in numbers: synthetic, real, edited, negative pairs; stills; speed.

    uv run tests/bench/sync/sync.py real edits negative still     # the real footage, some minutes
    uv run tests/bench/sync/sync.py synthetic --seeds 20           # renders 20 scenes: half an hour
    uv run tests/bench/sync/sync.py speed script --frames 1000 10000 100000

Without names, everything. Rendered scenes are kept in --cache.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE.parent))

from scenes import films

from bench.sync.sync_speed import script, speed
from vsmeme.demo.scene import Grade, Scene
from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.sync.prepare.match_films import Match, match_films
from vsmeme.sync.prepare.proxies import FilmProxies
from vsmeme.sync.prepare.stills.reference_still import find_still
from vsmeme.sync.prepare.stills.still_picture import read_still

FOOTAGE = HERE.parents[2] / "shared" / "footage"
SHARES = (0.02, 0.05, 0.10)
EDIT_SEEDS = 3
KINDS = {"removed": (True, False), "doubled": (False, True), "both": (True, True)}


@dataclass(slots=True)
class Tally:
    """Pairs counted over several matches."""

    pairs: int = 0
    wrong: int = 0
    confident_wrong: int = 0
    steps_back: int = 0
    clear: float = 0.0
    runs: int = 0
    refused: int = 0

    def add(self, match: Match, truth: films.Truth) -> films.Score:
        found = films.score(match, truth)
        self.pairs += found.pairs
        self.wrong += found.wrong
        self.confident_wrong += found.confident_wrong
        self.steps_back += int((np.diff(match.dvd) < 0).sum())
        self.clear += found.clear_confident
        self.runs += 1
        return found

    def row(self) -> str:
        runs = max(1, self.runs)
        return (
            f"{self.runs} | {self.pairs} | {1 - self.wrong / max(1, self.pairs):.4f} | "
            f"{self.confident_wrong} | {self.clear / runs:.4f} | {self.steps_back} | {self.refused}"
        )


HEAD = "pairs of films | frames | right | confident mistakes | clear ones sure | back | refused"


def heading(first: str) -> None:
    print(f"\n{first} | {HEAD}\n" + "|".join(["---"] * 8), flush=True)


# --- synthetic ------------------------------------------------------------------------------------
def scenes(seed: int) -> dict[str, Scene]:
    """Three degradations of one scene with cuts, a still passage, lost and doubled frames."""
    rng = np.random.default_rng(seed + 100)
    ends = [int(n) for n in rng.integers(0, 9, 3)]
    lost, doubled = (rng.choice(np.arange(15, 110), 3, replace=False) for _ in range(2))
    plain = Scene(
        seed=seed, frames=120, cuts=(35, 70, 100), static=((50, 60),),
        pan=((0.0, 0.0), (1.0, 0.3))[seed % 2], dvd_trim=(ends[0], ends[1]),
        wide_trim=(ends[2], 0), dvd_drops=tuple(int(n) for n in lost),
        dvd_repeats=tuple(int(n) for n in doubled), dvd_blur=0.7, dvd_noise=3.0, dvd_jpeg=60,
    )  # fmt: skip
    graded = replace(plain, grade=Grade())
    moved = replace(graded, dvd_offset=(1.0, -1.0))
    return {
        "blur, noise, JPEG 60": plain,
        "the same, gamma, gain, lift": graded,
        "the same, 1 px wrong crop": moved,
    }


def rendered(seed: int, cache: Path) -> dict[str, tuple[Scene, FilmProxies, FilmProxies]]:
    """Proxies of a seed's scenes; the wide is the same in all."""
    result: dict[str, tuple[Scene, FilmProxies, FilmProxies]] = {}
    wide: FilmProxies | None = None
    for number, (name, scene) in enumerate(scenes(seed).items()):
        store = cache / f"scene-{seed}-{number}.npz"
        if not store.exists():
            if wide is None:
                wide, dvd = films.scene_films(scene)
            else:
                frames = (films.luma(scene.dvd(j)) for j in range(len(scene.dvd_master)))
                dvd = films.film(frames, "dvd")
            np.savez(store, wide=wide.proxies, dvd=dvd.proxies)
        with np.load(store) as kept:
            sizes = ((0, 0, *scene.wide_rect[2:]), (0, 0, *scene.dvd_stored))
            pair = [
                FilmProxies(
                    proxies=kept[role], active=Rect.from_list(size), sar=Fraction(1),
                    fps=Fraction(24),
                )
                for role, size in zip(("wide", "dvd"), sizes, strict=True)
            ]  # fmt: skip
        wide = pair[0]
        result[name] = (scene, pair[0], pair[1])
    return result


def synthetic(seeds: int, cache: Path) -> None:
    heading("synthetic")
    all_scenes = [rendered(seed, cache) for seed in range(seeds)]
    for name in scenes(0):
        tally = Tally()
        for seed in range(seeds):
            scene, wide, dvd = all_scenes[seed][name]
            attempt(tally, wide, dvd, films.scene_truth(scene))
        print(f"{name} | {tally.row()}", flush=True)
    tally, offsets = Tally(), 0
    graded = "the same, gamma, gain, lift"
    for seed in range(seeds):
        scene, wide, dvd = all_scenes[seed][graded]
        rng = np.random.default_rng(seed)
        others = [s for s in range(seeds) if s != seed] or [seed]
        foreign = np.concatenate([all_scenes[s][graded][2].proxies for s in others])
        foreign = np.concatenate([foreign, np.flip(foreign, axis=0)])
        offset = int(rng.integers(100, min(2000, len(foreign)) + 1))
        late = replace(dvd, proxies=np.concatenate([foreign[:offset], dvd.proxies]))
        truth = films.scene_truth(scene)
        right = {w: {d + offset for d in found} for w, found in truth.right.items()}
        match = attempt(tally, wide, late, replace(truth, right=right))
        offsets += match is not None and abs(int(match.dvd[0]) - offset) < 12
    print(f"offset of 100 to 2000 frames | {tally.row()}")
    print(f"offsets found: {offsets} of {seeds}", flush=True)
    stills(seeds, all_scenes)


def stills(seeds: int, all_scenes: list[dict[str, tuple[Scene, FilmProxies, FilmProxies]]]) -> None:
    """One JPEG 60 still of each wide at another crop and size."""
    right = ambiguous = 0
    for seed in range(seeds):
        scene, wide, _ = next(iter(all_scenes[seed].values()))
        rng = np.random.default_rng(seed + 500)
        n = int(rng.integers(12, len(wide) - 12))
        picture = cv2.cvtColor(scene.wide(n), cv2.COLOR_RGB2BGR)
        height, width = picture.shape[:2]
        left, top, end, low = (rng.uniform(0, 0.12, 4) * (width, height, width, height)).astype(int)
        part = picture[top : height - low, left : width - end]
        size = rng.uniform(0.5, 1.5)
        part = cv2.resize(part, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            cv2.imwrite(file.name, part, [cv2.IMWRITE_JPEG_QUALITY, 60])
            found = find_still(read_still(Path(file.name)), wide)
        m = scene.wide_master[n]
        same = {i for i, other in enumerate(scene.wide_master) if same_moment(scene, m, other)}
        right += found.certain and found.best.frame in same
        ambiguous += not found.certain
    print(f"stills: {right} of {seeds} right, {ambiguous} reported as ambiguous", flush=True)


def same_moment(scene: Scene, m: int | None, other: int | None) -> bool:
    if m is None or other is None:
        return m == other
    return (scene.shot(m), scene.motion_time(m)) == (scene.shot(other), scene.motion_time(other))


def attempt(tally: Tally, wide: FilmProxies, dvd: FilmProxies, truth: films.Truth) -> Match | None:
    try:
        match = match_films(wide, dvd)
    except UsageError:
        tally.refused += 1
        return None
    tally.add(match, truth)
    return match


# --- real -----------------------------------------------------------------------------------------
def real(cache: Path) -> None:
    heading("real")
    for name in films.PAIRS:
        tally = Tally()
        wide, dvd, truth, _ = films.real_pair(FOOTAGE / name, cache)
        attempt(tally, wide, dvd, truth)
        print(f"{name} | {tally.row()}", flush=True)


def edits(cache: Path) -> None:
    print(f"\nreal, DVD frames edited | {HEAD} | worst pair\n" + "|".join(["---"] * 9), flush=True)
    for share in SHARES:
        for kind, (drop, double) in KINDS.items():
            tally, worst = Tally(), (1.0, "")
            for number, name in enumerate(films.PAIRS):
                wide, dvd, truth, facts = films.real_pair(FOOTAGE / name, cache)
                for seed in range(EDIT_SEEDS):
                    changed, moved = films.edited(
                        dvd, truth, facts, share, drop=drop, double=double, seed=number + 100 * seed
                    )
                    match = attempt(tally, wide, changed, moved)
                    right = films.score(match, moved).right if match else 0.0
                    worst = min(worst, (right, name))
            print(f"{share:.0%} {kind} | {tally.row()} | {worst[0]:.4f} {worst[1]}", flush=True)


def negative(cache: Path) -> None:
    print("\nnegative pair | verdict\n---|---")
    for name, wide, dvd in negatives(cache):
        try:
            match = match_films(wide, dvd)
            verdict = f"ACCEPTED with {int(match.confident.sum())} confident pairs"
        except UsageError as error:
            verdict = str(error)
        print(f"{name} | {verdict}", flush=True)


def negatives(cache: Path) -> Iterator[tuple[str, FilmProxies, FilmProxies]]:
    for name in ("neg_flip", "neg_other_film"):
        wide, dvd, _, _ = films.real_pair(FOOTAGE / name, cache)
        yield name, wide, dvd
    for name in films.PAIRS:
        wide, dvd, _, facts = films.real_pair(FOOTAGE / name, cache)
        offset = next(e["offset"] for e in facts["segments"] if e["offset"] is not None)
        half = len(wide) // 2
        gap = 8
        early = replace(wide, proxies=wide.proxies[: half - gap])
        late = replace(dvd, proxies=dvd.proxies[half + offset + gap :])
        yield f"{name}: first half against second", early, late
        early = replace(dvd, proxies=dvd.proxies[: half + offset - gap])
        late = replace(wide, proxies=wide.proxies[half + gap :])
        yield f"{name}: second half against first", late, early


def still(cache: Path) -> None:
    print("\nreference.png | wide | DVD\n---|---|---")
    for name in films.PAIRS:
        wide, dvd, _, facts = films.real_pair(FOOTAGE / name, cache)
        picture = read_still(FOOTAGE / name / "reference.png")
        cells = []
        for film, key in ((wide, "widescreen_frame"), (dvd, "dvd_frame")):
            found = find_still(picture, film)
            verdict = "exact" if found.best.frame == facts["reference"][key] else "WRONG"
            sure = "certain" if found.certain else "ambiguous"
            cells.append(f"{verdict}, {sure}, score {found.best.score:.4f}")
        print(f"{name} | {' | '.join(cells)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ("real", "edits", "negative", "still", "synthetic", "speed", "script")
    parser.add_argument("parts", nargs="*", default=list(names), metavar="PART")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--frames", type=int, nargs="+", default=[1000, 10000, 100000])
    parser.add_argument("--times", type=int, default=10, help="how often the script's film repeats")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "vsmeme-bench-sync"
    )
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    for part in given.parts:
        if part == "synthetic":
            synthetic(given.seeds, given.cache)
        elif part == "speed":
            speed(given.frames)
        elif part == "script":
            script(given.times)
        else:
            {"real": real, "edits": edits, "negative": negative, "still": still}[part](given.cache)


if __name__ == "__main__":
    main()
