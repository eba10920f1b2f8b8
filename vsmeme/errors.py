"""Errors that a person can act on, and the one helper that words them."""

from __future__ import annotations


class UserError(Exception):
    """Anything the user can mend: scripts print it as one line and exit with code 2."""


class UsageError(UserError, ValueError):
    """A value, clip or setting is not of the accepted kind."""


class ArtifactError(UserError, FileNotFoundError):
    """An artifact is missing, broken or stale; the message names the command that makes it."""

    def __str__(self) -> str:
        """Return the message alone, without errno."""
        return str(self.args[0]) if self.args else ""


class DamagedError(ArtifactError):
    """An artifact is there, but its contents are not what its step writes."""


class MissingError(UserError, RuntimeError):
    """A plugin, a model or a program is missing; the message names the command that installs it."""


def wrong(function: str, parameter: str, expected: str, got: object) -> UsageError:
    """Word a refused argument.

    Args:
        function: Name of the public function, without the package.
        parameter: Name of the parameter at fault.
        expected: What is accepted.
        got: What came.

    Returns:
        The error to raise, such as
        ``vsmeme.crop_bands: layout: expected a DVD of 720x540, got 720x480 YUV420P8``.
    """
    return UsageError(f"vsmeme.{function}: {parameter}: expected {expected}, got {got}")


def check_share(function: str, **values: float) -> None:
    """Refuse what is not a share, by its parameter's name.

    Raises:
        UsageError: A value is not 0..1.
    """
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise wrong(function, name, "0..1", value)


# as worded by C++, ONNX Runtime, CUDA, OpenVINO, Vulkan and torch
_SIGNS = (
    "bad_alloc",
    "bad allocation",
    "out of memory",
    "out_of_memory",
    "outofmemory",
    "failed to allocate",
    "cannot allocate",
    "could not allocate",
    "alloc_failed",
    "cudamalloc",
    "out_of_device_memory",
    "out_of_host_memory",
)


def out_of_memory(message: str) -> bool:
    """Tell whether an error's message means that memory ran out."""
    text = message.lower()
    return any(sign in text for sign in _SIGNS)


def undecodable(message: str) -> bool:
    """Tell whether an error's message means that a video file is damaged."""
    return message.startswith("VideoSource: ")
