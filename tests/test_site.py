"""The site: built without a warning, complete by itself, and strict about what leads nowhere.

Run by `uv run --group docs pytest tests/test_site.py`; without that group there is no Sphinx.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the site needs the dependency group docs")

ROOT = Path(__file__).resolve().parents[1]
LOADED = re.compile(r'(?:<script|<img|<link)[^>]*(?:src|href)="(https?:)?//[^"]*"')
FAULTS = {
    "a link to no page": ("[there](nowhere.md)", "nowhere.md"),
    "a link to no heading": ("[there](settings.md#nowhere)", "nowhere"),
    "a name that the package lacks": ("{py:obj}`vsmeme.nowhere`", "vsmeme.nowhere"),
    "a filter that the package lacks": (
        "```{eval-rst}\n.. autofunction:: vsmeme.nowhere\n```",
        "nowhere",
    ),
}


def build(pages: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as the documents say, into another folder."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q"]
    return subprocess.run([*command, str(pages), str(site)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT / "docs", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_works_offline(site: Path) -> None:
    """No page loads anything from another host, and no style does."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    assert [page.name for page in pages if LOADED.search(page.read_text(encoding="utf-8"))] == []
    styles = [style.read_text(encoding="utf-8") for style in site.rglob("*.css")]
    assert not any(re.search(r"url\(['\"]?(https?:)?//|@import", style) for style in styles)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_leads_nowhere_fails(fault: str, tmp_path: Path) -> None:
    """A build of two pages is enough: the second bears the fault."""
    text, name = FAULTS[fault]
    pages = tmp_path / "docs"
    pages.mkdir()
    shutil.copy(ROOT / "docs" / "conf.py", pages)
    shutil.copytree(ROOT / "docs" / "static", pages / "static")
    (pages / "settings.md").write_text("# Settings\n", encoding="utf-8")
    page = "# Pages\n\n```{toctree}\nsettings\n```\n\n"
    (pages / "index.md").write_text(page, encoding="utf-8")
    assert build(pages, tmp_path / "good").returncode == 0
    (pages / "index.md").write_text(page + text, encoding="utf-8")
    done = build(pages, tmp_path / "bad")
    assert done.returncode != 0
    assert name in done.stderr
