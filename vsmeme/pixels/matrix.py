"""3x3 projective transforms of edge coordinates, as plain tuples.

A matrix maps a point ``(x, y)`` to ``(X / W, Y / W)`` with ``(X, Y, W) = M (x, y, 1)``. Pixel
``u`` covers ``[u, u + 1)``, so the centre of a ``w x h`` picture is ``(w / 2, h / 2)``.
"""

from __future__ import annotations

import math

from ..errors import wrong

Matrix33 = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
IDENTITY: Matrix33 = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


Matrix23 = tuple[tuple[float, float, float], tuple[float, float, float]]


def translation(x: float, y: float) -> Matrix33:
    """Return the transform that moves points by ``(x, y)`` pixels."""
    return ((1.0, 0.0, float(x)), (0.0, 1.0, float(y)), (0.0, 0.0, 1.0))


def scaling(x: float, y: float) -> Matrix33:
    """Return the transform that scales points about the origin."""
    return ((float(x), 0.0, 0.0), (0.0, float(y), 0.0), (0.0, 0.0, 1.0))


def similarity(
    *, scale: float, degrees: float, from_point: tuple[float, float], to_point: tuple[float, float]
) -> Matrix33:
    """Return the transform that turns and scales about a point and then moves it.

    Args:
        scale: Size factor.
        degrees: Angle; positive turns clockwise on the screen (y points down).
        from_point: A point before.
        to_point: The same point after.

    Returns:
        The matrix.
    """
    c = scale * math.cos(math.radians(degrees))
    s = scale * math.sin(math.radians(degrees))
    (x, y), (u, v) = from_point, to_point
    return ((c, -s, u - c * x + s * y), (s, c, v - s * x - c * y), (0.0, 0.0, 1.0))


def compose(first: Matrix33, *more: Matrix33) -> Matrix33:
    """Return the product; the last matrix acts first, as in ``A B C x``."""
    (a, b, c), (d, e, f), (g, h, i) = first
    for (j, k, m), (n, o, p), (q, r, s) in more:  # term by term: a track has thousands
        a, b, c = a * j + b * n + c * q, a * k + b * o + c * r, a * m + b * p + c * s
        d, e, f = d * j + e * n + f * q, d * k + e * o + f * r, d * m + e * p + f * s
        g, h, i = g * j + h * n + i * q, g * k + h * o + i * r, g * m + h * p + i * s
    return (a, b, c), (d, e, f), (g, h, i)


def invert(matrix: Matrix33) -> Matrix33:
    """Return the inverse, scaled so that its last element is 1 where that is possible.

    Raises:
        UsageError: The matrix is singular.
    """
    (a, b, c), (d, e, f), (g, h, i) = matrix
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * adjugate[0][0] + b * adjugate[1][0] + c * adjugate[2][0]
    if not math.isfinite(determinant) or abs(determinant) < 1e-12:
        raise wrong("invert", "matrix", "an invertible 3x3 matrix", matrix)
    last = adjugate[2][2]
    divisor = last if abs(last) > 1e-12 * abs(determinant) else determinant
    return _checked([tuple(v / divisor for v in row) for row in adjugate])


def apply(matrix: Matrix33, x: float, y: float) -> tuple[float, float]:
    """Return where a point goes."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    w = g * x + h * y + i
    return (a * x + b * y + c) / w, (d * x + e * y + f) / w


def _checked(rows: list[tuple[float, ...]]) -> Matrix33:
    (a, b, c), (d, e, f), (g, h, i) = rows
    return ((a, b, c), (d, e, f), (g, h, i))
