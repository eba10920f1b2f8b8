"""A project: its ``meme.toml``, its folders, its steps, and whether their artifacts still hold."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .artifact import json_sha256
from .artifact_cache import cached_json, cached_sha256, cached_stamp, cached_value
from .config import Config
from .config_file import load_config, project_file, release
from .errors import ArtifactError, DamagedError, UsageError
from .host import caller_folder
from .media_identity import Media, identity, is_same, portable
from .source.media.medium import Medium
from .step_table import STEPS as STEPS
from .step_table import Step as Step
from .step_table import needed_steps

JOINED_VERSION = 1  # raised when the same release would be joined otherwise
_BY_NAME = {step.name: step for step in STEPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A ``meme.toml`` and the folders beside it.

    Attributes:
        file: Absolute path of the ``meme.toml``.
        config: Its contents.
    """

    file: Path
    config: Config

    @property
    def folder(self) -> Path:
        """Folder of the ``meme.toml``."""
        return self.file.parent

    @property
    def work(self) -> Path:
        """Folder of the artifacts."""
        return self.folder / "work"

    @property
    def out(self) -> Path:
        """Folder of the results."""
        return self.folder / "out"

    @property
    def index(self) -> Path:
        """Folder of the stream indices."""
        return self.work / "cache" / "index"

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that what ``[output]`` asks for takes, in their order."""
        return needed_steps(self.config.output.pictures)

    def _step(self, name: str) -> Step:
        """Return a step with what it needs in this project."""
        return next((step for step in self.steps if step.name == name), _BY_NAME[name])

    def medium(self, role: str) -> Medium:
        """Tell what was given as ``wide`` or ``dvd``."""
        return release(self.config.sources, role)

    def film(self, role: str) -> Path:
        """Return the one file of a release, ``wide`` or ``dvd``, that is opened.

        A disc, several files, images, or another stream than the longest are brought into a file
        of their own while they are matched.
        """
        medium = self.medium(role)
        if medium.plain:
            return medium.files[0]
        return self.work / "cache" / "media" / f"{role}-{self.film_key(role)[:16]}.mkv"

    def film_key(self, role: str) -> str:
        """Identify what a release shows: its files, and what was chosen of them."""
        medium = self.medium(role)
        known: str = identity(medium.files, work=self.work)["sha256"]
        if medium.plain:
            return known
        rate = medium.rate and str(medium.rate)
        return json_sha256([JOINED_VERSION, known, medium.title, medium.stream, rate])

    def media(self, key: str) -> Media | None:
        """Return the files behind a key of ``[sources]``."""
        if key in ("wide", "dvd"):
            return self.medium(key).files
        path: Path | None = getattr(self.config.sources, key)
        return path

    def artifact(self, step: str, output: str | None = None) -> dict[str, Any]:
        """Read an artifact of a step, after making sure that the step's outputs are fresh.

        Args:
            step: Name of the step.
            output: Which of its artifacts (default: the first).

        Returns:
            The contents of the JSON, to read only: all who ask get the same dictionary.

        Raises:
            ArtifactError: Missing, broken or stale; names the command.
        """
        return cached_json(self.require(step, output), made_by=_BY_NAME[step].command)

    def require(self, step: str, output: str | None = None) -> Path:
        """Return where an artifact lies, once it is known to be fresh; errors as ``artifact``'s."""
        fault = self._fault(step)
        if fault:
            culprit, reason = fault
            raise ArtifactError(f"{reason}; run: {self.command(culprit)}")
        return self.work / (output or _BY_NAME[step].outputs[0])

    def parsed[T](
        self, step: str, parse: Callable[[dict[str, Any]], T], output: str | None = None
    ) -> T:
        """Read an artifact as what it stands for.

        Args:
            step: Name of the step.
            parse: Makes it of the JSON's contents. While the file stays the same, the same
                function is called once.
            output: Which of the step's artifacts (default: the first).

        Returns:
            What ``parse`` returns.

        Raises:
            ArtifactError: As ``artifact``.
            DamagedError: Its contents are not what the step writes.
        """
        path = self.require(step, output)
        try:
            return cached_value(path, parse, made_by=_BY_NAME[step].command)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise DamagedError(
                f"{path}: damaged ({what}); delete it and run: {self.command(step)}"
            ) from None

    def command(self, step: str) -> str:
        """Return the command line that makes a step's artifacts."""
        return f"{_BY_NAME[step].command} {self.file}"

    def stale(self, step: str) -> str | None:
        """Tell why a step's artifacts don't hold, or ``None`` if they do.

        A source of another time is looked at again, some megabytes of it: it may have been copied.
        """
        fault = self._fault(step)
        return fault and fault[1]

    def undrawn(self, step: str) -> str | None:
        """Say which picture of a step is missing: no step reads it, a killed run may lack it."""
        pictures = (self.out / name for name in _BY_NAME[step].pictures)
        return next((f"{path}: missing" for path in pictures if not path.exists()), None)

    def _fault(self, step: str) -> tuple[str, str] | None:
        """The first step, of this one and those before it, whose artifacts don't hold; and why."""
        made = self._step(step)
        for need in made.needs:
            fault = self._fault(need)
            if fault:
                return fault
        for output in made.outputs:
            path = self.work / output
            if not path.exists():
                return step, f"{path}: missing"
            try:
                stamp = cached_stamp(path, made_by=made.command)
            except ArtifactError as error:
                return step, str(error).partition(";")[0]
            reason = self._difference(made, stamp if isinstance(stamp, dict) else {})
            if reason:
                return step, f"{path}: stale ({reason})"
        return None

    def stamp(self, step: str) -> dict[str, Any]:
        """Return what a step's artifacts are made from; hashes sources that are not on record.

        Every JSON artifact of the step stores it under ``made_from``.
        """
        made = self._step(step)
        media = {}
        for key in made.media:
            path = self.media(key)
            media[key] = path and _bare(identity(path, work=self.work))
        settings, artifacts = self.settings(made.settings), self._needs(made)
        return {"media": media, "settings": settings, "artifacts": artifacts}

    def _difference(self, step: Step, stamp: Mapping[str, Any]) -> str | None:
        for key in step.media:
            path = self.media(key)
            then = stamp.get("media", {}).get(key)
            if (path is None) != (then is None):
                return f"sources.{key} was {'added' if path else 'removed'}"
            if path is not None and not is_same(path, then, work=self.work):
                return f"the file of sources.{key} has changed"
        settings = stamp.get("settings", {})
        for name, value in self.settings(step.settings).items():
            if portable(_recorded(settings, name, self.config), self.folder) != value:
                return f"{name} has changed in {self.file.name}"
        for name, digest in self._needs(step).items():
            if stamp.get("artifacts", {}).get(name) != digest:
                return f"{name} has changed"
        return None

    def settings(self, names: Iterable[str]) -> dict[str, Any]:
        """Return settings as plain data, files by their contents; named as a `Step` names them."""
        values: dict[str, Any] = {}
        for name in names:
            section, _, key = name.partition(".")
            value = getattr(self.config, section)
            value = getattr(value, key) if key else value
            values[name] = portable(json.loads(json.dumps(value, default=_stored)), self.folder)
        return values

    def _needs(self, step: Step) -> dict[str, str]:
        names = [name for need in step.needs for name in _BY_NAME[need].outputs]
        paths = {name: self.work / name for name in names}
        return {name: cached_sha256(path) for name, path in paths.items() if path.exists()}


