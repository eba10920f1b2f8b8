"""One frame of a planned upscale in a process of its own.

Running out of memory may raise, abort or kill; here it costs a child, and its end gives all memory
back, on a graphics card too. The parent writes a job to stdin and reads one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import MissingError, UsageError, out_of_memory
from ...host import peak_bytes
from ...placement.layout import Layout
from ..upscale_plan import Plan

TRIAL_SECONDS = 900  # the slowest network on the slowest card takes minutes for a full-size strip
FRAMES = 2  # the first one also pays for loading the network


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a trial went.

    Attributes:
        memory: Memory ran out.
        seconds: Time of the second frame.
        peak_bytes: Largest memory of the process, 0 where the system doesn't tell.
        share: Input px given to the network, as a share of the DVD's frame.
    """

    memory: bool = False
    seconds: float = 0.0
    peak_bytes: int = 0
    share: float = 0.0


def run_trial(plan: Plan, layout: Layout, *, overlap_px: int = 0) -> Outcome:
    """Render the strips of a layout as planned, on a made-up picture, in a child process.

    Args:
        plan: What to try; it has a network.
        layout: Where everything lies; the real sizes.
        overlap_px: Rows that each strip reaches into the wide, canvas px.

    Returns:
        The outcome; running out of memory is one.

    Raises:
        UsageError: The network gives NaN or infinite values, or not what it states.
        MissingError: The backend or the model isn't there or fails otherwise.
    """
    job = {
        "plan": plan.to_json(work=Path()),
        "layout": layout.to_json(),
        "overlap_px": overlap_px,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "vsmeme.bands.prepare.trial_render"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MissingError(f"backend {plan.backend} hangs: choose another in [upscale]") from None
    return _outcome(plan, done)


def _outcome(plan: Plan, done: subprocess.CompletedProcess[str]) -> Outcome:
    lines = done.stdout.splitlines()
    told = json.loads(lines[-1]) if done.returncode == 0 and lines else {}
    fault = str(told.get("fault", "")) or ("" if told else done.stderr)
    if "fault" not in told and told:
        return Outcome(**told)
    # a negative code: killed by a signal, as the kernel does when memory runs out
    if done.returncode < 0 or out_of_memory(fault):
        return Outcome(memory=True)
    kind = UsageError if told.get("usage") else MissingError
    last = fault.strip().splitlines()[-1] if fault.strip() else f"exit code {done.returncode}"
    name = plan.model.name if plan.model else "?"
    raise kind(f"model {name} does not run on {plan.backend}: {last[:300]}")


def _job(job: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    import vapoursynth as vs

    from ...networks.prepare.synthetic_picture import synthetic_texture
    from ..upscale_bands import upscale_strips

    plan = Plan.from_json(job["plan"], work=Path())
    layout = Layout.from_json(job["layout"])
    if plan.model is None:
        raise UsageError("a trial needs a network")
    rgb = synthetic_texture(*layout.dvd_size, length=FRAMES)
    picture = rgb.resize.Point(format=vs.YUV444P16, matrix=6).std.SetFrameProps(
        _Primaries=6, _Transfer=6
    )
    strips = upscale_strips(
        picture,
        layout,
        plan.model,
        layout.strips(job["overlap_px"]),
        backend=plan.backend,
        tile=plan.tile,
        fp16=plan.fp16,
        extra=_extra(plan, layout.dvd_size),
    )
    seconds = 0.0
    for n in range(FRAMES):
        start = time.perf_counter()
        for strip in strips:
            with strip.get_frame(n) as frame:
                planes = [np.asarray(frame[p]) for p in range(frame.format.num_planes)]
                if not all(np.isfinite(plane).all() for plane in planes):
                    raise UsageError("it returns NaN or infinite values")
        seconds = time.perf_counter() - start
    pixels = sum(strip.width * strip.height for strip in strips) / layout.scale**2
    share = pixels / (layout.dvd_size[0] * layout.dvd_size[1])
    return {"seconds": seconds, "peak_bytes": peak_bytes(), "share": share}


def _extra(plan: Plan, size: tuple[int, int]) -> list[Any]:
    import vapoursynth as vs

    if plan.model is None:
        return []
    count = plan.model.channels - plan.model.planes * (
        2 * (plan.model.neighbours + plan.model.motion) + 1
    )
    blank = vs.core.std.BlankClip(None, *size, vs.GRAYS, length=FRAMES, color=0.5)
    return [blank] * count


def main() -> int:
    """Run the job on stdin; its result, or its fault, goes to stdout as JSON."""
    job = json.loads(sys.stdin.read())
    try:
        told = _job(job)
    except Exception as error:
        text = str(error) or ("out of memory" if isinstance(error, MemoryError) else repr(error))
        told = {"fault": text, "usage": isinstance(error, UsageError)}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
