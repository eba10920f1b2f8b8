"""The page is whole, stands alone, and puts warnings first."""

from __future__ import annotations

import html.parser
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scenes.finished import copy_project, restamp

from vsmeme.deliver.report.report import report
from vsmeme.deliver.report.shot_strip import shots_section, shown_shots
from vsmeme.deliver.report.warnings import warnings
from vsmeme.project import Project
from vsmeme.sync.shots import Shot

REPO = Path(__file__).resolve().parents[2]
PARTS = ["Match", "Geometry", "Seams at 1:1", "Shots at 1:1", "Colour", "Masks", "Plate",
         "Missing area through time", "Track", "Time", "Settings", "Hashes and state"]  # fmt: skip


@pytest.fixture(scope="module")
def project(exported: Project) -> Project:
    return exported


class Reader(html.parser.HTMLParser):
    """Headings, and every address that the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.addresses: list[str] = []
        self._heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._heading = tag == "h2"
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]

    def handle_data(self, data: str) -> None:
        if self._heading and data.strip():
            self.headings.append(data.strip())


def test_page_is_whole_and_needs_no_network(project: Project) -> None:
    text = report(project).read_text(encoding="utf-8")
    page = Reader()
    page.feed(text)
    assert page.headings[-len(PARTS) :] == PARTS
    assert all(a.startswith(("data:image/", "#")) for a in page.addresses)
    assert not re.search(r"@import|url\(\s*['\"]?http|<script|<link", text)
    assert text.count("<svg") >= 5
    assert "3.2 s" in text
    sha = json.loads((project.work / "match.json").read_text())["sources"]["wide"]["sha256"]
    assert sha in text


def test_a_clean_project_warns_only_of_what_is_missing(project: Project, tmp_path: Path) -> None:
    assert list(warnings(project)) == []
    part = copy_project(project, tmp_path)
    (part.work / "export.json").unlink()
    told = list(warnings(part))
    assert len(told) == 1
    assert "export.json: missing; run vsmeme export" in told[0]


def test_warnings_come_first(project: Project, tmp_path: Path) -> None:
    bad = copy_project(project, tmp_path)
    for name, change in (
        ("masks.json", {"alarms": [3, 4]}),
        ("match.json", {"without_partner": [{"first": 5, "last": 9, "from": "a", "to": "b"}]}),
    ):
        data = json.loads((bad.work / name).read_text())
        (bad.work / name).write_text(json.dumps(data | change))
    restamp(bad)
    text = report(bad).read_text(encoding="utf-8")
    assert "2 to look at" in text
    assert text.index("2 alarms (pairs 3, 4)") < text.index("<h2>Match</h2>")
    assert text.index("no partner for wide frames 5 to 9") < text.index("<h2>Match</h2>")
    assert text.count('class="alarm"') == 2


def test_unsure_shots_are_listed_with_their_faces(project: Project, tmp_path: Path) -> None:
    bad = copy_project(project, tmp_path)
    data = json.loads((bad.work / "masks.json").read_text())
    doubt = {"shot": 1, "verdict": "unsure", "certainty": 0.55, "frame": 16}
    shots = [
        {"shot": 0, "verdict": "subject", "certainty": 0.98},
        doubt | {"face": [200, 60, 40, 50]},
    ]
    (bad.work / "masks.json").write_text(json.dumps(data | {"shots": shots}))
    restamp(bad)
    text = report(bad).read_text(encoding="utf-8")
    assert "shots 1 show somebody who may be the subject" in text
    assert "the subject, certainty 0.98" in text
    caption = text.index("shot 1, pair 16: the subject? certainty 0.55")
    assert caption < text.index("key frame", text.index("<h2>Masks</h2>"))
    plain = report(copy_project(project, tmp_path / "plain")).read_text(encoding="utf-8")
    assert text.count("<figure") == plain.count("<figure") + 1


def test_what_is_not_made_yet_is_named(project: Project, tmp_path: Path) -> None:
    part = copy_project(project, tmp_path)
    (part.work / "masks.json").unlink()
    text = report(part).read_text(encoding="utf-8")
    assert "masks.json: missing; run: vsmeme segment" in text
    assert "<h2>Match</h2>" in text


def test_names_are_escaped(project: Project, tmp_path: Path) -> None:
    odd = copy_project(project, tmp_path / "a <b>&amp; film")
    assert "<b>" not in report(odd).read_text(encoding="utf-8")


def test_the_script(project: Project) -> None:
    command = [sys.executable, str(REPO / "scripts" / "report.py"), str(project.file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    done = subprocess.run([*command, "--runbook"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("canvas    512 x 288")


def test_every_shot_has_a_strip_and_those_without_a_place_are_marked(
    project: Project, tmp_path: Path
) -> None:
    lacking = copy_project(project, tmp_path)
    path = lacking.work / "shots.json"
    data = json.loads(path.read_text())
    data["shots"][-1]["placed"] = False
    path.write_text(json.dumps(data))
    restamp(lacking)
    part = shots_section(lacking)
    assert [alarm for *_, alarm in part["figures"]] == [False] * (len(data["shots"]) - 1) + [True]
    assert "the DVD is absent" in part["figures"][-1][0]
    assert dict(part["rows"])["not placed"] == "1 shots"


def test_of_many_shots_some_are_shown_and_those_without_a_place_first() -> None:
    shots = [Shot(first=n, last=n, placed=n % 50 != 7) for n in range(1000)]
    shown = shown_shots(shots)
    assert len(shown) <= 60
    assert {n for n in range(1000) if n % 50 == 7} <= set(shown)
    assert (shown[0], shown[-1]) == (0, 999)
    assert shown_shots(shots[:60]) == tuple(range(60))
