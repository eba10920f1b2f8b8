"""Damaged inputs: bytes flipped, files cut off, JSON and TOML fuzzed; what do the scripts say?

    uv run tests/bench/whole/robust_fuzz.py FOLDER [--count 200]

FOLDER holds a finished project. A run may succeed (the damage did not matter) or end with exit code
2 and one line; it may not show a traceback, hang, or leave an artifact that can't be read.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from vsmeme.commands.exits import run
from vsmeme.commands.group import invoke, load_command

LIMIT_S = 240
MEDIA = ("wide.mkv", "dvd.mkv", "face.png", "work/masks/foreground.mkv", "work/plate/0.samples.png")
TEXTS = ("meme.toml", "work/match.json", "work/shots.json", "work/geometry.json",
         "work/colour.json", "work/upscale.json", "work/masks.json", "work/background.json",
         "work/track.json")  # fmt: skip
# What reads the file next: the script that would run after a change of it, or the graph.
READERS = {"wide.mkv": "match", "dvd.mkv": "match", "face.png": "track"}
WORDS = ("null", "-1", '"x"', "[]", "{}", "1e400", "true", '""', "99999999999")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a damaged input led to."""

    file: str
    damage: str
    reader: str
    code: int | None
    fault: str
    said: str


def damaged(data: bytes, rng: random.Random, *, text: bool) -> tuple[str, bytes]:
    """Damage a file's contents, and say how."""
    kind = rng.choice(("flip", "cut", "word", "line") if text else ("flip", "cut", "hole"))
    if kind == "cut":
        return "cut off", data[: rng.randrange(len(data))]
    if kind == "flip":
        out = bytearray(data)
        for _ in range(rng.choice((1, 8, 64))):
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
        return "bits flipped", bytes(out)
    if kind == "hole":
        at = rng.randrange(len(data))
        return "a hole of zeros", data[:at] + bytes(min(4096, len(data) - at)) + data[at + 4096 :]
    lines = data.decode().splitlines(keepends=True)
    n = rng.randrange(len(lines))
    if kind == "line":
        return "a line missing", "".join(lines[:n] + lines[n + 1 :]).encode()
    head, colon, rest = lines[n].partition(":" if ":" in lines[n] else "=")
    tail = ",\n" if rest.rstrip().endswith(",") else "\n"
    lines[n] = f"{head}{colon} {rng.choice(WORDS)}{tail}" if colon else f"{rng.choice(WORDS)}{tail}"
    return "a value replaced", "".join(lines).encode()


def trials(folder: Path, work: Path, count: int, *, seed: int = 1) -> Iterator[Verdict]:
    """Damage, run, judge.

    Args:
        folder: The finished project; stays as it is.
        work: Where copies are damaged.
        count: How many.
        seed: Of the damage.
    """
    rng = random.Random(seed)
    names = [name for name in (*MEDIA, *TEXTS) if (folder / name).exists()]
    for n in range(count):
        name = names[n % len(names)]
        copy = work / "damaged"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        file = copy / name
        damage, data = damaged(file.read_bytes(), rng, text=name.endswith((".json", ".toml")))
        file.write_bytes(data)
        yield judged(copy, name, damage)


def judged(copy: Path, name: str, damage: str) -> Verdict:
    """Run what reads the file, and look at how it ends."""
    reader = READERS.get(name, "robust_look")
    said_to = copy / "said.txt"
    code = forked(reader, str(copy / "meme.toml"), said_to)
    said = said_to.read_text(encoding="utf-8", errors="replace").strip()
    if code is None:
        return Verdict(file=name, damage=damage, reader=reader, code=None, fault="hangs", said=said)
    faults = []
    if "Traceback" in said:
        faults.append("traceback")
    if code not in (0, 2):
        faults.append(f"exit code {code}")
    for path in copy.glob("work/*.json"):
        if path.relative_to(copy).as_posix() == name:
            continue
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            faults.append(f"{path.name} is damaged")
    if code == 2 and not said:
        faults.append("says nothing")
    last = said.splitlines()[-1][:160] if said else ""
    return Verdict(
        file=name, damage=damage, reader=reader, code=code, fault=", ".join(faults), said=last
    )


def forked(reader: str, project: str, said_to: Path) -> int | None:
    """Run a command in a fork that has everything imported already.

    Returns:
        The exit code, negative for a signal; ``None`` if it had to be killed.
    """
    command = load_command(reader)
    child = os.fork()
    if child == 0:
        with said_to.open("wb") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        sys.argv = [reader, project]
        os._exit(run(lambda argv: invoke(command, argv, name=reader)))
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def main(argv: list[str]) -> int:
    """Print what was wrong, and the count of each outcome."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("folder", type=Path)
    made.add_argument("--count", type=int, default=200)
    made.add_argument("--work", type=Path, default=ROOT / "out" / "fuzz")
    arguments = made.parse_args(argv)
    outcomes: Counter[str] = Counter()
    for n, verdict in enumerate(trials(arguments.folder, arguments.work, arguments.count), 1):
        print(f"{n} of {arguments.count}", end="\r", file=sys.stderr, flush=True)
        plain = "went on" if verdict.code == 0 else "one line, exit code 2"
        outcomes[verdict.fault or plain] += 1
        if verdict.fault:
            print(f"| {verdict.file} | {verdict.damage} | {verdict.reader} | {verdict.fault} "
                  f"| {verdict.said} |", flush=True)  # fmt: skip
    print(", ".join(f"{what}: {number}" for what, number in outcomes.most_common()))
    return int(any(what not in ("went on", "one line, exit code 2") for what in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
