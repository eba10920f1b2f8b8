"""`vsmeme report` from a checkout: one page about a project."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("report"))
