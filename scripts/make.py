"""`vsmeme make` from a checkout: whatever is missing or stale, in order."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("make"))
