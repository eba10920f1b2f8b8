"""Evaluates a script the way an editor does: its text through VSScript, in its own folder.

    python vsscript_host.py SCRIPT OUTPUT

Writes "node" when the output is there, else the error. Run it in a process of its own: VSScript
brings an environment along.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import vapoursynth

API_MAJOR, API_MINOR = 4, 1
POINTER, TEXT, INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
# members of VSSCRIPTAPI in order (VSScript4.h): result, then arguments
MEMBERS = (
    ("getAPIVersion", INT, ()),
    ("getVSAPI", POINTER, (INT,)),
    ("createScript", POINTER, (POINTER,)),
    ("getCore", POINTER, (POINTER,)),
    ("evaluateBuffer", INT, (POINTER, TEXT, TEXT)),
    ("evaluateFile", INT, (POINTER, TEXT)),
    ("getError", TEXT, (POINTER,)),
    ("getExitCode", INT, (POINTER,)),
    ("getVariable", INT, (POINTER, TEXT, POINTER)),
    ("setVariables", INT, (POINTER, POINTER)),
    ("getOutputNode", POINTER, (POINTER, INT)),
    ("getOutputAlphaNode", POINTER, (POINTER, INT)),
    ("getAltOutputMode", INT, (POINTER, INT)),
    ("freeScript", None, (POINTER,)),
    ("evalSetWorkingDir", None, (POINTER, INT)),
)


def load() -> dict[str, object]:
    """Return VSScript's functions by name."""
    folder = Path(vapoursynth.__file__).parent
    names = ("libvsscript.so", "libvsscript.dylib", "VSScript.dll")
    found = [path for name in names for path in folder.rglob(name)]
    library = ctypes.CDLL(str(found[0]))
    library.getVSScriptAPI.restype = POINTER
    table = library.getVSScriptAPI((API_MAJOR << 16) | API_MINOR)
    if not table:
        raise RuntimeError("VSScript gave no API")
    pointers = ctypes.cast(table, ctypes.POINTER(POINTER))
    return {
        name: ctypes.CFUNCTYPE(result, *arguments)(pointers[n])
        for n, (name, result, arguments) in enumerate(MEMBERS)
    }


def main(argv: list[str]) -> int:
    script, output = Path(argv[0]), int(argv[1])
    api = load()
    made = api["createScript"](None)  # type: ignore[operator]
    api["evalSetWorkingDir"](made, 1)  # type: ignore[operator]
    text = script.read_text(encoding="utf-8").encode()
    if api["evaluateBuffer"](made, text, str(script).encode()):  # type: ignore[operator]
        sys.stdout.write(api["getError"](made).decode())  # type: ignore[operator]
        return 1
    node = api["getOutputNode"](made, output)  # type: ignore[operator]
    sys.stdout.write("node" if node else "no node")
    return 0 if node else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
