"""What a worker is asked for, and what comes back: plain data alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

type Fault = Literal["user", "full", "share", "versions", "files", "failure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One part of a step.

    Attributes:
        project: Path of the ``meme.toml`` as the worker sees it; of a project that is sent, the
            name of its copy on the worker.
        step: Name of the step.
        round: Which of its rounds.
        part: Name of the part.
        state: Digest of settings and artifacts: what was opened for another state is closed.
        versions: What the client computes with.
        peers: How many workers share each host's cores.
        file: Name of the ``meme.toml``.
        files: By their path in the project, what identifies each file that must be there; ``None``
            where the folder is shared.
    """

    project: str
    step: str
    round: int
    part: str
    state: str
    versions: dict[str, str]
    peers: dict[str, int]
    file: str = "meme.toml"
    files: dict[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an order.

    Attributes:
        worker: Name and address of the worker.
        fault: What went wrong, if anything did: "user" can be mended by the user, "full" is a full
            disk, "share" a folder that cannot be reached just now, "versions" a worker that
            differs, "files" files that were not sent yet, "failure" anything else.
        text: The fault in words.
        lines: What was logged meanwhile: level and text.
        seconds: Of the wall clock, and of all cores.
        files: Of a worker with a folder of its own: the results, by their path in the project.
    """

    worker: str
    fault: Fault | None = None
    text: str = ""
    lines: tuple[tuple[int, str], ...] = ()
    seconds: tuple[float, float] = (0.0, 0.0)
    files: dict[str, bytes] = field(default_factory=dict)
