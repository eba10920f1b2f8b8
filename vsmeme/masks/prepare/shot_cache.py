"""The masks of a shot, compressed, and kept on disk, so that a stop costs one shot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...arrays.images import Image
from ...artifact import atomic_path
from ...sync.shots import Shot
from .find_subjects import ShotSubject

METHOD = 5  # counts changes of the propagation, which make kept shots stale


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotMasks:
    """Masks of a shot at working size, compressed one by one, and how they came about."""

    foreground: tuple[bytes, ...]
    face: tuple[bytes, ...]
    alarms: tuple[int, ...]
    calls: int

    def frame(self, n: int) -> tuple[Image, Image]:
        """Foreground and face of the shot's frame `n`, 8 bit, working size."""
        return _unpacked(self.foreground[n]), _unpacked(self.face[n])


def pack_mask(mask: Image) -> bytes:
    """A mask, 8 bit, compressed without loss."""
    return cv2.imencode(".png", mask)[1].tobytes()


def _unpacked(packed: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(picture, np.uint8)


def shot_stamp(made_from: Mapping[str, Any], shot: Shot, subject: ShotSubject, name: str) -> str:
    """What a shot's masks depend on, as a digest."""
    spans = [[span.first, span.last] for span in subject.spans]
    facts = [METHOD, made_from, shot.first, shot.last, spans, name]
    digest = hashlib.sha256(json.dumps(facts).encode())
    for key in subject.keys:
        digest.update(str(key.frame).encode() + key.foreground.tobytes() + key.face.tobytes())
    return digest.hexdigest()


def load_shot(path: Path, stamp: str) -> ShotMasks | None:
    """Read a shot's masks that an earlier run has kept, if they still hold."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["stamp"]) != stamp:
                return None
            data, (whole, part) = kept["data"].tobytes(), kept["lengths"]
            return ShotMasks(
                foreground=_split(data, whole),
                face=_split(data[int(whole.sum()) :], part),
                alarms=tuple(int(n) for n in kept["alarms"]),
                calls=int(kept["calls"]),
            )
    except (OSError, ValueError, KeyError):
        return None


def save_shot(path: Path, stamp: str, masks: ShotMasks) -> None:
    """Keep a shot's masks."""
    lengths = np.array([[len(b) for b in part] for part in (masks.foreground, masks.face)])
    data = np.frombuffer(b"".join(masks.foreground + masks.face), np.uint8)
    with atomic_path(path) as part:
        np.savez(
            part, stamp=np.array(stamp), lengths=lengths, data=data,
            alarms=np.array(masks.alarms, int), calls=np.array(masks.calls),
        )  # fmt: skip


def _split(data: bytes, lengths: np.ndarray[Any, Any]) -> tuple[bytes, ...]:
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return tuple(data[a:b] for a, b in pairwise(ends))
