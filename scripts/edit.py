"""`vsmeme edit` from a checkout: one project on a local page."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("edit"))
