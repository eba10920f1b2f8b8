"""SAM 2 through the classes of `transformers`, small and with random weights."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")

from scenes.projects import truth_project

from vsmeme import stages
from vsmeme.arrays.images import Image
from vsmeme.demo.scene import Scene
from vsmeme.errors import MissingError, UsageError
from vsmeme.masks.mask import load_mask
from vsmeme.masks.prepare.hints import Hints
from vsmeme.masks.prepare.segmenters.base import KeyFrame, VideoSegmenter
from vsmeme.masks.prepare.segmenters.choose import choose_segmenter
from vsmeme.masks.prepare.segmenters.sam2 import HELD_FRAMES, Sam2, VideoMasks
from vsmeme.masks.prepare.segmenters.video_memory import Sam2Network, VideoMemory
from vsmeme.settings.subject_settings import SegmentSetting
from vsmeme.steps.segment import run_segment

pytestmark = pytest.mark.filterwarnings("ignore")
SIDE = 128  # of the pictures that the small network sees
SIZE = (90, 160)


def small_settings() -> dict[str, Any]:
    """A network of a million numbers; all parts of the large one, memory included."""
    hiera = {
        "model_type": "sam2_hiera_det_model", "hidden_size": 8, "image_size": [SIDE, SIDE],
        "blocks_per_stage": [1, 1, 2, 1], "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 1, 2, 2], "window_size_per_stage": [8, 4, 14, 7],
        "global_attention_blocks": [3],
    }  # fmt: skip
    vision = {
        "model_type": "sam2_vision_model", "backbone_config": hiera, "fpn_hidden_size": 128,
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[SIDE // 4] * 2, [SIDE // 8] * 2, [SIDE // 16] * 2],
    }  # fmt: skip
    return {
        "vision_config": vision, "image_size": SIDE,
        "prompt_encoder_config": {"hidden_size": 128, "image_size": SIDE},
        "mask_decoder_config": {
            "hidden_size": 128, "mlp_dim": 32, "num_attention_heads": 2, "iou_head_hidden_dim": 16,
        },
        "num_maskmem": 3, "max_object_pointers_in_encoder": 4, "memory_attention_num_layers": 1,
        "memory_attention_hidden_size": 128, "memory_attention_feed_forward_hidden_size": 32,
        "memory_attention_rope_feat_sizes": [SIDE // 16] * 2, "memory_encoder_hidden_size": 128,
        "mask_downsampler_embed_dim": 128, "memory_fuser_embed_dim": 128,
        "memory_fuser_intermediate_dim": 32,
    }  # fmt: skip


def save_network(folder: Path, *, seed: int, score: float, level: float | None) -> Path:
    """Save a random network.

    Args:
        folder: Where to.
        seed: Of its weights.
        score: Log odds that the subject is in the picture.
        level: Sign of all its log odds, where they are not left to chance.
    """
    import torch
    from transformers import Sam2VideoConfig, Sam2VideoModel, Sam2VideoProcessor
    from transformers.models.sam2.image_processing_sam2 import Sam2ImageProcessor
    from transformers.models.sam2_video.video_processing_sam2_video import Sam2VideoVideoProcessor

    torch.manual_seed(seed)
    model = Sam2VideoModel(Sam2VideoConfig(**small_settings())).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.ndim > 1:  # as strong as trained ones: nothing drowns in the biases
                value.copy_(torch.randn_like(value) * value[0].numel() ** -0.5)
            if name == "mask_decoder.pred_obj_score_head.proj_out.bias":
                value.fill_(score)
        model.mask_decoder.pred_obj_score_head.proj_out.weight.zero_()
        if level is not None:
            model.mask_decoder.upscale_conv2.bias.fill_(5.0)
            for head in model.mask_decoder.output_hypernetworks_mlps:
                head.proj_out.weight.zero_()
                head.proj_out.bias.fill_(level)
    size = {"height": SIDE, "width": SIDE}
    processor = Sam2VideoProcessor(
        image_processor=Sam2ImageProcessor(size=size),
        video_processor=Sam2VideoVideoProcessor(size=size),
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def chance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network whose masks mean nothing, but depend on all that it is told."""
    return save_network(tmp_path_factory.mktemp("chance"), seed=0, score=3.0, level=None)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that takes all for the subject."""
    return save_network(tmp_path_factory.mktemp("all"), seed=0, score=3.0, level=1.0)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that never sees the subject."""
    return save_network(tmp_path_factory.mktemp("none"), seed=0, score=-3.0, level=1.0)


def frames_of(count: int) -> list[Image]:
    random = np.random.default_rng(0)
    return [random.integers(0, 255, (*SIZE, 3), np.uint8) for _ in range(count)]


