"""Every step that can be shared: the parts that it falls into, and how one is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...project import Project


def _nothing(_project: Project, _part: str) -> Iterable[Path]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Parts of a step that do not wait for each other.

    Each part writes its results under their final names by itself, where the step looks for them.
    Making a part twice is the same as making it once.

    Attributes:
        label: Of the progress bar.
        missing: Names the parts that are not there, each with its number of frames.
        opened: What all parts need, such as the graph; a worker builds it once.
        make: Makes a part of what `opened` returned; returns the files, or folders of files.
        needs: Files of the project's cache that a part reads.
        own_folder: Whether a worker that is sent what it needs can make a part.
    """

    label: str
    missing: Callable[[Project], Mapping[str, int]]
    opened: Callable[[Project], Any]
    make: Callable[[Any, str], Iterable[Path]]
    needs: Callable[[Project, str], Iterable[Path]] = _nothing
    own_folder: bool = True


def rounds_of(step: str) -> tuple[Round, ...]:
    """Return the rounds of a step, in their order; none for a step that is not shared."""
    return _ROUNDS[step]() if step in _ROUNDS else ()


def _export() -> tuple[Round, ...]:
    from ...deliver.export.pieces.rendering import Rendering, missing_pieces, render_piece

    return (Round(label="export", missing=missing_pieces, opened=Rendering.of, make=render_piece),)


def _segment() -> tuple[Round, ...]:
    from ...steps import segment

    return (
        Round(
            label="who is there",
            missing=segment.unseen_shots,
            opened=segment.mask_run,
            make=segment.see_shot,
        ),
        Round(
            label="masks",
            missing=segment.unmasked_shots,
            opened=segment.mask_run,
            make=segment.mask_shot,
            needs=segment.mask_needs,
        ),
    )


def _inpaint() -> tuple[Round, ...]:
    from ...steps import inpaint

    return (
        Round(
            label="plates of real pixels",
            missing=inpaint.unfilled_shots,
            opened=inpaint.FillRun,
            make=inpaint.fill_plate,
        ),
    )


def _track() -> tuple[Round, ...]:
    from ...steps import track

    return (
        Round(
            label="track",
            missing=track.untracked_shots,
            opened=track.TrackRun,
            make=track.track_shot,
        ),
    )


def _verify() -> tuple[Round, ...]:
    from ...deliver.verify.verify import SampleRun, see_sample, unseen_samples

    return (
        Round(
            label="verify",
            missing=unseen_samples,
            opened=SampleRun,
            make=see_sample,
            own_folder=False,
        ),
    )


_ROUNDS: Mapping[str, Callable[[], tuple[Round, ...]]] = {
    "segment": _segment,
    "inpaint": _inpaint,
    "track": _track,
    "export": _export,
    "verify": _verify,
}
SHARED_STEPS = tuple(_ROUNDS)
