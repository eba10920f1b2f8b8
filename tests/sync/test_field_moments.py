"""A DVD of 50 fields a second meets the wide at the moments that the wide shows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from vsmeme import readers, stages
from vsmeme.ffmpeg import call
from vsmeme.project import load_project
from vsmeme.source.field_plan import FieldPlan
from vsmeme.steps.match import run_match

CLIP, FRAMES = "d1_tos", 96
WIDE = "format=yuv444p,crop=1024:430:0:73:exact=1,scale=512:-2,format=yuv420p"
DVD = (
    "format=yuv444p,crop=768:576:128:0:exact=1,scale=192:144:flags=area:in_color_matrix=bt709:"
    "out_color_matrix=smpte170m,format=yuv420p,tinterlace=mode=interleave_top,setfield=tff"
)
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "3", "-flags", "+ildct+ilme", "-aspect", "4:3"]
MOMENTS = {"earlier": ("not(mod(n,2))", 25), "later": ("mod(n,2)", 25), "both": ("1", 50)}


@pytest.mark.parametrize("moments", MOMENTS)
def test_fields_of_the_moments_that_the_wide_shows(
    moments: str, footage: Path, tmp_path: Path
) -> None:
    chosen, rate = MOMENTS[moments]
    master = ["-r", "50", "-i", str(footage / CLIP / "master.mkv"), "-frames:v", str(FRAMES)]
    film = f"settb=1/50,setpts=N,trim=end_frame={FRAMES},scale=1024:576"
    wide = f"{film},select='{chosen}',settb=1/{rate},setpts=N,fps={rate},{WIDE}"
    call([*master, "-vf", wide, "-crf", "12", str(tmp_path / "w.mkv")])
    call([*master, "-vf", f"{film},fps=50,{DVD}", "-r", "25", *MPEG2, str(tmp_path / "d.mpg")])
    (tmp_path / "meme.toml").write_text('[sources]\nwide = "w.mkv"\ndvd = "d.mpg"\n')
    project = load_project(tmp_path / "meme.toml")
    table = run_match(project)
    facts = readers.match_record(project).dvd.facts
    assert facts.fields is not None
    assert facts.fields.interlaced
    assert facts.fields.begins_late()[:2] == {
        "earlier": [False, False], "later": [True, True], "both": [False, True],
    }[moments]  # fmt: skip
    assert (facts.fps, facts.frames) == (rate, FRAMES * rate // 50)
    right = sum(pair.dvd == pair.wide for pair in table.pairs)
    assert right >= 0.995 * FRAMES * rate / 50
    assert not any(pair.confident and pair.dvd != pair.wide for pair in table.pairs)
    times = readers.match_record(project).dvd.times
    steps = {round(b - a, 3) for a, b in pairwise(times)}
    assert steps == {1 / rate}
    assert stages.sources(project).dvd.num_frames == len(table)


def test_plans_of_other_fields() -> None:
    plan = FieldPlan(cadence="interlaced", top_first=True, runs=((0, 0, 2), (4, 5, 1)))
    assert plan.interlaced
    later = plan.later_fields()
    assert later.runs == ((1, 1, 2), (4, 5, 1))
    assert later.begins_late() == [True, True, False]
    assert later.later_fields() == plan
    every = plan.every_field()
    assert every.first_fields() == [0, 1, 2, 3, 4]
    assert every.rate == 2
    assert FieldPlan.from_json(every.to_json()) == every
