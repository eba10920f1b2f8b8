"""`vsmeme exchange` from a checkout: cuts, placement, colours and tracks for other programs."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("exchange"))
