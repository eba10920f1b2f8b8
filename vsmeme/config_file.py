"""``meme.toml`` read into `Config`; a typo is an error, and every error is one line."""

from __future__ import annotations

import json
import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from .config import Config
from .errors import UsageError
from .settings.source_settings import SourceSetting
from .source.media.medium import Medium, disc_kind, find_medium

_CONFIG = TypeAdapter(Config)
_MEMBERS = {"int", "str", "float"}
_BACKSLASH = re.compile(r'"[^"\n]*\\[^"\n]*"')
BACKSLASHES = r"write Windows paths in single quotes, 'C:\films\wide.mkv', or with slashes"
_WEIGHTS = (".onnx", ".pth", ".pt", ".ckpt", ".safetensors", ".bin", ".param", ".tflite")
_MODELS = (
    ("upscale", "model"),
    ("segment", "model"),
    ("inpaint", "model"),
    ("foreground", "restore_model"),
)


def load_config(path: Path, *, set_: str = "") -> Config:
    """Read a ``meme.toml``.

    Args:
        path: The file, or the folder that holds it; paths inside are relative to its folder, ``~``
            is the home folder, and they come back absolute.
        set_: Overrides for a quick look, such as ``foreground.colour=#00ff88;finish.grain=0``.

    Returns:
        The checked configuration.

    Raises:
        UsageError: Missing or broken file, unknown key, wrong type, missing source: one line that
            names file, key, what is accepted and what came.
    """
    path = project_file(path)
    data = _read(path)
    for item in filter(None, (part.strip() for part in set_.split(";"))):
        _override(data, item)
    _absolute(data, path.resolve().parent)
    try:
        config = _CONFIG.validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        raise UsageError(f"{path}: {_first_error(error)}") from None
    _check_files(path, config)
    return config


def project_file(path: Path) -> Path:
    """Return the ``meme.toml`` that is meant: the file itself, or the one in a folder.

    Raises:
        UsageError: The folder is that of a disc.
    """
    if not path.is_dir():
        return path
    disc = disc_kind(path)
    if disc and not (path / "meme.toml").exists():
        key = "dvd" if disc[0] == "dvd" else "wide"
        raise UsageError(
            f"{path}: a disc, not a project; write a meme.toml that names it, [sources] {key} = "
            f"'{path}', beside the other release"
        )
    return path / "meme.toml"


def _read(path: Path) -> dict[str, Any]:
    """Read TOML, with a byte-order mark or without."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such meme.toml; give its path as the argument") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}; save it as UTF-8") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = f"; {BACKSLASHES}" if _BACKSLASH.search(text) else ""
        raise UsageError(f"{path}: not valid TOML: {error}{hint}") from None


def _override(data: dict[str, Any], item: str) -> None:
    name, equals, text = item.partition("=")
    table, dot, key = name.strip().partition(".")
    if not (equals and dot and key):
        raise UsageError(f'set: expected "section.key=value;…", got "{item}"')
    try:
        value = tomllib.loads(f"v = {text.strip()}")["v"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    section_data = data.setdefault(table, {})
    if not isinstance(section_data, dict):
        raise UsageError(f"set: {table} is not a section")
    section_data[key] = value


def _absolute(data: dict[str, Any], folder: Path) -> None:
    sources = data.get("sources")
    if isinstance(sources, dict):
        for key in ("wide", "dvd", "aligned", "reference", "face"):
            value = sources.get(key)
            if isinstance(value, str):
                sources[key] = _located(folder, value)
            elif isinstance(value, list) and key in ("wide", "dvd"):
                sources[key] = [_located(folder, v) if isinstance(v, str) else v for v in value]
    segment = data.get("segment")
    who = segment.get("who") if isinstance(segment, dict) else None
    if isinstance(segment, dict) and isinstance(who, str) and who != "all":
        segment["who"] = _located(folder, who)
    prompts = segment.get("prompts") if isinstance(segment, dict) else None
    for prompt in prompts if isinstance(prompts, list) else []:
        if isinstance(prompt, dict) and isinstance(prompt.get("painted"), str):
            prompt["painted"] = _located(folder, prompt["painted"])
    _absolute_tables(data, folder)
    for name, key in _MODELS:
        table = data.get(name)
        model = table.get(key) if isinstance(table, dict) else None
        if isinstance(table, dict) and isinstance(model, str) and _is_file(folder, model):
            table[key] = _located(folder, model)


def _absolute_tables(data: dict[str, Any], folder: Path) -> None:
    """Painted plates and tracks."""
    for name, keys in (("background", ("plate",)), ("track", ("face", "foreground"))):
        table = data.get(name)
        if not isinstance(table, dict):
            continue
        for key in keys:
            value = table.get(key)
            if isinstance(value, str):
                table[key] = _located(folder, value)
            elif isinstance(value, list):
                table[key] = [_located(folder, v) if isinstance(v, str) else v for v in value]


def _located(folder: Path, text: str) -> str:
    """Return a path as it counts from the folder of the ``meme.toml``; ``~`` is the home folder."""
    try:
        return str(folder / Path(text).expanduser())
    except RuntimeError:  # no such user
        return str(folder / text)


def _is_file(folder: Path, model: str) -> bool:
    """Tell a model's file from the name of one."""
    return (
        model.startswith(("~", "."))
        or model.lower().endswith(_WEIGHTS)
        or ("." in model and (folder / model).exists())
    )


