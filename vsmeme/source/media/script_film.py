"""A VapourSynth script as a release: its output 0."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from threading import Lock

import vapoursynth as vs

from ...errors import UsageError

_ONE_AT_A_TIME = Lock()  # outputs and the current folder belong to the whole process


def open_script(path: Path) -> vs.VideoNode:
    """Run a script in its own folder and return its output 0; outputs set before stay.

    Raises:
        UsageError: It fails, or sets no video of constant format.
    """
    with _ONE_AT_A_TIME:
        before, folder = dict(vs.get_outputs()), Path.cwd()
        vs.clear_outputs()
        try:
            os.chdir(path.parent)
            runpy.run_path(str(path), run_name="__vapoursynth__")
            made = vs.get_outputs().get(0)
        except (Exception, SystemExit) as error:  # a person's script may raise anything
            first = (str(error).splitlines() or [""])[0]
            raise UsageError(
                f"{path}: the script fails ({type(error).__name__}: {first})"
            ) from None
        finally:
            os.chdir(folder)
            vs.clear_outputs()
            for number, output in before.items():
                _set_again(number, output)
    clip = getattr(made, "clip", None)
    if not isinstance(clip, vs.VideoNode):
        raise UsageError(f"{path}: the script sets no video as its output 0")
    return clip


def _set_again(number: int, output: object) -> None:
    if isinstance(output, vs.VideoOutputTuple):
        output.clip.set_output(number, output.alpha, output.alt_output)
    elif isinstance(output, vs.AudioNode):
        output.set_output(number)
