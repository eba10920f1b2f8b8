"""Face restoration networks (the ``ai`` extra): loaded by spandrel, fed as they were trained.

GFPGAN (Wang et al., CVPR 2021) is built from the shapes in its file, so smaller networks of the
same architecture load as well; anything else goes through spandrel's own detection. All of these
networks want pictures of -1..1, whatever spandrel's wrapper feeds them.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...arrays.images import Floats
from ...errors import MissingError, UsageError
from ...host import install_command
from ...networks.manifest import find_file, read_manifest
from ...networks.prepare.one_model import torch_device

FIDELITY = 1.0  # CodeFormer's weight: as true to the input as it can be
INSTALL = f"install the ai extra: {install_command('ai')}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Restorer:
    """A network on its device.

    Attributes:
        network: The torch module.
        size: Width and height of its pictures, px.
        kind: Architecture.
        device: Where it runs.
    """

    network: Any
    size: int
    kind: str
    device: str

    def restore(self, face: Floats) -> Floats:
        """Restore one aligned face.

        Args:
            face: ``size x size x 3``, RGB of 0..1, gamma-encoded.

        Returns:
            The same shape and range.
        """
        torch = importlib.import_module("torch")
        with torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(face.transpose(2, 0, 1))[None])
            given = given.to(self.device) * 2 - 1
            if self.kind == "GFPGAN":
                out = self.network(given, return_rgb=False, randomize_noise=False)
            elif self.kind == "CodeFormer":
                out = self.network(given, FIDELITY)
            else:
                out = self.network(given)
            picture = out[0] if isinstance(out, tuple | list) else out
            array = ((picture[0].float() + 1) / 2).clamp(0, 1).cpu().numpy()
        return np.asarray(array.transpose(1, 2, 0), np.float32)


def load_restorer(model: str) -> Restorer:
    """Load a network.

    Args:
        model: Name in the manifest (``gfpgan-1.4``), or the path of a file that spandrel reads.

    Returns:
        The network, ready to run.

    Raises:
        MissingError: The ``ai`` extra or the file is missing.
        UsageError: The file is not such a network.
    """
    path = Path(model) if _is_path(model) else find_file(model)
    if not path.is_file():
        raise MissingError(f"{path}: no such model; vsmeme models list names them all")
    try:
        spandrel = importlib.import_module("spandrel")
    except ImportError:
        raise MissingError(f"face restoration needs spandrel: {INSTALL}") from None
    device, _ = torch_device(half=False)
    try:
        weights = spandrel.ModelLoader().load_state_dict_from_file(path)
        if "stylegan_decoder.style_mlp.1.weight" in weights and "toRGB.0.weight" in weights:
            network, size, kind = *_gfpgan(weights), "GFPGAN"
        else:
            network, size, kind = _other(spandrel, weights)
    except MissingError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"{path}: not a face restoration network ({reason})") from None
    return Restorer(network=network.eval().to(device), size=size, kind=kind, device=device)


def _is_path(model: str) -> bool:
    return model not in read_manifest() and (Path(model).suffix != "" or "/" in model)


def _gfpgan(weights: Mapping[str, Any]) -> tuple[Any, int]:
    """Build GFPGAN of the size that the weights are of."""
    arch = importlib.import_module("spandrel.architectures.GFPGAN")
    decoder = "stylegan_decoder."
    depth = len({key.split(".")[1] for key in weights if key.startswith("conv_body_down.")})
    narrow = weights[f"{decoder}constant_input.weight"].shape[1] / 512
    multiplier = 2.0
    if depth >= 4:  # the level of 64 px is the first whose width depends on it
        multiplier = weights["condition_scale.3.0.weight"].shape[0] * 2 / (256 * narrow)
    first, last = (weights[f"condition_scale.0.{i}.weight"].shape[0] for i in (0, 2))
    layers = [k for k in weights if k.startswith(f"{decoder}style_mlp.") and k.endswith("weight")]
    network = arch.GFPGAN(
        out_size=2 ** (depth + 2),
        num_style_feat=weights[f"{decoder}style_mlp.1.weight"].shape[0],
        channel_multiplier=multiplier,
        narrow=narrow,
        sft_half=first == last,
        num_mlp=len(layers),
        input_is_latent=True,
        different_w=True,
        fix_decoder=False,
    )
    network.load_state_dict(weights)
    return network, 2 ** (depth + 2)


def _other(spandrel: Any, weights: Mapping[str, Any]) -> tuple[Any, int, str]:  # noqa: ANN401
    try:  # CodeFormer's licence keeps it out of spandrel proper
        importlib.import_module("spandrel_extra_arches").install()
    except ImportError:
        if any(key.startswith("quantize.") for key in weights):
            raise MissingError(
                "CodeFormer needs spandrel_extra_arches (non-commercial licence): "
                "pip install spandrel_extra_arches"
            ) from None
    found = spandrel.ModelLoader().load_from_state_dict(weights)
    if found.purpose != "FaceSR":
        raise UsageError(f"a {found.architecture.name} network is for {found.purpose}")
    size = max(512, found.size_requirements.minimum)
    return found.model, size, found.architecture.id
