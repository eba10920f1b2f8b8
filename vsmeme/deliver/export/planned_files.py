"""Which files an export writes; what does not fit is refused before anything is rendered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import UsageError
from ...ffmpeg import require_encoder
from ...project import Project
from ...settings.output_settings import Output, OutputFile
from ...settings.stage_names import PictureName
from .formats.base import Format, Quality
from .formats.choose import FORMATS
from .mux import require_picture_folder
from .stage_pictures import MASKS, WITH_ALPHA

SPARE = 1.05  # of the estimate: sound, lists, the disk's own blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One result.

    Attributes:
        form: How it is written.
        picture: What it shows.
        path: The file, or the folder of a sequence.
        quality: How well it is written.
    """

    form: Format
    picture: PictureName
    path: Path
    quality: Quality

    @property
    def key(self) -> str:
        """Names its pieces while the export runs."""
        q = self.quality
        alpha = "-alpha" if q.alpha else ""
        return f"{self.picture}-{self.form.name}-{q.depth}-{q.crf:g}{alpha}"

    def bytes_at_most(self, pixels: int) -> float:
        """Estimate its size.

        Args:
            pixels: Of all frames together.
        """
        bits = self.form.bits.get(self.quality.depth, 0.0)
        gray = self.picture in MASKS and self.quality.depth in self.form.gray
        share = 1 / 3 if gray else 4 / 3 if self.quality.alpha else 1.0
        share *= 2 if self.form.kind == "video" else 1  # pieces, and the file made of them
        return pixels * bits * share / 8


def planned_files(project: Project) -> tuple[PlannedFile, ...]:
    """Return what ``[output]`` asks for, checked.

    Raises:
        UsageError: A container cannot hold its codec, a format its depth or transparency, or two
            files have one name.
        MissingError: This ffmpeg lacks an encoder.
    """
    output = project.config.output
    plans = [*_usual(project, output)]
    for i, file in enumerate(output.files):
        try:
            plans.append(_planned(project, file))
        except UsageError as error:
            raise UsageError(f"{project.file}: output.files[{i}]: {error}") from None
    homes: set[Path] = set()
    for plan in plans:
        if plan.path in homes:
            raise UsageError(f"{project.file}: output: two files are called {plan.path.name}")
        homes.add(plan.path)
        require_encoder(plan.form.encoder)
        if plan.form.kind == "pictures":
            require_picture_folder(plan.path, plan.form.piece)
    return tuple(plans)


def _usual(project: Project, output: Output) -> Iterator[PlannedFile]:
    """The files that have keys of their own."""
    for key, name in (("mp4", output.mp4), ("gif", output.gif)):
        if name is False:
            continue
        form = FORMATS[output.codec if key == "mp4" else "gif"]
        path = project.out / name
        if path.suffix.lower() not in form.suffixes:
            raise UsageError(f"{project.file}: output.{key}: {_suffix_fault(form, name)}")
        depth = output.depth if key == "mp4" else 8
        quality = Quality(crf=output.crf if key == "mp4" else 0, depth=depth, alpha=False)
        yield PlannedFile(form=form, picture=output.until, path=path, quality=quality)


def _planned(project: Project, file: OutputFile) -> PlannedFile:
    form, picture = FORMATS[file.format], file.stage or project.config.output.until
    name = file.path or _usual_name(form, picture)
    if form.kind == "pictures":
        if Path(name).suffix.lower() in form.suffixes:
            raise UsageError(f"path: {form.name} writes a folder of pictures, got a file's name")
    elif Path(name).suffix.lower() not in form.suffixes:
        raise UsageError(_suffix_fault(form, name))
    depths = form.gray + form.depths if picture in MASKS else form.depths
    depth = file.depth or depths[0]
    if depth not in depths:
        told = ", ".join(map(str, sorted(set(depths))))
        raise UsageError(f"depth: {form.name} has {told} bits a sample, got {depth}")
    _check_alpha(form, picture, depth=depth, asked=file.alpha)
    if file.crf is not None and form.crf is None:
        raise UsageError(f"crf: {form.name} has none")
    crf = (form.crf or 0) if file.crf is None else file.crf
    alpha = file.alpha or picture.endswith("_cutout")
    quality = Quality(crf=crf, depth=depth, alpha=alpha)
    return PlannedFile(form=form, picture=picture, path=project.out / name, quality=quality)


def _check_alpha(form: Format, picture: PictureName, *, depth: int, asked: bool) -> None:
    if asked and picture not in WITH_ALPHA:
        told = ", ".join(WITH_ALPHA)
        raise UsageError(f"alpha: {picture} has no transparency; these have: {told}")
    if (asked or picture.endswith("_cutout")) and depth not in form.alpha:
        if form.alpha:
            told = " or ".join(map(str, form.alpha))
            raise UsageError(f"alpha: {form.name} holds transparency at {told} bits, got {depth}")
        able = ", ".join(name for name, other in FORMATS.items() if other.alpha)
        raise UsageError(f"alpha: {form.name} holds no transparency; these do: {able}")


def _usual_name(form: Format, picture: PictureName) -> str:
    return f"{picture}-{form.name}" if form.kind == "pictures" else f"{picture}{form.suffixes[0]}"


def _suffix_fault(form: Format, name: str) -> str:
    """Say what a file of a format may be called."""
    told = " or ".join(form.suffixes)
    return f"{form.name} lies in a file that ends in {told}, got {name}"


def require_space(
    plans: Sequence[PlannedFile], folder: Path, *, size: tuple[int, int], frames: int
) -> None:
    """Refuse an export that the disk has no room for, or a format no picture so small.

    Args:
        plans: What is written.
        folder: Where; it exists.
        size: Width and height of the pictures.
        frames: How many of them.

    Raises:
        UsageError: With the estimate.
    """
    for plan in plans:
        (w, h), name = plan.form.least, plan.form.name
        if size[0] < w or size[1] < h:
            raise UsageError(
                f"{plan.path.name}: {name} takes pictures of {w}x{h} and more, these have "
                f"{size[0]}x{size[1]}"
            )
    pixels = size[0] * size[1] * frames
    need = sum(plan.bytes_at_most(pixels) for plan in plans) * SPARE
    free = shutil.disk_usage(folder).free
    if need > free:
        largest = max(plans, key=lambda plan: plan.bytes_at_most(pixels))
        raise UsageError(
            f"{folder}: has {free / 1e9:.1f} GB free, the files take up to {need / 1e9:.1f} GB, "
            f"{largest.path.name} most; make room, or ask for less"
        )
