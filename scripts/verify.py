"""`vsmeme verify` from a checkout: every claim about a finished project, checked."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("verify"))
