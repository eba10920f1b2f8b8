"""Routes of the match: its path, where the film starts, how single shots are framed."""

from __future__ import annotations

from typing import Any

import tomlkit
from pydantic import TypeAdapter, ValidationError

from .... import readers
from ....errors import UsageError
from ....settings.setting_values import seconds
from ....settings.source_settings import ShotSetting
from ....sync.timeline import Timeline
from ..edits.toml_edits import entries_of, put_value, short, table_of
from ..session import Session
from ..web import Route, json_object, version_asked

MOST_POINTS = 1500
KEYS = ("wide_crop", "dvd_crop", "scale", "shift", "bands")
_SETTING = TypeAdapter(ShotSetting)


class MatchRoom:
    """Answers what the match's view asks.

    Args:
        session: The project.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        session.listeners.append(self._facts)

    def routes(self) -> list[Route]:
        """Return the routes below the token."""
        return [
            ("GET", "match/path", self._path),
            ("POST", "match/start", self._start),
            ("POST", "match/shot", self._shot),
        ]

    def _facts(self) -> dict[str, Any]:
        """What the settings say of the start and of single shots."""
        try:
            config = self._session.project().config
            cuts, table = (
                readers.shots(self._session.made()),
                readers.timeline(self._session.made()),
            )
        except (UsageError, FileNotFoundError):
            return {"match": None}
        given: dict[int, dict[str, Any]] = {}
        for entry in config.shots:
            n = film_frame_of(entry.at, table) - first_frame(table)
            if 0 <= n < len(table):
                given[cuts.index(n)] = {key: getattr(entry, key) for key in KEYS}
        return {"match": {"start": config.time.start, "given": given}}

    def _path(self) -> dict[str, Any]:
        """Return the path in at most 1500 points: the worst pair of each run of frames."""
        table = readers.timeline(self._session.made())
        step = max(1, -(-len(table) // MOST_POINTS))
        points = []
        for first in range(0, len(table), step):
            run = range(first, min(len(table), first + step))
            n = min(run, key=lambda n: table.pairs[n].score)
            pair = table.pairs[n]
            state = 2 if not pair.partner else 1 if not pair.confident else 0
            points.append([n, pair.dvd - pair.wide, round(pair.score, 4), state])
        return {"length": len(table), "points": points}

    def _start(self) -> dict[str, Any]:
        body = json_object()
        pair, session = body.get("pair"), self._session
        if pair is None:
            value: int | None = None
        else:
            table = readers.timeline(session.made())
            value = first_frame(table) + _number(pair, len(table))

        def edit(document: tomlkit.TOMLDocument) -> None:
            put_value(document, "time", "start", value)

        session.file.change("start", version_asked(body), edit)
        return {**session.written(), "start": value}

    def _shot(self) -> dict[str, Any]:
        """Set what a person says of one shot; an empty entry says nothing, and is removed."""
        body, session = json_object(), self._session
        made = session.made()
        table, cuts = readers.timeline(made), readers.shots(made)
        number = cuts.index(_number(body.get("pair"), len(table)))
        given = body.get("entry")
        values = _checked(given if isinstance(given, dict) else {})
        offset = first_frame(table)
        first, last = (offset + n for n in (cuts.shots[number].first, cuts.shots[number].last))

        def edit(document: tomlkit.TOMLDocument) -> None:
            entries = entries_of(document, "shots")
            here = [i for i, entry in enumerate(entries)
                    if first <= film_frame_of(entry.get("at", -1), table) <= last]  # fmt: skip
            if not values:
                for i in reversed(here):
                    del entries[i]
                if not entries:
                    document.remove("shots")
            elif here:
                for key in KEYS:
                    entries[here[0]].pop(key, None)
                entries[here[0]].update(values)
            else:
                entries.append(table_of({"at": first, **values}))

        session.file.change(f"framing of shot {number}", version_asked(body), edit)
        return {**session.written(), "shot": number}


def first_frame(table: Timeline) -> int:
    """Return the film's frame, counted from its own beginning, that the first pair shows."""
    return round(table.begins * table.fps) + table.pairs[0].wide


def film_frame_of(at: int | str, table: Timeline) -> int:
    """Return the film's frame that a number or a time stamp means."""
    return at if isinstance(at, int) else round(seconds(at) * table.fps)


def _number(value: object, below: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < below:
        raise UsageError(f"pair: expected a number from 0 to {below - 1}, got {value!r}"[:200])
    return value


def _checked(entry: dict[str, Any]) -> dict[str, Any]:
    """Check an entry as the settings do, and round it for people."""
    try:
        setting = _SETTING.validate_python({**entry, "at": 0})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{where}: {first['msg']}") from None
    values: dict[str, Any] = {}
    if setting.scale is not None:
        values["scale"] = short(setting.scale, 4)
    if setting.shift is not None:
        values["shift"] = [short(v, 2) for v in setting.shift]
    if setting.bands is not None:
        values["bands"] = setting.bands
    for key in ("wide_crop", "dvd_crop"):
        crop = getattr(setting, key)
        if crop is not None:
            values[key] = list(crop)
    return values
