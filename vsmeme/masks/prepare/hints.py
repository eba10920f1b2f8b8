"""Prompts: what the user says about a key frame, checked and brought to the picture's size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ...arrays.images import Image
from ...errors import UsageError
from ...settings.setting_values import Box, Point
from ...settings.subject_settings import Prompt
from ...sync.shots import Shots
from .face_detectors.base import Face
from .motion_evidence import MotionEvidence

Region = Literal["foreground", "face"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known about one region of one frame, in pixels of that frame (edge coordinates).

    Attributes:
        boxes: `x, y, w, h` around the region.
        points: Inside it.
        background: Outside it.
        painted: A drawn mask.
        prior: A mask of the same frame that is roughly right, 8 bit.
        guess: A guess of the same frame, 8 bit: 255 likely inside, 128 likely not, 0 outside.
        evidence: What motion says about the frame.
        face: The subject's face.
        others: Faces of other people.
        part: Whether the region is a part of a person, such as the face.
    """

    boxes: tuple[Box, ...] = ()
    points: tuple[Point, ...] = ()
    background: tuple[Point, ...] = ()
    painted: Path | None = None
    prior: Image | None = field(default=None, compare=False)
    guess: Image | None = field(default=None, compare=False)
    evidence: MotionEvidence | None = field(default=None, compare=False)
    face: Face | None = None
    others: tuple[Face, ...] = ()
    part: bool = False

    def scaled(self, k: float) -> Hints:
        """The same hints in a picture `k` times as large."""
        return replace(
            self,
            boxes=tuple((x * k, y * k, w * k, h * k) for x, y, w, h in self.boxes),
            points=tuple((x * k, y * k) for x, y in self.points),
            background=tuple((x * k, y * k) for x, y in self.background),
            face=self.face.scaled(k) if self.face else None,
            others=tuple(face.scaled(k) for face in self.others),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing says where the region is."""
        return not (
            self.boxes
            or self.points
            or self.painted
            or self.prior is not None
            or self.guess is not None
        )


KeyHints = dict[Region, Hints]


def collect_hints(
    prompts: Iterable[Prompt], shots: Shots, *, canvas: tuple[int, int]
) -> list[dict[int | None, KeyHints]]:
    """Sort prompts by shot, frame and region.

    Args:
        prompts: From the configuration.
        shots: The film's shots.
        canvas: Width and height, canvas px.

    Returns:
        For each shot a table from pair number, or `None` for its key frame, to hints.

    Raises:
        UsageError: A box or point outside the canvas, a frame or shot that does not exist, a
            prompt that says nothing.
    """
    table: list[dict[int | None, KeyHints]] = [{} for _ in shots.shots]
    for number, prompt in enumerate(prompts):
        name = f"segment.prompts.{number}"
        _check(name, prompt, shots, canvas)
        if prompt.frame is not None:
            chosen = [shots.index(prompt.frame)]
        else:
            chosen = list(range(len(shots))) if prompt.shot is None else [prompt.shot]
        for index in chosen:
            regions = table[index].setdefault(prompt.frame, {})
            regions[prompt.region] = _joined(regions.get(prompt.region, Hints()), prompt)
    return table


def _joined(hints: Hints, prompt: Prompt) -> Hints:
    return Hints(
        boxes=hints.boxes + ((prompt.box,) if prompt.box else ()),
        points=hints.points + prompt.points,
        background=hints.background + prompt.background,
        painted=prompt.painted or hints.painted,
    )


def _check(name: str, prompt: Prompt, shots: Shots, canvas: tuple[int, int]) -> None:
    width, height = canvas
    if prompt.frame is not None and prompt.frame >= shots.length:
        raise UsageError(f"{name}: frame: expected a pair below {shots.length}, got {prompt.frame}")
    if prompt.shot is not None and prompt.shot >= len(shots):
        raise UsageError(f"{name}: shot: expected a shot below {len(shots)}, got {prompt.shot}")
    if not (prompt.box or prompt.points or prompt.painted):
        raise UsageError(f"{name}: expected a box, points or a painted mask, got none of them")
    for x, y in prompt.points + prompt.background:
        if not (0 <= x < width and 0 <= y < height):
            raise UsageError(
                f"{name}: points: expected a point inside the canvas of {width}x{height}, "
                f"got {x:g}, {y:g}"
            )
    if prompt.box:
        x, y, w, h = prompt.box
        if w <= 0 or h <= 0 or x < 0 or y < 0 or x + w > width or y + h > height:
            raise UsageError(
                f"{name}: box: expected x, y, w, h inside the canvas of {width}x{height}, "
                f"got {x:g}, {y:g}, {w:g}, {h:g}"
            )
