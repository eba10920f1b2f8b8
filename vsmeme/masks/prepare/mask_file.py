"""Masks into a file: FFV1, GRAY8, full range, through a pipe."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]

from ...arrays.images import Image
from ...artifact import atomic_path
from ...errors import wrong


class MaskWriter:
    """Writes one mask after the other; the file appears when the block ends without an error.

    Args:
        path: Final name, ending in `.mkv`.
        size: Width and height, canvas px.
        fps: Rate, frames a second, as a fraction.
    """

    def __init__(self, path: Path, *, size: tuple[int, int], fps: tuple[int, int]) -> None:
        self._path, self._size, self._fps = path, size, fps

    def __enter__(self) -> Self:
        """Start the encoder."""
        self._target = atomic_path(self._path)
        part = self._target.__enter__()
        width, height = self._size
        command = [
            get_ffmpeg_exe(), "-v", "error", "-y",
            "-f", "rawvideo", "-pix_fmt", "gray", "-video_size", f"{width}x{height}",
            "-framerate", f"{self._fps[0]}/{self._fps[1]}", "-i", "pipe:0",
            "-c:v", "ffv1", "-level", "3", "-g", "1", "-slicecrc", "1", "-pix_fmt", "gray",
            "-color_range", "pc", "-fflags", "+bitexact", str(part),
        ]  # fmt: skip
        self._log = TemporaryFile()  # has no name: nobody has to remove it
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=self._log)
        return self

    def add(self, mask: Image) -> None:
        """Write a mask, 8 bit, `h x w`."""
        if mask.shape != (self._size[1], self._size[0]) or mask.dtype != np.uint8:
            expected = f"a uint8 mask of {self._size[0]}x{self._size[1]}"
            raise wrong("MaskWriter.add", "mask", expected, f"{mask.dtype} {mask.shape}")
        pipe = self._process.stdin
        if pipe is None:
            raise RuntimeError("the encoder has no input")
        try:
            pipe.write(np.ascontiguousarray(mask).data)
        except BrokenPipeError:
            self._fail()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or drop it after an error."""
        try:
            if self._process.stdin:
                self._process.stdin.close()
            code = self._process.wait()
            if code and kind is None:
                self._fail()
        except BaseException as failed:
            self._target.__exit__(type(failed), failed, failed.__traceback__)
            raise
        else:
            self._target.__exit__(kind, error, trace)
        finally:
            self._log.close()

    def _fail(self) -> None:
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip().splitlines()
        raise OSError(f"{self._path}: the encoder failed: {said[-1] if said else 'no reason'}")
