"""The table of segmenters, and the one that a project asked for.

A new segmenter is one file in this folder, one line in `SEGMENTERS`, and its name in
`vsmeme.config.SegmenterName`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ....errors import UsageError
from ....networks.manifest import find_file, read_manifest
from ....settings.setting_values import SegmenterName
from ....settings.subject_settings import SegmentSetting
from ..small_networks.people_networks import open_networks
from .base import Segmenter
from .mixed import Mixed
from .painted import Painted
from .people import People
from .person import PersonNetwork
from .sam import Sam
from .sam2 import Sam2
from .video_memory import Sam2Network

type Factory = Callable[[SegmentSetting, Path, tuple[int, int]], Segmenter]
"""Opens a segmenter from `[segment]`, the project's folder and the canvas's width and height."""


def choose_segmenter(settings: SegmentSetting, folder: Path, canvas: tuple[int, int]) -> Segmenter:
    """Open the segmenter that `[segment]` names.

    Args:
        settings: `[segment]`.
        folder: The folder that a relative path of a model counts from.
        canvas: Width and height, canvas px.

    Raises:
        UsageError: It needs a setting that is not there.
        MissingError: Its package or its model is missing.
    """
    return SEGMENTERS[settings.backend](settings, folder, canvas)


def _auto(settings: SegmentSetting, folder: Path, canvas: tuple[int, int]) -> Segmenter:
    networks = open_networks()
    plain = Mixed(Painted(canvas), required=False)
    return plain if networks is None else People(networks, plain)


def _mixed(settings: SegmentSetting, folder: Path, canvas: tuple[int, int]) -> Segmenter:
    return Mixed(Painted(canvas), required=settings.backend == "painted")


def _sam(settings: SegmentSetting, folder: Path, canvas: tuple[int, int]) -> Segmenter:
    return Sam(_model(settings.model or "sam-vit-b", folder))


def _sam2(settings: SegmentSetting, folder: Path, canvas: tuple[int, int]) -> Segmenter:
    network = Sam2Network(_model(settings.model or "sam2.1-large", folder))
    return Sam2(network, _auto(settings, folder, canvas))


def _person(settings: SegmentSetting, folder: Path, canvas: tuple[int, int]) -> Segmenter:
    if not settings.model:
        raise UsageError('segment.model: backend "person" needs the path of an ONNX network')
    return PersonNetwork(_model(settings.model, folder))


def _model(name: str, folder: Path) -> Path:
    """A name of the manifest, or a path that counts from the project's folder."""
    return find_file(name) if name in read_manifest() else folder / name


SEGMENTERS: dict[SegmenterName, Factory] = {
    "auto": _auto,
    "grabcut": _mixed,
    "painted": _mixed,
    "sam": _sam,
    "sam2": _sam2,
    "person": _person,
}
