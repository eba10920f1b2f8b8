"""What SAM 2 remembers of a run of frames: its session, kept small however long the run is."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ....arrays.images import Floats, Image, floats
from ....errors import MissingError, UsageError
from ....host import install_command
from ....networks.prepare.one_model import torch_device
from ....settings.setting_values import Box
from ..hints import Hints
from ..propagation.deforming_subject import clean
from ..propagation.mean_field import sigmoid

MOST_KEYS = 6  # that a frame is compared with: the nearest in time
SUBJECT = 1  # the number of the one object that is followed
FETCH = "hf download facebook/sam2.1-hiera-large --exclude '*.pt' --local-dir sam2.1-large"


class Sam2Network:
    """SAM 2 (Ravi et al. 2024, arXiv:2408.00714) from a folder of `transformers`.

    Args:
        folder: Holds `config.json`, the weights and the processor's settings.
        device: "cuda" or "cpu"; a card by default, where there is one.

    Raises:
        MissingError: The extra `ai` or the folder is missing.
        UsageError: The folder holds another network, or half of one.
    """

    def __init__(self, folder: Path, *, device: str | None = None) -> None:
        if not (folder / "config.json").is_file():
            raise MissingError(
                f"segment.model: {folder}: expected a folder with SAM 2's config.json; in its "
                f"parent folder run: {FETCH}"
            )
        self._torch, library = _library()
        best, precision = torch_device()
        self.device = device or best
        half = self.device == "cuda" and self._torch.cuda.is_bf16_supported()
        plain = precision if self.device == best else self._torch.float32
        self.precision = self._torch.bfloat16 if half else plain
        self.model = _load(library, folder, self.precision).eval().to(self.device)
        self.processor = library.Sam2VideoProcessor.from_pretrained(folder, local_files_only=True)
        self.model.config.max_cond_frame_num = MOST_KEYS

    def seen(self, frame: Image) -> Any:  # noqa: ANN401 - torch is optional
        """A frame as the network takes it."""
        seen = self.processor(images=frame, device=self.device, return_tensors="pt")
        return seen.pixel_values[0]

    def session(self) -> Any:  # noqa: ANN401 - torch is optional
        """An empty memory."""
        return self.processor.init_video_session(inference_device=self.device, dtype=self.precision)

    def run(self, session: Any, number: int, seen: Any, *, backwards: bool = False) -> Floats:  # noqa: ANN401
        """Log odds of the subject at the network's own size; all under 0 where it is hidden."""
        with self._torch.inference_mode():
            told = self.model(session, frame_idx=number, frame=seen, reverse=backwards)
            return floats(told.pred_masks[0, 0].float().cpu().numpy())


class VideoMemory:
    """The subject of a run of frames: told on some of them, followed over the others.

    Args:
        network: What follows it.
    """

    def __init__(self, network: Sam2Network) -> None:
        self._network = network
        self._session = network.session()
        facts = network.model.config
        self._reach = max(facts.num_maskmem, facts.max_object_pointers_in_encoder)

    def learn(self, number: int, frame: Image, mask: Image) -> None:
        """Take the mask of a frame (8 bit, of its size) as true."""
        self._network.processor.add_inputs_to_inference_session(
            self._session, number, SUBJECT, input_masks=mask > 127
        )
        self._network.run(self._session, number, self._network.seen(frame))
        self._forget(number)

    def step(self, number: int, frame: Image, *, backwards: bool) -> Floats:
        """Follow the subject to a frame; its probability, of the frame's size.

        Args:
            number: Of the frame; next to one that is known.
            frame: RGB, 8 bit, `h x w x 3`.
            backwards: Whether frames come in the other direction of time.
        """
        seen = self._network.seen(frame)
        odds = self._network.run(self._session, number, seen, backwards=backwards)
        self._forget(number)
        return probability(odds, frame)

    def _forget(self, number: int) -> None:
        """Drop what no later frame asks for."""
        self._session.processed_frames.clear()
        for known in self._session.frames_tracked_per_obj.values():
            known.clear()  # a mask that is told later then counts as true
        for outputs in self._session.output_dict_per_obj.values():
            keys, steps = outputs["cond_frame_outputs"], outputs["non_cond_frame_outputs"]
            for n in [n for n in steps if n in keys or abs(n - number) > self._reach]:
                del steps[n]
            for output in (*keys.values(), *steps.values()):
                output.pop("high_res_masks", None)
                output.pop("pred_masks", None)


class StillFrame:
    """One frame, looked at once, and asked about by boxes and points.

    Args:
        network: What is asked.
        frame: RGB, 8 bit, `h x w x 3`.
    """

    def __init__(self, network: Sam2Network, frame: Image) -> None:
        self._network, self.frame = network, frame
        self._session, self._seen = network.session(), network.seen(frame)

    def ask(self, hints: Hints, box: Box | None) -> Image:
        """The mask of a box and of the hints' points; 0 or 1, of the frame's size."""
        points = hints.points + hints.background
        labels = [1] * len(hints.points) + [0] * len(hints.background)
        prompts: dict[str, Any] = {}
        if points:
            prompts |= {"input_points": [[[list(p) for p in points]]], "input_labels": [[labels]]}
        if box is not None:
            x, y, w, h = box
            prompts["input_boxes"] = [[[x, y, x + w, y + h]]]
        self._session.reset_tracking_data()  # what was seen of the frame stays
        self._network.processor.add_inputs_to_inference_session(
            self._session, 0, SUBJECT, original_size=self.frame.shape[:2], **prompts
        )
        odds = self._network.run(self._session, 0, self._seen)
        return np.asarray(probability(odds, self.frame) > 0.5, np.uint8)


def probability(odds: Floats, frame: Image) -> Floats:
    """Of log odds at the network's size, without specks and small holes, at a frame's size."""
    share = sigmoid(np.clip(odds, -30, 30))
    size = (frame.shape[1], frame.shape[0])
    return floats(cv2.resize(clean(share, share), size, interpolation=cv2.INTER_LINEAR))


def _library() -> tuple[Any, Any]:
    try:
        torch, library = import_module("torch"), import_module("transformers")
        library.Sam2VideoModel  # noqa: B018 - loaded late
    except (ImportError, AttributeError) as error:
        name = getattr(error, "name", None) or "SAM 2 in transformers"
        message = f"segment.backend: sam2 needs {name}; run: {install_command('ai')}"
        raise MissingError(message) from None
    library.utils.logging.disable_progress_bar()
    return torch, library


def _load(library: Any, folder: Path, precision: Any) -> Any:  # noqa: ANN401 - torch is optional
    """The network with all its weights: `transformers` would invent what is missing."""
    kind = "expected a SAM 2 video network of transformers"
    try:
        model, facts = library.Sam2VideoModel.from_pretrained(
            folder, dtype=precision, local_files_only=True, output_loading_info=True
        )
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise UsageError(f"segment.model: {folder}: {kind} ({reason})") from None
    lacking = sorted(facts["missing_keys"])
    if lacking:
        parts = f"{lacking[0]} and {len(lacking) - 1} more parts are missing"
        raise UsageError(f"segment.model: {folder}: {kind} ({parts})")
    return model
