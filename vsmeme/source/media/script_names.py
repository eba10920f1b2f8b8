"""Which media a VapourSynth script names: they change what it shows as much as its own lines."""

from __future__ import annotations

import ast
from pathlib import Path

from ...errors import UsageError

SCRIPT_SUFFIX = ".vpy"
LONGEST_NAME = 1024


def named_files(script: Path) -> tuple[Path, ...]:
    """Return the files that texts in a script name, relative to its folder or absolute.

    Raises:
        UsageError: It is no Python.
    """
    try:
        tree = ast.parse(script.read_bytes(), filename=str(script))
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{script}: not a VapourSynth script ({error})") from None
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {script.parent / text for text in texts if _may_name(text)}
    return tuple(sorted(path for path in named if path.is_file() and path != script))


def _may_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and text.isprintable()
