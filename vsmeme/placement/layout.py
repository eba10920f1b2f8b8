"""Where one shot's sources lie on the canvas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from ..errors import wrong
from ..pixels.matrix import Matrix23
from ..pixels.rect import Rect

BandSide = Literal["top", "bottom", "left", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The measured placement that a layout was rounded from.

    Attributes:
        matrix: Conformed-DVD edge coordinates to canvas edge coordinates.
        max_misfit_px: Integer placement against the fit at the worst point of the bands, canvas px.
        correlation: Band-passed correlation of DVD and wide over the overlap, -1..1.
    """

    matrix: Matrix23
    max_misfit_px: float = 0.0
    correlation: float = 1.0


THIN_BAND_DVD_PX = 2.0
"""A thinner band adds nothing: it shows less than a learned filter looks around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One placement of the wide and the DVD on the canvas; all rectangles in canvas px.

    Attributes:
        canvas: Canvas width and height.
        scale: Canvas px per conformed DVD px.
        wide: Where the wide lies.
        wide_crop: Which part of the wide's active picture lies there, in wide px.
        dvd: Where the conformed DVD, scaled, lies; not clipped to the canvas.
        dvd_size: Size of the conformed DVD, DVD px.
        active: Active picture of the DVD as decoded, DVD px before conforming.
        centre_dvd: The DVD point which shows the wide's centre, conformed DVD px.
        cut_px: Rows of the DVD that lie beyond the canvas, canvas px.
        fit: The measurement behind it.
        corrected: Whether the bands are warped from the fit onto the integer placement.
        window: Part of ``active`` that conforming resamples, as x, y, w, h in DVD px from its
            corner; ``None`` where that is all of it.
        wide_active: Active picture of the wide in these shots, px of the wide as decoded; ``None``
            where it is the film's.
    """

    canvas: tuple[int, int]
    scale: int
    wide: Rect
    wide_crop: Rect
    dvd: Rect
    dvd_size: tuple[int, int]
    active: Rect
    centre_dvd: tuple[float, float]
    fit: Fit
    cut_px: int = 0
    corrected: bool = False
    window: tuple[float, float, float, float] | None = None
    wide_active: Rect | None = None

    def __post_init__(self) -> None:
        if (self.wide.w, self.wide.h) != (self.wide_crop.w, self.wide_crop.h):
            raise wrong("Layout", "wide_crop", f"{self.wide.w}x{self.wide.h}", self.wide_crop)
        if not self.frame.contains(self.wide):
            raise wrong("Layout", "wide", f"inside {self.frame}", self.wide)
        size = (self.dvd_size[0] * self.scale, self.dvd_size[1] * self.scale)
        if (self.dvd.w, self.dvd.h) != size:
            raise wrong("Layout", "dvd", f"{size[0]}x{size[1]}", self.dvd)

    @property
    def frame(self) -> Rect:
        """The canvas as a rectangle."""
        return Rect(x=0, y=0, w=self.canvas[0], h=self.canvas[1])

    @property
    def top(self) -> Rect | None:
        """Visible band above the wide, clipped to the canvas."""
        return self._band(Rect(x=0, y=0, w=self.canvas[0], h=self.wide.y))

    @property
    def bottom(self) -> Rect | None:
        """Visible band below the wide, clipped to the canvas."""
        below = self.canvas[1] - self.wide.bottom
        return self._band(Rect(x=0, y=self.wide.bottom, w=self.canvas[0], h=below))

    @property
    def left(self) -> Rect | None:
        """Visible band left of the wide, as high as the wide at most."""
        return self._band(Rect(x=0, y=self.wide.y, w=self.wide.x, h=self.wide.h))

    @property
    def right(self) -> Rect | None:
        """Visible band right of the wide, as high as the wide at most."""
        beside = self.canvas[0] - self.wide.right
        return self._band(Rect(x=self.wide.right, y=self.wide.y, w=beside, h=self.wide.h))

    def _band(self, side: Rect) -> Rect | None:
        return self.dvd.intersect(side) if side.area else None

    def sides(self) -> dict[BandSide, Rect]:
        """Visible bands by the side of the wide on which they lie; corners go to top and bottom."""
        bands: dict[BandSide, Rect | None] = {
            "top": self.top,
            "bottom": self.bottom,
            "left": self.left,
            "right": self.right,
        }
        return {side: band for side, band in bands.items() if band}

    def bands(self) -> tuple[Rect, ...]:
        """Visible bands: top, bottom, left, right, as far as there are any."""
        return tuple(self.sides().values())

    @property
    def thickest_band(self) -> float:
        """The shorter side of the thickest band, DVD px; 0 where there is none."""
        return max((min(band.w, band.h) / self.scale for band in self.bands()), default=0.0)

    def side_strips(self, overlap_px: int) -> dict[BandSide, Rect]:
        """Bands that reach ``overlap_px`` rows or columns into the wide, for a seam.

        Where the DVD has less there, a strip reaches as far as the DVD does; no strip reaches
        beyond the middle of the wide.
        """
        down, across = min(overlap_px, self.wide.h // 2), min(overlap_px, self.wide.w // 2)
        return {
            side: _grown(band, side, down if side in ("top", "bottom") else across, self.dvd)
            for side, band in self.sides().items()
        }

    def strips(self, overlap_px: int) -> tuple[Rect, ...]:
        """What `side_strips` returns, in the order of `bands`."""
        return tuple(self.side_strips(overlap_px).values())

    @property
    def core(self) -> Rect:
        """The conformed DVD's px that lie wholly under the wide, DVD px; empty where none does."""
        k, left, top = self.scale, self.wide.x - self.dvd.x, self.wide.y - self.dvd.y
        x, y = max(0, -(-left // k)), max(0, -(-top // k))
        right = min(self.dvd_size[0], (left + self.wide.w) // k)
        bottom = min(self.dvd_size[1], (top + self.wide.h) // k)
        return Rect(x=x, y=y, w=max(0, right - x), h=max(0, bottom - y))

    def missing(self) -> tuple[Rect, ...]:
        """Parts of the canvas that neither source reaches, without overlap, top to bottom."""
        return tuple(part for rest in self.frame.minus(self.wide) for part in rest.minus(self.dvd))

    def moved(self, dx: int, dy: int) -> Layout:
        """Return the layout with the DVD elsewhere, canvas px."""
        return replace(self, dvd=self.dvd.shifted(dx, dy)) if dx or dy else self

    def without_dvd(self) -> Layout:
        """Return the layout with the DVD beyond the canvas: no band, all else missing."""
        return replace(
            self,
            dvd=Rect(x=self.canvas[0], y=self.canvas[1], w=self.dvd.w, h=self.dvd.h),
            corrected=False,
        )

    def dvd_rows(self, strip: Rect) -> tuple[int, int, int]:
        """Locate a strip in the DVD.

        Args:
            strip: A rectangle inside ``dvd``, canvas px.

        Returns:
            First DVD row, number of DVD rows that cover the strip, and the canvas rows to drop
            from the top of those rows once scaled.
        """
        above = strip.y - self.dvd.y
        first = above // self.scale
        last = -(-(above + strip.h) // self.scale)
        return first, last - first, above - first * self.scale

    def dvd_part(self, strip: Rect) -> Rect:
        """Return the whole DVD px, conformed, that cover a rectangle inside ``dvd``."""
        local, k = strip.shifted(-self.dvd.x, -self.dvd.y), self.scale
        left, top = local.x // k, local.y // k
        return Rect(x=left, y=top, w=-(-local.right // k) - left, h=-(-local.bottom // k) - top)

    def to_json(self) -> dict[str, Any]:
        """Return the layout's keys of ``geometry.json``."""
        wide_centre = [self.wide_crop.x + self.wide.w / 2, self.wide_crop.y + self.wide.h / 2]
        active = {"wide_active": self.wide_active.as_list()} if self.wide_active else {}
        return {
            "canvas": list(self.canvas),
            "scale": self.scale,
            "wide": self.wide.as_list(),
            "wide_crop": self.wide_crop.as_list(),
            **active,
            "dvd": self.dvd.as_list(),
            "conform": {
                "active": self.active.as_list(),
                "size": list(self.dvd_size),
                "window": list(self.window) if self.window else None,
            },
            "cut_px": self.cut_px,
            "bands": {side: band.as_list() for side, band in self.sides().items()},
            "missing": [part.as_list() for part in self.missing()],
            "centre": {
                "canvas": [self.canvas[0] / 2, self.canvas[1] / 2],
                "wide": wide_centre,
                "dvd": list(self.centre_dvd),
            },
            "fit": {
                "matrix": [list(row) for row in self.fit.matrix],
                "max_misfit_px": self.fit.max_misfit_px,
                "correlation": self.fit.correlation,
            },
            "placement": "corrected" if self.corrected else "integer",
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Build a layout from its keys of ``geometry.json``."""
        fit = data["fit"]
        a, b = (tuple(float(v) for v in row) for row in fit["matrix"])
        window = data["conform"].get("window")
        wide_active = data.get("wide_active")
        return cls(
            canvas=(int(data["canvas"][0]), int(data["canvas"][1])),
            scale=int(data["scale"]),
            wide=Rect.from_list(data["wide"]),
            wide_crop=Rect.from_list(data["wide_crop"]),
            dvd=Rect.from_list(data["dvd"]),
            dvd_size=(int(data["conform"]["size"][0]), int(data["conform"]["size"][1])),
            active=Rect.from_list(data["conform"]["active"]),
            centre_dvd=(float(data["centre"]["dvd"][0]), float(data["centre"]["dvd"][1])),
            fit=Fit(
                matrix=((a[0], a[1], a[2]), (b[0], b[1], b[2])),
                max_misfit_px=float(fit["max_misfit_px"]),
                correlation=float(fit["correlation"]),
            ),
            cut_px=int(data["cut_px"]),
            corrected=data["placement"] == "corrected",
            window=(float(window[0]), float(window[1]), float(window[2]), float(window[3]))
            if window
            else None,
            wide_active=Rect.from_list(wide_active) if wide_active else None,
        )


def _grown(band: Rect, side: BandSide, reach: int, limit: Rect) -> Rect:
    """A band that goes on into the wide, as far as a limit allows."""
    x, y, right, bottom = band.x, band.y, band.right, band.bottom
    if side == "top":
        bottom = min(bottom + reach, limit.bottom)
    elif side == "bottom":
        y = max(y - reach, limit.y)
    elif side == "left":
        right = min(right + reach, limit.right)
    else:
        x = max(x - reach, limit.x)
    return Rect(x=x, y=y, w=right - x, h=bottom - y)


def layouts_to_json(layouts: Iterable[Layout]) -> dict[str, Any]:
    """Return the contents of ``geometry.json``: layout 0 at the top, all under ``layouts``."""
    entries = [layout.to_json() for layout in layouts]
    return {**entries[0], "layouts": entries}


def layouts_from_json(data: Mapping[str, Any]) -> tuple[Layout, ...]:
    """Read the layouts of ``geometry.json``."""
    return tuple(Layout.from_json(entry) for entry in data["layouts"])
