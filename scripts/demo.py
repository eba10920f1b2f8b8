"""`vsmeme demo` from a checkout: a pair with known truth, and the whole meme of it."""

from __future__ import annotations

import sys

from vsmeme.commands.group import run_script

if __name__ == "__main__":
    sys.exit(run_script("demo"))
