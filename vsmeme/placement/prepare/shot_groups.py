"""Shots that lie alike share a map: which they are, and the map that all their frames give."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .fine_alignment import Matrix, NormalEquations, moved
from .shot_placement import RELIABLE, SHIFT_AND_SCALE, ShotPlacement
from .simplest_map import MapFamily, apart, choose_map

INFLATION = 4.0
"""Measured spread of per-frame placements over their nominal error, on real pairs."""
SURE_ERRORS = 3.0
"""Standard errors within which a shot's own map says no more than the group's."""
REFRAMED_PX = 0.5
"""Px of the wide by which a shot must differ to get a layout of its own."""
DOUBTFUL = 0.35
"""Correlation from which a shot is believed where its map agrees with a group's."""
MOST_DOUBT_PX = 4.0
"""Standard error beyond which a shot does not tell where it lies, px of the wide."""


@dataclass(frozen=True, slots=True, eq=False)
class ShotGroup:
    """Shots of one map.

    Attributes:
        matrix: Decoded DVD to decoded wide.
        family: What of it was free; None where a person gave the map.
        members: The shots.
    """

    matrix: Matrix
    family: MapFamily | None
    members: tuple[ShotPlacement, ...]

    @property
    def length(self) -> int:
        """Number of frames."""
        return sum(member.length for member in self.members)

    @property
    def correlation(self) -> float:
        """Median over the members' frames."""
        return float(np.median([n.correlation for m in self.members for n in m.normals] or [0.0]))


def group_shots(
    placements: Sequence[ShotPlacement], *, aspect: float
) -> tuple[list[ShotGroup], list[ShotPlacement]]:
    """Put shots that lie alike together.

    Args:
        placements: One a shot.
        aspect: The DVD's sample aspect ratio.

    Returns:
        The groups, most frames first, and the shots whose placement was not found.
    """
    alone = [
        ShotGroup(p.matrix, None, (p,)) for p in placements if p.given and p.matrix is not None
    ]
    placements = [p for p in placements if not p.given]
    known = [p for p in placements if p.matrix is not None and p.correlation >= RELIABLE]
    known.sort(key=lambda p: error_px(p) / np.sqrt(p.length))
    groups: list[list[ShotPlacement]] = []
    for placement in known:
        fitting = [group for group in groups if _agrees(placement, group)]
        if fitting:
            max(fitting, key=lambda group: sum(p.length for p in group)).append(placement)
        else:
            groups.append([placement])
    lost = []
    for placement in placements:
        if placement in known:
            continue
        fitting = [group for group in groups if _believed(placement, group)]
        if fitting:
            max(fitting, key=lambda group: sum(p.length for p in group)).append(placement)
        else:
            lost.append(placement)
    groups.sort(key=lambda group: -sum(p.length for p in group))
    solved = [_solved(group, aspect, alone=len(group) == 1 < len(groups)) for group in groups]
    return [*solved, *alone], lost


def error_px(placement: ShotPlacement) -> float:
    """Standard error of a shot's shift, px of the wide."""
    if placement.matrix is None or not placement.normals:
        return float("inf")
    hessian = np.sum([n.hessian for n in placement.normals], axis=0)[:2, :2]
    determinant = float(np.linalg.det(hessian))
    if determinant <= 0:
        return float("inf")
    return INFLATION * _pitch(placement.matrix) * float(np.sqrt(np.linalg.inv(hessian).trace()))


def _pitch(matrix: Matrix) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def _agrees(placement: ShotPlacement, group: Sequence[ShotPlacement]) -> bool:
    """Whether a group's map is within half a px, or within what a shot's frames can tell."""
    lead = group[0].matrix
    if placement.matrix is None or lead is None:
        return False
    distance = apart(placement.matrix, lead, placement.dvd_size) * _pitch(lead)
    if distance < REFRAMED_PX:
        return True
    if distance > MOST_DOUBT_PX:
        return False
    return _strangeness(placement, lead) < SURE_ERRORS


def _strangeness(placement: ShotPlacement, matrix: Matrix) -> float:
    """How many standard errors a map lies from a shot's own."""
    assert placement.matrix is not None
    step = parameters(placement.matrix, matrix, placement.dvd_size)
    hessian = np.sum([n.hessian for n in placement.normals], axis=0)
    return float(np.sqrt(max(0.0, step @ hessian @ step))) / INFLATION


def _believed(placement: ShotPlacement, group: Sequence[ShotPlacement]) -> bool:
    """Whether a shot of poor correlation may be taken to lie as a group does."""
    if placement.blank:
        return True
    if placement.correlation < DOUBTFUL or error_px(placement) > MOST_DOUBT_PX:
        return False
    return _agrees(placement, group)


def parameters(about: Matrix, matrix: Matrix, size: tuple[int, int]) -> Matrix:
    """The six parameters that bring one map to another; the inverse of `fine_alignment.moved`."""
    width, height = size
    square = np.vstack([about, [0.0, 0.0, 1.0]])
    step = np.linalg.solve(square, np.vstack([matrix, [0.0, 0.0, 1.0]]))
    linear = step[:2, :2] - np.eye(2)
    shift = step[:2, 2] + linear @ np.array([width / 2, height / 2])
    return np.concatenate([shift, (linear * (np.hypot(width, height) / 2)).ravel()])


def translated(
    normals: NormalEquations, about: Matrix, matrix: Matrix, size: tuple[int, int]
) -> NormalEquations:
    """Normal equations about another map nearby: the same quadratic, counted from there."""
    q = parameters(matrix, about, size)
    return replace(
        normals,
        gradient=normals.gradient + normals.hessian @ q,
        cost=normals.cost + 2 * float(normals.gradient @ q) + float(q @ normals.hessian @ q),
    )


def _solved(group: Sequence[ShotPlacement], aspect: float, *, alone: bool) -> ShotGroup:
    """The simplest map that all frames of a group justify; `alone`: a single shot of several."""
    size = group[0].dvd_size
    sure = [p for p in group if p.matrix is not None and p.correlation >= RELIABLE]
    lead = _pulled(sure[0].matrix, sure)
    normals = [
        translated(n, p.matrix, lead, size) for p in sure for n in p.normals if p.matrix is not None
    ]
    family, matrix = choose_map(lead, normals, size, aspect, alone=alone)
    return ShotGroup(matrix, family, tuple(group))


def _pulled(lead: Matrix | None, group: Sequence[ShotPlacement]) -> Matrix:
    """The map with shift and one scale free that all frames give, to count the families from."""
    assert lead is not None
    size = group[0].dvd_size
    free = SHIFT_AND_SCALE
    for _ in range(2):
        normals = [
            translated(n, p.matrix, lead, size)
            for p in group
            for n in p.normals
            if p.matrix is not None
        ]
        hessian = free.T @ np.sum([n.hessian for n in normals], axis=0) @ free
        gradient = free.T @ np.sum([n.gradient for n in normals], axis=0)
        damp = 1e-9 * float(np.trace(hessian)) * np.eye(3)
        lead = moved(lead, free @ np.linalg.solve(hessian + damp, gradient), size)
    return lead
