"""Every shot placed, its drift measured where it moves, and the layouts of all planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..config import Config
from ..errors import UsageError
from ..pixels.matrix import Matrix23
from ..pixels.rect import Rect, union
from ..placement.layout import Layout
from ..placement.plan_layout import CUT_SHARE
from ..placement.prepare.fine_alignment import Matrix
from ..placement.prepare.registration import measure_fit
from ..placement.prepare.shot_drift import (
    Drift,
    canvas_drift,
    centred,
    is_moving,
    measure_drift,
    moving_shot,
    own_offsets,
)
from ..placement.prepare.shot_groups import ShotGroup, group_shots
from ..placement.prepare.shot_layouts import ShotLayouts, Wanted, plan_shots
from ..placement.prepare.shot_placement import (
    RELIABLE,
    ShotPictures,
    ShotPlacement,
    place_shot,
)
from ..progress import log
from ..sync.shots import Shot, Shots
from .shot_pictures import ShotReader, with_same_bars
from .shot_settings import Settings, with_crops, with_given_map

GEOMETRY_FRAMES = 12
FINER = 1.15  # px of the DVD a px of the canvas, along a side: less is the DVD's own sample aspect


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedShots:
    """What placing found.

    Attributes:
        planned: The layouts, and which shot uses which.
        film: Active picture of the wide over all shots, px as decoded.
        placements: One a shot.
        drifts: Of the shots that move, by their number.
        settings: What a person says of shots, by their number.
    """

    planned: ShotLayouts
    film: Rect
    placements: Sequence[ShotPlacement]
    drifts: Mapping[int, Drift]
    settings: Settings

    def on(self, shots: Shots) -> Shots:
        """Return the shots with their layouts and drifts."""
        return Shots(shots=tuple(self._shot(n, shot) for n, shot in enumerate(shots.shots)))

    def _shot(self, n: int, shot: Shot) -> Shot:
        bands = self.settings[n].bands if n in self.settings else None
        lost = any(placement.shot == n for placement in self.planned.lost)
        if bands is False or (lost and bands is None):
            return replace(shot, placed=False)
        index = self.planned.of_shot.get(n, 0)
        if n not in self.drifts:
            return replace(shot, layout=index)
        drift = canvas_drift(
            self.planned.layouts[index],
            self.film,
            self.placements[n],
            self.drifts[n],
            range(shot.first, shot.last + 1),
        )
        return replace(shot, layout=index, drift=drift)


def place_shots(
    reader: ShotReader,
    actives: tuple[Rect, Rect],
    starts: Sequence[Matrix23],
    config: Config,
    *,
    aspect: float,
    settings: Settings,
) -> PlacedShots:
    """Place every shot and plan the layouts.

    Args:
        reader: Reads the shots.
        actives: Active pictures of wide and DVD over the whole films, px as decoded.
        starts: First map of each shot, decoded DVD to decoded wide.
        config: What the user wants of canvas, scale and residual.
        aspect: The DVD's sample aspect ratio.
        settings: What a person says of shots, by their number.
    """
    placements, drifts = [], {}
    # by `map`, which holds no shot's pictures while the next ones are read
    place = partial(_placed_as_said, reader, aspect=aspect, settings=settings)
    for placement, drift in map(place, reader.read([[np.array(start)] for start in starts])):
        placements.append(placement)
        if drift is not None:
            drifts[placement.shot] = drift
    _tell_bars(reader, placements)
    placements = [with_crops(p, settings.get(p.shot)) for p in with_same_bars(placements, actives)]
    film = union([p.wide_active for p in placements])
    groups, _ = group_shots(placements, aspect=aspect)
    fit = _film_fit(reader, groups[0], drifts, aspect) if groups else None
    if fit is not None:
        aspect = float(np.hypot(*fit[:, 0]) / np.hypot(*fit[:, 1]))
    wanted = config.geometry
    planned = plan_shots(
        placements,
        film=film,
        aspect=aspect,
        wanted=Wanted(
            canvas=wanted.canvas,
            scale=None if wanted.scale == "auto" else wanted.scale,
            residual=wanted.residual,
        ),
        fit=fit,
    )
    _tell_canvas(planned)
    return PlacedShots(
        planned=planned, film=film, placements=placements, drifts=drifts, settings=settings
    )


def _tell_bars(reader: ShotReader, placements: Sequence[ShotPlacement]) -> None:
    """Say what is cut off with bars in which something stands."""
    for side, shots in reader.filled_bars(placements):
        log.warning(
            "the %s's bars hold something in %d shots, first at %s: subtitles or a logo there are "
            "cut off with the bars",
            *(("wide", "DVD")[side], len(shots), reader.clock(shots[0])),
        )


def _tell_canvas(planned: ShotLayouts) -> None:
    """Say what the canvas does for shots whose framing differs, and what it cuts of them."""
    width, height = planned.layouts[0].canvas
    lead = planned.layouts[0]
    kept = lead.window[2] * lead.window[3] if lead.window else lead.active.area
    finer = (kept / (lead.dvd_size[0] * lead.dvd_size[1])) ** 0.5
    if finer > FINER:
        log.warning(
            "the DVD is %.2f times finer than the wide and is reduced to its scale: the canvas has "
            "the wide's px",
            finer,
        )
    if any(planned.grown):
        log.info(
            "canvas %dx%d: larger by %d and %d px, for shots that are framed otherwise",
            *(width, height, *planned.grown),
        )
    cut = {
        number: max(out for out in (-dvd.x, -dvd.y, dvd.right - width, dvd.bottom - height))
        for number, index in planned.of_shot.items()
        for dvd in [planned.layouts[index].dvd]
        if _sticks_out(planned.layouts[index])
    }
    if cut:
        log.info(
            "the canvas cuts off up to %d px of the DVD in %d shots that are framed otherwise",
            *(max(cut.values()), len(cut)),
        )


def _sticks_out(layout: Layout) -> bool:
    """Whether more of the DVD lies beyond the canvas than is cut without a word."""
    dvd = layout.dvd
    across = max(0, -dvd.x) + max(0, dvd.right - layout.canvas[0])
    return across > CUT_SHARE * dvd.w or layout.cut_px > CUT_SHARE * dvd.h


def _placed_as_said(
    reader: ShotReader, pictures: ShotPictures, *, aspect: float, settings: Settings
) -> tuple[ShotPlacement, Drift | None]:
    """Place one shot, within what a person says of it."""
    entry = settings.get(pictures.shot)
    if entry is not None and entry.dvd_crop is not None:
        pictures = replace(pictures, dvd_active=Rect.from_list(entry.dvd_crop))
    placement, drift = _placed(reader, pictures, aspect)
    placement = with_given_map(placement, entry, pictures.starts[0], aspect)
    return placement, None if placement.given else drift


def _placed(
    reader: ShotReader, pictures: ShotPictures, aspect: float
) -> tuple[ShotPlacement, Drift | None]:
    """Place one shot; where its frames lie apart, measure every one."""
    placement = place_shot(pictures, aspect=aspect)
    picks = reader.picks[pictures.shot]
    start = None
    if placement.correlation < RELIABLE and not placement.blank:
        moving = moving_shot(pictures, aspect=aspect)
        if moving is not None:
            placement, start = moving[0], Drift(picks, moving[1])
    elif is_moving(placement) and len(placement.normals) == len(picks):
        start = Drift(picks, own_offsets(placement))
    if start is None:
        return placement, None
    drift = measure_drift(reader.every(placement), placement, start)
    return (placement, None) if drift is None else centred(placement, drift)


def _film_fit(
    reader: ShotReader, group: ShotGroup, drifts: Mapping[int, Drift], aspect: float
) -> Matrix | None:
    """The largest group's map from its best frames, all six parameters free to begin with."""
    lead = Counter((p.wide_active, p.dvd_active) for p in group.members).most_common(1)[0][0]
    members = [p for p in group.members if (p.wide_active, p.dvd_active) == lead and p.normals]
    members = [p for p in members if p.shot not in drifts]
    if not members:
        return None
    pairs = reader.best([p.shot for p in members], GEOMETRY_FRAMES, lead[0])
    corner = np.array([[0.0, 0.0, lead[0].x], [0.0, 0.0, lead[0].y]])
    try:
        fit = measure_fit(pairs, aspect=aspect, active=lead[1], start=group.matrix - corner)
    except UsageError:
        return None
    return np.asarray(fit.matrix + corner)
