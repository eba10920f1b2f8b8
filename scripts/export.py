"""`vsmeme export` from a checkout: MP4, GIF and poster."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("export"))
