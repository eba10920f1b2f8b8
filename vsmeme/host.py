"""What the machine tells of itself: the one room that knows one system from another."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import psutil

PACKAGE = Path(__file__).resolve().parent
Driver = Literal["cuda", "vulkan"]
DRIVERS: dict[Driver, tuple[str, ...]] = {
    "cuda": ("libcuda.so.1", "nvcuda.dll"),
    "vulkan": ("libvulkan.so.1", "vulkan-1.dll", "libvulkan.1.dylib"),
}
CARDS = Path("/sys/class/drm")
STATUS = Path("/proc/self/status")


def checkout() -> Path | None:
    """Return the folder of the checkout that the package runs from; None where it is installed."""
    root = PACKAGE.parent
    own = (root / "pyproject.toml").is_file() and (root / "scripts" / "meme.vpy").is_file()
    return root if own else None


def install_command(extra: str = "") -> str:
    """Return the command that installs the package anew, or one of its extras.

    Args:
        extra: Its name; empty for the base.
    """
    if checkout():
        return f"uv sync --extra {extra}" if extra else "uv sync --reinstall"
    return f"pip install --upgrade 'vsmeme[{extra}]'" if extra else "pip install --upgrade vsmeme"


def has_driver(name: Driver) -> bool:
    """Tell whether a graphics driver's library is there to be loaded.

    Args:
        name: "cuda" for NVIDIA's, "vulkan" for anybody's.
    """
    for library in DRIVERS[name]:
        try:
            ctypes.CDLL(library)
        except OSError:
            continue
        return True
    return False


def nvidia(fields: str, *, device: str = "0") -> str:
    """Return what NVIDIA's driver says of a card, comma-separated; nothing where there is none.

    Args:
        fields: Names as `nvidia-smi` knows them, such as "name,driver_version".
        device: Number of the card.
    """
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    query = [program, f"--query-gpu={fields}", "--format=csv,noheader,nounits", "-i", device]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout else ""


def free_amd_memory(*, cards: Path = CARDS) -> int | None:
    """Return the free memory of the first AMD card, bytes; None where the system doesn't tell.

    Args:
        cards: Where the system lists its cards.
    """
    for used in sorted(cards.glob("card*/device/mem_info_vram_used")):
        try:
            total = used.with_name("mem_info_vram_total").read_text()
            return int(total) - int(used.read_text())
        except (OSError, ValueError):
            continue
    return None


def free_memory() -> int:
    """Return the bytes that programs can still have without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


def resident_bytes() -> int:
    """Return how much of this process lies in memory."""
    return int(_own_process(os.getpid()).memory_info().rss)


@cache
def _own_process(pid: int) -> psutil.Process:
    import psutil

    return psutil.Process(pid)


def peak_bytes() -> int:
    """Largest resident memory of this process so far; 0 where the system doesn't tell.

    On Linux that of its program: `getrusage` counts the memory of the process that started it, too.
    """
    if STATUS.exists():
        line = next(s for s in STATUS.read_text().splitlines() if s.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import psutil

    peak = getattr(psutil.Process().memory_info(), "peak_wset", 0)  # Windows
    if peak:
        return int(peak)
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def caller_folder(default: Path) -> Path:
    """Return the folder in which a person typed a command that has left it since, as vspipe does.

    Args:
        default: What counts where nothing tells.

    Returns:
        The shell's ``$PWD``; without it, as on Windows, the folder of the process that started
        this one.
    """
    shell = os.environ.get("PWD")
    if shell:
        return Path(shell)
    import psutil

    try:
        parent = psutil.Process().parent()
        return Path(parent.cwd()) if parent else default
    except (psutil.Error, OSError):
        return default
