"""The ladder when memory runs out: whole strips, smaller and smaller tiles, a smaller network.

It is climbed once, on the real strip size, and what holds is written to ``upscale.json``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from ...errors import MissingError, wrong
from ...networks.backend import BACKENDS, Backend, find_backend
from ...networks.model import Model
from ...networks.prepare.convert_models import LESSER, bring
from ...networks.prepare.engine_builders import build_engine, can_build
from ...networks.prepare.memory_need import free_bytes, old_card, working_bytes
from ...placement.layout import Layout
from ..strips import network_windows
from ..upscale_plan import Plan
from .trial_render import Outcome, run_trial

log = logging.getLogger("vsmeme")

TILE_SIDES_PX = (512, 384, 256, 192, 128, 96, 64)
HEADROOM = 0.8  # of the free memory: other programs may ask for more


def rungs(model: Model, layout: Layout, *, overlap_px: int) -> Iterator[tuple[str, Plan]]:
    """Yield the rungs, best first, as plans without backend and precision.

    Args:
        model: The network that is wanted.
        layout: Where everything lies.
        overlap_px: Rows that each strip reaches into the wide, canvas px.

    Yields:
        Name and plan: "whole", "tiles-<px>" for each side that cuts the strip and leaves room
        between two contexts, "lesser".
    """
    yield "whole", _plan(model, None, "whole")
    yield from _tiled(model, layout, overlap_px)
    if model.name != LESSER and layout.scale > 3:
        lesser = bring(LESSER)
        smallest = [plan.tile for _, plan in _tiled(lesser, layout, overlap_px)]
        yield "lesser", _plan(lesser, smallest[-1] if smallest else None, "lesser")


def _tiled(model: Model, layout: Layout, overlap_px: int) -> Iterator[tuple[str, Plan]]:
    width, height = network_windows(layout, model, overlap_px=overlap_px)[0]
    least = 2 * (model.radius + model.multiple)
    for side in TILE_SIDES_PX:
        if side < max(width, height) and side >= least:
            yield f"tiles-{side}", _plan(model, (side, side), f"tiles-{side}")


def _plan(model: Model, tile: tuple[int, int] | None, rung: str) -> Plan:
    return Plan(model=model, backend="?", tile=tile, rung=rung)


def climb(
    layout: Layout,
    model: Model,
    *,
    overlap_px: int = 0,
    backend: str = "auto",
    tile: int | None = None,
    fp16: bool | None = None,
    rung: str | None = None,
) -> Plan:
    """Find the first rung that holds, by trying each on the real strip size.

    Args:
        layout: Where everything lies.
        model: The network that is wanted.
        overlap_px: Rows that each strip reaches into the wide, canvas px.
        backend: Backend by name, or "auto".
        tile: A forced tile side, DVD px.
        fp16: Forced precision; ``None``: half where backend and model support it.
        rung: A forced rung by name.

    Returns:
        The plan to write to ``upscale.json``.

    Raises:
        MissingError: No rung holds, or the backend or the model fails otherwise.
        UsageError: No rung is called so, or the model gives what it shouldn't.
    """
    where = _backend(backend)
    steps = list(rungs(model, layout, overlap_px=overlap_px))
    if tile is not None:
        steps = [(f"tiles-{tile}", _plan(model, (tile, tile), f"tiles-{tile}"))]
    if rung is not None:
        names = [name for name, _ in steps]
        steps = [step for step in steps if step[0] == rung]
        if not steps:
            raise wrong("climb", "rung", f"one of {', '.join(names)}", rung)
    for name, plan in steps:
        ready = _settled(plan, where, fp16)
        if len(steps) > 1 and name != steps[-1][0] and _too_big(ready, layout, overlap_px, where):
            continue
        outcome = attempt(ready, layout, overlap_px=overlap_px)
        if not outcome.memory:
            log.info(
                "upscale: %s on %s, %s, %.2f s a frame",
                ready.model.name if ready.model else "",
                where.name,
                name,
                outcome.seconds,
            )
            return ready
        log.info("upscale: %s runs out of memory on %s", name, where.name)
    raise MissingError(
        f"model {model.name} runs out of memory on {where.name} at every rung "
        f"({', '.join(name for name, _ in steps)}): close other programs, choose another backend, "
        'or set [upscale] model = "bicubic"'
    )


def attempt(plan: Plan, layout: Layout, *, overlap_px: int) -> Outcome:
    """Try one rung; builds the engine first where the backend wants one."""
    where = BACKENDS[plan.backend]
    if plan.model is not None:
        for size in network_windows(layout, plan.model, overlap_px=overlap_px, tile=plan.tile):
            build_engine(plan.model, where, size=size, half=plan.fp16)
    return run_trial(plan, layout, overlap_px=overlap_px)


def _backend(name: str) -> Backend:
    """Prefer TensorRT in preparation, where its engines can be built."""
    if name == "auto":
        for each in BACKENDS.values():
            if can_build(each):
                log.info("backend %s: its plugin and its builder are installed", each.name)
                return each
    return find_backend(name)


def _settled(plan: Plan, where: Backend, fp16: bool | None) -> Plan:
    bears = plan.model is not None and plan.model.fp16
    half = where.half and bears and not old_card(where)
    return replace(plan, backend=where.name, fp16=half if fp16 is None else fp16)


def _too_big(plan: Plan, layout: Layout, overlap_px: int, where: Backend) -> bool:
    free = free_bytes(where)
    if free is None or plan.model is None:
        return False
    windows = network_windows(layout, plan.model, overlap_px=overlap_px, tile=plan.tile)
    width, height = windows[0]
    need = working_bytes(plan.model) * width * height * (0.5 if plan.fp16 else 1.0)
    if need <= HEADROOM * free:
        return False
    log.info(
        "upscale: %s left out: about %.1f GB of %.1f GB free", plan.rung, need / 1e9, free / 1e9
    )
    return True
