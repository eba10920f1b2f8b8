"""The manifest of models: what there is, where it comes from, where it lies."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from ..artifact import FilePath
from ..errors import MissingError, UsageError, wrong
from ..host import checkout
from .model import Model

SMALL_BYTES = 5_000_000  # what may be fetched without being asked for
WRITABLE = 0o222  # an administrator may write to a folder that nobody should write to


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """Where a file comes from: an installed package that ships it, or an official address.

    Attributes:
        file: File name inside the package, or the address.
        sha256: Hash of that file.
        size: Bytes.
        package: Import name of the package; empty for an address.
        member: The file inside an archive; then hash and size are the member's.
    """

    file: str
    sha256: str = ""
    size: int = 0
    package: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model of the manifest.

    Attributes:
        name: Name to ask for.
        task: "upscale", "segment", "face", "inpaint", "restore".
        file: Its file in the models folder; for a folder model, the folder.
        licence: SPDX name, or a word such as "non-commercial".
        licence_read: Where that was read.
        about: One line for the list.
        sources: What it is made from.
        facts: The fields of `Model` for an upscaler, otherwise free.
        note: A caution that `vsmeme models` prints.
        first_use: Whether it is fetched on first use, without being asked for; at most
            ``SMALL_BYTES``.
    """

    name: str
    task: str
    file: str
    licence: str
    licence_read: str
    about: str
    sources: tuple[ModelSource, ...]
    facts: Mapping[str, Any]
    note: str = ""
    first_use: bool = False

    def __post_init__(self) -> None:
        if self.first_use and sum(source.size for source in self.sources) > SMALL_BYTES:
            raise wrong("Entry", f"{self.name}: first_use", f"{SMALL_BYTES} bytes or less", "more")

    @property
    def path(self) -> Path:
        """Where the file lies, or will."""
        places = [folder / self.file for folder in models_folders()]
        return next((place for place in places if place.exists()), models_folder() / self.file)

    @property
    def converted(self) -> bool:
        """Whether it is made from an installed package's files, without network."""
        return bool(self.sources) and all(source.package for source in self.sources)

    @property
    def command(self) -> str:
        """The command that fetches or makes the file."""
        return f"vsmeme models {'convert' if self.converted else 'fetch'} {self.name}"

    def model(self) -> Model:
        """Return the upscaler's description; what the manifest leaves out is read from the file.

        Raises:
            UsageError: It is for another task, or nothing tells its scale or radius.
            MissingError: The file must be read, and isn't there.
        """
        if self.task != "upscale":
            raise UsageError(f"model {self.name} is for the task {self.task}, not for upscaling")
        facts = {**self.facts, "name": self.name, "path": self.path}
        if {"scale", "radius"} <= facts.keys():
            return Model.from_json(facts)
        self.present()
        from .onnx_facts import read_network

        return Model.from_json({**read_network(self.path, **self.facts).to_json(), **facts})

    def present(self) -> Path:
        """Return the path.

        Raises:
            MissingError: Nothing is there yet; the message names the command that brings it.
        """
        if not self.path.exists():
            how = f"run `{self.command}`" if self.sources else self.note
            raise MissingError(f"model {self.name} is not there yet: {how}")
        return self.path


def models_folders() -> tuple[Path, ...]:
    """Return where models are looked for, in this order.

    Returns:
        The folders of ``$VSMEME_MODELS`` (a list, separated as in ``$PATH``), then the cache.
    """
    chosen = os.environ.get("VSMEME_MODELS", "").split(os.pathsep)
    return (*(Path(folder) for folder in chosen if folder), models_cache())


def models_cache() -> Path:
    """Return the folder where models lie unless told otherwise.

    Returns:
        ``models/`` of the checkout that the package lies in; elsewhere a folder of the user's
        cache, where the platform wants it.
    """
    root = checkout()
    if root:
        return root / "models"
    import platformdirs

    return platformdirs.user_cache_path("vsmeme", appauthor=False) / "models"


def models_folder() -> Path:
    """Return the folder that new models go to: the first that may be written to."""
    *chosen, cache = models_folders()
    return next((folder for folder in chosen if _writable(folder)), cache)


def _writable(folder: Path) -> bool:
    """Whether files may be put there; a folder that is not there yet is made."""
    if not folder.exists():
        return True
    return os.access(folder, os.W_OK) and bool(folder.stat().st_mode & WRITABLE)


@cache
def read_manifest(path: Path | None = None) -> Mapping[str, Entry]:
    """Read ``manifest.toml``.

    Args:
        path: Another manifest than the package's own.

    Returns:
        The entries by name.

    Raises:
        UsageError: The file is no manifest.
    """
    where = path or Path(__file__).with_name("manifest.toml")
    try:
        data = tomllib.loads(where.read_text("utf-8"))
        return {name: _entry(name, dict(body)) for name, body in data.items()}
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UsageError(f"{where} is no manifest of models: {error}") from None


def _entry(name: str, body: dict[str, Any]) -> Entry:
    sources = tuple(ModelSource(**source) for source in body.pop("sources", ()))
    plain = {field.name for field in fields(Entry)} - {"name", "sources", "facts"}
    known = {key: body.pop(key) for key in plain & body.keys()}
    return Entry(name=name, sources=sources, facts=body, **known)


def find_model(name: FilePath) -> Model:
    """Find an upscaler by its name in the manifest, or by the path of an ONNX file.

    Args:
        name: "span", or "path/to/file.onnx"; of such a file the scale, the range and the receptive
            radius are read from the file.

    Returns:
        The description; its file exists.

    Raises:
        MissingError: The file isn't there; the message names the command that brings it.
        UsageError: No model is called so.
    """
    path = Path(name)
    entry = read_manifest().get(str(name))
    if entry is not None:
        entry.present()
        return entry.model()
    if path.suffix.lower() != ".onnx":
        known = sorted(key for key, value in read_manifest().items() if value.task == "upscale")
        raise wrong("find_model", "name", f"an .onnx file or one of {', '.join(known)}", name)
    if not path.is_file():
        raise MissingError(f"there is no model at {path}")
    from .onnx_facts import read_network

    return read_network(path)


def find_file(name: str) -> Path:
    """Return the file or folder of a model of any task, such as "sam-vit-b" or "lama".

    Args:
        name: Its name in the manifest.

    Raises:
        MissingError: It isn't there yet; the message names the command that brings it.
        UsageError: No model is called so.
    """
    entry = read_manifest().get(name)
    if entry is None:
        raise wrong("find_file", "name", f"one of {', '.join(sorted(read_manifest()))}", name)
    return entry.present()
