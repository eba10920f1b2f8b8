"""Mask files: FFV1, GRAY8, full range, written through a pipe, joined without loss."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ...arrays.images import Image
from ...artifact import atomic_path, write_changed
from ...errors import wrong
from ...ffmpeg import Raw, call, pipe

FFV1 = (
    *("-c:v", "ffv1", "-level", "3", "-g", "1", "-slicecrc", "1", "-pix_fmt", "gray"),
    *("-color_range", "pc", "-fflags", "+bitexact"),
)


class MaskWriter:
    """Writes one mask after the other; the file appears when the block ends without an error.

    Args:
        path: Final name, ending in `.mkv`.
        size: Width and height, canvas px.
        fps: Rate, frames a second, as a fraction.
    """

    def __init__(self, path: Path, *, size: tuple[int, int], fps: tuple[int, int]) -> None:
        self._path, self._size = path, size
        self._raw = Raw(width=size[0], height=size[1], fps=Fraction(*fps), pixels="gray")

    def __enter__(self) -> Self:
        """Start the encoder."""
        with ExitStack() as stack:
            part = stack.enter_context(atomic_path(self._path))
            self._pipe = stack.enter_context(pipe(self._raw, [*FFV1, str(part)]))
            self._open = stack.pop_all()
        return self

    def add(self, mask: Image) -> None:
        """Write a mask, 8 bit, `h x w`.

        Raises:
            UsageError: It has another size or depth.
            BrokenPipeError: The encoder has stopped; the end of the block says why.
        """
        if mask.shape != (self._size[1], self._size[0]) or mask.dtype != np.uint8:
            expected = f"a uint8 mask of {self._size[0]}x{self._size[1]}"
            raise wrong("MaskWriter.add", "mask", expected, f"{mask.dtype} {mask.shape}")
        self._pipe.write(np.ascontiguousarray(mask).data)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or drop it after an error."""
        self._open.__exit__(kind, error, trace)


def join_masks(pieces: Sequence[Path], path: Path, *, fps: tuple[int, int]) -> None:
    """Join mask files one after the other; their frames stay as they are.

    Args:
        pieces: Files of `MaskWriter`, all in one folder, of one size.
        path: The file.
        fps: Rate, frames a second, as a fraction.
    """
    rows = ["ffconcat version 1.0\n", *(f"file {piece.name}\n" for piece in pieces)]
    evenly = f"setts=pts=N*{fps[1]}/({fps[0]}*TB):dts=N*{fps[1]}/({fps[0]}*TB)"
    table = pieces[0].with_name(f"{path.stem}.txt")
    write_changed(table, "".join(rows))
    with atomic_path(path) as part:
        source = ["-f", "concat", "-safe", "0", "-i", str(table)]
        call([*source, "-map", "0:v", "-c", "copy", "-bsf:v", evenly, "-map_metadata", "-1",
              "-fflags", "+bitexact", str(part)])  # fmt: skip
