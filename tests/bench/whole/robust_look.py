"""Build a project's graph and render a few frames, ending as every script does."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import vapoursynth as vs

from vsmeme import stages
from vsmeme.commands.exits import run
from vsmeme.errors import UsageError
from vsmeme.project import load_project


def main(argv: list[str]) -> int:
    """Render first, middle and last frame."""
    clip = stages.delivered(load_project(argv[0]))
    for n in sorted({0, clip.num_frames // 2, clip.num_frames - 1}):
        try:
            clip.get_frame(n).close()
        except vs.Error as error:
            raise UsageError(f"frame {n}: {error}") from None
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
