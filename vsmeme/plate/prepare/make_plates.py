"""The plate of every shot: chosen, filled with real pixels, generated once, recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...arrays.images import Mask, Picture
from ...config import Config
from ...progress import log
from ...sync.shots import Shot
from ..ledger import RETOUCHED, Exposure, PlateKey
from .fill_from_frames import Filled, fill
from .generation import Generated, generate, mask_sha256
from .inpainters.base import Inpainter
from .inpainters.open_areas import islands
from .key_and_mode import choose_mode, key_frame, runs
from .light_changes import exposures
from .plate_files import write_plate
from .plate_grid import PlateGrid, plan_grid
from .retouched import painting_of, take_painting
from .shot_frames import Footage
from .shot_survey import Survey, survey

# Generated colours settle over this share of the canvas width, from the real edge inwards.
BLEND_SHARE = 1 / 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """One key frame's plate before it is written.

    Attributes:
        grid: Its pixel grid.
        samples: ``3 x h x w``.
        mask: What was generated.
        filled: The stage before the generation.
        proof: The generation.
        exposure: What brings it to each frame; empty for none.
    """

    grid: PlateGrid
    samples: Picture
    mask: Mask
    filled: Filled
    proof: Generated
    exposure: tuple[Exposure, ...]


def shot_plates(
    footage: Footage,
    shot: Shot,
    *,
    number: int,
    config: Config,
    backend: Inpainter,
    feather_px: int,
    work: Path,
    quick: Footage | None = None,
) -> list[PlateKey]:
    """Make and write the plates of one shot.

    Args:
        footage: Its frames.
        shot: First and last pair.
        number: Its number.
        config: For ``[background]`` and ``[inpaint]``.
        backend: What generates.
        feather_px: How far the subject's soft edge reaches, canvas px.
        work: The work folder.
        quick: The same frames as they are rendered sooner, for looking at every one of them.

    Returns:
        The ledger's entries; the ledger itself is written by the caller.
    """
    seen = survey(quick or footage, range(shot.first, shot.last + 1))
    keys = []
    for i, part in enumerate(runs(seen, config.inpaint.keys)):
        frame = key_frame(part, config.background.frame)
        stem = f"{number}-{i}" if i else f"{number}"
        painting = painting_of(config.background.paintings, stem)
        plate = make_plate(
            footage, part, frame, backend=backend, feather_px=feather_px, painting=painting
        )
        mode = choose_mode(
            part,
            plate.grid,
            hidden=plate.filled.hidden,
            exposure=plate.exposure,
            settings=config.background,
        )
        by, model = (RETOUCHED, painting.name) if painting else (backend.name, backend.model)
        seed = config.inpaint.seed
        facts = {"shot": number, "mode": mode, "seed": seed, "backend": by, "model": model}
        keys.append(_recorded(plate, part, work=work, stem=stem, facts=facts))
    return keys


def make_plate(
    footage: Footage,
    seen: Survey,
    frame: int,
    *,
    backend: Inpainter,
    feather_px: int,
    painting: Path | None = None,
) -> Plate:
    """Make the plate of one key frame: real pixels first, then one generation.

    Args:
        footage: Where the frames come from.
        seen: The survey of the frames that it serves.
        frame: The key frame.
        backend: What generates.
        feather_px: How far the subject's soft edge reaches, canvas px.
        painting: This plate, painted over by a person; nothing is generated then.

    Returns:
        The plate and its proof.
    """
    grid = plan_grid(seen, frame, moving=seen.reliable and not seen.still)
    exposure = exposures(seen, grid)
    filled = fill(
        footage,
        seen,
        grid,
        exposure=exposure,
        feather_px=feather_px,
        reliable=seen.reliable,
    )
    if painting:
        proof = take_painting(painting, filled.plate, filled.open, hidden=filled.hidden)
    else:
        proof = generate(
            filled.plate,
            filled.open,
            avoid=filled.hidden | islands(~filled.open & ~filled.hidden),
            backend=backend,
            feather_px=max(2, round(seen.size[0] * BLEND_SHARE)),
            shown=filled.lacked,
        )
    return Plate(
        grid=grid,
        samples=proof.plate,
        mask=filled.open,
        filled=filled,
        proof=proof,
        exposure=exposure,
    )


def _recorded(
    plate: Plate, seen: Survey, *, work: Path, stem: str, facts: dict[str, Any]
) -> PlateKey:
    """Write a plate's files, say what it is made of, and return its entry."""
    names, hashes = write_plate(work, stem=stem, plate=plate.samples, mask=plate.mask)
    key = _entry(plate, seen, facts={**facts, **names, "files": hashes})
    log.info("%s", _summary(key))
    return key


def _entry(plate: Plate, seen: Survey, *, facts: dict[str, Any]) -> PlateKey:
    area = seen.size[0] * seen.size[1]
    on_canvas = plate.mask[plate.grid.canvas_slices]
    return PlateKey(
        **facts,
        frame=plate.grid.key,
        first=seen.glances[0].frame,
        last=seen.glances[-1].frame,
        generations=plate.proof.generations,
        mask_sha256=mask_sha256(plate.mask),
        outside_sha256_before=plate.proof.before,
        outside_sha256_after=plate.proof.after,
        changed_outside_mask=plate.proof.changed,
        subject_pixels_in_mask=int(np.count_nonzero(plate.mask & plate.filled.subject)),
        filled_from_other_frames=plate.filled.from_others / area,
        generated=int(np.count_nonzero(on_canvas)) / area,
        hidden=int(np.count_nonzero(plate.filled.hidden)) / area,
        origin=plate.grid.origin,
        size=(plate.grid.box.w, plate.grid.box.h),
        motion=() if _still(plate.grid) else plate.grid.motion,
        exposure=plate.exposure,
        followed=seen.reliable,
    )


def _summary(key: PlateKey) -> str:
    origin = f"generated by {key.backend}"
    if key.backend == RETOUCHED:
        origin = f"painted in {key.model}"
    return (
        f"shot {key.shot}, frame {key.frame}: {100 * key.filled_from_other_frames:.2f} % of the "
        f"canvas filled from other frames, {100 * key.generated:.2f} % {origin}, "
        f"{100 * key.hidden:.2f} % hidden; background {key.mode}"
    )


def _still(grid: PlateGrid) -> bool:
    return all(matrix == grid.motion[0] for matrix in grid.motion)
