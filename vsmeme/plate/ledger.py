"""The ledger of the one generation: ``background.json`` as data, and the proof that it carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, Self

from ..artifact import file_sha256
from ..errors import ArtifactError
from ..pixels.matrix import Matrix33
from ..pixels.matrix_table import MatrixTable
from .contact_record import ContactRecord

COMMAND = "vsmeme inpaint --again"
RETOUCHED = "retouched"
"""The backend of a plate whose open area a person has painted: nothing was generated."""
LEDGER_FILE = "background.json"
Mode = Literal["still", "live"]
Fill = Literal["plate", "mirror"]
# The numbers of a key: how long each level of its lists is, 0 for any length.
_SHAPES = {"origin": (2,), "size": (2,), "motion": (0, 3, 3), "exposure": (0, 3, 2)}
PER_FRAME = ("motion", "exposure")
Exposure = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateKey:
    """One key frame's plate; files are relative to the work folder.

    Attributes:
        shot: Number of the shot.
        frame: Pair number of the key frame.
        first: First pair that uses this plate.
        last: Last pair that uses it.
        plate: 16-bit RGB PNG, BT.709 full range: the plate for eyes and image editors.
        samples: 16-bit PNG that holds the plate's exact samples, Y, Cb and Cr in G, B and R.
        mask: 8-bit PNG, 255 where samples were generated.
        backend: What generated them.
        model: Its model, empty for a backend without one.
        seed: Its seed.
        generations: Calls of the backend: 1, or 0 where nothing was open.
        mask_sha256: Of the mask's samples.
        outside_sha256_before: Of all samples outside the mask before the generation.
        outside_sha256_after: The same after it.
        changed_outside_mask: Samples outside the mask that differ, over all planes.
        subject_pixels_in_mask: Pixels of the subject inside the mask.
        filled_from_other_frames: Share of the canvas filled with real pixels of other frames.
        generated: Share of the canvas, at the key frame, that was generated.
        hidden: Share of the canvas that the subject hides in every frame; neither seen nor
            generated, and never shown.
        origin: Where the key frame's canvas lies in the plate, plate px.
        size: Width and height of the plate.
        mode: How the shot's background is built from it.
        motion: Key-frame canvas edge coordinates to each frame's, from ``first`` on; empty for a
            still camera.
        exposure: Gain and offset (16-bit codes) that bring each plane of the plate to each frame;
            empty where none is needed.
        followed: Whether the camera stands still, or the plate goes along with it.
        fill: What missing area shows of a live background: the plate, or the picture beside it,
            mirrored.
        steps: By how much either fill stands out where missing area begins, 9 of 10 edges below:
            the step across the edge over those further inside, or those inside over those outside
            if that is more; by name of the fill; empty where it was not measured.
        lines: The strongest line in all the depth of missing area over the strongest as far
            outside, where that is most; like ``steps``.
        files: SHA-256 of the three files by name.
    """

    shot: int
    frame: int
    first: int
    last: int
    plate: str
    samples: str
    mask: str
    backend: str
    model: str
    seed: int
    generations: int
    mask_sha256: str
    outside_sha256_before: str
    outside_sha256_after: str
    changed_outside_mask: int
    subject_pixels_in_mask: int
    filled_from_other_frames: float
    generated: float
    hidden: float
    origin: tuple[int, int]
    size: tuple[int, int]
    mode: Mode
    motion: Sequence[Matrix33] = ()
    exposure: Sequence[Exposure] = ()
    followed: bool = True
    fill: Fill = "plate"
    steps: Mapping[str, float] = field(default_factory=dict)
    lines: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str]

    def __post_init__(self) -> None:
        for name in PER_FRAME:
            object.__setattr__(self, name, MatrixTable.of(getattr(self, name)))

    def to_json(self) -> dict[str, Any]:
        """Return one entry of ``keys``."""
        entry = {field.name: getattr(self, field.name) for field in fields(self)}
        maps = {"steps": dict(self.steps), "lines": dict(self.lines), "files": dict(self.files)}
        return entry | maps | {name: list(entry[name]) for name in PER_FRAME}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one entry of ``keys``; keys that others added are left out."""
        names = {field.name for field in fields(cls)}
        known: dict[str, Any] = {key: value for key, value in data.items() if key in names}
        for name, shape in _SHAPES.items():
            if name in known and not _is_shaped(known[name], *shape):
                raise ArtifactError(f"{LEDGER_FILE}: {name} is damaged; run {COMMAND}")
        known |= {name: tuple(known[name]) for name in ("origin", "size") if name in known}
        try:
            return cls(**known)
        except TypeError:
            raise ArtifactError(f"{LEDGER_FILE}: an entry lacks keys; run {COMMAND}") from None

    def check_files(self, work: Path) -> None:
        """Refuse a plate whose files are not those that were written with this entry.

        Args:
            work: The work folder.

        Raises:
            ArtifactError: A file is missing or was changed.
        """
        for name in (self.plate, self.samples, self.mask):
            path = work / name
            if not path.is_file():
                raise ArtifactError(f"{path}: missing; run {COMMAND} to make it again")
            if file_sha256(path) != self.files.get(name):
                raise ArtifactError(
                    f"{path}: does not fit {LEDGER_FILE} (changed since it was made); "
                    f"run {COMMAND} to make it again"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All keys of a project, in the order of their frames.

    Attributes:
        keys: The plates.
        contacts: Where the subject meets missing area; ``None`` while that is not measured.
    """

    keys: tuple[PlateKey, ...] = ()
    contacts: ContactRecord | None = None

    @property
    def generations(self) -> int:
        """How often a backend was called, over all keys."""
        return sum(key.generations for key in self.keys)

    def of_shot(self, shot: int) -> tuple[PlateKey, ...]:
        """Return the keys of a shot, in the order of their frames."""
        return tuple(key for key in self.keys if key.shot == shot)

    def with_keys(self, keys: Iterable[PlateKey]) -> Ledger:
        """Return the ledger with keys added."""
        return replace(self, keys=tuple(sorted((*self.keys, *keys), key=lambda k: k.first)))

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``background.json`` without schema and stamp."""
        keys = {"keys": [key.to_json() for key in self.keys]}
        return keys | ({"contacts": self.contacts.to_json()} if self.contacts else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the contents of ``background.json``."""
        contacts = data.get("contacts")
        return cls(
            keys=tuple(PlateKey.from_json(entry) for entry in data.get("keys", ())),
            contacts=ContactRecord.from_json(contacts) if contacts else None,
        )


def _is_shaped(value: object, *shape: int) -> bool:
    """Whether a value is lists of these lengths within each other, of numbers."""
    if not shape:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, list | tuple) or (shape[0] and len(value) != shape[0]):
        return False
    return all(_is_shaped(item, *shape[1:]) for item in value)