def box_mask(left: int, right: int) -> Image:
    mask = np.zeros(SIZE, np.uint8)
    mask[20:70, left:right] = 255
    return mask


class Told:
    """The automatic way, as a constant."""

    name, sees, hears = "told", True, True

    def __init__(self, mask: Image) -> None:
        self.mask, self.calls = mask, 0

    def segment(self, frame: Image, hints: Hints) -> Image:
        self.calls += 1
        return self.mask


def test_a_still_is_looked_at_once_and_answers_prompts(chance: Path) -> None:
    network = Sam2Network(chance, device="cpu")
    looks = 0

    def counted(*_: object) -> None:
        nonlocal looks
        looks += 1

    network.model.vision_encoder.register_forward_hook(counted)
    sam = Sam2(network, Told(box_mask(0, 1)))
    assert isinstance(sam, VideoSegmenter)
    frame = frames_of(1)[0]
    first = sam.segment(frame, Hints(points=((40, 40),), background=((5, 5),)))
    other = sam.segment(frame, Hints(points=((140, 80),)))
    both = sam.segment(frame, Hints(boxes=((20, 20, 60, 50), (90, 30, 40, 40))))
    assert first.shape == other.shape == both.shape == SIZE
    assert first.dtype == both.dtype == np.uint8
    assert not np.array_equal(first, other)
    assert looks == 1
    sam.segment(frame.copy(), Hints(points=((40, 40),)))
    assert looks == 2


def test_the_automatic_key_is_its_prompt(everything: Path, nothing: Path) -> None:
    """Its own mask is taken where it agrees with the automatic one, else that one stays."""
    frame = frames_of(1)[0]
    guess = Hints(points=((80, 40),), guess=np.full(SIZE, 200, np.uint8))
    most, little = Told(np.full(SIZE, 255, np.uint8)), Told(box_mask(60, 100))
    most.mask[:, :20] = 0
    assert Sam2(Sam2Network(everything), most).segment(frame, guess).min() == 255
    kept = Sam2(Sam2Network(everything), little).segment(frame, guess)
    assert np.array_equal(kept, little.mask)
    assert np.array_equal(Sam2(Sam2Network(nothing), most).segment(frame, guess), most.mask)
    assert most.calls == 2
    painted = Sam2(Sam2Network(nothing), little).segment(frame, Hints(painted=Path("a.png")))
    assert np.array_equal(painted, little.mask)


def walk(network: Sam2Network, mask: Image, numbers: range, *, backwards: bool) -> list[Image]:
    memory, frames = VideoMemory(network), frames_of(12)
    memory.learn(5, frames[5], mask)
    return [memory.step(n, frames[n], backwards=backwards) for n in numbers]


def test_what_was_told_reaches_later_and_earlier_frames(chance: Path) -> None:
    network = Sam2Network(chance, device="cpu")
    for numbers, backwards in ((range(6, 9), False), (range(4, 1, -1), True)):
        left = walk(network, box_mask(10, 60), numbers, backwards=backwards)
        again = walk(network, box_mask(10, 60), numbers, backwards=backwards)
        right = walk(network, box_mask(100, 150), numbers, backwards=backwards)
        for a, b, c in zip(left, again, right, strict=True):
            assert np.array_equal(a, b)
            assert np.abs(a - c).max() > 1e-4


def test_frames_before_remember_those_since_the_key(chance: Path) -> None:
    """A frame on the way changes what the next one gets."""
    network, frames = Sam2Network(chance, device="cpu"), frames_of(12)
    masks = []
    for between in (frames[6], frames[9]):
        memory = VideoMemory(network)
        memory.learn(5, frames[5], box_mask(10, 60))
        memory.step(6, between, backwards=False)
        masks.append(memory.step(7, frames[7], backwards=False))
    assert np.abs(masks[0] - masks[1]).max() > 1e-4


def carry(
    folder: Path,
    frames: Iterator[Image] | list[Image],
    keys: dict[int, KeyFrame],
    watched: dict[int, Callable[[Image, Image], Image | None]] | None = None,
) -> VideoMasks:
    sam = Sam2(Sam2Network(folder, device="cpu"), Told(box_mask(0, 1)))
    return sam.carry(frames, keys, watched=watched or {})


def test_every_frame_gets_a_mask_and_keys_are_untouched(everything: Path) -> None:
    frames = frames_of(9)
    keys = {n: KeyFrame(frame=frames[n], mask=box_mask(10 * n, 60)) for n in (3, 6)}
    made = carry(everything, frames, keys)
    masks = list(made.masks)
    assert len(masks) == 9
    assert all(mask.shape == SIZE and mask.dtype == np.uint8 for mask in masks)
    for n, mask in enumerate(masks):
        assert np.array_equal(mask, keys[n].mask) if n in keys else mask.min() == 255
    assert made.alarms == []


