"""``vsmeme track``: where the face and the foreground are in every frame.

Shot by shot, one pass over the masks finds how large the regions are; one over the film collects
small cut-outs around them; the shot is then followed from its key frame.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import vapoursynth as vs

from ...arrays.images import Doubles
from ...masks.prepare.small_networks.people_networks import open_networks
from ...pixels.matrix import Matrix33, compose, invert, scaling
from ...pixels.rect import Rect, union
from ...progress import log
from ...settings.subject_settings import FacePlacement as Wanted
from ...sync.frame_runs import frame_runs, runs_text
from ...sync.shots import Shot, Shots
from ..track import Placement, Pose, Region, Tone
from .face_picture import Crop, Picture
from .face_placement import find_face, place_face
from .head_turn import HeadTurns, measure_turns
from .region_path import RegionPath, measure_path
from .region_sight import Sight
from .shot_cutouts import Gathered, measure_sizes, read_shot
from .skin_tone import measure_tone

EXTENT_PX = 40  # more than the widest feather reaches
VIEWS = 8  # frames of a shot that the tone is measured on
VIEW_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotTrack:
    """A region in one shot.

    Attributes:
        region: Its key frame, poses, placement and tone; no poses where no mask shows it.
        extent: Canvas px that hold the region's mask in every frame of the shot.
    """

    region: Region
    extent: Rect | None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return replace(self.region, extent=self.extent).to_json()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned."""
        region = Region.from_json(data)
        return cls(region=replace(region, extent=None), extent=region.extent)


def measure_track(
    clip: vs.VideoNode,
    masks: Mapping[str, vs.VideoNode],
    shots: Shots,
    keys: Sequence[int],
    *,
    picture: Picture | None = None,
    wanted: Sequence[Wanted] = (),
    followed: Collection[str] = ("face", "foreground"),
) -> dict[str, Region]:
    """Follow every region through every shot.

    Args:
        clip: YUV444P16, BT.709 limited, ``w x h x n``.
        masks: GRAY8, full range, ``w x h x n``: ``face`` and ``foreground``.
        shots: The film's shots.
        keys: Frames whose masks are known to be right.
        picture: The face picture, to be laid on the face.
        wanted: Where the user wants it, in single shots or in all.
        followed: Regions that get poses; of others only the extent is measured.

    Returns:
        The regions; one that no mask shows has no poses.
    """
    return join_tracks(
        [
            measure_shot_track(
                clip, masks, shot, keys, picture=picture, wanted=wanted, followed=followed
            )
            for shot in shots.cut(clip.num_frames).shots
        ]
    )


def measure_shot_track(
    clip: vs.VideoNode,
    masks: Mapping[str, vs.VideoNode],
    shot: Shot,
    keys: Sequence[int],
    *,
    picture: Picture | None = None,
    wanted: Sequence[Wanted] = (),
    followed: Collection[str] = ("face", "foreground"),
) -> dict[str, ShotTrack]:
    """Follow every region through one shot; the arguments are those of `measure_track`."""
    sizes = measure_sizes(masks, shot)
    starts = {name: sizes[name].start(shot, keys) for name in masks}
    asked = {name: _views(shot, starts[name], name) for name in masks}
    got = read_shot(clip, masks, sizes, shot, asked)
    found = {name: _KeyFace() for name in masks}
    for name, start in starts.items():
        if start is None:
            log.info("frames %d to %d: no %s", shot.first, shot.last, name)
            continue
        if name not in followed:
            continue
        path = _follow(found[name], got[name], shot, start, keys, name)
        if name == "face" and picture and path:
            _lay(found[name], got[name], shot, path, picture, wanted)
    canvas = Rect(x=0, y=0, w=clip.width, h=clip.height)
    return {
        name: ShotTrack(
            region=found[name].region(), extent=sizes[name].extent(canvas, margin=EXTENT_PX)
        )
        for name in masks
    }


def join_tracks(tracks: Sequence[Mapping[str, ShotTrack]]) -> dict[str, Region]:
    """Join what was measured of every shot, in order."""
    joined = {}
    for name in tracks[0]:
        parts = [track[name].region for track in tracks]
        extents = [extent for track in tracks if (extent := track[name].extent)]
        joined[name] = Region(
            keys=tuple(key for part in parts for key in part.keys),
            poses=tuple(pose for part in parts for pose in part.poses),
            placements=tuple(placement for part in parts for placement in part.placements),
            tones=tuple(tone for part in parts for tone in part.tones),
            away=tuple(run for part in parts for run in part.away),
            extent=union(extents) if extents else None,
        )
    return joined


