"""`vsmeme models` from a checkout: list, fetch, convert, measure and check networks."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("models"))
