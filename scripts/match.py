"""`vsmeme match` from a checkout: pairs of frames, shots, placement, colour."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("match"))
