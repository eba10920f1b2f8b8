"""Follow the regions of a project."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import vapoursynth as vs
from tqdm import tqdm

from .. import readers, stages
from ..artifact import atomic_path, json_sha256, write_json
from ..memory import forget_frames
from ..networks.prepare.one_model import one_model
from ..pixels.rect import Rect
from ..progress import bar, log
from ..project import Project
from ..subject.prepare.face_picture import (
    Picture,
    read_picture,
    turned_left_to_right,
    write_picture,
)
from ..subject.prepare.face_placement import find_face
from ..subject.prepare.follow_regions import ShotTrack, join_tracks, measure_shot_track
from ..subject.prepare.shot_cutouts import cut_out
from ..subject.track import Region, Track
from ..subject.track_table import read_track

VERSION = 2  # raised when shots would be followed otherwise
DETAIL = "restore/face.mkv"


class TrackRun:
    """A project's regions in the making: each shot is followed by itself and kept.

    Args:
        project: Its match and segment steps are fresh.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self.frames = len(readers.timeline(project))
        self.shots = readers.shots(project).cut(self.frames).shots
        self._keys = readers.mask_record(project).key_frames
        stamp = project.stamp("track")
        settings = {k: v for k, v in stamp["settings"].items() if k.startswith("face")}
        self._stamp = json_sha256([VERSION, stamp["media"], settings, stamp["artifacts"]])

    @cached_property
    def clip(self) -> vs.VideoNode:
        """The composite, opened when the first shot is to be followed."""
        return stages.composite(self._project, bands="fast")

    @cached_property
    def _masks(self) -> dict[str, vs.VideoNode]:
        return stages.masks(self._project)._asdict()

    @cached_property
    def picture(self) -> Picture | None:
        """The face picture, if it is to be laid on."""
        return chosen_picture(self._project)

    def path(self, index: int) -> Path:
        """Return the file of a shot."""
        return self._project.work / "cache" / "track" / f"{index}.json"

    def load(self, index: int) -> dict[str, ShotTrack] | None:
        """Read a shot that was followed before; `None` where none that still holds was."""
        try:
            data = json.loads(self.path(index).read_text(encoding="utf-8"))
            if data["stamp"] != self._mark(index):
                return None
            return {name: ShotTrack.from_json(entry) for name, entry in data["regions"].items()}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def follow(self, index: int) -> dict[str, ShotTrack]:
        """Return the regions of a shot; they are followed where that was not done yet."""
        known = self.load(index)
        if known is not None:
            return known
        made = measure_shot_track(
            self.clip, self._masks, self.shots[index], self._keys,
            picture=self.picture, wanted=self._project.config.face.placements,
        )  # fmt: skip
        data = {name: track.to_json() for name, track in made.items()}
        with atomic_path(self.path(index)) as part:
            text = json.dumps({"stamp": self._mark(index), "regions": data})
            part.write_text(text, encoding="utf-8")
        forget_frames()
        return made

    def regions(self) -> dict[str, Region]:
        """Return the regions of the film."""
        progress: tqdm[int] = bar(label="track", total=self.frames)
        tracks = []
        with progress:
            for index, shot in enumerate(self.shots):
                tracks.append(self.follow(index))
                progress.update(len(shot))
        return join_tracks(tracks)

    def _mark(self, index: int) -> str:
        shot = self.shots[index]
        return f"{self._stamp} {shot.first} {shot.last}"


def chosen_picture(project: Project) -> Picture | None:
    """Read the face picture as it is to be laid on; `None` where none is."""
    config = project.config
    if config.sources.face is None or not config.face.enable:
        return None
    picture = read_picture(config.sources.face)
    return turned_left_to_right(picture) if config.face.mirror else picture


def untracked_shots(project: Project) -> dict[str, int]:
    """Name the shots that are not followed yet, each with its number of frames."""
    run = TrackRun(project)
    return {str(i): len(shot) for i, shot in enumerate(run.shots) if run.load(i) is None}


def track_shot(run: TrackRun, name: str) -> list[Path]:
    """Follow the regions of a shot; returns the file."""
    run.follow(int(name))
    return [run.path(int(name))]


def run_track(project: Project) -> None:
    """Write ``track.json``, and the prepared face picture where there is one.

    Args:
        project: The project; its match and segment steps are fresh.
    """
    for need in ("match", "segment"):
        project.require(need)
    config = project.config
    run = TrackRun(project)
    files: dict[str, str] = {}
    if config.sources.face is None:
        log.warning("no face picture in [sources]: the face stays as it is")
    elif run.picture is not None:
        files = write_picture(run.picture, project.work / "face")
    regions = run.regions()
    for name, table in (("face", config.track.face), ("foreground", config.track.foreground)):
        if table:
            regions[name] = read_track(table, regions[name], frames=run.frames)
    detail = None
    if config.foreground.restore > 0 and regions["face"].poses:
        regions["face"], detail = _restore(project, run.clip, regions["face"])
    made = Track(regions=regions, picture=files, detail=detail).to_json()
    write_json(project.work / "track.json", {**made, "made_from": project.stamp("track")})


def _restore(project: Project, clip: vs.VideoNode, face: Region) -> tuple[Region, str]:
    """Write the face's restored detail; return the region with its place, and the file's name."""
    from ..subject.prepare.restoration_network import load_restorer
    from ..subject.prepare.restore_face import write_detail

    name = project.config.foreground.restore_model
    if (project.folder / name).is_file():  # paths count from the meme.toml
        name = str(project.folder / name)
    with one_model(name, lambda: load_restorer(name)) as restorer:
        placed = _aligned(project, clip, face, restorer.size)
        write_detail(clip, placed, restorer, project.work / DETAIL)
    return placed, DETAIL


def _aligned(project: Project, clip: vs.VideoNode, face: Region, size: int) -> Region:
    """Find the landmarks of each key frame, where the network's picture is laid."""
    from ..subject.prepare.restore_face import aligned

    mask = stages.masks(project).face
    canvas = Rect(x=0, y=0, w=clip.width, h=clip.height)
    found = []
    for key in face.keys:
        with clip.get_frame(key) as frame, mask.get_frame(key) as shape:
            planes = [np.asarray(frame[i]) for i in range(3)]
            points = find_face(cut_out(planes, np.asarray(shape[0]), canvas))
        if points is None:
            log.warning("frame %d: no landmarks found, nothing is restored from it", key)
        else:
            found.append(aligned(points, key, size))
    return replace(face, restored=tuple(found))
