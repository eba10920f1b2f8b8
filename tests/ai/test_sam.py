"""Segment-anything end to end, with a small network of its architecture and random weights."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

if importlib.util.find_spec("segment_anything") is None:
    pytest.skip("needs the ai extra: uv sync --extra ai", allow_module_level=True)

from scenes.projects import truth_project

from vsmeme import stages
from vsmeme.demo.scene import Scene
from vsmeme.errors import UsageError
from vsmeme.masks.mask import load_mask
from vsmeme.masks.prepare.hints import Hints
from vsmeme.masks.prepare.segmenters.sam import Sam, from_prior, inner_points
from vsmeme.steps.segment import run_segment

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SAM with two blocks, 32 channels, pictures of 256 px; one block sees the whole picture."""
    import torch
    from segment_anything.modeling import (
        ImageEncoderViT,
        MaskDecoder,
        PromptEncoder,
        TwoWayTransformer,
    )
    from segment_anything.modeling import Sam as Network

    torch.manual_seed(0)
    norm = partial(torch.nn.LayerNorm, eps=1e-6)
    model = Network(
        image_encoder=ImageEncoderViT(
            img_size=256, depth=2, embed_dim=32, num_heads=2, mlp_ratio=2, out_chans=32,
            use_rel_pos=True, window_size=7, global_attn_indexes=[1], norm_layer=norm,
            qkv_bias=True, patch_size=16,
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=32, image_embedding_size=(16, 16), input_image_size=(256, 256),
            mask_in_chans=16,
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=3, transformer_dim=32, iou_head_depth=3, iou_head_hidden_dim=16,
            transformer=TwoWayTransformer(depth=2, embedding_dim=32, mlp_dim=64, num_heads=8),
        ),
    )  # fmt: skip
    with torch.no_grad():  # random weights may see nothing anywhere: let them see everything
        model.mask_decoder.output_upscaling[3].bias += 5
        for head in model.mask_decoder.output_hypernetworks_mlps:
            head.layers[-1].weight.zero_()
            head.layers[-1].bias.fill_(1.0)
    path = tmp_path_factory.mktemp("sam") / "tiny.pth"
    torch.save(model.state_dict(), path)
    return path


def test_checkpoint_is_loaded_and_a_frame_is_encoded_once(checkpoint: Path) -> None:
    sam = Sam(checkpoint, device="cpu")
    encoder = sam._predictor.model.image_encoder
    assert (encoder.img_size, len(encoder.blocks)) == (256, 2)
    assert [block.window_size for block in encoder.blocks] == [7, 0]
    calls = 0

    def counted(*_: object) -> None:
        nonlocal calls
        calls += 1

    encoder.register_forward_hook(counted)
    frame = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
    first = sam.segment(frame, Hints(points=((40, 40),), background=((5, 5),)))
    second = sam.segment(frame, Hints(boxes=((20, 20, 60, 50), (90, 30, 40, 40))))
    assert first.shape == second.shape == (90, 160)
    assert first.dtype == np.uint8
    assert calls == 1
    sam.segment(frame.copy(), Hints(points=((40, 40),)))
    assert calls == 2


def test_whole_project_with_sam(checkpoint: Path, tmp_path: Path) -> None:
    scene = Scene(seed=4, size="small", frames=4)
    x, y, w, h = scene.body_box(1)
    settings = (
        f'[segment]\nbackend = "sam"\nmodel = "{checkpoint}"\n[[segment.prompts]]\nframe = 1\n'
    )
    settings += f"box = [{x}, {y}, {w}, {h}]\npoints = [[{x + w / 2}, {y + h / 2}]]\n"
    project = truth_project(tmp_path, scene, settings=settings)
    made = run_segment(project)
    assert made.backend == "sam"
    assert made.keys[0].frame == 1
    clip = load_mask(project.work / "masks/foreground.mkv")
    assert clip.num_frames == 4
    mask = np.asarray(clip.get_frame(1)[0])
    missing = np.asarray(stages.missing(project).get_frame(1)[0]) > 0
    assert mask[~missing].mean() > 250
    assert not mask[missing].any()


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "bad.pth"
    path.write_bytes(b"nothing")
    with pytest.raises(UsageError, match="expected a segment-anything checkpoint"):
        Sam(path)
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(UsageError, match="neither a ViT-B, L or H nor MobileSAM's"):
        Sam(path)


def rest_weights() -> dict[str, object]:
    """Random weights of what MobileSAM shares with SAM, an eighth as wide."""
    import torch
    from segment_anything.modeling import MaskDecoder, PromptEncoder, TwoWayTransformer

    torch.manual_seed(0)
    rest = {
        "prompt_encoder": PromptEncoder(
            embed_dim=32, image_embedding_size=(64, 64), input_image_size=(1024, 1024),
            mask_in_chans=16,
        ),
        "mask_decoder": MaskDecoder(
            num_multimask_outputs=3, transformer_dim=32, iou_head_depth=3, iou_head_hidden_dim=16,
            transformer=TwoWayTransformer(depth=2, embedding_dim=32, mlp_dim=64, num_heads=8),
        ),
    }  # fmt: skip
    return {
        f"{part}.{name}": value
        for part, module in rest.items()
        for name, value in module.state_dict().items()
    }


