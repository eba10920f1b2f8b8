"""Copy protection, told by the bytes of a release and refused by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .... import ffmpeg
from ....errors import UsageError
from ...media.medium import Medium

SECTOR_BYTES, UNIT_BYTES, PACKET_BYTES = 2048, 6144, 192
PLACES, SECTORS = 24, 64
"""At how many places of a file how many sectors are looked at: CSS scrambles about every other."""
_PACK, _PES_KINDS = b"\x00\x00\x01\xba", frozenset(range(0xC0, 0xF0)) | {0xBD}
_SYNC = 0x47
_ENCRYPTED = re.compile(r"\((?:encv|enca|drms|drmi|drmp|p608)\b")


def refuse_protected(medium: Medium) -> None:
    """Refuse a release whose pictures are encrypted.

    Raises:
        UsageError: It is; names the protection.
    """
    for path in medium.files:
        suffix = path.suffix.lower()
        kind = None
        if suffix in (".vob", ".iso", ".img", ".udf"):
            kind = "CSS" if _scrambled(path) else None
        elif suffix in (".m2ts", ".mts"):
            kind = "AACS" if _encrypted(path) else None
        elif suffix in (".mp4", ".m4v", ".mov", ".ismv"):
            kind = "DRM" if _ENCRYPTED.search(ffmpeg.streams(path)) else None
        if kind:
            raise UsageError(
                f"{path}: copy-protected ({kind}); vsmeme reads no protected releases: give a "
                "copy without protection"
            )


def _scrambled(path: Path) -> bool:
    """Whether some packs of a DVD are scrambled: their PES headers say so."""
    for block in _blocks(path, SECTOR_BYTES * SECTORS, SECTOR_BYTES):
        for at in range(0, len(block) - SECTOR_BYTES + 1, SECTOR_BYTES):
            pes = at + 14 + (block[at + 13] & 7)
            if (
                block[at : at + 4] == _PACK
                and block[pes : pes + 3] == b"\x00\x00\x01"
                and block[pes + 3] in _PES_KINDS
                and block[pes + 6] & 0xC0 == 0x80
                and block[pes + 6] & 0x30
            ):
                return True
    return False


def _encrypted(path: Path) -> bool:
    """Whether the units of a Blu-ray's clip are encrypted: all but their first 16 bytes."""
    for unit in _blocks(path, UNIT_BYTES, UNIT_BYTES):
        if len(unit) == UNIT_BYTES and unit[4] == _SYNC and unit[0] & 0xC0:
            clear = sum(unit[at] == _SYNC for at in range(4, UNIT_BYTES, PACKET_BYTES))
            if clear < UNIT_BYTES // PACKET_BYTES // 2:
                return True
    return False


def _blocks(path: Path, size: int, step: int) -> Iterator[bytes]:
    """Read blocks that are spread over a file and begin at multiples of a step."""
    last = max(0, path.stat().st_size - size) // step
    with path.open("rb") as file:
        for n in sorted({last * place // (PLACES - 1) for place in range(PLACES)}):
            file.seek(n * step)
            yield file.read(size)
