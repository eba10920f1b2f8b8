"""Face restoration end to end, with a small network of GFPGAN's architecture."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

if importlib.util.find_spec("spandrel") is None:
    pytest.skip("needs the ai extra: uv sync --extra ai", allow_module_level=True)

import vapoursynth as vs
from scenes.projects import truth_project
from subject.test_track_step import write_masks

from vsmeme import readers, stages
from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_art import Array
from vsmeme.errors import MissingError, UsageError
from vsmeme.project import load_project
from vsmeme.steps.track import run_track
from vsmeme.subject.prepare.restoration_network import load_restorer
from vsmeme.subject.restored_detail import add_detail, load_detail

pytestmark = pytest.mark.filterwarnings("ignore")
SIZE = 64
SCENE = Scene(seed=3, frames=5)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GFPGAN at 64 px and an eighth of its width, random weights."""
    import torch
    from spandrel.architectures.GFPGAN import GFPGAN

    torch.manual_seed(1)
    network = GFPGAN(
        out_size=SIZE, num_style_feat=32, channel_multiplier=2, narrow=0.125, num_mlp=8,
        input_is_latent=True, different_w=True, sft_half=True,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("weights") / "small.pth"
    torch.save({"params_ema": network.state_dict()}, path)
    return path


def test_the_value_range(weights: Path) -> None:
    """The network is fed -1..1, its answer is brought back to 0..1."""
    import torch

    restorer = load_restorer(str(weights))
    assert (restorer.kind, restorer.size) == ("GFPGAN", SIZE)
    face = np.random.default_rng(0).random((SIZE, SIZE, 3), np.float32)
    got = restorer.restore(face)
    given = torch.from_numpy(face.transpose(2, 0, 1)[None].copy()).to(restorer.device) * 2 - 1
    with torch.inference_mode():
        out = restorer.network(given, return_rgb=False, randomize_noise=False)[0]
    want = ((out[0].cpu().numpy().transpose(1, 2, 0) + 1) / 2).clip(0, 1)
    assert got.shape == face.shape
    assert np.abs(got - want).max() < 1e-6
    assert np.array_equal(got, restorer.restore(face))


def test_from_toml_to_the_graph(weights: Path, tmp_path: Path) -> None:
    made = truth_project(tmp_path, SCENE, settings='[seam]\nblend = "feather"\n')
    settings = f'[foreground]\nrestore = 0.5\nrestore_model = "{weights}"\n'
    made.file.write_text(made.file.read_text() + settings)
    project = load_project(made.file)
    write_masks(project, SCENE)
    run_track(project)
    found = readers.track(project)
    assert found.detail is not None
    assert [p.key for p in found.regions["face"].restored] == [0]
    detail = load_detail(project.work / found.detail)
    assert (detail.width, detail.height, detail.num_frames) == (SIZE, SIZE, SCENE.frames)
    values = np.asarray(detail.get_frame(2)[0]).astype(float)
    assert values.std() > 50
    assert abs(values.mean() - 32768) < 3000  # no light, only detail
    plain = stages.composite(project, bands="fast")
    mask = stages.masks(project).face
    face = found.regions["face"]
    places = face.placed(plain.num_frames, of=face.restored)
    out = add_detail(plain, mask, detail, places, strength=0.5)
    a, b = planes(plain, 2), planes(out, 2)
    inside = planes(mask, 2)[0] > 0
    assert (a[1:] == b[1:]).all()
    assert (a[0] == b[0])[~inside].all()
    assert (a[0] != b[0])[inside].mean() > 0.3


def planes(clip: vs.VideoNode, n: int) -> Array:
    with clip.get_frame(n) as frame:
        return np.stack([np.asarray(plane).copy() for plane in frame])


def test_bad_files(tmp_path: Path) -> None:
    import torch

    with pytest.raises(MissingError, match="no such model"):
        load_restorer(str(tmp_path / "none.pth"))
    torch.save({"conv.weight": torch.zeros(3, 3, 1, 1)}, tmp_path / "odd.pth")
    with pytest.raises(UsageError, match="not a face restoration network"):
        load_restorer(str(tmp_path / "odd.pth"))
    with pytest.raises((MissingError, UsageError), match=r"vsmeme models|no model"):
        load_restorer("gfpgan-1.4")