def mobile_weights() -> dict[str, object]:
    """Random weights under the names of a MobileSAM checkpoint, an eighth as wide."""
    import torch

    widths, depths, windows = (8, 16, 20, 40), (2, 2, 6, 2), (7, 7, 14, 7)
    made: dict[str, torch.Tensor] = {}
    draw = torch.Generator().manual_seed(0)

    def weights(name: str, *shape: int) -> None:
        spread = max(1, int(np.prod(shape[1:]))) ** -0.5
        made[f"image_encoder.{name}"] = spread * torch.randn(shape, generator=draw)

    def convolution(name: str, out: int, given: int, side: int) -> None:
        weights(f"{name}.c.weight", out, given, side, side)
        for part, value in (("weight", 1.0), ("bias", 0.1), ("running_mean", 0.1)):
            made[f"image_encoder.{name}.bn.{part}"] = torch.full((out,), value)
        made[f"image_encoder.{name}.bn.running_var"] = torch.full((out,), 1.5)
        made[f"image_encoder.{name}.bn.num_batches_tracked"] = torch.tensor(1)

    def linear(name: str, out: int, given: int) -> None:
        weights(f"{name}.weight", out, given)
        weights(f"{name}.bias", out)

    def norm(name: str, width: int) -> None:
        made[f"image_encoder.{name}.weight"] = torch.ones(width)
        made[f"image_encoder.{name}.bias"] = torch.zeros(width)

    convolution("patch_embed.seq.0", 4, 3, 3)
    convolution("patch_embed.seq.2", 8, 4, 3)
    for stage, (width, depth, window) in enumerate(zip(widths, depths, windows, strict=True)):
        for block in (f"layers.{stage}.blocks.{i}" for i in range(depth)):
            if stage == 0:
                convolution(f"{block}.conv1", 4 * width, width, 1)
                convolution(f"{block}.conv2", 4 * width, 1, 3)
                convolution(f"{block}.conv3", width, 4 * width, 1)
                continue
            norm(f"{block}.attn.norm", width)
            linear(f"{block}.attn.qkv", 3 * width, width)
            linear(f"{block}.attn.proj", width, width)
            weights(f"{block}.attn.attention_biases", 2, window * window)
            convolution(f"{block}.local_conv", width, 1, 3)
            norm(f"{block}.mlp.norm", width)
            linear(f"{block}.mlp.fc1", 4 * width, width)
            linear(f"{block}.mlp.fc2", width, 4 * width)
        if stage < 3:
            to = widths[stage + 1]
            convolution(f"layers.{stage}.downsample.conv1", to, width, 1)
            convolution(f"layers.{stage}.downsample.conv2", to, 1, 3)
            convolution(f"layers.{stage}.downsample.conv3", to, to, 1)
    norm("norm_head", 40)
    linear("head", 10, 40)
    weights("neck.0.weight", 32, 40, 1, 1)
    weights("neck.2.weight", 32, 32, 3, 3)
    norm("neck.1", 32)
    norm("neck.3", 32)
    return {**made, **rest_weights()}


def test_a_mobilesam_checkpoint_is_loaded_and_run(tmp_path: Path) -> None:
    import torch

    weights = mobile_weights()
    path = tmp_path / "mobile.pt"
    torch.save(weights, path)
    sam = Sam(path, device="cpu")
    model = sam._predictor.model
    assert set(model.state_dict()) == set(weights)
    with torch.no_grad():
        seen = model.image_encoder(torch.zeros(1, 3, 1024, 1024))
    assert seen.shape == (1, 32, 64, 64)
    frame = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
    mask = sam.segment(frame, Hints(boxes=((20, 20, 60, 50),), points=((40, 40),)))
    assert (mask.shape, mask.dtype) == ((90, 160), np.uint8)
    del weights["image_encoder.layers.1.blocks.0.attn.qkv.bias"]
    torch.save(weights, path)
    with pytest.raises(UsageError, match="expected a segment-anything checkpoint"):
        Sam(path)


def test_attention_of_a_window_against_its_formula() -> None:
    """Every pair of cells by itself: the bias goes by how many rows and columns they are apart."""
    import torch

    from vsmeme.masks.prepare.segmenters.tinyvit import Attention

    torch.manual_seed(3)
    attention = Attention(6, 2, 3).eval()
    biases = torch.randn(2, 9)
    with torch.no_grad():
        attention.attention_biases.copy_(biases)
        x = torch.randn(1, 9, 6)
        got = attention(x)
        mixed = attention.qkv(attention.norm(x))[0].view(9, 2, 9)
        rows = []
        for cell in range(9):
            parts = []
            for head in range(2):
                query = mixed[cell, head, :3]
                scores = torch.stack([
                    query @ mixed[other, head, 3:6] / 3**0.5
                    + biases[head, abs(cell // 3 - other // 3) * 3 + abs(cell % 3 - other % 3)]
                    for other in range(9)
                ])  # fmt: skip
                parts.append(scores.softmax(0) @ mixed[:, head, 6:])
            rows.append(torch.cat(parts))
        wanted = attention.proj(torch.stack(rows))
    assert torch.allclose(got[0], wanted, atol=1e-5)


def test_prompts_from_a_prior() -> None:
    prior = np.zeros((60, 80), np.uint8)
    cv2.rectangle(prior, (20, 10), (59, 49), 255, -1)
    hints = from_prior(Hints(prior=prior))
    assert hints.boxes == ((20.0, 10.0, 40.0, 40.0),)
    points = inner_points(prior // 255)
    assert points[0] == pytest.approx((40, 30), abs=2)
    assert all(prior[int(y), int(x)] for x, y in points)
