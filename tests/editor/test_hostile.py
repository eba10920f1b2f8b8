"""Requests that somebody else sends: none may read, write or stop anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scenes.finished import copy_project
from scenes.pages import ask, opened, raw

from vsmeme.commands.editor.gate import JSON_BYTES, Gate
from vsmeme.commands.editor.serve import Editor
from vsmeme.project import Project

TRAVERSALS = (
    "page/../../meme.toml", "page/..%2f..%2fmeme.toml", "page/%2e%2e/%2e%2e/meme.toml",
    "page/..\\..\\meme.toml", "page/%5c..%5cmeme.toml", "page//etc/passwd", "page/%2fetc%2fpasswd",
    "page/index.html%00.js", "page/style.css/", "page/__init__.py", "page/.", "page/..",
    "page/%252e%252e%252fmeme.toml", "page/..%c0%af..%c0%afmeme.toml", "../meme.toml",
    "layer/../0", "layer/..%2fcomposite/0", "thumb/%2e%2e/0", "loupe/..%2f/0/0/0",
    "layer/composite/..%2f0", "file:///etc/passwd",
)  # fmt: skip
TOKENS = ("guess", "", "..", "%00", "page", "A" * 4096, "t%C3%B6ken")
HOSTS = (
    "evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1.evil.example:PORT",
    "localhost:PORT", "10.0.0.1:PORT", "[::1]:PORT", "2130706433:PORT", "127.0.0.1:1",
    "127.0.0.1:PORT@evil.example", "", "0.0.0.0:PORT",
)  # fmt: skip
ORIGINS = (
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "https://127.0.0.1:PORT"},
    {"Origin": "http://127.0.0.1"}, {"Origin": "http://127.0.0.1:PORT.evil.example"},
    {"Origin": "http://127.0.0.1:1"}, {"Origin": ""}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "nonsense"},
)  # fmt: skip
BODIES = (
    ("undo", b"{", "application/json", 400), ("undo", b"[]", "application/json", 400),
    ("undo", b"\xff\xfe", "application/json", 400), ("undo", b"", "application/json", 400),
    ("undo", b"[" * 200_000, "application/json", 400), ("undo", b"{}", "text/plain", 415),
    ("undo", b"a=1", "application/x-www-form-urlencoded", 415),
    ("undo", b"x", "multipart/form-data; boundary=x", 415), ("undo", b"{}", "", 415),
    ("undo", b'{"version": []}', "application/json", 400),
    ("undo", b'{"version": "0"}', "application/json", 400),
    ("watch", b'{"../x": 1}', "application/json", 404), ("watch", b"3", "application/json", 400),
    ("watch", b'{"nolayer": 1}', "application/json", 404),
)  # fmt: skip
PATHS = (
    ("layer/composite/99999999999999999999999", 400), ("layer/composite/-1", 400),
    ("layer/nolayer/0", 404), ("layer/COMPOSITE/0", 404), ("layer/composite/1e1", 404),
    ("thumb/masks/99", 400), ("loupe/composite/99/0/0", 400), ("loupe/composite/99/-1/0", 400),
    ("rows/x/5", 404), ("nothing", 404),
)  # fmt: skip
LINES = (
    b"PUT /T/state HTTP/1.1\r\nHost: H\r\n\r\n", b"DELETE /T/state HTTP/1.1\r\nHost: H\r\n\r\n",
    b"OPTIONS /T/state HTTP/1.1\r\nHost: H\r\n\r\n", b"TRACE /T/state HTTP/1.1\r\nHost: H\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: H\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n",
    b"GET /T/state HTTP/1.1\r\n\r\n", b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: H\r\n\r\n",
    b"GET /T/state HTTP/1.1\r\nHost: H\r\n" + b"X-A: 1\r\n" * 300 + b"\r\n",
    b"GET /T/state HTTP/1.1\r\nHost: H\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n",
    b"POST /T/undo HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\n\r\n",
    b"POST /T/undo HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"POST /T/undo HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\n"
    b"Content-Length: -1\r\n\r\n",
    b"POST /T/undo HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1e9\r\n\r\n",
    b"POST /T/undo HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\n"
    b"Content-Length: 99999999999\r\n\r\n",
    b"POST /T/undo HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\n"
    b"Content-Length: " + str(JSON_BYTES + 1).encode() + b"\r\n\r\n{}",
    b"GET /T/state HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\n\r\nhello",
    b"GET http://evil.example/T/state HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET /T/state HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: H\r\n\r\n",
    b"GET /T/state HTTP/1.1\r\nHost: evil.example\r\nHost: H\r\n\r\n",
)  # fmt: skip


@pytest.fixture(scope="module")
def project(masked: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return copy_project(masked, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def editor(project: Project) -> Iterator[Editor]:
    with opened(project.file) as made:
        yield made


def _digests(folder: Path) -> dict[str, str]:
    """What every file holds but the pictures that the page makes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "cache" not in path.parts and not path.name.endswith(".lock")
    }


