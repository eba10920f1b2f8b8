"""A project as its artifacts show it, while its settings are being changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ....project import Project, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeProject(Project):
    """Reads artifacts whose settings have changed since: the page shows what there is, and says so.

    Artifacts of other sources, or of other artifacts than those that lie there, are refused as
    ever.
    """

    def _settings(self, step: Step) -> dict[str, Any]:
        return {}
