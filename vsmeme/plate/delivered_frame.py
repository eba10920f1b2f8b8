"""Which part of the canvas is delivered: without padding, or without cut-off subjects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..pixels.rect import Rect
from ..placement.placed_runs import PlacedRun
from .contact_record import Contact, ContactRecord

FrameMode = Literal["auto", "safe", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredFrame:
    """The choice and what it costs.

    Attributes:
        mode: What was asked for.
        rect: What is delivered, canvas px; even sizes.
        canvas: Width and height of the canvas.
        lost: Share of the real picture that is not delivered, mean over the frames.
        cut_off: Frames in which the subject meets missing area within it; ``None`` if that was not
            measured.
        frames: Number of frames.
        safe: What ``safe`` would deliver, and the share of real picture it would lose; ``None``
            where it is the same or not known.
    """

    mode: FrameMode
    rect: Rect
    canvas: tuple[int, int]
    lost: float
    cut_off: int | None
    frames: int
    safe: tuple[Rect, float] | None = None

    def told(self) -> str:
        """Return the choice, its reason and what is lost, in one line."""
        (w, h), rect = self.canvas, self.rect
        whole = (rect.w, rect.h) == (w, h)
        size = f"{rect.w}x{rect.h}" + ("" if whole else f" of {w}x{h} from ({rect.x}, {rect.y})")
        reason = {
            "full": "the whole canvas, as asked for",
            "auto": "no padding to cut" if whole else "padding cut",
            "safe": "no cut-off subject in any frame",
        }[self.mode]
        lost = f"{self.lost:.1%} of the real picture lost" if self.lost else "nothing real lost"
        text = f"delivered frame: {size}: {reason}, {lost}"
        if self.cut_off:
            text += (
                f"; in {self.cut_off} of {self.frames} frames the subject meets missing area "
                "and ends in a straight edge"
            )
        if self.cut_off and self.safe:
            rect, lost_share = self.safe
            text += (
                f' (frame = "safe" would deliver {rect.w}x{rect.h} and lose {lost_share:.1%} '
                "of the real picture)"
            )
        return text


def delivered_frame(
    mode: FrameMode, runs: Sequence[PlacedRun], contacts: ContactRecord | None
) -> DeliveredFrame:
    """Choose what is delivered.

    Args:
        mode: ``full`` for the canvas, ``auto`` without the strips at its edge that no source fills
            in any frame, ``safe`` for the largest part of that in which the subject never meets
            missing area.
        runs: Which layout holds in which frames.
        contacts: Where the subject meets missing area; ``None`` if not measured: ``safe`` is then
            what ``auto`` is.
    """
    canvas = runs[0].layout.canvas
    whole = Rect(x=0, y=0, w=canvas[0], h=canvas[1])
    filled = even(filled_part(runs), whole)
    safe = safe_part(filled, contacts) if contacts else filled
    rect = {"auto": filled, "safe": safe, "full": even(whole, whole)}[mode]
    cut_off = None
    if contacts:
        cut_off = {"auto": contacts.frames_filled, "safe": 0, "full": contacts.frames}[mode]
    return DeliveredFrame(
        mode=mode,
        rect=rect,
        canvas=canvas,
        lost=lost_share(rect, runs),
        cut_off=cut_off,
        frames=sum(map(len, runs)),
        safe=(safe, lost_share(safe, runs)) if contacts and safe != rect else None,
    )


def filled_part(runs: Sequence[PlacedRun]) -> Rect:
    """Return the smallest rectangle that holds all real picture of all frames, canvas px."""
    parts = []
    for run in runs:
        for look in map(run.at, run.frames if run.drift else (run.first,)):
            parts.append(look.wide)
            seen = look.dvd.intersect(look.frame)
            parts += [seen] if seen else []
    x, y = min(part.x for part in parts), min(part.y for part in parts)
    right, bottom = max(part.right for part in parts), max(part.bottom for part in parts)
    return Rect(x=x, y=y, w=right - x, h=bottom - y)


def even(rect: Rect, canvas: Rect) -> Rect:
    """Grow a rectangle to even sizes, or cut a px of a canvas that is odd itself."""
    x, w = _even(rect.x, rect.w, canvas.w)
    y, h = _even(rect.y, rect.h, canvas.h)
    return Rect(x=x, y=y, w=w, h=h)


def _even(first: int, count: int, most: int) -> tuple[int, int]:
    if count % 2 == 0:
        return first, count
    if first + count < most:
        return first, count + 1
    return (first - 1, count + 1) if first else (first, count - 1)


def lost_share(rect: Rect, runs: Sequence[PlacedRun]) -> float:
    """Return how much of the real picture lies outside a rectangle, mean over the frames, 0..1."""
    real, kept = 0, 0
    for run in runs:
        missing = run.layout.missing()
        real += len(run) * (run.layout.frame.area - sum(part.area for part in missing))
        inside = (part.intersect(rect) for part in missing)
        kept += len(run) * (rect.area - sum(part.area for part in inside if part))
    return 1.0 - kept / real if kept < real else 0.0


def safe_part(within: Rect, contacts: ContactRecord) -> Rect:
    """Return the largest rectangle of even sizes that shows no contact.

    Args:
        within: Where to look, canvas px.
        contacts: Where the subject meets missing area.

    Returns:
        It; the topmost and leftmost of several; empty if there is none.
    """
    level, upright = contacts.level, contacts.upright
    tops = {within.y, *(c.line for c in level), *(c.end for c in upright)}
    ends = {within.bottom, *(c.line for c in level), *(c.first for c in upright)}
    best = Rect(x=within.x, y=within.y, w=0, h=0)
    for top in sorted(y for y in tops if within.y <= y < within.bottom):
        for end in sorted(y for y in ends if top < y <= within.bottom):
            height = (end - top) // 2 * 2
            if height * within.w <= best.area:
                continue
            for left, right in _gaps(within, top, end, level, upright):
                width = (right - left) // 2 * 2
                if width * height > best.area:
                    best = Rect(x=left, y=top, w=width, h=height)
    return best


def _gaps(
    within: Rect, top: int, end: int, level: Sequence[Contact], upright: Sequence[Contact]
) -> Iterator[tuple[int, int]]:
    """Ranges of columns in which rows from top to end show no contact."""
    blocked = [(c.first, c.end) for c in level if top < c.line < end]
    blocked += [(c.line, c.line) for c in upright if c.first < end and c.end > top]
    left = within.x
    for first, last in sorted(blocked):
        if first > left:
            yield left, min(first, within.right)
        left = max(left, last)
    if left < within.right:
        yield left, within.right
