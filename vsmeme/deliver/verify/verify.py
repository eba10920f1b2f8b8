"""Proofs on the user's own material: a table of claims, passed or failed, each with its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, get_args

from ...errors import ArtifactError, DamagedError
from ...progress import bar
from ...project import Project
from ...stage_parts.stage_names import Until
from . import (
    claims_composite,
    claims_corner,
    claims_frame,
    claims_output,
    claims_placement,
    claims_sound,
    claims_subject,
    claims_texture,
    claims_time,
)
from .evidence import Claim, Evidence, Look, PairClaim

Check = PairClaim | Callable[[Evidence], Claim]
CHECKS: tuple[Check, ...] = (
    claims_composite.centre,
    claims_composite.wide_untouched,
    claims_composite.only_bands,
    claims_placement.placed_alone,
    claims_placement.absent_alone,
    claims_placement.no_bar,
    claims_time.monotone,
    claims_time.best_partner,
    claims_texture.texture_runs_on,
    claims_corner.corners_join,
    claims_subject.one_generation,
    claims_subject.outside_generation,
    claims_subject.background_real,
    claims_subject.no_subject_generated,
    claims_subject.luma_kept,
    claims_subject.outside_masks,
    claims_frame.frame_right,
    claims_output.output,
    claims_output.lossless,
    claims_sound.heard,
)
_FIRST_STAGE: dict[Check, Until] = {
    claims_texture.texture_runs_on: "final",
    claims_corner.corners_join: "background",
    claims_subject.one_generation: "background",
    claims_subject.outside_generation: "background",
    claims_subject.background_real: "background",
    claims_subject.no_subject_generated: "background",
    claims_subject.luma_kept: "foreground",
    claims_subject.outside_masks: "foreground",
}
"""From which stage on a claim can be made; those that are not named hold for every stage."""


def checks_of(until: Until) -> tuple[Check, ...]:
    """Return the claims that the delivery of a stage makes, in their order."""
    order: tuple[str, ...] = get_args(Until)
    reached = order[: order.index(until) + 1]
    return tuple(check for check in CHECKS if _FIRST_STAGE.get(check, "composite") in reached)


def verify(project: Project) -> tuple[Claim, ...]:
    """Check every claim; renders a few frames of each stage.

    Args:
        project: A finished project.

    Returns:
        One entry a claim that ``[output] until`` allows. A check that breaks is a failed claim.

    Raises:
        ArtifactError: An artifact is missing or stale.
    """
    evidence, checks = Evidence(project), checks_of(project.config.output.until)
    looks: dict[PairClaim, list[Look]] = {c: [] for c in checks if isinstance(c, PairClaim)}
    claims: dict[Check, Claim] = {}
    rounds = [(claim, n) for n in evidence.samples for claim in looks]  # a pair's frames once
    for claim, n in bar(rounds, label="verify", unit="look"):
        if claim not in claims:
            with _proving(claim, claims):
                looks[claim].append(claim.look(evidence, n))
    for check in checks:
        if check not in claims:
            with _proving(check, claims):
                if isinstance(check, PairClaim):
                    claims[check] = check.concluded(looks[check])
                else:
                    claims[check] = check(evidence)
    return tuple(claims[check] for check in checks)


@contextmanager
def _proving(check: Check, claims: dict[Check, Claim]) -> Iterator[None]:
    """Record a failed claim for whatever breaks its check."""
    try:
        yield
    except Exception as error:
        if isinstance(error, ArtifactError) and not isinstance(error, DamagedError):
            raise
        known = check.name if isinstance(check, PairClaim) else check.__doc__ or check.__name__
        note = f"{type(error).__name__}: {error}"
        claims[check] = Claim(
            name=known.partition(".")[0], passed=False, number=float("nan"), limit="", note=note
        )


def table(found: Sequence[Claim]) -> str:
    """Return the claims as text, one a line."""
    rows = [
        (
            "pass" if claim.passed else "FAIL",
            claim.name,
            f"{claim.number:.4g}",
            claim.limit,
            claim.note,
        )
        for claim in found
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    ]
    failed = sum(not claim.passed for claim in found)
    return "\n".join([*lines, f"{len(found) - failed} of {len(found)} claims hold"])


def as_json(found: Sequence[Claim]) -> list[dict[str, Any]]:
    """Return the claims as plain data; what is no number becomes null."""
    rows = [asdict(claim) for claim in found]
    for row in rows:
        row["number"] = None if row["number"] != row["number"] else row["number"]
    return rows
