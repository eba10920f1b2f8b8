"""The parts of the report, each as plain values for the template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import vapoursynth as vs

from ... import readers, stages
from ...errors import ArtifactError
from ...masks.mask_record import MaskRecord, MaskShot
from ...placement.geometry_record import AlignedShot
from ...placement.placed_runs import run_at
from ...plate.ledger import RETOUCHED, PlateKey
from ...project import Project
from . import pictures, plots

SHEET = 8  # frames of the contact sheet
PINK, GREEN, RED = (255, 47, 160), (60, 220, 90), (255, 60, 60)


def summary(project: Project) -> Iterator[tuple[str, str]]:
    """Yield the few facts at the top."""
    table = readers.timeline(project)
    layout = readers.layouts(project)[0]
    yield "canvas", f"{layout.canvas[0]} x {layout.canvas[1]}"
    yield "length", f"{len(table)} frames, {float(len(table) / table.fps):.2f} s"
    yield "rate", f"{float(table.fps):.3f} fps"
    yield "shots", str(len(readers.shots(project)))
    sure = sum(pair.confident for pair in table.pairs)
    yield "certain pairs", f"{sure} of {len(table)}"
    missing = sum(part.area for part in layout.missing()) / layout.frame.area
    yield "missing", f"{missing:.1%} of the canvas"
    try:
        yield "delivered frame", stages.frame_choice(project).told().partition(": ")[2]
    except ArtifactError:
        yield "delivered frame", "known after vsmeme inpaint"


def match_section(project: Project) -> dict[str, Any]:
    """Which DVD frame belongs to which wide frame."""
    record = readers.match_record(project)
    start, table, still = record.start, record.timeline, record.reference
    rows = [
        ("start", f"wide {start.wide}, DVD {start.dvd}, {start.confidence}"),
        ("median correlation", f"{np.median([p.score for p in table.pairs]):.4f}"),
    ]
    if still:
        rows.append(("reference", f"wide {still.wide.frame}, score {still.wide.score:.4f}"))
    return {"plot": plots.match_plot(table, readers.shots(project)), "rows": tuple(rows)}


def geometry(project: Project) -> dict[str, Any]:
    """Where everything lies, and how well that was measured."""
    layout = readers.layouts(project)[0]
    matrix = layout.fit.matrix
    rows = (
        ("scale", f"{layout.scale} canvas px per DVD px"),
        ("wide at", str(layout.wide.as_list())),
        ("DVD at", str(layout.dvd.as_list())),
        ("DVD active picture", str(layout.active.as_list())),
        ("conformed to", f"{layout.dvd_size[0]} x {layout.dvd_size[1]}"),
        ("centre on the DVD", f"{layout.centre_dvd[0]:.3f}, {layout.centre_dvd[1]:.3f}"),
        ("measured", "  ".join(f"{v:.4f}" for row in matrix for v in row)),
        ("misfit", f"{layout.fit.max_misfit_px:.3f} px at the worst point of the bands"),
        ("correlation", f"{layout.fit.correlation:.4f}"),
        ("placement", "corrected" if layout.corrected else "integer"),
        ("cut", f"{layout.cut_px} px"),
        ("layouts", str(len(readers.layouts(project)))),
        *(
            (f"aligned source, shot {entry.shot}", _against(entry))
            for entry in readers.geometry_record(project).aligned
        ),
    )
    return {"plot": plots.geometry_drawing(layout), "rows": rows}


def _against(entry: AlignedShot) -> str:
    """Word how the aligned source compares with the composite in one shot."""
    if entry.offset is None:
        return "shows something else"
    x, y = entry.offset
    far = " (more than 1 px)" if x * x + y * y > 1 else ""
    return f"correlation {entry.correlation:.3f}, offset {x:.2f}, {y:.2f} canvas px{far}"


def seams(project: Project) -> dict[str, Any]:
    """Crops of the composite where wide and bands meet."""
    runs = readers.placements(project)
    placed = [n for run in runs if run.layout.bands() for n in (run.first, run.last)]
    middle = len(readers.timeline(project)) // 2
    n = middle if run_at(runs, middle).layout.bands() or not placed else placed[len(placed) // 2]
    layout = run_at(runs, n).at(n)
    zooms = pictures.seam_zooms(pictures.rgb(stages.composite(project), n), layout)
    figures = tuple(
        (f"{name}, pair {n}", pictures.url(zoom, lossless=True), False) for name, zoom in zooms
    )
    return {"figures": figures, "exact": True}


def colour(project: Project) -> dict[str, Any]:
    """The fitted transforms, and the film's grain."""
    found, levels = readers.colours(project), readers.stock(project).levels
    grain = ", ".join(f"{sigma:.2f} at {luma:.0f}" for luma, sigma in levels if sigma)
    rows = (
        ("transforms", ", ".join(c.kind for c in found) or "none"),
        ("grain of the wide", f"{grain} (codes at luma)" if grain else "none measured"),
    )
    return {"plot": plots.colour_plot(found) if found else "", "rows": rows}


