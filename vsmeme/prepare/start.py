"""Where registration starts: from the reference still, or from what matching found."""

from __future__ import annotations

from ..pixels.matrix import Matrix23
from ..pixels.rect import Rect
from ..sync.prepare.proxies import Film
from ..sync.prepare.proxy_view import Place
from ..sync.prepare.reference_still import Sighting

Axis = tuple[float, float]  # factor and offset


def map_of_proxies(place: Place, wide: Film, dvd: Film, *, active: Rect) -> Matrix23:
    """Decoded DVD px to px of the wide's active picture, edge coordinates, from the proxies' map.

    Args:
        place: DVD proxies to wide proxies.
        wide: Proxies of the wide.
        dvd: Proxies of the DVD.
        active: Active picture of the wide, px.
    """
    axes = []
    for scale, offset, side in ((place.sx, place.tx, 0), (place.sy, place.ty, 1)):
        corner = (wide.active.x, wide.active.y)[side] - (active.x, active.y)[side]
        first = (dvd.active.x, dvd.active.y)[side]
        factor = scale * wide.px[side] / dvd.px[side]
        axes.append((factor, offset * wide.px[side] + corner - factor * first))
    return _joined(*axes)


def map_of_still(wide: Sighting, dvd: Sighting, *, active: Rect) -> Matrix23:
    """The same map from where one still lies in both sources.

    Args:
        wide: The still in the wide.
        dvd: The still in the DVD.
        active: Active picture of the wide, px.
    """
    axes = []
    for side, corner in ((0, active.x), (1, active.y)):
        (a, b), (c, d) = ((m[side][side], m[side][2]) for m in (wide.matrix, dvd.matrix))
        axes.append((a / c, b - a / c * d - corner))
    return _joined(*axes)


def _joined(across: Axis, down: Axis) -> Matrix23:
    return (across[0], 0.0, across[1]), (0.0, down[0], down[1])
