"""How the picture is joined, filled and finished: six sections of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from .setting_values import InpainterName, NetworkBackendName, Unit, section


@section
class Upscale:
    """What upscales the bands."""

    model: str = "auto"
    """`auto` takes the best of learned, SPAN, animevideov3 and bicubic, measured on this film.
    `learned` or `bicubic` force one. Else a name of `vsmeme models list`, or an ONNX file. Example:
    "bicubic"."""

    backend: NetworkBackendName = "auto"
    """What runs the network. Default: the first that is installed and works here. Example:
    "ort-cpu"."""

    fp16: bool | None = None
    """Half precision. Default: where backend and network support it. Example: false."""

    tile: Annotated[int, Field(ge=16)] | None = None
    """Largest width and height that the network is given at once. Unit: DVD px. Default: as large
    as memory allows. Example: 256."""


@section
class ColourSetting:
    """The DVD in the wide's colours, and an HDR wide in SDR."""

    match: bool = True
    """Whether the DVD's colours are fitted to the wide's, shot by shot. Example: true."""

    tone: Literal["auto", "dvd", "static"] = "auto"
    """How a wide in PQ, HLG or BT.2020 becomes BT.709 SDR. `static` follows BT.2390. `dvd` follows
    the grade of the matched DVD. `auto` takes what is closer to the DVD on frames that the fit did
    not see. Example: "static"."""


@section
class Seam:
    """How the bands meet the wide."""

    blend: Literal["poisson", "feather"] = "poisson"
    """`feather` mixes the rows of the seam. `poisson` also spreads what is left of the difference
    over the band. Example: "poisson"."""

    width: Annotated[int, Field(ge=0, le=256)] = 16
    """Rows or columns of the wide that are mixed with the band; 0 is a hard seam. Unit: canvas px.
    Example: 24."""


@section
class Background:
    """What lies behind the subject and in the missing area."""

    mode: Literal["auto", "still", "live"] = "auto"
    """`live` keeps every real sample of the frame and takes only missing area from the plate.
    `still` replaces the whole background by the plate. `auto` is `still` only where camera and
    background stand still. Example: "live"."""

    frame: Literal["best", "first"] | Annotated[int, Field(ge=0)] = "best"
    """The frame that the plate is made from: `first`, or the number of a pair. Default: a sharp one
    with a small subject. Example: "best"."""

    plate: Path | tuple[Path, ...] | None = None
    """A plate that you have painted over (a copy of `work/plate/0.png`, 8 or 16 bit), or a list of
    them. It is taken where `work/plate/0.mask.png` is white; real picture must be as it was. It
    counts as no generation. Default: none. Example, after painting: "plate-painted.png"."""

    fill: Literal["auto", "plate", "mirror"] = "auto"
    """What missing area of a live background shows: the plate, or the picture beside it as a mirror
    shows it. `auto` measures both. Example: "plate"."""

    @property
    def paintings(self) -> tuple[Path, ...]:
        """The painted plates."""
        if isinstance(self.plate, tuple):
            return self.plate
        return (self.plate,) if self.plate else ()


@section
class Inpaint:
    """The one generation for what no frame shows."""

    backend: InpainterName = "patchmatch"
    """What generates. `lama` and `diffusers` need a model; `diffusers` needs the extra `ai`.
    Example: "telea"."""

    model: str | None = None
    """`lama`: an ONNX or TorchScript file. `diffusers`: a local folder. Default: none. Example, of
    diffusers: "models/inpainting"."""

    prompt: str | None = None
    """What `diffusers` is told. Default: worded from the plate's light and colours. Example: "a
    stone wall, evening"."""

    strength: Unit = 0.35
    """How much of PatchMatch's first fill `diffusers` works over. Example: 0.5."""

    steps: Annotated[int, Field(ge=1, le=500)] = 30
    """Steps of `diffusers`. Example: 20."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Another number generates another picture. Example: 7."""

    keys: Literal["auto"] | Annotated[int, Field(ge=1)] = "auto"
    """How many plates a shot with a moving camera has. Default: as many as the camera's path needs.
    Example: 1."""


@section
class Finish:
    """Grain, texture and a common tint at the end."""

    grain: Unit = 1.0
    """Grain in bands, generated area and the inserted face; 1 is as strong as the wide's own.
    Example: 0.5."""

    texture: Unit = 1.0
    """Fine structure in bands and corners; 1 is as strong as the wide's beside them, 0 adds none.
    Example: 0.5."""

    tie: Unit = 0.3
    """How far all colours move towards the film's mean; 1 is 12 % of the way. Example: 0.0."""
