"""`vsmeme track` from a checkout: where the face and the foreground are."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("track"))
