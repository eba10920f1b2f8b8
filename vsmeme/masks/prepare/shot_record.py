"""What is known of a shot's masks, beside the masks: who was found, what it took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ...artifact import atomic_path
from ...progress import log
from ...sync.shots import Shot
from ..mask_record import MaskKey, MaskShot
from .face_detectors.base import Face
from .find_subjects import ShotSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotRecord:
    """One shot whose masks are made.

    Attributes:
        keys: Its key frames.
        calls: How often the segmenter was asked again.
        alarms: Pairs at which it was.
        found: Who was found in it.
        box: Where that is unsure: the face, `x, y, w, h`, px at working size.
    """

    keys: tuple[MaskKey, ...]
    calls: int
    alarms: tuple[int, ...]
    found: MaskShot
    box: tuple[float, ...] = ()

    @classmethod
    def of(
        cls, index: int, subject: ShotSubject, scale: float, *, calls: int, alarms: tuple[int, ...]
    ) -> Self:
        """Note what was found in a shot.

        Args:
            index: Its number.
            subject: Its subject.
            scale: Working px a canvas px.
            calls: How often the segmenter was asked again.
            alarms: Pairs at which it was.
        """
        keys = tuple(
            MaskKey(shot=index, frame=key.frame, face=bool(key.face.any()), how=key.how)
            for key in subject.keys
        )
        found = MaskShot(shot=index, verdict=subject.verdict, certainty=subject.certainty)
        if subject.doubtful is None:
            return cls(keys=keys, calls=calls, alarms=alarms, found=found)
        number, face = subject.doubtful
        box = (face.x, face.y, face.w, face.h)
        x, y, w, h = (round(value / scale) for value in box)
        found = MaskShot(
            shot=index, verdict=subject.verdict, certainty=subject.certainty, frame=number,
            face=(x, y, w, h),
        )  # fmt: skip
        return cls(keys=keys, calls=calls, alarms=alarms, found=found, box=box)

    def doubt(self) -> ShotSubject:
        """Return who may be the subject, as `find_subjects` does, without masks."""
        if self.found.frame is None:
            return ShotSubject()
        x, y, w, h = self.box
        face = Face(x=x, y=y, w=w, h=h, score=1.0, points=())
        return ShotSubject(verdict="unsure", doubtful=(self.found.frame, face))

    def save(self, path: Path, stamp: str) -> None:
        """Keep it; the masks lie there already."""
        data = {
            "stamp": stamp,
            "keys": [key.to_json() for key in self.keys],
            "calls": self.calls,
            "alarms": list(self.alarms),
            "found": self.found.to_json() | {"certainty": self.found.certainty},
            "box": list(self.box),
        }
        with atomic_path(path) as part:
            part.write_text(json.dumps(data, default=float), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, stamp: str) -> Self | None:
        """Read it; `None` where nothing is kept that still holds."""
        try:
            data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if data["stamp"] != stamp:
                return None
            return cls(
                keys=tuple(map(MaskKey.from_json, data["keys"])),
                calls=int(data["calls"]),
                alarms=tuple(map(int, data["alarms"])),
                found=MaskShot.from_json(data["found"]),
                box=tuple(map(float, data["box"])),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None


def log_subject(index: int, shot: Shot, subject: ShotSubject) -> None:
    """Say in one line what was found in a shot."""
    where = f"shot {index} (pairs {shot.first} to {shot.last})"
    if subject.verdict == "unsure":
        log.warning(
            "%s: perhaps the subject (certainty %.2f), no mask: see work/preview/shot%d-unsure.png "
            "and settle it with [segment] who or prompts", where, subject.certainty, index,
        )  # fmt: skip
    elif subject.verdict == "others":
        log.info("%s: another person (certainty %.2f), empty masks", where, 1 - subject.certainty)
    elif not subject.keys:
        log.info("%s: no subject, empty masks", where)
    else:
        log.info("%s: %s", where, _described(shot, subject))


def _described(shot: Shot, subject: ShotSubject) -> str:
    parts = []
    for key in subject.keys:
        share = 100 * float((key.foreground > 127).mean())
        face = "with a face" if key.face.any() else "without a face"
        parts.append(f"key frame {key.frame}, {share:.1f} % of the picture, {face} ({key.how})")
    if subject.spans != (shot,):
        parts.append("there from " + ", ".join(f"{s.first} to {s.last}" for s in subject.spans))
    if subject.verdict == "subject" and subject.certainty < 1:
        parts.append(f"certainty {subject.certainty:.2f}")
    return "; ".join(parts)
