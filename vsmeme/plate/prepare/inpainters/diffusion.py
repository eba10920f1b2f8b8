"""The ``diffusers`` backend: an inpainting pipeline from a local folder, tile by tile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ....arrays.images import Floats, Mask
from ....errors import MissingError
from ....host import install_command
from ....networks.prepare.one_model import one_model, torch_device
from ....pixels.rect import Rect
from ....progress import bar
from .open_areas import open_areas
from .patchmatch import PatchMatch
from .prompt_words import describe_picture

# Latent grids of all Stable Diffusion families; sizes must divide by it.
GRID_PX = 8
DEFAULT_TILE_PX = 512
# Overlap of neighbouring tiles, as a share, so that structures continue across them.
OVERLAP_SHARE = 0.25
# Cards with less memory than this keep only the running part of the pipeline on the card.
OFFLOAD_BELOW_BYTES = 8 << 30


@dataclass(slots=True, kw_only=True)
class Diffusers:
    """Fill with Stable Diffusion or a model of its kind.

    PatchMatch lays a first fill; the pipeline works it over with ``strength``, so that a low one
    keeps what continues the real picture and only adds likeness.

    Attributes:
        folder: The pipeline as ``save_pretrained`` writes it.
        prompt: What to paint; worded from the picture's light and palette if there is none.
        strength: 0 (the first fill stays) to 1 (the first fill is ignored).
        steps: Denoising steps at full strength.
        seed: Of the first fill and of the noise.
    """

    folder: Path
    prompt: str | None = None
    strength: float = 0.35
    steps: int = 30
    seed: int = 0
    name: str = "diffusers"

    def __post_init__(self) -> None:
        check_folder(self.folder)

    @property
    def model(self) -> str:
        """The folder's name."""
        return self.folder.name

    def fill(self, picture: Floats, mask: Mask, avoid: Mask) -> Floats:
        """Fill; see ``Inpainter.fill``."""
        first = PatchMatch(seed=self.seed).fill(picture, mask, avoid)
        if self.strength <= 0.0:
            return first
        prompt = self.prompt or describe_picture(picture, ~(mask | avoid))
        name = f"diffusers {self.folder}"
        with one_model(name, lambda: load_pipeline(self.folder)) as pipeline:
            return self._work_over(pipeline, first, mask, prompt=prompt)

    def _work_over(
        self,
        pipeline: Any,  # noqa: ANN401 - a diffusers pipeline
        first: Floats,
        mask: Mask,
        *,
        prompt: str,
    ) -> Floats:
        tile = tile_px(pipeline)
        out = first.copy()
        done = ~mask
        tiles = list(tiles_of(mask, tile=tile))
        for number, box in enumerate(bar(tiles, label="diffusing", unit="tile")):
            part = slice(box.y, box.bottom), slice(box.x, box.right)
            holes = ~done[part]
            if holes.any():
                crop = out[part]
                seed = self.seed + number
                painted = self._paint(pipeline, prompt, crop, holes, seed=seed, tile=tile)
                crop[holes] = painted[holes]
                done[part] = True
        return out

    def _paint(
        self,
        pipeline: Any,  # noqa: ANN401 - a diffusers pipeline
        prompt: str,
        crop: Floats,
        holes: Mask,
        *,
        seed: int,
        tile: int,
    ) -> Floats:
        """Run the pipeline on one tile, resized to the size that the model wants."""
        import torch
        from PIL import Image

        height, width = crop.shape[:2]
        size = (tile, tile) if max(width, height) >= tile else _grid_size(width, height, tile)
        picture = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        eight = np.rint(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)
        mask = cv2.resize(holes.astype(np.uint8) * 255, size, interpolation=cv2.INTER_NEAREST)
        result = pipeline(
            prompt=prompt,
            negative_prompt="people, person, face, text, watermark, frame, border",
            image=Image.fromarray(eight),
            mask_image=Image.fromarray(np.asarray(mask, np.uint8)),
            width=size[0],
            height=size[1],
            strength=self.strength,
            num_inference_steps=max(self.steps, int(np.ceil(1.0 / self.strength))),
            generator=torch.Generator("cpu").manual_seed(seed),
            output_type="np",
        ).images[0]
        back = cv2.resize(np.asarray(result, np.float32), (width, height))
        return np.asarray(back, np.float32)


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds no whole pipeline.

    Raises:
        MissingError: Names the folder and the part that it lacks.
    """
    index = folder / "model_index.json"
    try:
        parts = json.loads(index.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise MissingError(
            f"inpaint.model: {folder}: expected a folder that a diffusers pipeline was saved to "
            "(with model_index.json)"
        ) from None
    for name, value in parts.items():
        wanted = isinstance(value, list) and value and value[0] is not None
        if wanted and not any((folder / name).glob("*")):
            raise MissingError(f"inpaint.model: {folder}: the pipeline's part {name} is missing")


def load_pipeline(folder: Path) -> Any:  # noqa: ANN401
    """Load a pipeline without touching the network; half precision and offload on a card."""
    try:
        import torch
        from diffusers import AutoPipelineForInpainting
    except ImportError as error:
        raise MissingError(
            f"inpaint.backend: diffusers needs the ai extra ({error.name} is missing); "
            f"run: {install_command('ai')}"
        ) from None
    device, precision = torch_device()
    settings: dict[str, Any] = {"local_files_only": True, "dtype": precision}
    if "safety_checker" in json.loads((folder / "model_index.json").read_text(encoding="utf-8")):
        settings["safety_checker"] = None
    try:
        pipeline = AutoPipelineForInpainting.from_pretrained(str(folder), **settings)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        line = " ".join(str(error).split())
        raise MissingError(f"inpaint.model: {folder}: not a whole pipeline ({line})") from None
    pipeline.set_progress_bar_config(disable=True)
    pipeline.enable_attention_slicing()
    if device == "cpu":
        return pipeline
    if torch.cuda.get_device_properties(0).total_memory < OFFLOAD_BELOW_BYTES:
        pipeline.enable_model_cpu_offload()
    else:
        pipeline.to(device)
    return pipeline


def tile_px(pipeline: Any) -> int:  # noqa: ANN401
    """Return the picture size that the pipeline was trained for, px."""
    sample = getattr(getattr(pipeline, "unet", None), "config", {}).get("sample_size")
    scale = int(getattr(pipeline, "vae_scale_factor", GRID_PX))
    return int(sample) * scale if isinstance(sample, int) else DEFAULT_TILE_PX


def tiles_of(mask: Mask, *, tile: int) -> Iterator[Rect]:
    """Cut the open areas, with real picture around them, into overlapping tiles.

    Yields:
        Squares of ``tile`` px, or less where the picture is smaller; together they cover the mask.
    """
    height, width = mask.shape
    stride = max(GRID_PX, round(tile * (1.0 - OVERLAP_SHARE)))
    for area in open_areas(mask, context=0.0):
        rows, columns = np.nonzero(area.mask)
        left, top = area.box.x + int(columns.min()), area.box.y + int(rows.min())
        right, bottom = area.box.x + int(columns.max()) + 1, area.box.y + int(rows.max()) + 1
        for y in _starts(top, bottom, tile=tile, stride=stride, limit=height):
            for x in _starts(left, right, tile=tile, stride=stride, limit=width):
                yield Rect(x=x, y=y, w=min(tile, width), h=min(tile, height))


def _starts(low: int, high: int, *, tile: int, stride: int, limit: int) -> list[int]:
    """Return where tiles start along an axis: centred on the area, clipped to the picture."""
    count = 1 + max(0, -(-(high - low - round(0.75 * tile)) // stride))
    span = tile + (count - 1) * stride
    start = (low + high - span) // 2
    return sorted({min(max(0, start + i * stride), max(0, limit - tile)) for i in range(count)})


def _grid_size(width: int, height: int, tile: int) -> tuple[int, int]:
    """Return a size on the model's grid, of the same shape, with the longer side ``tile``."""
    scale = tile / max(width, height)
    across, down = (max(GRID_PX, round(v * scale / GRID_PX) * GRID_PX) for v in (width, height))
    return across, down
