"""Where long steps are worked on: ``[cluster]``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .setting_values import section

Scheduler = Annotated[str, Field(pattern=r"^(local:[1-9][0-9]*|[a-z]+://.+|[^:/\s]+:[0-9]+)$")]


@section
class ClusterSetting:
    """Who else works on long steps, by Dask; takes the extra `cluster`. No key changes a result."""

    scheduler: Scheduler | None = None
    """Address of Dask's scheduler, or `local:N` for N processes on this machine. Default: all is
    done in one process. Example: "tcp://192.168.1.20:8786"."""

    files: Literal["shared", "sent"] = "shared"
    """Whether the workers see the project's folder and the sources themselves, or get both sent and
    send results back. Example: "sent"."""

    folder: str | None = None
    """The project's folder as the workers see it; paths in `meme.toml` then have to be relative.
    Default: as it is here. Example: "/mnt/films/wizard"."""
