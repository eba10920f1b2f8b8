"""What the claims see on one pair; what a worker sees is kept for one verification."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...artifact import atomic_path, json_sha256
from ...errors import ArtifactError, DamagedError
from ...media_identity import sampled_digest
from ...project import Project
from .evidence import Evidence, Look, PairClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLook:
    """What one claim sees on one pair.

    Attributes:
        look: What it measures, and a note.
        fault: What broke the check; empty if nothing did.
    """

    look: Look = None
    fault: str = ""


def look_at(evidence: Evidence, claim: PairClaim, n: int) -> SampleLook:
    """Let a claim look at a pair.

    Raises:
        ArtifactError: An artifact is missing or stale.
    """
    try:
        return SampleLook(look=claim.look(evidence, n))
    except Exception as error:
        if isinstance(error, ArtifactError) and not isinstance(error, DamagedError):
            raise
        return SampleLook(fault=f"{type(error).__name__}: {error}")


def project_state(project: Project) -> str:
    """Identify everything that a verification looks at: artifacts and results."""
    files = [path for folder in (project.work, project.out) for path in _files(folder)]
    names = [path.relative_to(project.folder).as_posix() for path in files]
    return json_sha256([names, [sampled_digest(path) for path in files]])


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and parts[0] != "cache" and not path.name.startswith("."):
            yield path


def looks_file(project: Project, n: int) -> Path:
    """Return where the looks at a pair are kept."""
    return project.work / "cache" / "verify" / f"{n}.json"


def keep_looks(
    evidence: Evidence, claims: Sequence[PairClaim], n: int, *, state: str
) -> list[Path]:
    """Let claims look at a pair and keep what they see; returns the file."""
    looks = {claim.name: look_at(evidence, claim, n) for claim in claims}
    rows = {name: [one.look, one.fault] for name, one in looks.items()}
    path = looks_file(evidence.project, n)
    with atomic_path(path) as part:
        text = json.dumps({"state": state, "looks": rows}, default=float)
        part.write_text(text, encoding="utf-8")
    return [path]


def kept_looks(project: Project, n: int, *, state: str) -> dict[str, SampleLook]:
    """Return what was seen on a pair of a project in this very state; nothing otherwise."""
    try:
        data = json.loads(looks_file(project, n).read_text(encoding="utf-8"))
        if data["state"] != state:
            return {}
        return {
            name: SampleLook(look=look and (float(look[0]), str(look[1])), fault=fault)
            for name, (look, fault) in data["looks"].items()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def forget_looks(project: Project) -> None:
    """Remove what was kept: the next verification looks for itself."""
    for path in looks_file(project, 0).parent.glob("*.json"):
        with suppress(OSError):
            path.unlink()
