"""Room for one heavy model at a time, for every stage that loads one.

Masks, plates and restored faces each want a network of hundreds of megabytes. They ask for it here;
whatever another stage left loaded goes first.
"""

from __future__ import annotations

import gc
import importlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...errors import MissingError, out_of_memory

log = logging.getLogger("vsmeme")


@dataclass(slots=True, kw_only=True)
class Room:
    """The place of one model; `one_model` uses the one of this process.

    Attributes:
        name: What is loaded, or empty.
        value: The model itself.
        busy: Whether a stage is using it.
    """

    name: str = ""
    value: object = None
    busy: bool = False

    @contextmanager
    def use[T](self, name: str, load: Callable[[], T]) -> Iterator[T]:
        """Lend a model: the one that is loaded if it has this name, else a newly loaded one.

        Args:
            name: Everything that makes it what it is (file, device, precision).
            load: Makes it; called when the room is empty.

        Yields:
            The model. It stays loaded for the next call until another is asked for.

        Raises:
            RuntimeError: Another model is in use (a fault of ours: two heavy ones at once).
            MissingError: The memory doesn't suffice.
        """
        if self.busy and self.name != name:
            raise RuntimeError(f"{name} was asked for while {self.name} is in use")
        outer = self.busy
        if self.name != name:
            self.empty()
            self._load(name, load)
        self.busy = True
        try:
            yield self.value  # type: ignore[misc]
        finally:
            self.busy = outer

    def _load(self, name: str, load: Callable[[], object]) -> None:
        log.debug("loading %s", name)
        try:
            self.value = load()
        except MemoryError:
            self.empty()
            raise MissingError(f"not enough memory for {name}: close other programs") from None
        except RuntimeError as error:
            if not out_of_memory(str(error)):
                raise
            self.empty()
            raise MissingError(f"not enough graphics memory for {name}: use the CPU") from None
        self.name = name

    def empty(self) -> None:
        """Drop the model and give its memory back, on the graphics card too."""
        self.name, self.value = "", None
        gc.collect()
        clear_cuda()


_ROOM = Room()


@contextmanager
def one_model[T](name: str, load: Callable[[], T]) -> Iterator[T]:
    """Lend a heavy model out of the one room of this process; see `Room.use`."""
    with _ROOM.use(name, load) as model:
        yield model


def clear_cuda() -> None:
    """Return torch's cached blocks to the card, if torch is loaded and has one."""
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def torch_device(*, half: bool = True) -> tuple[str, Any]:
    """Say where a torch model runs, and in which precision.

    Args:
        half: Whether the model supports half precision.

    Returns:
        "cuda" or "cpu", and ``torch.float16`` (on CUDA only) or ``torch.float32``.
    """
    torch: Any = importlib.import_module("torch")  # an extra; types are not always there
    if not torch.cuda.is_available():
        return "cpu", torch.float32
    # before Volta half precision runs at 1/64 of the speed
    modern = torch.cuda.get_device_capability()[0] >= 7
    return "cuda", torch.float16 if half and modern else torch.float32
