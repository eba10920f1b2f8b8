"""The cuts as an OpenTimelineIO file: a track of the wide, and one of the DVD.

The format is JSON with a schema's name in every object (opentimelineio.readthedocs.io, file format
specification); the DVD's clips bear a time warp where its frames repeat or are left out.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from .takes import FilmReel, Take, TakeList


def otio(takes: TakeList) -> str:
    """Return the time line as text.

    Args:
        takes: The cuts of a project.
    """
    wide = [_clip(take, takes.wide, *take.wide) for take in takes.takes]
    dvd = [_dvd_item(take, takes) for take in takes.takes]
    stack = _item(
        "Stack.1", "tracks", children=[_track("wide", wide), _track("dvd", dvd)], source_range=None
    )
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": takes.name,
        "metadata": {},
        "global_start_time": _time(0, takes.fps),
        "tracks": stack,
    }
    return json.dumps(timeline, indent=1, ensure_ascii=False)


def _track(name: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    return _item("Track.1", name, children=children, kind="Video", source_range=None)


def _dvd_item(take: Take, takes: TakeList) -> dict[str, Any]:
    """A clip of the DVD, or a gap where it is absent."""
    if not take.dvd:
        return _item("Gap.1", "", source_range=_range(0, len(take), takes.fps))
    first, last = take.dvd[0][0], take.dvd[-1][1]
    clip = _clip(take, takes.dvd, first, last)
    scalar = float((last - first + 1) / takes.dvd.fps / (len(take) / takes.fps))
    if abs(scalar - 1) > 1e-9:
        clip["source_range"] = _range(first, len(take), takes.fps)
        clip["effects"] = [
            {
                "OTIO_SCHEMA": "LinearTimeWarp.1",
                "name": "",
                "effect_name": "LinearTimeWarp",
                "time_scalar": scalar,
                "metadata": {},
            }
        ]
    return clip


def _clip(take: Take, reel: FilmReel, first: int, last: int) -> dict[str, Any]:
    reference: dict[str, Any] = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": reel.path.name,
        "target_url": reel.path.as_uri(),
        "available_range": None,
        "available_image_bounds": None,
        "metadata": {},
    }
    layout = take.layout
    placement = {
        "shot": take.shot,
        "canvas": list(layout.canvas),
        "wide": layout.wide.as_list(),
        "dvd": layout.dvd.as_list() if take.dvd else None,
        "dvd_frames": [list(run) for run in take.dvd],
    }
    return _item(
        "Clip.2",
        f"shot {take.shot}",
        source_range=_range(first, last - first + 1, reel.fps),
        media_references={"DEFAULT_MEDIA": reference},
        active_media_reference_key="DEFAULT_MEDIA",
        metadata={"vsmeme": placement},
    )


def _item(schema: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    usual = {"metadata": {}, "effects": [], "markers": [], "enabled": True}
    return {"OTIO_SCHEMA": schema, "name": name, **usual, **more}


def _range(first: int, count: int, fps: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(first, fps),
        "duration": _time(count, fps),
    }


def _time(value: int, fps: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(value), "rate": float(fps)}
