"""Masks of a film: a key frame per shot is segmented, the rest follows by propagation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs

from ...arrays.images import Image, floats, resized
from ...artifact import file_sha256, write_json
from ...errors import UsageError
from ...progress import bar, log
from ...settings.subject_settings import SegmentSetting
from ...sync.shots import Shots
from ..mask_record import MaskKey, MaskRecord, MaskShot
from .canvas_frames import CanvasFrames
from .find_subjects import ShotSubject, find_subjects, log_subject
from .hints import collect_hints
from .key_preview import write_doubts
from .mask_file import MaskWriter
from .picture_edge import PictureEdge
from .propagation.edge_refinement import enlarge
from .segmenters.base import Segmenter
from .segmenters.choose import choose_segmenter
from .shot_cache import ShotMasks, load_shot, save_shot, shot_stamp
from .shot_masks import carry_shot

# Of the segmenter at most, in the mean over a shot: a network takes its time, looking at the motion
# again costs no more than a few frames of propagation.
CALLS_PER_SECOND, MOTION_CALLS_PER_SECOND = 1.0, 3.0


def make_masks(
    clip: vs.VideoNode,
    empty: vs.VideoNode,
    shots: Shots,
    settings: SegmentSetting,
    *,
    folder: Path,
    work: Path,
    stamp: Mapping[str, Any],
    reference: Path | None = None,
) -> MaskRecord:
    """Write the masks of a clip.

    Args:
        clip: YUV444P16, BT.709 limited, canvas size, one frame per pair.
        empty: What no source reaches, GRAY8 full range, of the same size: no subject is there.
        shots: Its shots.
        settings: `[segment]`.
        folder: What a relative path of a model counts from.
        work: Folder of the artifacts.
        stamp: What the artifact is made from.
        reference: The reference still, which says who the subject is.

    Returns:
        The contents of `masks.json`.
    """
    frames = CanvasFrames(clip, empty)
    segmenter = choose_segmenter(settings, folder, frames.size)
    subjects = find_keys(settings, frames, shots, segmenter, reference=reference)
    keep = work / "cache" / "masks"
    done = _carried(frames, shots, subjects, segmenter, cache=keep, stamp=stamp)
    write_doubts(work / "preview", frames, subjects)
    write_masks(work / "masks", frames, shots, done)
    record = MaskRecord(
        backend=segmenter.name,
        keys=tuple(
            MaskKey(shot=i, frame=k.frame, face=bool(k.face.any()), how=k.how)
            for i, subject in enumerate(subjects)
            for k in subject.keys
        ),
        segmenter_calls=sum(len(s.keys) for s in subjects) + sum(m.calls for m in done),
        alarms=tuple(n for m in done for n in m.alarms),
        feather_px=settings.feather,
        mask_sha256={  # other masks make stale what was made from these
            name: file_sha256(work / "masks" / f"{name}.mkv") for name in ("face", "foreground")
        },
    )
    write_json(work / "masks.json", {"made_from": stamp, **record.to_json()})
    return record


def _told(index: int, subject: ShotSubject, scale: float) -> MaskShot:
    """Who was found in a shot; `scale` is the working size in canvas px."""
    if subject.doubtful is None:
        return MaskShot(shot=index, verdict=subject.verdict, certainty=subject.certainty)
    number, face = subject.doubtful
    x, y, w, h = (round(value / scale) for value in (face.x, face.y, face.w, face.h))
    return MaskShot(
        shot=index, verdict=subject.verdict, certainty=subject.certainty, frame=number,
        face=(x, y, w, h),
    )  # fmt: skip


def _carried(
    frames: CanvasFrames,
    shots: Shots,
    subjects: Sequence[ShotSubject],
    segmenter: Segmenter,
    *,
    cache: Path,
    stamp: Mapping[str, Any],
) -> list[ShotMasks]:
    """Carry the keys of every shot to all its frames; what lies in the cache is done."""
    done: list[ShotMasks] = []
    rate = CALLS_PER_SECOND if segmenter.sees else MOTION_CALLS_PER_SECOND
    for index, (shot, subject) in enumerate(zip(shots.shots, subjects, strict=True)):
        path = cache / f"{index}.npz"
        mark = shot_stamp(stamp, shot, subject, segmenter.name)
        masks = load_shot(path, mark)
        if masks is None:
            label = f"masks of shot {index + 1} of {len(shots)}"
            masks = carry_shot(frames, shot, subject, segmenter, rate=rate, label=label)
            save_shot(path, mark, masks)
        done.append(masks)
    return done


def find_keys(
    settings: SegmentSetting,
    frames: CanvasFrames,
    shots: Shots,
    segmenter: Segmenter,
    *,
    reference: Path | None = None,
) -> list[ShotSubject]:
    """Find the subject of all shots and segment its key frames.

    Raises:
        UsageError: There is none, and nobody said that the film may be without.
    """
    hints = collect_hints(settings.prompts, shots, canvas=frames.size)
    subjects = find_subjects(frames, shots, hints, segmenter, who=settings.who, reference=reference)
    for index, (shot, subject) in enumerate(zip(shots.shots, subjects, strict=True)):
        log_subject(index, shot, subject)
    if not any(subject.keys for subject in subjects):
        if settings.who != "all" and not any(s.doubtful for s in subjects):
            raise UsageError(
                "no face in any shot: say what the subject is by vsmeme segment --pick, by "
                '[[segment.prompts]] or a painted mask, or take everybody by [segment] who = "all"'
            )
        log.warning("no subject in any shot: all masks are empty")
    return subjects


def write_masks(folder: Path, frames: CanvasFrames, shots: Shots, done: list[ShotMasks]) -> None:
    """Bring all masks to canvas size and write them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        MaskWriter(folder / "foreground.mkv", size=frames.size, fps=frames.fps) as whole,
        MaskWriter(folder / "face.mkv", size=frames.size, fps=frames.fps) as part,
    ):
        pictures = bar(frames.canvas(), total=frames.length, label="writing masks")
        border = None
        for n, (frame, empty) in enumerate(pictures):
            if border is None or not np.array_equal(border.empty, empty):
                border = PictureEdge(empty, frames.work_size)
            index = shots.index(n)
            foreground, face = done[index].frame(n - shots.shots[index].first)
            big = full_size_mask(foreground, frame, border)
            whole.add(big)
            part.add(np.minimum(full_size_mask(face, frame, border), big))


def full_size_mask(mask: Image, frame: Image, border: PictureEdge) -> Image:
    """A mask at canvas size, its edge on the picture's; the graph feathers it."""
    if not mask.any():
        return np.zeros(frame.shape[:2], np.uint8)
    small = resized(frame, mask.shape[::-1])
    level, small = border.continued(floats(mask) * np.float32(1 / 255), small)
    big = enlarge(level, frame, small=small)
    big[border.empty > 0] = 0
    return big
