"""Segment-anything behind the common interface; torch is imported only when it is used."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ....arrays.images import Image
from ....errors import MissingError, UsageError
from ....host import install_command
from ..hints import Hints
from .grabcut import main_parts, refined

FETCH = "vsmeme models fetch sam-vit-b"


class Sam:
    """Segment-anything (ViT-B, L, H or MobileSAM) from a checkpoint; a frame is encoded once."""

    name = "sam"
    sees, hears = True, False

    def __init__(self, checkpoint: Path, *, device: str | None = None) -> None:
        if not checkpoint.is_file():
            raise MissingError(f"segment.model: no checkpoint at {checkpoint}; run: {FETCH}")
        self._predictor = _load(checkpoint, device)
        self._encoded: Image | None = None

    def segment(self, frame: Image, hints: Hints) -> Image:
        """Segment; see `Segmenter`."""
        if self._encoded is not frame:
            self._predictor.set_image(np.ascontiguousarray(frame))
            self._encoded = frame
        mask = np.zeros(frame.shape[:2], np.uint8)
        hints = from_prior(hints)
        for box in hints.boxes or (None,):
            mask |= self._ask(hints, box)
        return refined(frame, main_parts(mask, hints))

    def _ask(self, hints: Hints, box: tuple[float, float, float, float] | None) -> Image:
        points = hints.points + hints.background
        labels = [1] * len(hints.points) + [0] * len(hints.background)
        corners = None
        if box is not None:
            x, y, w, h = box
            corners = np.array([x, y, x + w, y + h])
        masks, scores, _ = self._predictor.predict(
            point_coords=np.array(points, float) if points else None,
            point_labels=np.array(labels) if points else None,
            box=corners,
            multimask_output=box is None and len(points) == 1,
        )
        return np.asarray(masks[int(np.argmax(scores))], np.uint8)


def from_prior(hints: Hints) -> Hints:
    """Box and points of a prior mask, where the hints have no own."""
    if hints.prior is None or hints.boxes or not (hints.prior > 127).any():
        return hints
    inside = hints.prior > 127
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    x, y = float(columns[0]), float(rows[0])
    box = (x, y, float(columns[-1] + 1 - x), float(rows[-1] + 1 - y))
    return Hints(boxes=(box,), points=hints.points or inner_points(inside.astype(np.uint8)))


def inner_points(mask: Image, count: int = 3) -> tuple[tuple[float, float], ...]:
    """Points deep inside a 0 or 1 mask, far from each other."""
    depth = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 5)[1:-1, 1:-1].copy()
    found: list[tuple[float, float]] = []
    for _ in range(count):
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        radius = float(depth[y, x])
        if radius < 1.5:
            break
        found.append((float(x) + 0.5, float(y) + 0.5))
        rows, columns = np.ogrid[: depth.shape[0], : depth.shape[1]]
        depth[np.hypot(rows - y, columns - x) < 2 * radius] = 0
    return tuple(found)


def _load(checkpoint: Path, device: str | None) -> Any:  # noqa: ANN401 - torch is optional
    try:
        torch, library = import_module("torch"), import_module("segment_anything")
    except ImportError as error:
        message = f"segment.backend: sam needs {error.name}; run: {install_command('ai')}"
        raise MissingError(message) from None
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model = _build(state)
        model.load_state_dict(state)
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        message = f"{checkpoint}: expected a segment-anything checkpoint ({reason})"
        raise UsageError(message) from None
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    return library.SamPredictor(model.eval().to(device))


def _build(state: dict[str, Any]) -> Any:  # noqa: ANN401 - torch is optional
    """A model of the shape that the weights have; they alone tell the encoders apart."""
    modeling = import_module("segment_anything").modeling
    encoder, grid = _encoder(state)
    inner = state["image_encoder.neck.0.weight"].shape[0]
    prompts = modeling.PromptEncoder(
        embed_dim=inner, image_embedding_size=(grid, grid), mask_in_chans=16,
        input_image_size=(encoder.img_size, encoder.img_size),
    )  # fmt: skip
    layers = "mask_decoder.transformer.layers."
    depth = len({k.split(".")[3] for k in state if k.startswith(layers)})
    mlp = state[layers + "0.mlp.lin1.weight"].shape[0]
    decoder = modeling.MaskDecoder(
        num_multimask_outputs=3, transformer_dim=inner, iou_head_depth=3,
        iou_head_hidden_dim=state["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
        transformer=modeling.TwoWayTransformer(
            depth=depth, embedding_dim=inner, mlp_dim=mlp, num_heads=8
        ),
    )  # fmt: skip
    return modeling.Sam(image_encoder=encoder, prompt_encoder=prompts, mask_decoder=decoder)


def _encoder(state: dict[str, Any]) -> tuple[Any, int]:
    """The image encoder, and the side of its embedding in cells."""
    own = {
        k.removeprefix("image_encoder."): v
        for k, v in state.items()
        if k.startswith("image_encoder.")
    }
    if "pos_embed" in own:
        return _vit(own), int(own["pos_embed"].shape[1])
    if "patch_embed.seq.0.c.weight" in own:
        tiny = import_module("vsmeme.masks.prepare.segmenters.tinyvit")
        return tiny.TinyVit(own), tiny.SIDE_PX // tiny.CELL_PX
    raise ValueError("its image encoder is neither a ViT-B, L or H nor MobileSAM's")


def _vit(own: dict[str, Any]) -> Any:  # noqa: ANN401 - torch is optional
    grid, width = own["pos_embed"].shape[1::2]
    patch = own["patch_embed.proj.weight"].shape[-1]
    blocks = [k for k in own if k.startswith("blocks.") and "rel_pos_h" in k]
    spans = [(own[k].shape[0] + 1) // 2 for k in sorted(blocks, key=lambda k: int(k.split(".")[1]))]
    hidden = own["blocks.0.mlp.lin1.weight"].shape[0]
    return import_module("segment_anything").modeling.ImageEncoderViT(
        img_size=grid * patch, patch_size=patch, embed_dim=width, depth=len(spans),
        num_heads=width // own[blocks[0]].shape[1], mlp_ratio=hidden / width,
        out_chans=own["neck.0.weight"].shape[0], use_rel_pos=True,
        norm_layer=partial(import_module("torch").nn.LayerNorm, eps=1e-6),
        window_size=min(spans), qkv_bias=True,
        global_attn_indexes=[i for i, span in enumerate(spans) if span == grid],
    )  # fmt: skip
