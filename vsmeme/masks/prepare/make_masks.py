"""Masks of a film: a key frame per shot is segmented, the rest follows by propagation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs

from ...arrays.images import Image, floats, resized
from ...artifact import file_sha256, write_json
from ...config import Segment
from ...progress import bar, log
from ...sync.shots import Shots
from ..mask_record import MaskKey, MaskRecord
from .canvas_frames import CanvasFrames
from .hints import collect_hints
from .key_frames import Key, log_keys, segment_keys
from .mask_file import MaskWriter
from .picture_edge import Border
from .propagation.edge_refinement import enlarge
from .segmenters.base import Segmenter
from .segmenters.choose import choose_segmenter
from .shot_masks import (
    ShotMasks,
    load_shot,
    propagate_shot,
    save_shot,
    shot_stamp,
)

# Of the segmenter at most, in the mean over a shot; never fewer than 4: a network takes its time,
# looking at the motion again costs no more than a few frames of propagation.
CALLS_PER_SECOND, MOTION_CALLS_PER_SECOND = 1.0, 3.0
LEAST_CALLS = 4


def make_masks(
    clip: vs.VideoNode,
    empty: vs.VideoNode,
    shots: Shots,
    settings: Segment,
    *,
    folder: Path,
    work: Path,
    stamp: Mapping[str, Any],
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

    Returns:
        The contents of `masks.json`.
    """
    frames = CanvasFrames(clip, empty)
    segmenter = choose_segmenter(settings, folder, frames.size)
    keys = find_keys(settings, frames, shots, segmenter)
    done = _carried(frames, shots, keys, segmenter, cache=work / "cache" / "masks", stamp=stamp)
    write_masks(work / "masks", frames, shots, done)
    record = MaskRecord(
        backend=segmenter.name,
        keys=tuple(
            MaskKey(shot=i, frame=k.frame, face=bool(k.face.any()), how=k.how)
            for i, found in enumerate(keys)
            for k in found
        ),
        segmenter_calls=sum(len(found) for found in keys) + sum(m.calls for m in done),
        alarms=tuple(n for m in done for n in m.alarms),
        feather_px=settings.feather,
        mask_sha256={  # other masks make stale what was made from these
            name: file_sha256(work / "masks" / f"{name}.mkv") for name in ("face", "foreground")
        },
    )
    write_json(work / "masks.json", {"made_from": stamp, **record.to_json()})
    return record


def _carried(
    frames: CanvasFrames,
    shots: Shots,
    keys: list[list[Key]],
    segmenter: Segmenter,
    *,
    cache: Path,
    stamp: Mapping[str, Any],
) -> list[ShotMasks]:
    """Carry the keys of every shot to all its frames; what lies in the cache is done."""
    done: list[ShotMasks] = []
    rate = CALLS_PER_SECOND if segmenter.sees else MOTION_CALLS_PER_SECOND
    for index, (shot, found) in enumerate(zip(shots.shots, keys, strict=True)):
        path = cache / f"{index}.npz"
        mark = shot_stamp(stamp, shot, found, segmenter.name)
        masks = load_shot(path, mark)
        if masks is None:
            seconds = len(shot) * frames.fps[1] / frames.fps[0]
            masks = propagate_shot(
                frames,
                shot,
                found,
                segmenter,
                max_calls=max(LEAST_CALLS, round(rate * seconds)),
                label=f"masks of shot {index + 1} of {len(shots)}",
            )
            save_shot(path, mark, masks)
        done.append(masks)
    return done


def find_keys(
    settings: Segment, frames: CanvasFrames, shots: Shots, segmenter: Segmenter
) -> list[list[Key]]:
    """Segment the key frames of all shots."""
    hints = collect_hints(settings.prompts, shots, canvas=frames.size)
    keys = []
    for index, shot in enumerate(bar(shots.shots, label="key frames", unit="shot")):
        found = segment_keys(frames, shot, hints[index], segmenter)
        log_keys(index, shot, found)
        keys.append(found)
    if not any(keys):
        log.warning("no subject found in any shot: give prompts, or run with --pick")
    return keys


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
                border = Border(empty, frames.work_size)
            index = shots.index(n)
            foreground, face = done[index].frame(n - shots.shots[index].first)
            big = finished(foreground, frame, border)
            whole.add(big)
            part.add(np.minimum(finished(face, frame, border), big))


def finished(mask: Image, frame: Image, border: Border) -> Image:
    """A mask at canvas size, its edge on the picture's; the graph feathers it."""
    if not mask.any():
        return np.zeros(frame.shape[:2], np.uint8)
    small = resized(frame, mask.shape[::-1])
    level, small = border.continued(floats(mask) * np.float32(1 / 255), small)
    big = enlarge(level, frame, small=small)
    big[border.empty > 0] = 0
    return big
