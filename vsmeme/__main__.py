"""`python -m vsmeme`: the command, wherever it is installed."""

from __future__ import annotations

import sys
from importlib import import_module

if __name__ == "__main__":
    sys.exit(import_module("vsmeme.commands.group").main())