def test_there_are_more_than_sixty() -> None:
    kinds = (TRAVERSALS, TOKENS, HOSTS, ORIGINS, BODIES, PATHS, LINES)
    assert sum(map(len, kinds)) > 60


def test_hostile_requests_are_refused_and_change_nothing(editor: Editor, project: Project) -> None:
    before = _digests(project.folder)
    port = editor.address.split("/")[2].rsplit(":", 1)[1]
    own = editor.address.split("/")[3]
    secret = b"[sources]"
    for path in TRAVERSALS:
        status, said = ask(editor, "GET", path)
        assert status in (403, 404), path
        assert secret not in said
        assert b"root:" not in said
    for token in TOKENS:
        assert ask(editor, "GET", "state", folder=token)[0] in (403, 404), token
    for host in HOSTS:
        name = host.replace("PORT", port)
        line = f"GET /{own}/state HTTP/1.1\r\nHost: {name}\r\n\r\n".encode()
        assert raw(editor, line)[0] == 403, host
    for headers in ORIGINS:
        given = {key: value.replace("PORT", port) for key, value in headers.items()}
        assert ask(editor, "POST", "undo", {"version": "0"}, **given)[0] == 403, headers
        assert ask(editor, "GET", "state", **given)[0] == 403, headers
    for path, body, kind, expected in BODIES:
        status, said = ask(editor, "POST", path, body, **{"Content-Type": kind})
        assert status == expected, (path, body[:40], said)
        assert b"\n" not in said
        assert b"Traceback" not in said
    for path, expected in PATHS:
        status, said = ask(editor, "GET", path)
        assert status == expected, (path, said)
    for line in LINES:
        sent = line.replace(b"/T/", f"/{own}/".encode())
        sent = sent.replace(b"Host: H", f"Host: 127.0.0.1:{port}".encode())
        status, said = raw(editor, sent)
        assert status == 0 or status >= 400, (line[:60], said[:200])
        assert secret not in said
    assert _digests(project.folder) == before
    assert ask(editor, "GET", "state")[0] == 200


def test_a_slow_client_blocks_nobody(editor: Editor) -> None:
    import socket

    host, port = editor.address.split("/")[2].rsplit(":", 1)
    idle = [socket.create_connection((host, int(port))) for _ in range(40)]
    try:
        for connection in idle:
            connection.sendall(b"GET /")
        assert ask(editor, "GET", "state")[0] == 200
    finally:
        for connection in idle:
            connection.close()


def test_every_answer_forbids_foreign_scripts(editor: Editor) -> None:
    own = editor.address.split("/")[3]
    host = editor.address.split("/")[2]
    for path in ("", "page/app.js", "state", "layer/composite/0", "nothing"):
        line = f"GET /{own}/{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        head = raw(editor, line)[1].split(b"\r\n\r\n")[0].decode("latin-1")
        rules = next(row for row in head.split("\r\n") if row.startswith("Content-Security-Policy"))
        assert "default-src 'none'" in rules
        assert "unsafe" not in rules
        for name in ("nosniff", "no-referrer", "no-store", "same-origin"):
            assert name in head, (path, name)
        assert own not in head


def test_pages_name_no_foreign_address_and_hold_no_inline_script() -> None:
    import re
    from importlib.resources import files

    static = Path(str(files("vsmeme.commands.editor").joinpath("static")))
    pages = [page for page in static.rglob("*") if page.is_file()]
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.[a-z]", text), page.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function", text)
        if page.name.endswith(".html"):
            assert not re.search(r"<script(?![^>]*\ssrc=)|\son[a-z]+=|\sstyle=|<style", text)


def test_other_devices_are_served_by_number_alone() -> None:
    wide = Gate(host="0.0.0.0", port=8000)  # noqa: S104 - nothing is bound
    assert wide.serves("192.168.1.7:8000")
    assert wide.serves("[fe80::1]:8000")
    assert not wide.serves("evil.example:8000")
    assert not wide.serves("192.168.1.7:80")
    named = Gate(host="box.local", port=8000)
    assert named.serves("box.local:8000")
    assert not named.serves("192.168.1.7:8000")
    assert len(wide.token) >= 128 / 6
    assert wide.token != named.token
    assert wide.token not in repr(wide)


def test_of_many_changes_for_one_version_one_is_made(editor: Editor, project: Project) -> None:
    from vsmeme.commands.editor.edits.meme_file import MemeFile, VersionError

    file = MemeFile(project.file)
    version = file.version

    def change(n: int) -> bool:
        try:
            file.change(f"change {n}", version, lambda d: d["output"].update({"crf": 10 + n}))
        except VersionError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(change, range(20))) == 1
    file.undo(file.version)
    assert file.version == version
