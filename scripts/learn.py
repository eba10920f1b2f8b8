"""`vsmeme learn` from a checkout: what upscales the bands."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("learn"))
