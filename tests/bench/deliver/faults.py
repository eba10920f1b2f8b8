"""Faults planted in a finished project, one after the other: is each of them caught?

    python tests/bench/deliver/faults.py PROJECT/meme.toml [...]

A fault is planted in a copy of the artifacts and the delivered file, or in the graph; then the
claim that is about it is checked. First every one of these claims is checked on the project as it
is. Exit code 1 where a fault gets through, or where a claim fails without one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import vapoursynth as vs

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.finished import copy_project, restamp

from vsmeme import stages
from vsmeme.artifact import file_sha256
from vsmeme.deliver.verify import (
    claims_composite,
    claims_corner,
    claims_frame,
    claims_output,
    claims_placement,
    claims_sound,
    claims_subject,
    claims_texture,
    claims_time,
    evidence,
)
from vsmeme.deliver.verify.evidence import Claim, Evidence
from vsmeme.ffmpeg import call
from vsmeme.project import Project, load_project

core = vs.core
Check = Callable[[Evidence], Claim]
Planted = AbstractContextManager[Any]
Fault = Callable[[Project], Planted]


def edited(name: str, change: Callable[[Any], None]) -> Fault:
    """A change of an artifact that counts as fresh."""

    @contextmanager
    def plant(project: Project) -> Iterator[None]:
        path = project.work / name
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))
        restamp(project)
        yield

    return plant


def drawn(stage: str, change: Callable[[Evidence, vs.VideoNode], vs.VideoNode]) -> Fault:
    """A change of what a stage of the graph returns."""

    def plant(project: Project) -> Planted:
        good, facts = getattr(stages, stage), Evidence(project)

        def bad(*given: Any, **more: Any) -> Any:  # noqa: ANN401
            made = good(*given, **more)
            if isinstance(made, stages.Masks):
                return stages.Masks(change(facts, made.foreground), made.face)
            return change(facts, made)

        return patch.object(stages, stage, bad)

    return plant


def shown(change: Callable[[Evidence, vs.VideoNode], vs.VideoNode]) -> Fault:
    """A change of the picture that is delivered."""

    def plant(project: Project) -> Planted:
        good, facts = evidence.STAGES["delivered"], Evidence(project)
        return patch.dict(evidence.STAGES, delivered=lambda e: change(facts, good(e)))

    return plant


def filmed(*arguments: str) -> Fault:
    """The delivered file, written anew by ffmpeg."""

    @contextmanager
    def plant(project: Project) -> Iterator[None]:
        mp4 = project.out / str(project.config.output.mp4)
        good = mp4.rename(mp4.with_suffix(".good.mp4"))
        call(["-i", str(good), *arguments, str(mp4)])
        yield

    return plant


def moved(which: str, axis: int, px: int) -> Fault:
    def change(data: Any) -> None:  # noqa: ANN401
        for layout in (data, *data["layouts"]):
            layout[which][axis] += px

    return edited("geometry.json", change)


def one_sample(clip: vs.VideoNode, x: int, y: int, by: int = 300) -> vs.VideoNode:
    return core.akarin.Expr(clip, [f"X {x} = Y {y} = and x {by} + x ?", "", ""])


def in_wide(facts: Evidence, clip: vs.VideoNode) -> vs.VideoNode:
    x, y, w, h = facts.layout(0)["wide"]
    return one_sample(clip, x + w // 2, y + h // 2, 1)


def in_wide_after(facts: Evidence, clip: vs.VideoNode) -> vs.VideoNode:
    """A sample that no subject covers."""
    x, y, _, h = facts.layout(0)["wide"]
    return one_sample(clip, x + 2, y + h // 3)


def bar(facts: Evidence, clip: vs.VideoNode) -> vs.VideoNode:
    x, y, w, _ = facts.layout(0)["bands"]["top"]
    top = max(0, y)
    inside = f"X {x} >= X {x + w} < and Y {top} >= and Y {top + 6} < and"
    return core.akarin.Expr(clip, [f"{inside} 4200 x ?", "", ""])


def soft(facts: Evidence, clip: vs.VideoNode) -> vs.VideoNode:
    _, y, _, h = facts.layout(0)["wide"]
    dull = clip.std.BoxBlur(hradius=3, hpasses=2, vradius=3, vpasses=2)
    return core.akarin.Expr([clip, dull], f"Y {y} >= Y {y + h} < and x y ?")


def boiling(facts: Evidence, clip: vs.VideoNode) -> vs.VideoNode:
    _, y, _, h = facts.layout(0)["wide"]
    loud = core.noise.Add(clip, var=900.0, type=0, seed=3)
    return core.akarin.Expr([clip, loud], [f"Y {y} >= Y {y + h} < and x y ?", "", ""])


def boxed(facts: Evidence, clip: vs.VideoNode) -> vs.VideoNode:
    inside = [
        f"X {x} >= X {x + w} < and Y {y} >= and Y {y + h} < and"
        for x, y, w, h in facts.layout(0)["missing"]
    ]
    code = " ".join([*inside, *["or"] * (len(inside) - 1)])
    return core.akarin.Expr(clip, f"x {code} 7680 0 ? +")


def painted(facts: Evidence, clip: vs.VideoNode) -> vs.VideoNode:
    mask = core.std.ShufflePlanes([facts.masks.foreground] * 3, [0, 0, 0], vs.YUV)
    return core.akarin.Expr([clip, mask], ["y x 300 + x ?", "x", "x"])


def everywhere(facts: Evidence, mask: vs.VideoNode) -> vs.VideoNode:
    return core.std.BlankClip(mask, color=255, keep=True)


def leaking(project: Project) -> Planted:
    """Bands that look at the DVD's core."""
    good = stages.composite

    def bad(given: Project, *rest: Any, pair: Any = None, **more: Any) -> vs.VideoNode:  # noqa: ANN401
        clip = good(given, *rest, pair=pair, **more)
        dvd = (pair or stages.sources(given)).dvd.std.PlaneStats()
        known = core.akarin.PropExpr([clip, dvd], lambda: {"Leak": "y.PlaneStatsAverage"})
        return core.akarin.Expr(known, ["Y 3 < x x.Leak 300 * + x ?", "", ""])

    return patch.object(stages, "composite", bad)