def load_project(path: str | Path = "meme.toml", *, set_: str = "") -> Project:
    """Open a project.

    Args:
        path: The ``meme.toml``.
        set_: Overrides such as ``finish.grain=0``; see ``load_config``.

    Returns:
        The project, with absolute paths.
    """
    file = project_file(Path(path).absolute())
    return Project(file=file, config=load_config(file, set_=set_))


def find_project(argument: str | None, *, script: str, set_: str = "") -> Project:
    """Open the project that a ``.vpy`` is meant to show.

    Args:
        argument: Path given with ``-a project=…``; a relative one counts from the caller's
            folder, which vspipe has left when the script runs.
        script: ``__file__`` of the script.
        set_: Overrides given with ``-a set=…``.

    Returns:
        The project given, else that of ``$VSMEME_PROJECT``, else the one beside the script.

    Raises:
        UsageError: None of them exists.
    """
    here = Path(script).parent if Path(script).is_absolute() else Path.cwd()
    named = argument or os.environ.get("VSMEME_PROJECT")
    if not named and not (here / "meme.toml").exists():
        raise UsageError(
            "no project: give -a project=PATH/meme.toml, set VSMEME_PROJECT, "
            f"or put a meme.toml into {here}"
        )
    return load_project(caller_folder(here) / named if named else here / "meme.toml", set_=set_)


def _recorded(settings: Mapping[str, Any], name: str, config: Config) -> object:
    """Return a setting as a stamp holds it; a setting that is newer than the stamp: its default."""
    section, _, key = name.partition(".")
    if isinstance(getattr(config, section), tuple):
        return settings.get(name, [])
    fields = dataclasses.fields(getattr(config, section))
    plain = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}
    defaults = json.loads(json.dumps(plain, default=str))
    known = settings.get(section)
    known = known if isinstance(known, dict) else {}
    if key:
        return settings[name] if name in settings else known.get(key, defaults.get(key))
    return {field.name: known.get(field.name, defaults.get(field.name)) for field in fields}


def _bare(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: entry[key] for key in ("size", "mtime_ns", "sha256")}


def _stored(value: Any) -> Any:  # noqa: ANN401
    """Return part of a section as plain data; a file is stored by its contents."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if not isinstance(value, Path):
        raise TypeError(f"cannot store {type(value).__name__}")
    return cached_sha256(value)
