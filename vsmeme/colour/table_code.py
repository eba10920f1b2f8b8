"""Expressions that look a number up in a table, by activity and by brightness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .grain import CODE
from .texture_tables import KNOTS, LIGHTS, Tables


def knot_code(values: Sequence[float], knots: Sequence[float] = KNOTS, place: str = "L@") -> str:
    """Return the expression for a table at a place.

    Args:
        values: One for each knot.
        knots: Where they are known, ascending; straight lines between them, constant beyond.
        place: Expression for the place.
    """
    out = f"{values[0]:.9g}"
    for (a, low), (b, high) in pairwise(zip(knots, values, strict=True)):
        if high != low:
            slope = (high - low) / (b - a)
            out += f" {place} {a:.9g} - 0 max {b - a:.9g} min {slope:.9g} * +"
    return out


def light_code(luma: str, tables: Tables) -> str:
    """Return the expression that sets how much each brightness counts, for `by_light`.

    Args:
        luma: Name of the clip of 16-bit luma.
        tables: All that are to be looked up; nothing is set where they are alike.
    """
    if len(set(tables)) == 1:
        return ""
    knots = [value * CODE for value in LIGHTS]
    shares = ([float(at == knot) for at in knots] for knot in knots)
    return "".join(f"{knot_code(s, knots, luma)} W{n}! " for n, s in enumerate(shares))


def by_light(tables: Tables) -> str:
    """Return the expression for tables by brightness, as `light_code` tells it, at ``L``."""
    if len(set(tables)) == 1:
        return knot_code(tables[0])
    return " ".join(f"{knot_code(t)} W{n}@ *{' +' * (n > 0)}" for n, t in enumerate(tables))