@contextmanager
def outside_mask(project: Project) -> Iterator[None]:
    """A plate that was changed outside of what was generated; its file's hash is made to fit."""
    key = Evidence(project).json("inpaint")["keys"][0]
    path = project.work / key["samples"]
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    mask = cv2.imread(str(project.work / key["mask"]), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert mask is not None
    ys, xs = (mask == 0).nonzero()
    picture[ys[len(ys) // 2], xs[len(xs) // 2], 1] ^= 1
    cv2.imwrite(str(path), picture)
    digest = file_sha256(path)
    with edited(
        "background.json", lambda d: d["keys"][0]["files"].update({key["samples"]: digest})
    )(project):
        yield


def swapped(data: Any) -> None:  # noqa: ANN401
    pairs = data["pairs"]
    n = next(n for n in range(4, len(pairs) - 1) if pairs[n]["dvd"] != pairs[n + 1]["dvd"])
    pairs[n]["dvd"], pairs[n + 1]["dvd"] = pairs[n + 1]["dvd"], pairs[n]["dvd"]


def late(data: Any) -> None:  # noqa: ANN401
    last = max(pair["dvd"] for pair in data["pairs"])
    for pair in data["pairs"][4:-1]:
        pair["dvd"] = min(pair["dvd"] + 2, last)


def alone(data: Any) -> None:  # noqa: ANN401
    for pair in data["pairs"][5:10]:
        pair |= {"partner": False, "confident": True}


def drifting(data: Any) -> None:  # noqa: ANN401
    for shot in data["shots"]:
        shot["drift"] = [[1.75, 0.0]] * (shot["last"] - shot["first"] + 1)


def first_key(change: Callable[[Any], None]) -> Fault:
    return edited("background.json", lambda data: change(data["keys"][0]))


FAULTS: tuple[tuple[str, Check, Fault], ...] = (
    ("the DVD 2 px off", claims_composite.centre, moved("dvd", 0, 2)),
    ("the wide 1 px off", claims_composite.centre, moved("wide", 1, 1)),
    ("a drift that is not there", claims_composite.centre, edited("shots.json", drifting)),
    ("one sample of the wide by 1/256 code", claims_composite.wide_untouched,
     drawn("composite", in_wide)),
    ("the core in the bands", claims_composite.only_bands, leaking),
    ("without partner, but sure", claims_placement.absent_alone, edited("match.json", alone)),
    ("a bar at the top", claims_placement.no_bar, drawn("composite", bar)),
    ("a step back in time", claims_time.monotone, edited("match.json", swapped)),
    ("partners two frames late", claims_time.best_partner, edited("match.json", late)),
    ("soft bands", claims_texture.texture_runs_on, shown(soft)),
    ("boiling bands", claims_texture.texture_runs_on, shown(boiling)),
    ("boxes in the corners", claims_corner.corners_join, shown(boxed)),
    ("generated twice", claims_subject.one_generation,
     first_key(lambda key: key.update(generations=2))),
    ("the same key twice", claims_subject.one_generation,
     edited("background.json", lambda data: data["keys"].append(data["keys"][0]))),
    ("generation outside its mask", claims_subject.outside_generation, outside_mask),
    ("background over real picture", claims_subject.background_real,
     drawn("background", in_wide_after)),
    ("a subject in the generated area", claims_subject.no_subject_generated,
     drawn("masks", everywhere)),
    ("the subject's luma", claims_subject.luma_kept, drawn("foreground", painted)),
    ("recolouring beside the subject", claims_subject.outside_masks,
     drawn("foreground", in_wide_after)),
    ("a face effect beside the subject", claims_subject.outside_masks,
     drawn("face", in_wide_after)),
    ("another part of the picture", claims_frame.frame_right,
     filmed("-vf", "scroll=hpos=0.01", "-c:v", "libx264", "-c:a", "copy")),
    ("a cropped file", claims_frame.frame_right,
     filmed("-vf", "crop=iw-8:ih-8", "-c:v", "libx264", "-c:a", "copy")),
    ("primaries of an old TV", claims_output.output,
     filmed("-vf", "setparams=color_primaries=bt470bg", "-c:v", "libx264")),
    ("frames lost at the end", claims_output.output,
     filmed("-c:v", "libx264", "-frames:v", "19")),
    ("pixels that are not square", claims_output.output,
     filmed("-vf", "setsar=16/15", "-c:v", "libx264")),
    ("silence", claims_sound.heard, filmed("-c:v", "copy", "-af", "volume=0", "-c:a", "aac")),
    ("sound 80 ms late", claims_sound.heard,
     filmed("-c:v", "copy", "-af", "adelay=80:all=1", "-c:a", "aac")),
)  # fmt: skip


def failing(check: Check, project: Project) -> str:
    """Return what a claim says is wrong; empty where it holds."""
    try:
        claim = check(Evidence(project))
    except Exception as error:  # a check that breaks counts as failed, as in `verify`
        return f"{type(error).__name__}: {error}"
    return "" if claim.passed else f"{claim.number:.4g} ({claim.note})"


def caught(project: Project) -> int:
    """Print a row for each fault; returns how many got through."""
    sound = {check: failing(check, project) for check in {check for _, check, _ in FAULTS}}
    through = 0
    for name, check, plant in FAULTS:
        with tempfile.TemporaryDirectory() as folder:
            copy = copy_project(project, Path(folder) / "copy")
            restamp(copy)
            with plant(copy):
                told = failing(check, load_project(copy.file))
        result = "missed" if not told else "claim failed before" if sound[check] else "caught"
        through += result != "caught"
        print(f"| {project.folder.name} | {name} | {result} | {(told or sound[check])[:90]} |",
              flush=True)  # fmt: skip
    return through


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", nargs="+", type=Path)
    args = parser.parse_args(argv)
    print("| project | fault | result | told |\n|---|---|---|---|")
    through = sum(caught(load_project(path)) for path in args.projects)
    return int(through > 0)


if __name__ == "__main__":
    sys.exit(main())
