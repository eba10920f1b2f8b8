"""Downloads: resumable, checked against a hash, and under their name only when whole."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import requests
import urllib3
from tqdm import tqdm

from ...artifact import atomic_path, file_sha256, locked
from ...errors import MissingError, UsageError
from ...progress import bar
from ..manifest import Entry, ModelSource
from .convert_models import find_entry

log = logging.getLogger("vsmeme")

CHUNK_BYTES = 1 << 18
TIMEOUT_SECONDS = 30
TRIES = 4
RELEASE = re.compile(r"https://github\.com/([^/]+/[^/]+)/releases/download/([^/]+)/(.+)")


def fetch_model(name: str) -> Path:
    """Download a model, or resume the last attempt.

    Args:
        name: Its name in the manifest.

    Returns:
        The file, in the models folder, with the hash of the manifest.

    Raises:
        UsageError: The model is converted from a package, or brought by hand.
        MissingError: The download failed, or what came is another file.
    """
    entry = find_entry(name)
    if not entry.sources:
        raise UsageError(f"model {name} is not downloaded here: {entry.note}")
    if entry.converted:
        raise UsageError(f"model {name} is converted, not downloaded: run `{entry.command}`")
    if entry.note:
        log.info("%s: %s", name, entry.note)
    with locked(entry.path):
        if not entry.path.is_file():
            _bring(entry, entry.sources[0])
            log.info("%s: %s, licence %s", name, entry.path, entry.licence)
    return entry.path


def bring_small(names: tuple[str, ...], *, without: str) -> tuple[Path, ...] | None:
    """Return the files of small models; what is missing is fetched, which one line announces.

    With ``VSMEME_OFFLINE=1``, or where they do not come, one line names the command that brings
    them; it is said once a process.

    Args:
        names: Names in the manifest, all marked ``first_use``.
        without: What is done without them, for that line.

    Returns:
        The files in the order of the names, or ``None`` if one of them is not to be had.
    """
    entries = [find_entry(name) for name in names]
    lacking = [entry for entry in entries if not entry.path.is_file()]
    if lacking:
        command = f"vsmeme models fetch {' '.join(entry.name for entry in lacking)}"
        reason = _first_use(tuple(entry.name for entry in lacking), str(lacking[0].path))
        if reason:
            _say_once(f"{reason}: {without}; to change that, run `{command}`")
            return None
    return tuple(entry.path for entry in entries)


@cache
def _first_use(names: tuple[str, ...], place: str) -> str:
    """Fetch models; why they do not come, or nothing. ``place`` tells one cache from another."""
    if os.environ.get("VSMEME_OFFLINE", "0") not in ("", "0"):
        return "small networks are missing and VSMEME_OFFLINE forbids to fetch them"
    for entry in (find_entry(name) for name in names):
        size = sum(source.size for source in entry.sources) / 1e6
        log.info("fetching %s on first use: %.1f MB, licence %s", entry.name, size, entry.licence)
        try:
            with locked(entry.path):
                if not entry.path.is_file():
                    _bring(entry, entry.sources[0], tries=1)
        except (MissingError, OSError) as error:
            return f"{entry.name} was not fetched: {str(error).partition(';')[0]}"
    return ""


@cache
def _say_once(line: str) -> None:
    log.warning("%s", line)


def _bring(entry: Entry, source: ModelSource, *, tries: int = TRIES) -> None:
    folder = entry.path.parent
    folder.mkdir(parents=True, exist_ok=True)
    # what is made from the file is checked by its own hash where the source is an archive
    whole = download(
        source.file,
        folder / f"{Path(source.file).name}.part",
        sha256="" if source.member else source.sha256 or stated_sha256(source.file),
        size=source.size,
        tries=tries,
    )
    if source.member:
        with atomic_path(entry.path) as part:
            unpack(whole, source.member, part)
            check_hash(part, source.sha256, source.member)
    elif "architecture" in entry.facts:
        from .torch_to_onnx import convert_weights

        with atomic_path(entry.path) as part:
            part.write_bytes(convert_weights(whole, entry))
    else:
        whole.replace(entry.path)
        return
    whole.unlink()


def download(address: str, part: Path, *, sha256: str, size: int = 0, tries: int = TRIES) -> Path:
    """Download a file to ``part``, resuming what lies there.

    Args:
        address: Where it is.
        part: Where it goes; kept when the download breaks off.
        sha256: What it must hash to; empty to accept anything.
        size: Bytes, where known.
        tries: How often, where the connection breaks off.

    Returns:
        ``part``, complete.

    Raises:
        MissingError: It doesn't come, or is another file (which is removed).
    """
    for left in reversed(range(tries)):
        try:
            _continue(address, part, size)
            break
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if not left or not _worth_retrying(error):
                raise MissingError(
                    f"download of {address} failed ({_reason(error)}); run the command again "
                    "to resume"
                ) from None
            time.sleep(2 / (left + 1))
    check_hash(part, sha256, address)
    return part


def _continue(address: str, part: Path, size: int) -> None:
    have = part.stat().st_size if part.is_file() else 0
    if size and have == size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(address, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as reply:
        if reply.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is left; the hash decides whether it is the file
        reply.raise_for_status()
        resumed = reply.status_code == requests.codes.partial_content
        total = int(reply.headers.get("Content-Length", 0)) + (have if resumed else 0)
        _write(reply, part, resumed=resumed, have=have, total=total)
        if total and part.stat().st_size < total:
            raise requests.ConnectionError("the connection broke off")


def _write(reply: requests.Response, part: Path, *, resumed: bool, have: int, total: int) -> None:
    shown: tqdm[Any] = bar(label=part.name.removesuffix(".part"), total=total or None, unit="B")
    shown.unit_scale = True
    with shown, part.open("ab" if resumed else "wb") as stream:
        shown.update(have if resumed else 0)
        # chunk by chunk: the next attempt resumes from what lies here when the line breaks
        while chunk := reply.raw.read1(CHUNK_BYTES):
            stream.write(chunk)
            shown.update(len(chunk))


def _worth_retrying(error: Exception) -> bool:
    response = getattr(error, "response", None)
    status = 0 if response is None else response.status_code
    return status == 0 or status >= 500 or status == requests.codes.too_many_requests


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"status {response.status_code}"
    return type(error).__name__


def check_hash(path: Path, sha256: str, what: str) -> None:
    """Refuse, and remove, a file of another hash; an empty hash accepts anything."""
    got = file_sha256(path)
    if sha256 and got != sha256:
        path.unlink()
        raise MissingError(f"{what} is another file: expected {sha256[:12]}…, got {got[:12]}…")


def stated_sha256(address: str) -> str:
    """Return the hash that GitHub states for a release's file.

    Raises:
        MissingError: The address is no GitHub release, or none is stated.
    """
    found = RELEASE.fullmatch(address)
    if found is None:
        raise MissingError(f"no hash is known for {address}: it is not fetched")
    api = f"https://api.github.com/repos/{found[1]}/releases/tags/{found[2]}"
    try:
        with requests.get(api, timeout=TIMEOUT_SECONDS) as reply:
            reply.raise_for_status()
            told: dict[str, Any] = reply.json()
    except requests.RequestException as error:
        raise MissingError(f"download of {api} failed ({_reason(error)})") from None
    digests = {each["name"]: each.get("digest") or "" for each in told.get("assets", ())}
    digest = str(digests.get(found[3], ""))
    if not digest.startswith("sha256:"):
        raise MissingError(f"GitHub states no hash for {address}: it is not fetched")
    return digest.removeprefix("sha256:")


def unpack(archive: Path, member: str, target: Path) -> None:
    """Take one file out of a 7z or zip archive with whichever program is here.

    Raises:
        MissingError: There is none, or the archive doesn't hold the file.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        commands = {
            "bsdtar": ["-xf", str(archive), "-C", folder, member],
            "7z": ["x", "-y", f"-o{folder}", str(archive), member],
            "7zz": ["x", "-y", f"-o{folder}", str(archive), member],
            "tar": ["-xf", str(archive), "-C", folder, member],  # bsdtar on Windows and macOS
        }
        for program, arguments in commands.items():
            path = shutil.which(program)
            if path is None:
                continue
            subprocess.run([path, *arguments], capture_output=True, check=False)
            if (Path(folder) / member).is_file():
                (Path(folder) / member).replace(target)
                return
    raise MissingError(f"{archive.name} can't be unpacked: install 7z or bsdtar (libarchive-tools)")
