"""`until = "composite"` from two files on the real pairs: which steps ran, and how the bands are.

    uv run tests/bench/deliver/until_composite.py [FRAMES [PAIR ...]]

It needs ../shared/footage beside the checkout.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import vapoursynth as vs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vsmeme import readers
from vsmeme.deliver.verify.verify import verify
from vsmeme.project import Project, load_project
from vsmeme.source.formats import to_working
from vsmeme.stages import frame_choice

FOOTAGE = Path(__file__).resolve().parents[4] / "shared" / "footage"
PAIRS = ("d1_tos", "d2_meeting", "d3_signs", "d4_bunny", "d5_dancer")
SETTINGS = """\
[sources]
wide = '{wide}'
dvd = '{dvd}'
[time]
duration = {frames}
[output]
until = "composite"
gif = false
[[output.files]]
format = "ffv1"
"""


def made(folder: Path, pair: str, frames: int) -> Project:
    """Make a pair's composite by the one command."""
    source = FOOTAGE / pair
    wide, dvd = (next(source.glob(f"{name}.*")) for name in ("widescreen", "dvd"))
    text = SETTINGS.format(wide=wide, dvd=dvd, frames=frames)
    (folder / "meme.toml").write_text(text)
    subprocess.run(
        [sys.executable, "-P", "-m", "vsmeme", "make", str(folder)],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return load_project(folder / "meme.toml")


def band_psnr(project: Project, pair: str) -> float:
    """PSNR of the bands' luma in the lossless file against the master, dB, over some frames."""
    truth = json.loads((FOOTAGE / pair / "ground_truth.json").read_text())
    masters = {wide: master for wide, _, master in truth["pairs"]}
    x, y, w, h = truth["master"]["canvas_in_master"]
    master = to_working(vs.core.bs.VideoSource(str(FOOTAGE / pair / "master.mkv"), cachemode=0))
    film = vs.core.bs.VideoSource(str(project.out / "composite.mkv"), cachemode=0)
    layout, delivered = readers.layouts(project)[0], frame_choice(project).rect
    table, errors = readers.timeline(project), []
    for n in np.linspace(0, len(table) - 1, 6).astype(int).tolist():
        if table.pairs[n].wide not in masters:
            continue
        got = np.asarray(film.get_frame(n)[0]).astype(float) / 256
        want = np.asarray(master.get_frame(masters[table.pairs[n].wide])[0]).astype(float) / 256
        want = want[y : y + h, x : x + w][delivered.y :, delivered.x :]
        for band in layout.bands():
            top, left = max(0, band.y - delivered.y), max(0, band.x - delivered.x)
            bottom, right = band.bottom - delivered.y, band.right - delivered.x
            part = (slice(top, min(bottom, len(got))), slice(left, min(right, got.shape[1])))
            errors.append(float(((got[part] - want[part]) ** 2).mean()))
    return 10 * np.log10(255**2 / np.mean(errors)) if errors else float("nan")


def main(frames: int, pairs: list[str]) -> None:
    """Print a row a pair."""
    print(
        "| pair | steps that ran | match, s | learn, s | export, s | claims that hold | bands, dB |"
    )
    print("|---|---|---|---|---|---|---|")
    for pair in pairs:
        with tempfile.TemporaryDirectory() as place:
            project = made(Path(place), pair, frames)
            seconds = json.loads((project.work / "timings.json").read_text())["seconds"]
            claims = verify(project)
            held = sum(claim.passed for claim in claims)
            for claim in claims:
                if not claim.passed:
                    print(f"{pair}: {claim.name}: {claim.number:.4g} {claim.note}", file=sys.stderr)
            cells = [pair, ", ".join(seconds)]
            cells += [f"{seconds[step]:.0f}" for step in ("match", "learn", "export")]
            cells += [f"{held} of {len(claims)}", f"{band_psnr(project, pair):.1f}"]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 48, given[1:] or list(PAIRS))
