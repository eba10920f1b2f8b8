"""Follow the regions of a project."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import vapoursynth as vs

from .. import readers, stages
from ..artifact import write_json
from ..networks.prepare.one_model import one_model
from ..pixels.rect import Rect
from ..progress import log
from ..project import Project
from ..subject.prepare.face_picture import read_picture, turned_left_to_right, write_picture
from ..subject.prepare.face_placement import find_face
from ..subject.prepare.follow_regions import measure_track
from ..subject.prepare.shot_cutouts import cut_out
from ..subject.track import Region, Track
from ..subject.track_table import read_track

DETAIL = "restore/face.mkv"


def run_track(project: Project) -> None:
    """Write ``track.json``, and the prepared face picture where there is one.

    Args:
        project: The project; its match and segment steps are fresh.
    """
    for need in ("match", "segment"):
        project.artifact(need)
    config = project.config
    picture = None
    files: dict[str, str] = {}
    if config.sources.face is None:
        log.warning("no face picture in [sources]: the face stays as it is")
    elif config.face.enable:
        picture = read_picture(config.sources.face)
        picture = turned_left_to_right(picture) if config.face.mirror else picture
        files = write_picture(picture, project.work / "face")
    clip = stages.composite(project, bands="fast")
    regions = measure_track(
        clip,
        stages.masks(project)._asdict(),
        readers.shots(project),
        readers.mask_record(project).key_frames,
        picture=picture,
        wanted=config.face.placements,
    )
    for name, table in (("face", config.track.face), ("foreground", config.track.foreground)):
        if table:
            frames = len(readers.timeline(project))
            regions[name] = read_track(table, regions[name], frames=frames)
    detail = None
    if config.foreground.restore > 0 and regions["face"].poses:
        regions["face"], detail = _restore(project, clip, regions["face"])
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
