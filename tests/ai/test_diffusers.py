"""The diffusers backend, end to end, with a tiny pipeline that is built and saved here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("diffusers")

from vsmeme.arrays.bt709 import rgb_to_yuv
from vsmeme.errors import MissingError
from vsmeme.networks.prepare.one_model import one_model
from vsmeme.plate.prepare.generation import generate
from vsmeme.plate.prepare.inpainters.choose import make_backend
from vsmeme.plate.prepare.inpainters.diffusion import Diffusers, tiles_of
from vsmeme.settings.picture_settings import Inpaint

Array = np.ndarray[Any, Any]
pytestmark = pytest.mark.filterwarnings("default")
SIZE = 64


def small_text(path: Path) -> tuple[Any, Any]:
    """A tokenizer that knows letters, and a text encoder of one layer."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    words = [
        "<|startoftext|>",
        "<|endoftext|>",
        *(f"{c}</w>" for c in "abcdefghijklmnopqrstuvwxyz"),
    ]
    words += list("abcdefghijklmnopqrstuvwxyz,")
    (path / "vocab.json").write_text(json.dumps({w: i for i, w in enumerate(words)}))
    (path / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(
        str(path / "vocab.json"), str(path / "merges.txt"), model_max_length=77
    )
    text = CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return tokenizer, CLIPTextModel(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random inpainting pipeline of a megabyte, for pictures of 64 px."""
    import torch
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        StableDiffusionInpaintPipeline,
        UNet2DConditionModel,
    )

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("pipeline")
    tokenizer, text = small_text(path)
    blocks = {"block_out_channels": (16, 16, 16, 16), "norm_num_groups": 8}
    pipeline = StableDiffusionInpaintPipeline(
        vae=AutoencoderKL(
            **blocks,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
        ),
        text_encoder=text,
        tokenizer=tokenizer,
        unet=UNet2DConditionModel(
            sample_size=SIZE // 8,
            in_channels=9,
            out_channels=4,
            block_out_channels=(16, 32),
            layers_per_block=1,
            norm_num_groups=8,
            cross_attention_dim=16,
            attention_head_dim=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        ),
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(path / "pipeline")
    return path / "pipeline"


@pytest.fixture(autouse=True)
def empty_room() -> Any:  # noqa: ANN401
    yield
    with one_model("nothing", object):  # takes the place of what was there
        pass


def plate() -> tuple[Array, Array]:
    rng = np.random.default_rng(3)
    picture = rgb_to_yuv(rng.random((150, 200, 3)).astype(np.float32) * 0.5 + 0.25)
    mask = np.zeros((150, 200), np.bool_)
    mask[:40, :90] = mask[120:, 170:] = True
    return picture, mask


def test_end_to_end(folder: Path) -> None:
    picture, mask = plate()
    settings = Inpaint(backend="diffusers", model=folder.name, strength=0.6, steps=4, seed=3)
    backend = make_backend(settings, folder=folder.parent)
    none = np.zeros_like(mask)
    once = generate(picture, mask, avoid=none, backend=backend, feather_px=4)
    assert (once.generations, once.changed) == (1, 0)
    assert np.array_equal(once.plate[:, ~mask], picture[:, ~mask])
    assert not np.array_equal(once.plate[:, mask], picture[:, mask])
    again = generate(picture, mask, avoid=none, backend=backend, feather_px=4)
    assert np.array_equal(once.plate, again.plate)
    other = Diffusers(folder=folder, strength=0.6, steps=4, seed=4)
    differs = generate(picture, mask, avoid=none, backend=other, feather_px=4)
    assert not np.array_equal(once.plate, differs.plate)


def test_a_folder_that_lacks_parts(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    shutil.rmtree(broken / "unet")
    with pytest.raises(MissingError, match=r"broken: the pipeline's part unet is missing"):
        Diffusers(folder=broken)
    (broken / "unet").mkdir()
    (broken / "unet" / "config.json").write_text("{}")
    picture, mask = plate()
    with pytest.raises(MissingError, match=r"not a whole pipeline"):
        generate(
            picture,
            mask,
            avoid=np.zeros_like(mask),
            backend=Diffusers(folder=broken),
            feather_px=4,
        )
    with pytest.raises(MissingError, match=r"with model_index.json"):
        Diffusers(folder=tmp_path)


def test_tiles_cover_the_mask() -> None:
    _, mask = plate()
    covered = np.zeros_like(mask)
    for box in tiles_of(mask, tile=SIZE):
        covered[box.y : box.bottom, box.x : box.right] = True
        assert (box.w, box.h) == (SIZE, SIZE)
        assert box.right <= mask.shape[1]
        assert box.bottom <= mask.shape[0]
    assert covered[mask].all()
