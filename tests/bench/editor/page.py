"""The editor's page on a 4K project: first paint, scrubbing, memory, the mask's answer.

    python tests/bench/editor/page.py FOLDER [--frames 48] [--scrubs 500] [--write]

A pair of 3840x1610 and 720x540 with true match and masks is written to FOLDER once. The editor runs
in a process of its own, the page in headless Chromium at 1440x900. First paint: from navigation, as
the browser says, best of five. Making: composite frames a second until all of the film are pictures
on the disk. Scrubs: random frames of the composite, each waited for until it is drawn. Memory: the
editor's and the page's. `--write` writes docs/benchmarks/editor.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes.chromium import Browser, find_chromium
from scenes.finished import write_masks
from scenes.pages import DESK, STATUS, press, resize
from scenes.projects import truth_project

from vsmeme.demo.scene import Scene
from vsmeme.project import load_project

PAGE = ROOT / "docs" / "benchmarks" / "editor.md"
PAINTS = 5
SCRUB = """(async n => {
  const { show } = await import('./page/stage/stage.js');
  const began = performance.now(); await show(n); return performance.now() - began; })"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def project_file(folder: Path, frames: int) -> Path:
    """Write the pair, its true match and masks, unless they are there."""
    file = folder / "meme.toml"
    if not file.exists():
        scene = Scene(size="full", seed=3, frames=frames, cuts=(frames // 2,))
        project = truth_project(folder, scene, settings='[segment]\nbackend = "grabcut"\n')
        write_masks(load_project(project.file), scene)
    return file


def resident_mib(pid: int) -> float:
    """Memory of a process that is really there."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]


def started(file: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the editor; returns its process and address."""
    command = [sys.executable, "-m", "vsmeme", "edit", str(file)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    for line in process.stderr or ():
        found = re.search(r"open (http://\S+)", line)
        if found:
            return process, found[1]
    raise RuntimeError("the editor did not start")


def measure(file: Path, frames: int, scrubs: int) -> dict[str, object]:
    """Measure one run of the editor."""
    process, address = started(file)
    browser = Browser(str(find_chromium()), Path(tempfile.mkdtemp(prefix="profile-")))
    try:
        resize(browser, DESK)
        paints = []
        for _ in range(PAINTS):
            browser.open("about:blank")
            browser.open(address)
            browser.wait(f"document.readyState === 'complete' && {PAINT}")
            paints.append(browser.run(PAINT))
        browser.wait("document.querySelector('#clock').textContent", 120)
        making = made(file, frames)
        rows = scrubbed(browser, process.pid, frames, scrubs)
        return {"paint": min(paints), "making": making, **rows, "mask": masked(browser)}
    finally:
        browser.close()
        process.terminate()
        process.wait(30)


def made(file: Path, frames: int) -> float:
    """Wait until every frame of the composite is a picture; returns frames a second."""
    folder = file.parent / "work" / "cache" / "editor"

    def count() -> int:
        return len([*folder.glob("composite-*/*.jpg")])

    first, began = count(), time.monotonic()
    while count() < frames and time.monotonic() - began < 900:
        time.sleep(0.2)
    return (count() - first) / (time.monotonic() - began) if count() > first else float("nan")


def scrubbed(browser: Browser, pid: int, frames: int, scrubs: int) -> dict[str, object]:
    """Jump about in the film; returns the rate and memory before, half-way and after."""
    dice, waits, memory = random.Random(1), [], []
    for n in range(scrubs):
        if n % (scrubs // 5) == 0:
            memory.append(resident_mib(pid))
        waits.append(browser.run(f"{SCRUB}({dice.randrange(frames)})"))
    memory.append(resident_mib(pid))
    heap = browser.run("performance.memory ? performance.memory.usedJSHeapSize / 2 ** 20 : 0")
    waits.sort()
    return {
        "rate": 1000 * len(waits) / sum(waits), "median": waits[len(waits) // 2],
        "slowest": waits[int(len(waits) * 0.99)], "memory": memory, "heap": heap,
    }  # fmt: skip


def masked(browser: Browser) -> tuple[float, float]:
    """Box the middle of the frame by keys, then point; returns seconds to the point's answers.

    The first is of the frame by itself, the second of the frames around, too.
    """
    press(browser, "3")
    browser.wait(f"{STATUS}.startsWith('Click')", 300)
    browser.run("document.querySelector('#view').focus()")
    press(browser, "e", *["ArrowLeft"] * 12, *["ArrowUp"] * 12, "Enter")
    press(browser, *["ArrowRight"] * 24, *["ArrowDown"] * 24, "Enter")
    settled = f"!{STATUS}.includes('not looked at yet')"
    browser.wait(f"/, box.* s\\)/.test({STATUS}) && {settled}", 300)  # it may be cut off
    press(browser, "q", "Enter")
    told = f"/1 inside.*\\((.*) s\\)/.exec({STATUS})?.[1]"
    first = browser.wait(told, 300)
    return float(first), float(browser.wait(f"{settled} && {told}", 300))


def table(rows: dict[str, object], frames: int, scrubs: int) -> str:
    """Lay the numbers out."""
    quick, whole = rows["mask"]  # type: ignore[misc]
    memory = " ".join(f"{value:.0f}" for value in rows["memory"])  # type: ignore[attr-defined]
    return f"""\
| what | measured |
|---|---|
| first contentful paint, ms, best of {PAINTS} | {rows["paint"]:.0f} |
| composite pictures made ahead, frames/s | {rows["making"]:.1f} |
| {scrubs} scrubs over {frames} frames, frames/s | {rows["rate"]:.1f} |
| one scrub, ms: median, 99th of 100 | {rows["median"]:.0f}, {rows["slowest"]:.0f} |
| editor's memory before each fifth and after, MiB | {memory} |
| page's JavaScript heap after, MiB | {rows["heap"]:.0f} |
| mask of a box and a point at 960x540, s | {quick:.2f} |
| the same with what the frames around say, s | {whole:.2f} |
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--scrubs", type=int, default=500)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows = measure(project_file(given.folder, given.frames), given.frames, given.scrubs)
    text = table(rows, given.frames, given.scrubs)
    print(text)
    if given.write:
        load = os.getloadavg()[0]
        head = f"""\
# Benchmark: the editor

`python tests/bench/editor/page.py FOLDER --frames {given.frames} --scrubs {given.scrubs} \
--write`, {date.today()}, {os.cpu_count()} cores ({platform.machine()}), load {load:.0f}, wide
3840x1610, DVD 720x540, Chromium headless at 1440x900.

"""
        PAGE.write_text(head + text)


if __name__ == "__main__":
    main()
