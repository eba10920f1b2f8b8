"""Where real pairs and small real networks lie: in a folder beside the checkout."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).resolve().parents[3] / "shared"
FOOTAGE, WEIGHTS = SHARED / "footage", SHARED / "weights"
