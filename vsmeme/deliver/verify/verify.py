"""Proofs on the user's own material: a table of claims, passed or failed, each with its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from ...errors import ArtifactError, DamagedError
from ...progress import bar
from ...project import Project
from ...settings.stage_names import Until
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
from .sample_looks import (
    SampleLook,
    forget_looks,
    keep_looks,
    kept_looks,
    look_at,
    looks_file,
    project_state,
)

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
    kept = _kept(evidence)
    for claim, n in bar(rounds, label="verify", unit="look"):
        if claim not in claims:
            seen = kept.get((claim.name, n)) or look_at(evidence, claim, n)
            if seen.fault:
                claims[claim] = _broken(claim.name, seen.fault)
            looks[claim].append(seen.look)
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
        claims[check] = _broken(known.partition(".")[0], f"{type(error).__name__}: {error}")


def _broken(name: str, note: str) -> Claim:
    return Claim(name=name, passed=False, number=float("nan"), limit="", note=note)


def _kept(evidence: Evidence) -> dict[tuple[str, int], SampleLook]:
    """What workers have seen for this verification; it serves once."""
    project = evidence.project
    if not any(looks_file(project, n).exists() for n in evidence.samples):
        return {}
    state = project_state(project)
    kept = {
        (name, n): look
        for n in evidence.samples
        for name, look in kept_looks(project, n, state=state).items()
    }
    forget_looks(project)
    return kept


class SampleRun:
    """A finished project whose samples are looked at one by one, wherever that is."""

    def __init__(self, project: Project) -> None:
        """Take a project; nothing is rendered yet."""
        self.evidence, self.state = Evidence(project), project_state(project)
        checks = checks_of(project.config.output.until)
        self.claims = [check for check in checks if isinstance(check, PairClaim)]


def unseen_samples(project: Project) -> dict[str, int]:
    """Name the pairs that a verification looks at, each one frame; what was kept is forgotten.

    Raises:
        ArtifactError: An artifact is missing or stale.
    """
    forget_looks(project)
    for step in project.steps:
        project.require(step.name)
    return {str(n): 1 for n in Evidence(project).samples}


def see_sample(run: SampleRun, name: str) -> list[Path]:
    """Let all claims look at a pair; returns the file."""
    return keep_looks(run.evidence, run.claims, int(name), state=run.state)


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
