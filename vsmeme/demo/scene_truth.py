"""How close a finished project came to the scene that its pair was made from."""

from __future__ import annotations

import json

import cv2
import numpy as np

from .. import readers, stages
from ..project import Project
from . import scene_files
from .scene import Scene
from .scene_art import Array

SAMPLES = 6  # frames that pictures are compared on


def compare_with_truth(scene: Scene, project: Project) -> str:
    """A table of stages, one line each, for a project made by `scene_files.write_pair`."""
    rows = [
        ("matched", matched(scene, project)),
        ("placed", placed(scene, project)),
        ("bands", bands(scene, project)),
        ("mask", masked(scene, project)),
        ("face", tracked(scene, project)),
        ("generated", generated(project)),
    ]
    return "\n".join(f"{name:>10}  {text}" for name, text in rows)


def matched(scene: Scene, project: Project) -> str:
    """How many pairs are right."""
    pairs = readers.timeline(project).pairs
    right = [p.dvd in scene.acceptable_dvd(_master(scene, p.wide)) for p in pairs]
    wrong = sum(p.confident and not ok for p, ok in zip(pairs, right, strict=True))
    lost = sum(not scene.acceptable_dvd(_master(scene, p.wide)) for p in pairs)
    return (
        f"{sum(right)} of {len(pairs)} frames with their true partner, {lost} have none, "
        f"{wrong} confident mistakes"
    )


def placed(scene: Scene, project: Project) -> str:
    """How far the measured geometry is off at the worst corner of the DVD."""
    layout = readers.layouts(project)[0]
    w, h = layout.dvd_size
    corners = np.array([[0, 0, 1], [w, 0, 1], [0, h, 1], [w, h, 1.0]]).T
    fit = np.array(layout.fit.matrix) @ corners
    stored = np.diag([scene.dvd_stored[0] / w, scene.dvd_stored[1] / h, 1.0])
    truth = (scene.to_canvas @ stored @ corners)[:2]
    off = np.hypot(*(fit - truth)).max()
    return f"{off:.3f} canvas px off at the worst corner; canvas {layout.canvas}"


def bands(scene: Scene, project: Project) -> str:
    """PSNR of the composite's bands against the true picture."""
    layout = readers.layouts(project)[0]
    errors, inside = [], []
    clip = stages.composite(project)
    pairs = readers.timeline(project).pairs
    for n in _some(len(pairs)):
        got = np.asarray(clip.get_frame(n)[0]).astype(np.float64) / 256
        truth = scene_files.luma(scene.master(_master(scene, pairs[n].wide)), "709")
        for band in layout.bands():
            part = (slice(band.y, band.bottom), slice(band.x, band.right))
            errors.append(np.square(got[part] - truth[part]).mean())
        wide = layout.wide
        part = (slice(wide.y + 24, wide.bottom - 24), slice(wide.x, wide.right))
        inside.append(np.square(got[part] - truth[part]).mean())
    return f"{_psnr(errors):.2f} dB luma against the truth (inside the wide {_psnr(inside):.2f} dB)"


def masked(scene: Scene, project: Project) -> str:
    """Intersection over union of the foreground mask with the true one."""
    clip, pairs = stages.masks(project).foreground, readers.timeline(project).pairs
    scores = []
    for n in _some(len(pairs)):
        got = np.asarray(clip.get_frame(n)[0]) > 127
        truth = scene.mask(_master(scene, pairs[n].wide)) > 0
        scores.append(int((got & truth).sum()) / max(1, int((got | truth).sum())))
    return f"IoU {np.mean(scores):.3f}, worst {np.min(scores):.3f}"


def tracked(scene: Scene, project: Project) -> str:
    """How far the tracked face's middle is from where it truly is."""
    data = json.loads((project.work / "track.json").read_text(encoding="utf-8"))
    face = data["regions"].get("face")
    if not face or not face["frames"]:
        return "not tracked"
    pairs = readers.timeline(project).pairs
    key = _master(scene, pairs[face["keys"][0]].wide)
    x, y, w, h = cv2.boundingRect(scene.face_mask(key))
    middle = np.array([x + w / 2, y + h / 2, 1.0])
    off = []
    for entry in face["frames"]:
        m = _master(scene, pairs[entry["frame"]].wide)
        got, truth = np.array(entry["matrix"]) @ middle, scene.face_matrix(m, key=key) @ middle
        off.append(np.hypot(*(got[:2] / got[2] - truth[:2])))
    rms = float(np.sqrt(np.mean(np.square(off))))
    return f"{rms:.2f} canvas px RMS off over {len(off)} frames, worst {max(off):.2f}"


def generated(project: Project) -> str:
    """What background.json says of the one generation."""
    data = json.loads((project.work / "background.json").read_text(encoding="utf-8"))
    keys = data["keys"]
    changed = sum(k["changed_outside_mask"] for k in keys)
    subject = sum(k["subject_pixels_in_mask"] for k in keys)
    times = [k["generations"] for k in keys]
    return (
        f"{times} time(s) for {len(keys)} key frame(s), {changed} px changed outside the mask, "
        f"{subject} px of the subject inside it"
    )


def _master(scene: Scene, wide: int) -> int:
    m = scene.wide_master[wide]
    return 0 if m is None else m


def _some(length: int) -> Array:
    return np.unique(np.linspace(0, length - 1, min(SAMPLES, length)).astype(int))


def _psnr(errors: list[float]) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, float(np.mean(errors)))))
