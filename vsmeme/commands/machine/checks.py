"""What this machine has of all that vsmeme can use: plugins, ffmpeg, backends, networks, room."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from ... import __version__
from ...errors import MissingError
from ...host import free_memory, install_command

State = Literal["ok", "slow", "off", "missing"]
PLUGINS = {
    "akarin": "vapoursynth-akarin",
    "bs": "vapoursynth-bestsource",
    "bwdif": "vapoursynth-bwdif",
    "mvu": "vapoursynth-mvutensils",
    "noise": "vsnoise",
    "timecube": "vapoursynth-timecube",
    "vszip": "vapoursynth-vszip",
}
AI = ("torch", "diffusers", "segment-anything", "spandrel")
LEAST_MEMORY, LEAST_DISK = 4e9, 10e9  # a 4K film's graph takes 3 GB, its artifacts grow by shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: Heading under which it is shown.
        name: What it is.
        state: "ok"; "slow": works, but something faster exists; "off": an extra that is not there;
            "missing": the base does not work without it.
        text: What was found, and what to do where something lacks.
    """

    topic: str
    name: str
    state: State
    text: str


def examine(folder: Path) -> Iterator[Finding]:
    """Yield what there is, base first.

    Args:
        folder: Where projects would lie: its disk is looked at.
    """
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    yield Finding(topic="base", name="vsmeme", state="ok", text=f"{__version__}, {system}")
    yield from _plugins()
    yield _vspipe()
    yield from _ffmpeg()
    yield from _backends()
    yield from _networks()
    yield _ai()
    yield from _room(folder)


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _plugins() -> Iterator[Finding]:
    import vapoursynth as vs

    release = vs.core.core_version.release_major
    yield Finding(topic="base", name="vapoursynth", state="ok", text=f"R{release}")
    for namespace, package in PLUGINS.items():
        loaded, known = hasattr(vs.core, namespace), _installed(package)
        text = f"{package} {known or 'of your own'}"
        if not loaded:
            what = "does not load" if known else "is not installed"
            text = f"{package} {what}; run: {install_command()}"
        state: State = "ok" if loaded else "missing"
        yield Finding(topic="base", name=namespace, state=state, text=text)


def _vspipe() -> Finding:
    beside = Path(sys.executable).with_name("vspipe.exe" if os.name == "nt" else "vspipe")
    path = shutil.which("vspipe") or (str(beside) if beside.is_file() else None)
    if path is None:
        text = "not found; it comes with vapoursynth: pipes and previewers need it"
        return Finding(topic="base", name="vspipe", state="off", text=text)
    note = "" if shutil.which("vspipe") else ", which is not on the path"
    return Finding(topic="base", name="vspipe", state="ok", text=f"{path}{note}")


def _ffmpeg() -> Iterator[Finding]:
    from ...deliver.export.formats.choose import FORMATS
    from ...ffmpeg import encoders, find_ffmpeg

    try:
        path = find_ffmpeg()
        known = encoders()
    except MissingError as error:
        yield Finding(topic="base", name="ffmpeg", state="missing", text=str(error))
        return
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stdout
    release = " ".join(said.split()[:3])
    yield Finding(topic="base", name="ffmpeg", state="ok", text=f"{path} ({release})")
    lacking = [name for name, kind in FORMATS.items() if kind.encoder not in known]
    state: State = "missing" if "x264" in lacking else "off" if lacking else "ok"
    text = f"without {', '.join(lacking)}" if lacking else ", ".join(FORMATS)
    yield Finding(topic="base", name="encoders", state=state, text=text)


def _backends() -> Iterator[Finding]:
    from ...networks.backend import BACKENDS, trouble

    faults = {name: trouble(backend) for name, backend in BACKENDS.items()}
    works = [name for name, fault in faults.items() if fault is None]
    for name, fault in faults.items():
        state: State = "ok" if fault is None else "off"
        if fault is None:
            on_cpu = BACKENDS[name].device == "CPU"
            state = "slow" if on_cpu and name == works[0] else "ok"
            note = "; a graphics card would be faster" if state == "slow" else ""
            text = f"works{', used' if name == works[0] else ''}{note}"
        else:
            text = fault
        yield Finding(topic="networks run on", name=name, state=state, text=text)
    if not works:
        text = f"no backend works; run: {install_command()}"
        yield Finding(topic="networks run on", name="nothing", state="missing", text=text)


def _networks() -> Iterator[Finding]:
    from ...networks.manifest import models_folder, read_manifest
    from ...networks.prepare.convert_models import convertible

    entries = read_manifest().values()
    here = [entry.name for entry in entries if entry.path.exists()]
    made = [name for name in convertible() if name not in here]
    text = f"{models_folder()}: {', '.join(here) or 'none yet'}"
    yield Finding(topic="networks", name="here", state="ok", text=text)
    if made:
        yield Finding(topic="networks", name="made at need", state="ok", text=", ".join(made))
    lacking = [entry for entry in entries if entry.first_use and entry.name not in here]
    if lacking:
        size = sum(source.size for entry in lacking for source in entry.sources) / 1e6
        text = (
            f"{', '.join(entry.name for entry in lacking)}: {size:.1f} MB, fetched when subjects "
            "are first looked for; without network: vsmeme models fetch, elsewhere"
        )
        yield Finding(topic="networks", name="first use", state="off", text=text)


def _ai() -> Finding:
    versions = {name: _installed(name) for name in AI}
    lacking = [name for name, known in versions.items() if known is None]
    if lacking:
        text = f"without {', '.join(lacking)}; run: {install_command('ai')}"
        return Finding(topic="extras", name="ai", state="off", text=text)
    text = ", ".join(f"{name} {known}" for name, known in versions.items())
    return Finding(topic="extras", name="ai", state="ok", text=text)


def _room(folder: Path) -> Iterator[Finding]:
    memory = free_memory()
    tight = memory < LEAST_MEMORY
    text = f"{memory / 1e9:.1f} GB free{'; 4K films want 4 GB' if tight else ''}"
    yield Finding(topic="room", name="memory", state="slow" if tight else "ok", text=text)
    disk = shutil.disk_usage(folder).free
    tight = disk < LEAST_DISK
    text = f"{disk / 1e9:.1f} GB free at {folder}{'; long films want more' if tight else ''}"
    yield Finding(topic="room", name="disk", state="slow" if tight else "ok", text=text)