@dataclass(slots=True, kw_only=True)
class _KeyFace:
    """A region of a shot in the making."""

    keys: list[int] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    tones: list[Tone] = field(default_factory=list)
    away: list[int] = field(default_factory=list)

    def region(self) -> Region:
        return Region(
            keys=tuple(self.keys),
            poses=tuple(self.poses),
            placements=tuple(self.placements),
            tones=tuple(self.tones),
            away=frame_runs(self.away),
        )


def _views(shot: Shot, start: int | None, name: str) -> tuple[int, ...]:
    """Frames of which the whole face is kept, for placement and tone."""
    if start is None or name != "face":
        return ()
    step = max(1, len(shot) // VIEWS)
    return (start, *range(shot.first, shot.last + 1, step))


def _follow(
    found: _KeyFace,
    got: Gathered,
    shot: Shot,
    start: int,
    keys: Sequence[int],
    name: str,
) -> RegionPath | None:
    inside = [k - shot.first for k in keys if shot.first <= k <= shot.last]
    marks = _landmarks if name == "face" else None
    path = measure_path(got.sights, inside, start=start - shot.first, landmarks=marks)
    if path is None:
        return None
    turns = _turns(found, got, shot, path.start) if name == "face" else None
    path = _turned(path, turns)
    first = path.start + shot.first
    found.keys.append(first)
    for n, (matrix, confidence) in enumerate(zip(path.poses, path.confidences, strict=True)):
        yaw, pitch = (turns.yaw[n], turns.pitch[n]) if turns else (0.0, 0.0)
        pose = Pose(
            frame=shot.first + n, matrix=_on_canvas(matrix, got.factor),
            confidence=round(confidence, 3), key=first, yaw=round(yaw, 1), pitch=round(pitch, 1),
        )  # fmt: skip
        found.poses.append(pose)
    lost = sum(c < VIEW_CONFIDENCE for c in path.confidences)
    if lost:
        log.info("frames %d to %d: %d doubtful poses", shot.first, shot.last, lost)
    return path


def _turns(found: _KeyFace, got: Gathered, shot: Shot, start: int) -> HeadTurns | None:
    """How the head turns, and the frames in which it is turned away; without networks, nothing."""
    networks = open_networks()
    turns = None if networks is None else measure_turns(got.sights, start, networks)
    found.away += [shot.first + n for n in turns.away] if turns else []
    if found.away:
        where = runs_text(frame_runs(found.away))
        log.info("frames %s: the head is turned away, the face fades out", where)
    return turns


def _turned(path: RegionPath, turns: HeadTurns | None) -> RegionPath:
    """A path along which a flat picture turns with the head."""
    if turns is None:
        return path
    both = zip(path.poses, turns.stretches, strict=True)
    return replace(path, poses=tuple(pose @ stretch for pose, stretch in both))


def _landmarks(sight: Sight) -> Doubles | None:
    """Five points of the face in a sight."""
    gray = np.clip(np.rint(sight.luma), 0, 255).astype(np.uint8)
    mask = np.asarray(sight.mask * 255, np.uint8)
    return find_face(Crop(rgb=np.dstack([gray] * 3), mask=mask, origin=sight.origin))


def _lay(
    found: _KeyFace,
    got: Gathered,
    shot: Shot,
    path: RegionPath,
    picture: Picture,
    wanted: Sequence[Wanted],
) -> None:
    """Place the picture on the shot's key frame and measure its colour there."""
    first = path.start + shot.first
    here = wanted_in(shot, wanted)
    matrix = place_face(picture, got.crops[first], here)
    if here is not None and here.frame is not None:
        moved = _on_canvas(path.poses[here.frame - shot.first], got.factor)
        matrix = compose(invert(moved), matrix)
    found.placements.append(Placement(key=first, matrix=matrix))
    views = []
    for number, crop in got.crops.items():
        n = number - shot.first
        if path.confidences[n] >= VIEW_CONFIDENCE:
            views.append((crop, compose(_on_canvas(path.poses[n], got.factor), matrix)))
    found.tones.append(measure_tone(picture, views, shot.first))


def wanted_in(shot: Shot, wanted: Sequence[Wanted]) -> Wanted | None:
    """Return the placement that the user gives for a shot: its own, else the one for every shot."""
    own = (w for w in wanted if w.frame is not None and shot.first <= w.frame <= shot.last)
    return next(own, next((w for w in wanted if w.frame is None), None))


def _on_canvas(matrix: Doubles, factor: int) -> Matrix33:
    """From samples to canvas px."""
    (a, b, c), (d, e, f), (g, h, i) = ([float(v) for v in row] for row in matrix)
    plain: Matrix33 = ((a, b, c), (d, e, f), (g, h, i))
    return compose(scaling(factor, factor), plain, scaling(1 / factor, 1 / factor))