def _first_error(error: ValidationError) -> str:
    errors = error.errors(include_url=False)
    first = errors[0]
    where = _key(first)
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"{where}: unknown key"
    if first["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"{where}: missing"
    if first["type"].startswith("dataclass"):
        return f"{where}: expected a section"
    messages = [e["msg"].removeprefix("Value error, ") for e in errors if _key(e) == where]
    text = " or ".join(m[0].lower() + m[1:] for m in messages)
    got = "" if isinstance(first["input"], dict) else f" (got {json.dumps(first['input'])})"
    return f"{where}: {text}{got}"


def _key(error: ErrorDetails) -> str:
    """Return the dotted key; union members, which pydantic adds to the path, are left out."""
    names = [str(part) for part in error["loc"]]
    return ".".join(n for n in names if re.fullmatch(r"[a-z0-9_]+", n) and n not in _MEMBERS)


def _check_files(path: Path, config: Config) -> None:
    sources = config.sources
    named = {
        "sources.aligned": sources.aligned,
        "sources.reference": sources.reference,
        "sources.face": sources.face,
        "segment.who": None if config.segment.who == "all" else config.segment.who,
        "track.face": config.track.face,
        "track.foreground": config.track.foreground,
    }
    named |= {f"background.plate.{i}": p for i, p in enumerate(config.background.paintings)}
    named |= {f"segment.prompts.{i}": p.painted for i, p in enumerate(config.segment.prompts)}
    for key, file in named.items():
        if file is None:
            continue
        if file.is_dir():
            raise UsageError(f"{path}: {key}: expected a file, got the folder {file}")
        if not file.exists():
            if not str(file).isprintable():
                raise UsageError(f"{path}: {key}: no such file: {str(file)!r}; {BACKSLASHES}")
            raise UsageError(f"{path}: {key}: no such file: {file}")
        if not file.stat().st_size:
            raise UsageError(f"{path}: {key}: empty file: {file}")
    wide, dvd = (_release(path, config, role) for role in ("wide", "dvd"))
    same = wide.files[0].samefile(dvd.files[0]) and len(wide.files) == len(dvd.files)
    if same and (wide.title, wide.stream) == (dvd.title, dvd.stream):
        raise UsageError(
            f"{path}: sources.wide and sources.dvd are the same file ({wide.root}); give the "
            "widescreen release as wide and the open-matte DVD as dvd"
        )


def release(sources: SourceSetting, role: str) -> Medium:
    """Tell what was given as one release.

    Raises:
        UsageError: Nothing is there, it is empty, or it is no release.
    """
    title, stream, rate = (
        getattr(sources, f"{role}_{name}") for name in ("title", "stream", "rate")
    )
    return find_medium(
        getattr(sources, role),
        title=None if title == "auto" else title,
        stream=None if stream == "auto" else stream,
        rate=None if rate == "auto" else Fraction(rate).limit_denominator(1001),
    )


def _release(path: Path, config: Config, role: str) -> Medium:
    try:
        return release(config.sources, role)
    except UsageError as error:
        hint = "" if str(error).isprintable() else f"; {BACKSLASHES}"
        text = str(error).encode("unicode_escape").decode() if hint else str(error)
        raise UsageError(f"{path}: sources.{role}: {text}{hint}") from None
