"""A project as its artifacts show it, while its settings are being changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ....project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeProject(Project):
    """Reads artifacts whose settings have changed since: the page shows what there is, and says so.

    Artifacts of other sources, or of other artifacts than those that lie there, are refused as
    ever.
    """

    def settings(self, names: Iterable[str]) -> dict[str, Any]:
        """Return none: whatever was set is taken for what is set."""
        return {}