def test_a_subject_out_of_sight_is_absent_and_said(nothing: Path) -> None:
    frames = frames_of(7)
    made = carry(nothing, frames, {2: KeyFrame(frame=frames[2], mask=box_mask(10, 60))})
    masks = list(made.masks)
    assert [bool(mask.any()) for mask in masks] == [False, False, True, *[False] * 4]
    assert made.alarms == [1, 3]


def test_a_mask_put_right_is_carried_back_over_the_frames_before(chance: Path) -> None:
    frames = frames_of(10)
    keys = {0: KeyFrame(frame=frames[0], mask=box_mask(10, 60))}
    plain = list(carry(chance, frames, keys).masks)
    asked: list[Image] = []

    def watch(frame: Image, mask: Image) -> Image | None:
        asked.append(mask)
        return box_mask(100, 150)

    made = carry(chance, frames, keys, {4: lambda *_: None, 8: watch})
    masks = list(made.masks)
    assert np.array_equal(asked[0], plain[8])
    assert made.alarms == [8]
    assert np.array_equal(masks[8], box_mask(100, 150))
    assert all(np.array_equal(masks[n], plain[n]) for n in range(5))
    assert any(not np.array_equal(masks[n], plain[n]) for n in (5, 6, 7))
    assert not np.array_equal(masks[9], plain[9])


def test_frames_stream_and_memory_stays_flat(everything: Path) -> None:
    """Few frames are held, and the session forgets what no later frame asks for."""
    given = 0

    def film() -> Iterator[Image]:
        nonlocal given
        for frame in frames_of(1) * 90:
            given += 1
            yield frame.copy()

    made = carry(everything, film(), {0: KeyFrame(frame=frames_of(1)[0], mask=box_mask(10, 60))})
    for n, _ in enumerate(made.masks):
        assert given <= n + 2 + HELD_FRAMES
    session = made._memory._session
    outputs = session.output_dict_per_obj[0]
    assert not session.processed_frames
    assert len(outputs["non_cond_frame_outputs"]) <= 5
    assert "high_res_masks" not in outputs["cond_frame_outputs"][0]
    gc.collect()


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_half_precision_agrees(name: str, chance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step keeps the precision of a card; the numbers are those of the CPU, but for it."""
    import torch

    from vsmeme.masks.prepare.segmenters import video_memory

    full = walk(Sam2Network(chance), box_mask(10, 60), range(6, 8), backwards=False)
    monkeypatch.setattr(video_memory, "torch_device", lambda: ("cpu", getattr(torch, name)))
    network = Sam2Network(chance)
    assert network.model.dtype is getattr(torch, name)
    half = walk(network, box_mask(10, 60), range(6, 8), backwards=False)
    for a, b in zip(full, half, strict=True):
        assert ((a > 0.5) == (b > 0.5)).mean() > 0.9


def test_whole_project(everything: Path, tmp_path: Path) -> None:
    scene = Scene(seed=4, size="small", frames=4)
    x, y, w, h = scene.body_box(1)
    settings = (
        f'[segment]\nbackend = "sam2"\nmodel = "{everything}"\n[[segment.prompts]]\nframe = 1\n'
    )
    settings += f"box = [{x}, {y}, {w}, {h}]\npoints = [[{x + w / 2}, {y + h / 2}]]\n"
    project = truth_project(tmp_path, scene, settings=settings)
    made = run_segment(project)
    assert (made.backend, made.keys[0].frame) == ("sam2", 1)
    clip = load_mask(project.work / "masks/foreground.mkv")
    assert clip.num_frames == 4
    for n in range(4):
        mask = np.asarray(clip.get_frame(n)[0])
        missing = np.asarray(stages.missing(project).get_frame(n)[0]) > 0
        assert mask[~missing].mean() > 250
        assert not mask[missing].any()


def test_a_folder_that_is_no_sam2_is_refused(everything: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"hf download facebook/sam2\.1-hiera-large"):
        choose_segmenter(SegmentSetting(backend="sam2", model="gone"), tmp_path, (8, 8))
    with pytest.raises(MissingError, match=r"model sam2\.1-large is not there yet"):
        choose_segmenter(SegmentSetting(backend="sam2"), tmp_path, (8, 8))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UsageError, match="expected a SAM 2 video network"):
        Sam2Network(tmp_path)


def test_half_a_network_is_refused(everything: Path, tmp_path: Path) -> None:
    """`transformers` would fill in random weights and go on."""
    from safetensors.torch import load_file, save_file

    for file in everything.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = load_file(tmp_path / "model.safetensors")
    del weights["memory_encoder.projection.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "sam2_video"
    with pytest.raises(UsageError, match=r"memory_encoder\.projection\.weight and 0 more parts"):
        Sam2Network(tmp_path)
