"""An editor that answers in a thread, a browser on it, and requests that no browser sends."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from scenes.chromium import Browser, find_chromium
from vsmeme.commands.editor.serve import Editor
from vsmeme.commands.editor.session import Session

PHONE, DESK = (390, 844), (1440, 900)
STATUS = "document.querySelector('#status').textContent"


@contextmanager
def served(editor: Editor) -> Iterator[Editor]:
    """Let an editor answer for as long as the block lasts."""
    thread = threading.Thread(target=editor.serve)
    thread.start()
    try:
        yield editor
    finally:
        with suppress(OSError):
            ask(editor, "POST", "done", {})
        thread.join(30)
        assert not thread.is_alive()


@contextmanager
def opened(path: Path) -> Iterator[Editor]:
    """Serve a project's own page."""
    with served(Editor(Session(path))) as editor:
        yield editor


@contextmanager
def browsed(address: str, folder: Path, size: tuple[int, int] = DESK) -> Iterator[Browser]:
    """Open an address in a browser of a window's size."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium installed")
    profile = folder / "profile"
    profile.mkdir(exist_ok=True)
    browser = Browser(program, profile)
    try:
        resize(browser, size)
        browser.open(address)
        browser.wait("document.readyState === 'complete'")
        yield browser
    finally:
        browser.close()


def resize(browser: Browser, size: tuple[int, int]) -> None:
    """Give the window another size; a narrow one is a phone's."""
    browser.call("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1],
                 deviceScaleFactor=1, mobile=size[0] < 500)  # fmt: skip


KEYS = {
    "Enter": ("\r", 13), "Tab": ("", 9), " ": (" ", 32), "Escape": ("", 27), "PageDown": ("", 34),
    "PageUp": ("", 33), "ArrowLeft": ("", 37), "ArrowUp": ("", 38), "ArrowRight": ("", 39),
    "ArrowDown": ("", 40), "Backspace": ("", 8),
}  # fmt: skip


def press(browser: Browser, *keys: str, shift: bool = False) -> None:
    """Press keys one after the other, as a keyboard does."""
    for key in keys:
        text, code = KEYS.get(key, (key, ord(key.upper()) if len(key) == 1 else 0))
        facts = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        browser.call(
            "Input.dispatchKeyEvent", type="keyDown", **facts, **({"text": text} if text else {})
        )
        browser.call("Input.dispatchKeyEvent", type="keyUp", **facts)


def click(browser: Browser, selector: str) -> None:
    """Click the middle of an element with the mouse, after bringing it into view."""
    script = (f"(e => {{ e.scrollIntoView({{block: 'center'}}); const r = "
              f"e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; }})"
              f"(document.querySelector({json.dumps(selector)}))")  # fmt: skip
    at = tuple(browser.run(script))
    browser.drag(at, at)  # type: ignore[arg-type]


def ask(
    editor: Editor, method: str, path: str, body: object = None, *, folder: str | None = None,
    **headers: str,
) -> tuple[int, bytes]:  # fmt: skip
    """Ask below the token (or another folder) over HTTP; returns status and body."""
    _, _, host, own, _ = editor.address.split("/")
    data, given = None, dict(headers)
    if isinstance(body, bytes):
        data = body
    elif method == "POST":
        data = json.dumps(body).encode()
        given = {"Content-Type": "application/json", **headers}
    # closed whatever happens: a server that has just gone leaves a socket, and a warning, behind
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        connection.request(method, f"/{own if folder is None else folder}/{path}", data, given)
        answer = connection.getresponse()
        return answer.status, answer.read()


def raw(editor: Editor, data: bytes, *, wait: float = 20) -> tuple[int, bytes]:
    """Send bytes as they are; returns the status, 0 where the connection was simply closed."""
    host, port = editor.address.split("/")[2].rsplit(":", 1)
    with closing(socket.create_connection((host, int(port)), timeout=wait)) as connection:
        answer = b""
        with suppress(ConnectionError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                answer += part
    status = answer.split(b" ", 2)[1] if answer.startswith(b"HTTP/") else b"0"
    return int(status), answer
