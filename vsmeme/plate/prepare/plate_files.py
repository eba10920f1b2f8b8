"""Writing plates and their ledger: under one lock, the ledger last, the old ones archived."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arrays.bt709 import yuv_to_rgb
from ...arrays.images import Mask, Picture
from ...artifact import atomic_path, file_sha256, read_json, write_json
from ...errors import ArtifactError
from ...progress import log
from ..ledger import COMMAND, LEDGER_FILE, Ledger, PlateKey

PLATE_FOLDER = "plate"
ARCHIVE_FOLDER = "archive"
UNFINISHED = f"{PLATE_FOLDER}/unfinished"
"""Folder of one ledger a shot while shots are missing: ``background.json`` would count as done."""
# zlib level 1 with OpenCV's filters: 4K plates in a second or two.
PNG_SETTINGS = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def read_ledger(work: Path, stamp: dict[str, Any]) -> Ledger:
    """Return the ledger of these settings and sources; empty if there is none.

    Args:
        work: The work folder.
        stamp: What a ledger made now would bear.

    Returns:
        The keys that hold, of a run that was interrupted, too. A ledger of other settings or
        sources is archived with its plates, and so is one whose plates were changed.
    """
    finished = work / LEDGER_FILE
    paths = [finished] if finished.exists() else sorted((work / UNFINISHED).glob("*.json"))
    keys: list[PlateKey] = []
    contacts = None
    for path in paths:
        try:
            data = read_json(path, made_by=COMMAND)
            found = Ledger.from_json(data)
            for key in found.keys:
                key.check_files(work)
        except ArtifactError as error:
            log.warning("%s; archived", str(error).partition(";")[0])
            archive(work)
            return Ledger()
        if data.get("made_from") != stamp:
            log.info("the plates were made from other sources or settings; archived")
            archive(work)
            return Ledger()
        keys += found.keys
        contacts = found.contacts
    return Ledger(contacts=contacts).with_keys(keys)


def archive(work: Path) -> None:
    """Move the ledger and its plates to ``plate/archive/<number>``; the ledger goes first."""
    folder = work / PLATE_FOLDER
    files = sorted(folder.glob("*.png"))
    ledgers = [path for path in (work / LEDGER_FILE, work / UNFINISHED) if path.exists()]
    if not files and not ledgers:
        return
    number = 0
    while (folder / ARCHIVE_FOLDER / str(number)).exists():
        number += 1
    target = folder / ARCHIVE_FOLDER / str(number)
    target.mkdir(parents=True)
    for file in (*ledgers, *files):
        shutil.move(file, target / file.name)


def write_plate(
    work: Path, *, stem: str, plate: Picture, mask: Mask
) -> tuple[dict[str, str], dict[str, str]]:
    """Write the three files of a plate, each in one atomic step.

    They count for nothing until the ledger names them.

    Args:
        work: The work folder.
        stem: Name of the plate, such as ``0`` or ``0-72``.
        plate: Its samples, ``3 x h x w``.
        mask: What was generated.

    Returns:
        The file names relative to the work folder by role (plate, samples, mask), and the SHA-256
        of each by name.
    """
    rgb = np.rint(np.clip(yuv_to_rgb(plate), 0.0, 1.0) * 65535.0).astype(np.uint16)
    y, cb, cr = plate
    pictures: dict[str, tuple[str, NDArray[np.generic]]] = {
        "plate": (f"{stem}.png", rgb[..., ::-1]),
        "samples": (f"{stem}.samples.png", np.dstack([cb, y, cr])),
        "mask": (f"{stem}.mask.png", mask.astype(np.uint8) * 255),
    }
    names, hashes = {}, {}
    for role, (name, picture) in pictures.items():
        path = work / PLATE_FOLDER / name
        with atomic_path(path) as part:
            if not cv2.imwrite(str(part), np.ascontiguousarray(picture), PNG_SETTINGS):
                raise OSError(f"{path}: could not be written")
            digest = file_sha256(part)
        names[role] = f"{PLATE_FOLDER}/{name}"
        hashes[names[role]] = digest
    return names, hashes


def write_shot(work: Path, shot: int, keys: Sequence[PlateKey], stamp: dict[str, Any]) -> None:
    """Record a shot's plates for the run that goes on, while other shots have none.

    Args:
        work: The work folder.
        shot: Its number.
        keys: Its plates.
        stamp: What they were made from.
    """
    entries = Ledger(keys=tuple(keys)).to_json()
    write_json(work / UNFINISHED / f"{shot}.json", {"made_from": stamp, **entries})


def write_ledger(work: Path, ledger: Ledger, stamp: dict[str, Any]) -> None:
    """Write ``background.json``, the step that makes the plates count, once all shots are there.

    Args:
        work: The work folder.
        ledger: What is there.
        stamp: What it was made from.
    """
    rest = replace(ledger, keys=()).to_json()
    keys = {"keys": map(PlateKey.to_json, ledger.keys)}  # one after the other: each frame's motion
    write_json(work / LEDGER_FILE, {"made_from": stamp, **rest, **keys})
    shutil.rmtree(work / UNFINISHED, ignore_errors=True)
