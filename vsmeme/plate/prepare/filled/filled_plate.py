"""A plate of real pixels: all that a shot's frames tell, before anything is generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ....arrays.images import Mask
from ....arrays.stamped_archive import read_archive, write_archive
from ....config import Config
from ....pixels.rect import Rect
from ....sync.shots import Shot
from ...ledger import Exposure
from ..fill_from_frames import Filled, fill
from ..key_and_mode import choose_mode, key_frame, runs
from ..light_changes import exposures
from ..plate_grid import PlateGrid, plan_grid
from ..shot_frames import Footage
from ..shot_survey import survey

VERSION = 1  # raised when shots would be filled otherwise
MASKS = ("open", "hidden", "subject", "lacked")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledPlate:
    """One key frame's plate before the generation.

    Attributes:
        grid: Its pixel grid.
        exposure: What brings it to each frame; empty for none.
        filled: Its samples, and what they are.
        mode: How the background is built from it.
        last: Last pair that it serves; the first is the grid's.
        followed: Whether the camera stands still, or the plate goes along with it.
    """

    grid: PlateGrid
    exposure: tuple[Exposure, ...]
    filled: Filled
    mode: Literal["live", "still"]
    last: int
    followed: bool


def fill_shot(
    footage: Footage, quick: Footage, shot: Shot, *, config: Config, feather_px: int
) -> list[FilledPlate]:
    """Look at a shot and fill its key frames with real pixels.

    Args:
        footage: Its frames.
        quick: The same frames as they are rendered sooner, for looking at every one of them.
        shot: First and last pair.
        config: For ``[background]`` and ``[inpaint]``.
        feather_px: How far the subject's soft edge reaches, canvas px.

    Raises:
        UsageError: ``still`` is asked for and would show what nobody has seen.
    """
    plates = []
    seen = survey(quick, range(shot.first, shot.last + 1))
    for part in runs(seen, config.inpaint.keys):
        frame = key_frame(part, config.background.frame)
        grid = plan_grid(part, frame, moving=part.reliable and not part.still)
        exposure = exposures(part, grid)
        filled = fill(
            footage, part, grid,
            exposure=exposure, feather_px=feather_px, reliable=part.reliable,
        )  # fmt: skip
        mode = choose_mode(
            part, grid, hidden=filled.hidden, exposure=exposure, settings=config.background
        )
        plates.append(
            FilledPlate(
                grid=grid, exposure=exposure, filled=filled, mode=mode,
                last=part.glances[-1].frame, followed=part.reliable,
            )
        )  # fmt: skip
    return plates


def save_filled(path: Path, stamp: str, plates: Sequence[FilledPlate]) -> None:
    """Keep a shot's plates until they are generated.

    Args:
        path: The file, ending in `.npz`.
        stamp: What they depend on.
        plates: Of the shot, in order.
    """
    arrays: dict[str, Any] = {}
    rows = []
    for i, plate in enumerate(plates):
        grid = plate.grid
        arrays[f"{i}.plate"] = plate.filled.plate
        arrays |= {f"{i}.{name}": np.packbits(getattr(plate.filled, name)) for name in MASKS}
        rows.append({
            "key": grid.key, "canvas": grid.canvas, "box": grid.box.as_list(),
            "motion": grid.motion, "first": grid.first, "exposure": plate.exposure,
            "mode": plate.mode, "last": plate.last, "followed": plate.followed,
            "from_others": plate.filled.from_others,
        })  # fmt: skip
    write_archive(path, stamp, rows, arrays)


def is_filled(path: Path, stamp: str) -> bool:
    """Whether plates are kept that still hold; none of their samples is read."""
    return bool(read_archive(path, stamp, lambda kept, rows: True))


def load_filled(path: Path, stamp: str) -> list[FilledPlate] | None:
    """Read a shot's plates; `None` where none are kept that still hold."""
    return read_archive(
        path, stamp, lambda kept, rows: [_plate(kept, i, row) for i, row in enumerate(rows)]
    )


def _plate(kept: Any, i: int, row: dict[str, Any]) -> FilledPlate:  # noqa: ANN401
    box = Rect.from_list(row["box"])
    grid = PlateGrid(
        key=row["key"], canvas=_tuples(row["canvas"]), box=box, motion=_tuples(row["motion"]),
        first=row["first"],
    )  # fmt: skip
    masks: dict[str, Mask] = {
        name: np.unpackbits(kept[f"{i}.{name}"], count=box.w * box.h)
        .reshape(box.h, box.w)
        .astype(np.bool_)
        for name in MASKS
    }
    filled = Filled(plate=kept[f"{i}.plate"], from_others=row["from_others"], **masks)
    return FilledPlate(
        grid=grid, exposure=_tuples(row["exposure"]), filled=filled, mode=row["mode"],
        last=row["last"], followed=row["followed"],
    )  # fmt: skip


def _tuples(value: Any) -> Any:  # noqa: ANN401 - nested lists of any depth
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
