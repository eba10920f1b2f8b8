"""Masks of a film: a key frame per shot is segmented, the rest follows by propagation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...artifact import file_sha256, write_json
from ...errors import UsageError
from ...progress import log
from ...settings.subject_settings import SegmentSetting
from ...sync.shots import Shots
from ..mask_record import MaskRecord
from .canvas_frames import CanvasFrames
from .find_subjects import ShotSubject, find_subjects
from .hints import collect_hints
from .key_preview import write_doubts
from .mask_file import join_masks
from .mask_run import REGIONS, MaskRun
from .segmenters.base import Segmenter
from .shot_record import ShotRecord, log_subject


def make_masks(run: MaskRun, *, work: Path, stamp: Mapping[str, Any]) -> MaskRecord:
    """Write the masks of a film; shots that were made before are taken as they are.

    Args:
        run: The film.
        work: Folder of the artifacts.
        stamp: What the artifact is made from.

    Returns:
        The contents of `masks.json`.

    Raises:
        UsageError: No shot shows the subject, and nobody said that the film may be without.
    """
    records = [run.make(index, way) for index, way in enumerate(run.ways)]
    doubts = [record.doubt() for record in records]
    _require_subject(
        run.settings,
        keys=any(record.keys for record in records),
        doubts=any(doubt.doubtful for doubt in doubts),
    )
    write_doubts(work / "preview", run.frames, doubts)
    for region in REGIONS:
        pieces = [run.piece(index, region) for index in range(len(records))]
        join_masks(pieces, work / "masks" / f"{region}.mkv", fps=run.frames.fps)
    record = _record(run, records, work)
    write_json(work / "masks.json", {"made_from": stamp, **record.to_json()})
    return record


def _record(run: MaskRun, records: Sequence[ShotRecord], work: Path) -> MaskRecord:
    return MaskRecord(
        backend=run.segmenter.name,
        keys=tuple(key for record in records for key in record.keys),
        segmenter_calls=sum(len(record.keys) + record.calls for record in records),
        alarms=tuple(n for record in records for n in record.alarms),
        feather_px=run.settings.feather,
        mask_sha256={  # other masks make stale what was made from these
            name: file_sha256(work / "masks" / f"{name}.mkv") for name in sorted(REGIONS)
        },
        shots=tuple(record.found for record in records),
    )


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
    doubts = any(subject.doubtful for subject in subjects)
    _require_subject(settings, keys=any(subject.keys for subject in subjects), doubts=doubts)
    return subjects


def _require_subject(settings: SegmentSetting, *, keys: bool, doubts: bool) -> None:
    """Refuse a film without a subject unless somebody asked for everybody, or may be it."""
    if keys:
        return
    if settings.who != "all" and not doubts:
        raise UsageError(
            "no face in any shot: say what the subject is by vsmeme segment --pick, by "
            '[[segment.prompts]] or a painted mask, or take everybody by [segment] who = "all"'
        )
    log.warning("no subject in any shot: all masks are empty")
