"""The claim about what part of the canvas is delivered; arithmetic of its own, in NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...readers import dropped_frames
from ...source.files import open_video
from .claims_composite import fine_detail, plane_correlation
from .evidence import Claim, Evidence

LEAST_ALIKE = 0.5  # correlation of fine detail; a picture moved by 2 px has less
LEAST_DETAIL = 1.0  # deviation of frames that can be told apart, 8-bit codes
Mask = npt.NDArray[np.bool_]


def frame_right(evidence: Evidence) -> Claim:
    """The delivered frame shows no padding and loses nothing real, or no cut-off subject."""
    faults = ["export.json does not say which part of the canvas it shows; run vsmeme export"]
    note = ""
    if "frame" in evidence.json("export"):
        faults = [*_moved(evidence), *_edges_wrong(evidence)]
        note = "{2}x{3} from ({0}, {1})".format(*_delivered(evidence))
    return Claim(
        name="delivered frame: no padding, nothing lost unsaid",
        passed=not faults,
        number=len(faults),
        limit="0 faults",
        note="; ".join(faults) or note,
    )


def _delivered(evidence: Evidence) -> list[int]:
    """Which part of the canvas the export says it delivered: x, y, w, h."""
    found: list[int] = evidence.json("export")["frame"]
    return found


def _moved(evidence: Evidence) -> list[str]:
    """Whether the file shows another part of the picture than it says."""
    project, (x, y, w, h) = evidence.project, _delivered(evidence)
    name = project.config.output.mp4
    if not name:
        return []
    path = project.out / name
    if not path.is_file():
        return [f"{path.name} is missing; run vsmeme export"]
    clip = open_video(path, role="wide")
    if (clip.width, clip.height) != (w, h):
        return [f"the file is {clip.width}x{clip.height}, said to be {w}x{h}"]
    dropped = set(dropped_frames(project))
    shown = [n for n in range(len(evidence.pairs)) if n not in dropped]
    alike = []
    for n in sorted(set(evidence.samples) & set(shown)):
        ours = fine_detail(evidence.frame("delivered", n)[0][y : y + h, x : x + w] / 256.0)
        with clip.get_frame(shown.index(n)) as frame:
            scale = 2.0 ** (frame.format.bits_per_sample - 8)
            theirs = fine_detail(np.asarray(frame[0]) / scale)
        if ours.std() >= LEAST_DETAIL:
            alike.append(plane_correlation(ours, theirs))
    best = max(alike, default=1.0)
    return [] if best >= LEAST_ALIKE else [f"shows another part: correlation {best:.2f}"]


def _edges_wrong(evidence: Evidence) -> list[str]:
    """Padding that is delivered, real picture that is not, subjects that are cut off."""
    x, y, w, h = _delivered(evidence)
    output = evidence.project.config.output
    mode = output.frame
    if mode == "safe" and output.until == "composite":
        mode = "auto"  # nobody has looked for a subject
    if mode == "full":
        return []
    real = _shown_somewhere(evidence)
    inside = real[y : y + h, x : x + w]
    found = []
    # a canvas of even sizes may need one line more than is real
    for name, lines in (("row", inside.any(1)), ("column", inside.any(0))):
        empty = int((~lines).sum())
        if empty > 1:
            found.append(f"{empty} {name}s of padding")
    if mode == "auto":
        outside = real.copy()
        outside[y : y + h, x : x + w] = False
        lost = min(int(outside.any(1).sum()), int(outside.any(0).sum()))
        if lost > 1:
            found.append(f"{lost} real lines lost")
    if mode == "safe":
        cut = [n for n in evidence.samples if _cut_off(evidence, n, (x, y, w, h))]
        if cut:
            found.append(f"pair {cut[0]}: the subject ends in a straight edge")
    return found


def _shown_somewhere(evidence: Evidence) -> Mask:
    """Canvas px that some layout of the film fills, as the artifacts have it."""
    width, height = evidence.layout(0)["canvas"]
    real = np.zeros((height, width), np.bool_)
    shots = evidence.json("match", "shots.json")["shots"]
    for shot in shots:
        for n in range(shot["first"], shot["last"] + 1):
            layout = evidence.layout(n)
            parts = [layout["wide"]]
            if not evidence.absent(n):
                parts.append(layout["dvd"])
            for a, b, w, h in parts:
                real[max(0, b) : max(0, b + h), max(0, a) : max(0, a + w)] = True
    return real


def _cut_off(evidence: Evidence, n: int, rect: tuple[int, int, int, int]) -> bool:
    """Whether a px of the subject has a missing neighbour within a part of the canvas."""
    x, y, w, h = rect
    part = slice(y, y + h), slice(x, x + w)
    missing = evidence.frame("missing", n)[0][part] > 127
    subject = np.maximum(
        evidence.frame("foreground_mask", n)[0][part], evidence.frame("face_mask", n)[0][part]
    )
    inside = (subject > 127) & ~missing
    beside = np.zeros_like(missing)
    beside[1:] |= missing[:-1]
    beside[:-1] |= missing[1:]
    beside[:, 1:] |= missing[:, :-1]
    beside[:, :-1] |= missing[:, 1:]
    return bool((inside & beside).any())
