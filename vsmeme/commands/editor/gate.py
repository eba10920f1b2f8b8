"""Who may talk to the editor: its own page, under its own address, with bodies of a sane size."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN_BYTES = 24  # 192 bits
LOOPBACK = "127.0.0.1"
JSON_BYTES = 1 << 20
PICTURE_BYTES = 16 << 20
PICTURES = ("image/png", "image/jpeg", "image/webp")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(\d+)")
CONTENT_RULES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; frame-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
REPORT_RULES = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""The report is a page of its own with styles and pictures inside; it may run nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A status and one line that says why."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a request must bring along.

    A name that was pointed at this machine by somebody else's DNS is no host of ours: beside the
    loopback and the given host only plain IP numbers are, and those where every device is served.

    Attributes:
        host: The device that is served: an address, a name, or ``0.0.0.0`` for all.
        port: Its port.
        token: The first part of every path.
    """

    host: str = LOOPBACK
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES), repr=False)

    def refusal(self, environ: Mapping[str, Any]) -> Refusal | None:
        """Say why a request is refused; None where it is not.

        Args:
            environ: Of WSGI.
        """
        token = str(environ.get("PATH_INFO", "")).split("/")[1:2]
        known = secrets.compare_digest(
            (token or [""])[0].encode("utf-8", "surrogateescape"), self.token.encode()
        )
        if not known:
            return Refusal(status=403, reason="unknown address")
        host = str(environ.get("HTTP_HOST", ""))
        if not self.serves(host):
            return Refusal(status=403, reason="foreign host")
        origin = environ.get("HTTP_ORIGIN")
        site = environ.get("HTTP_SEC_FETCH_SITE", "none")
        if origin not in (None, f"http://{host}") or site not in ("none", "same-origin"):
            return Refusal(status=403, reason="foreign origin")
        return _body_refusal(environ)

    def serves(self, host: str) -> bool:
        """Tell whether a ``Host`` header names this server."""
        parts = _HOST.fullmatch(host)
        if not parts or int(parts[2]) != self.port:
            return False
        name = parts[1].strip("[]").lower()
        if name == self.host.lower():
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def _body_refusal(environ: Mapping[str, Any]) -> Refusal | None:
    """Refuse bodies of unknown length, of too many bytes and of kinds that our page never sends."""
    method = environ.get("REQUEST_METHOD")
    if method not in ("GET", "HEAD", "POST"):
        return Refusal(status=405, reason="expected GET or POST")
    length = str(environ.get("CONTENT_LENGTH") or "")
    if environ.get("HTTP_TRANSFER_ENCODING") or (method == "POST" and not length):
        return Refusal(status=411, reason="expected a Content-Length")
    if not re.fullmatch(r"\d{0,12}", length):
        return Refusal(status=400, reason="expected a Content-Length")
    if method != "POST":
        return Refusal(status=413, reason="expected no body") if int(length or 0) else None
    kind = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    limit = {"application/json": JSON_BYTES, **dict.fromkeys(PICTURES, PICTURE_BYTES)}.get(kind)
    if limit is None:
        return Refusal(status=415, reason=f"expected application/json, {', '.join(PICTURES)}")
    if int(length) > limit:
        return Refusal(status=413, reason=f"expected {limit} bytes at most")
    return None
