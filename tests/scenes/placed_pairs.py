"""Where the DVD of some matched pairs lies, by the way that a film of one shot goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsmeme.pixels.matrix import Matrix23
from vsmeme.pixels.rect import Rect
from vsmeme.placement.layout import Layout
from vsmeme.placement.plan_layout import plan_conform, plan_layout
from vsmeme.placement.prepare.registration import RawFit, as_tuple, measure_fit
from vsmeme.placement.prepare.rough_search import Luma
from vsmeme.placement.prepare.shot_placement import ShotPictures, ShotPlacement, place_shot

type Pairs = Sequence[tuple[Luma, Luma]]


def placed(
    pairs: Pairs, *, aspect: float = 1.0, start: Matrix23 | None = None, shot: int = 0
) -> ShotPlacement:
    """Place the pairs as one shot: from a map, or by the search over every scale and shift."""
    wide, dvd = (Rect(x=0, y=0, w=picture.shape[1], h=picture.shape[0]) for picture in pairs[0])
    pictures = ShotPictures(
        shot=shot,
        length=len(pairs),
        pairs=pairs,
        wide_active=wide,
        dvd_active=dvd,
        starts=[] if start is None else [np.array(start)],
    )
    return place_shot(pictures, aspect=aspect)


def fitted(pairs: Pairs, *, aspect: float = 1.0, start: Matrix23 | None = None) -> RawFit:
    """Fit one map to the pairs, from where the shot lies."""
    matrix = placed(pairs, aspect=aspect, start=start).matrix
    assert matrix is not None
    return measure_fit(pairs, aspect=aspect, start=matrix)


def layout_of(pairs: Pairs, *, aspect: float = 1.0, start: Matrix23 | None = None) -> Layout:
    """Plan the layout of the pairs."""
    fit = fitted(pairs, aspect=aspect, start=start)
    (wide_h, wide_w), (dvd_h, dvd_w) = pairs[0][0].shape, pairs[0][1].shape
    matrix = as_tuple(fit.matrix)
    conform = plan_conform(matrix, active=Rect(x=0, y=0, w=dvd_w, h=dvd_h))
    return plan_layout(matrix, conform, wide_size=(wide_w, wide_h), correlation=fit.correlation)
