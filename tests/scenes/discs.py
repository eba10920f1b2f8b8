"""Small discs: the tables of a DVD around VOBs, the playlists of a Blu-ray disc around clips.

A DVD's tables are those of the DVD-Video specification as far as a player needs them: one program
chain of one cell a title. The navigation packs that ffmpeg leaves empty are filled in.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from vsmeme.ffmpeg import call

SECTOR = 2048
PAL_25 = 0x40
END_OF_CELL = 0x3FFFFFFF
PCI, DSI = 0x26, 0x400  # of the packets in a navigation pack
CHAIN_BYTES = 0xEC
VTS_SECTORS = 5


def encode_vob(path: Path, *, seconds: float, pattern: str = "testsrc2", hertz: int = 440) -> Path:
    """A film as a DVD codes it: 25 frames a second, AC-3."""
    picture = ["-f", "lavfi", "-i", f"{pattern}=s=720x576:r=25"]
    sound = ["-f", "lavfi", "-i", f"sine=f={hertz}:r=48000"]
    call([*picture, *sound, "-t", str(seconds), "-target", "pal-dvd", "-b:v", "1M", str(path)])
    return path


def make_dvd(root: Path, titles: Sequence[tuple[Path, int]]) -> Path:
    """Write a DVD of some titles, each a VOB and how many seconds it lasts; returns its root."""
    folder = root / "VIDEO_TS"
    folder.mkdir(parents=True)
    start = 8
    rows, attributes = b"", b""
    for number, (vob, seconds) in enumerate(titles, 1):
        data = bytearray(vob.read_bytes())
        units = _navigated(data)
        (folder / f"VTS_{number:02d}_1.VOB").write_bytes(data)
        last = len(data) // SECTOR - 1
        table = _title_set(seconds, units, last)
        (folder / f"VTS_{number:02d}_0.IFO").write_bytes(table)
        rows += struct.pack(">BBHHBBI", 0x3C, 1, 1, 0, number, 1, start)
        start += len(table) // SECTOR + last + 1
        attributes += struct.pack(">I", 0x307) + bytes(0x304)
    count = len(titles)
    offsets = [8 + 4 * count + 0x308 * n for n in range(count)]
    body = struct.pack(f">{count}I", *offsets) + attributes
    manager = _sectors(
        _manager_head(count),
        struct.pack(">HHI", count, 0, 7 + len(rows)) + rows,
        struct.pack(">HHI", count, 0, 7 + len(body)) + body,
    )
    (folder / "VIDEO_TS.IFO").write_bytes(manager)
    return root


def _manager_head(titles: int) -> bytes:
    head = bytearray(SECTOR)
    head[:12] = b"DVDVIDEO-VMG"
    struct.pack_into(">I", head, 0x0C, 7)
    struct.pack_into(">IH", head, 0x1C, 3, 0x11)
    struct.pack_into(">HHB", head, 0x26, 1, 1, 1)
    struct.pack_into(">H", head, 0x3E, titles)
    struct.pack_into(">II", head, 0x80, 0x4FB, 0x400)
    struct.pack_into(">I", head, 0xC4, 1)
    struct.pack_into(">I", head, 0xD0, 2)
    chain = bytearray(CHAIN_BYTES)
    struct.pack_into(">4B", chain, 4, 0, 0, 0, PAL_25)
    struct.pack_into(">H", chain, 0xE4, CHAIN_BYTES)
    jump = struct.pack(">HHHH", 1, 0, 0, 15) + bytes.fromhex("3002000000010000")
    head[0x400 : 0x400 + CHAIN_BYTES + len(jump)] = chain + jump
    return bytes(head)


def _title_set(seconds: int, units: Sequence[int], last: int) -> bytes:
    head = bytearray(SECTOR)
    head[:12] = b"DVDVIDEO-VTS"
    struct.pack_into(">I", head, 0x0C, VTS_SECTORS + last)
    struct.pack_into(">IH", head, 0x1C, VTS_SECTORS - 1, 0x11)
    struct.pack_into(">I", head, 0x80, SECTOR - 1)
    struct.pack_into(">III", head, 0xC4, VTS_SECTORS, 1, 2)
    struct.pack_into(">II", head, 0xE0, 3, 4)
    struct.pack_into(">HBBBB", head, 0x200, 0x5300, 0, 1, 0x00, 0xC0)
    chapters = struct.pack(">HHIIHH", 1, 0, 15, 12, 1, 1)
    chain = bytearray(CHAIN_BYTES)
    minutes, rest = divmod(seconds, 60)
    time = struct.pack(">4B", 0, _digits(minutes), _digits(rest), PAL_25)
    chain[2:8] = bytes((1, 1)) + time
    struct.pack_into(">H", chain, 0x0C, 0x8000)
    struct.pack_into(">HHH", chain, 0xE6, CHAIN_BYTES, CHAIN_BYTES + 2, CHAIN_BYTES + 26)
    cell = struct.pack(">I", 0x02000000) + time + struct.pack(">IIII", 0, 0, units[-1], last)
    chain += bytes((1, 0)) + cell + struct.pack(">HBB", 1, 0, 1)
    chains = struct.pack(">HHIII", 1, 0, 15 + len(chain), 0x81000000, 16) + chain
    cells = struct.pack(">HHIHBBII", 1, 0, 19, 1, 1, 0, 0, last)
    map_ = struct.pack(f">I{len(units)}I", 3 + 4 * len(units), *units)
    return _sectors(bytes(head), chapters, chains, cells, map_)


def _navigated(data: bytearray) -> list[int]:
    """Fill in the navigation packs of a VOB; return the sectors that they lie in."""
    lead = b"\x00\x00\x01\xbf"
    sectors = range(len(data) // SECTOR)
    units = [n for n in sectors if data[n * SECTOR + PCI : n * SECTOR + PCI + 4] == lead]
    ends = [*units[1:], len(data) // SECTOR]
    for n, (first, end) in enumerate(zip(units, ends, strict=True)):
        at, time = first * SECTOR, n * 43200  # 90 kHz; units of 12 frames
        struct.pack_into(">I", data, at + PCI + 7, first)
        struct.pack_into(">II", data, at + PCI + 7 + 12, time, time + 43200)
        struct.pack_into(">III", data, at + DSI + 7, time, first, end - first - 1)
        struct.pack_into(">HBB", data, at + DSI + 31, 1, 0, 1)
        following = END_OF_CELL if end == ends[-1] else 0x80000000 | (end - first)
        before = END_OF_CELL if n == 0 else 0x80000000 | (first - units[n - 1])
        table = at + DSI + 0xF1
        for slot in range(42):
            struct.pack_into(">I", data, table + 4 * slot, END_OF_CELL)
        struct.pack_into(">I", data, table, following)
        struct.pack_into(">II", data, table + 80, following, before)
    return units


def _sectors(*parts: bytes) -> bytes:
    return b"".join(part + bytes(-len(part) % SECTOR) for part in parts)


def _digits(value: int) -> int:
    """Two decimal digits as a DVD writes them."""
    return value // 10 * 16 + value % 10


def make_bluray(
    root: Path, clips: dict[str, Path], playlists: dict[int, Sequence[tuple[str, float, float]]]
) -> Path:
    """Write a Blu-ray disc: clips by number, and playlists of clip, begin and end in seconds."""
    streams, lists = root / "BDMV" / "STREAM", root / "BDMV" / "PLAYLIST"
    streams.mkdir(parents=True)
    lists.mkdir()
    for number, path in clips.items():
        (streams / f"{number}.m2ts").write_bytes(path.read_bytes())
    for number, items in playlists.items():
        body = struct.pack(">IHHH", 0, 0, len(items), 0)
        for clip, begin, end in items:
            item = clip.encode() + b"M2TS" + struct.pack(">HB", 1, 0)
            item += struct.pack(">II", round(begin * 45000), round(end * 45000)) + bytes(12)
            body += struct.pack(">H", len(item)) + item
        head = b"MPLS0200" + struct.pack(">III", 40, 0, 0) + bytes(20)
        (lists / f"{number:05d}.mpls").write_bytes(head + body)
    return root