def masks_section(project: Project) -> dict[str, Any]:
    """Outlines of subject and face, with every alarm among the frames shown."""
    record, found = readers.mask_record(project), stages.masks(project)
    clip = stages.composite(project, bands="fast")
    alarms, keys = set(record.alarms), set(record.key_frames)
    spread = set(np.linspace(0, clip.num_frames - 1, SHEET).astype(int).tolist())
    wanted = sorted(spread | set(sorted(alarms)[:SHEET]) | set(sorted(keys)[:SHEET]))
    figures = []
    for n in wanted:
        picture = pictures.rgb(clip, n)
        picture = pictures.outlined(picture, pictures.gray(found.foreground, n), PINK)
        picture = pictures.outlined(picture, pictures.gray(found.face, n), GREEN)
        kind = "key frame" if n in keys else "alarm" if n in alarms else ""
        figures.append((f"pair {n} {kind}", pictures.url(pictures.thumb(picture)), n in alarms))
    rows = (
        ("key frames", str(len(keys))),
        ("calls of the segmenter", str(record.segmenter_calls)),
        ("alarms", str(len(alarms))),
        ("outlines", "pink: subject, green: face"),
        *((f"shot {shot.shot}", _who(shot)) for shot in record.shots),
    )
    return {"figures": (*_doubts(record, clip), *figures), "rows": rows}


def _who(shot: MaskShot) -> str:
    """Word who was found in a shot."""
    if shot.verdict == "prompted":
        return "prompted"
    if shot.verdict == "nobody":
        return "nobody, empty masks"
    empty = "" if shot.verdict == "subject" else ", empty masks"
    said = {"subject": "the subject", "unsure": "perhaps the subject", "others": "another person"}
    return f"{said.get(shot.verdict, shot.verdict)}, certainty {shot.certainty:.2f}{empty}"


def _doubts(record: MaskRecord, clip: vs.VideoNode) -> Iterator[tuple[str, str, bool]]:
    """Yield the faces of shots that have no mask because nobody knows whose face it is."""
    for shot in record.unsure:
        if shot.frame is None or shot.face is None:
            continue
        part = pictures.around(pictures.rgb(clip, shot.frame), shot.face)
        name = f"shot {shot.shot}, pair {shot.frame}: the subject? certainty {shot.certainty:.2f}"
        yield name, pictures.url(pictures.thumb(part)), True


def plate(project: Project) -> dict[str, Any]:
    """Every plate: the key frame as it was, and the plate with what was generated outlined."""
    clip = stages.composite(project)
    figures, rows = [], []
    for key in readers.ledger(project).keys:
        n, name = key.frame, f"shot {key.shot}, pair {key.frame}"
        before = pictures.url(pictures.thumb(pictures.rgb(clip, n), 640))
        figures.append((f"{name}: composite", before, False))
        after = cv2.imread(str(project.work / key.plate))
        mask = cv2.imread(str(project.work / key.mask), cv2.IMREAD_GRAYSCALE)
        if after is not None and mask is not None:
            shown = pictures.outlined(np.asarray(after[..., ::-1], np.uint8), np.asarray(mask), RED)
            url = pictures.url(pictures.thumb(shown, 640))
            figures.append((f"{name}: plate, generated outlined", url, False))
        rows.append(
            (
                name,
                f"{key.generated:.2%} {_origin(key)}, "
                f"{key.filled_from_other_frames:.2%} from other frames, "
                f"{key.changed_outside_mask} samples changed outside, {key.mode}{_shown(key)}",
            )
        )
    return {"figures": tuple(figures), "rows": tuple(rows)}


def _origin(key: PlateKey) -> str:
    """Say what lies in a plate's open area."""
    if key.backend == RETOUCHED:
        return f"painted in {key.model}, no call"
    return f"generated by {key.backend}, {key.generations} call"


def _shown(key: PlateKey) -> str:
    """What missing area shows of a live background, and why."""
    if key.mode == "still" or not key.steps:
        return ""
    steps, lines = (
        ", ".join(f"{name} {value:.1f}" for name, value in each.items())
        for each in (key.steps, key.lines)
    )
    what = {"plate": "the plate", "mirror": "the picture beside it, mirrored"}[key.fill]
    return f"; missing area shows {what} (steps at its edges: {steps}; lines inside: {lines})"


def track_section(project: Project) -> dict[str, Any]:
    """How the face moves."""
    found = readers.track(project)
    name = "face" if "face" in found.regions else "foreground"
    region = found.regions.get(name)
    if region is None or not region.poses:
        return {"absent": "nothing is tracked"}
    frames = len(readers.timeline(project))
    extent = region.extent or readers.layouts(project)[0].frame
    centre = (extent.x + extent.w / 2, extent.y + extent.h / 2)
    confidence = [pose.confidence for pose in region.poses]
    rows = (
        ("region", name),
        ("frames", f"{len(region.poses)} of {frames}"),
        ("lowest confidence", f"{min(confidence):.3f}"),
        ("turned since the key frame, at most", f"{region.farthest_turn():.0f}°"),
        ("turned away", region.turned_away() or "never"),
        ("picture", found.picture.get("picture", "none")),
    )
    return {"plot": plots.track_plot(region, centre, frames), "rows": rows}
