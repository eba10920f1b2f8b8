from __future__ import annotations

import functools
import hashlib
import http.server
import os
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator
from scenes.bands import noise, pixels
from scenes.nets import tiny

from vsmeme.errors import MissingError, UsageError
from vsmeme.networks import manifest as manifest_
from vsmeme.networks.manifest import Entry, ModelSource, find_file, find_model, read_manifest
from vsmeme.networks.model import Model
from vsmeme.networks.onnx_facts import read_network, stamp
from vsmeme.networks.prepare import convert_models, download, inspect_models
from vsmeme.networks.prepare.ncnn_to_onnx import convert
from vsmeme.networks.prepare.torch_to_onnx import srvgg
from vsmeme.networks.upscale import upscale


class Server(http.server.BaseHTTPRequestHandler):
    """Serves one blob with ranges; breaks off after ``limit`` bytes while ``breaks`` lasts."""

    blob = bytes(range(256)) * 4000
    breaks = 0
    limit = 300_000
    ranges = True
    asked: list[str]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.asked.append(wanted)
        if self.path == "/gone":
            self.send_error(404)
            return
        first = int(re.sub(r"\D", "", wanted)) if wanted and self.ranges else 0
        body = self.blob[first:]
        if first and not body:
            self.send_error(416)
            return
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if type(self).breaks > 0:
            type(self).breaks -= 1
            body = body[: self.limit]
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[type[Server], str]]:
    handler = type("Handler", (Server,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=functools.partial(running.serve_forever, 0.05))
        thread.start()
        yield handler, f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """A fetched model in a models folder of its own."""
    monkeypatch.setenv("VSMEME_MODELS", str(tmp_path / "models"))
    made = Entry(
        name="blob",
        task="inpaint",
        file="blob.bin",
        licence="MIT",
        licence_read="nowhere",
        about="",
        sources=(),
        facts={},
    )
    monkeypatch.setattr(download, "find_entry", lambda name: made)
    return made


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def entry_from(monkeypatch: pytest.MonkeyPatch, made: Entry, source: ModelSource) -> Entry:
    full = replace(made, sources=(source,))
    monkeypatch.setattr(download, "find_entry", lambda name: full)
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    return full


@pytest.mark.parametrize("sized", [True, False])
def test_fetch_resumes_after_the_connection_broke(
    server: tuple[type[Server], str], entry: Entry, monkeypatch: pytest.MonkeyPatch, sized: bool
) -> None:
    handler, address = server
    handler.breaks = 2
    source = ModelSource(
        file=f"{address}/x", sha256=sha(Server.blob), size=len(Server.blob) if sized else 0
    )
    entry_from(monkeypatch, entry, source)
    path = download.fetch_model("blob")
    assert path.read_bytes() == Server.blob
    assert handler.asked == ["", "bytes=300000-", "bytes=600000-"]
    assert sorted(p.name for p in path.parent.iterdir() if p.suffix != ".lock") == ["blob.bin"]
    download.fetch_model("blob")
    assert len(handler.asked) == 3


def test_what_came_is_kept_when_the_fetch_gives_up(
    server: tuple[type[Server], str], entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, address = server
    handler.breaks, handler.limit = 4, 1000
    full = entry_from(monkeypatch, entry, ModelSource(file=f"{address}/x", sha256=sha(Server.blob)))
    with pytest.raises(MissingError, match=r"download of .* failed .*; run the command again"):
        download.fetch_model("blob")
    assert not full.path.exists()
    assert download.fetch_model("blob").read_bytes() == Server.blob
    assert handler.asked[-1] == "bytes=4000-"


def test_a_server_without_ranges_starts_over(
    server: tuple[type[Server], str], entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, address = server
    handler.breaks, handler.ranges = 1, False
    entry_from(monkeypatch, entry, ModelSource(file=f"{address}/x", sha256=sha(Server.blob)))
    assert download.fetch_model("blob").read_bytes() == Server.blob


def test_another_file_is_refused_and_removed(
    server: tuple[type[Server], str], entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = entry_from(monkeypatch, entry, ModelSource(file=f"{server[1]}/x", sha256="0" * 64))
    with pytest.raises(MissingError, match="is another file: expected 000000000000"):
        download.fetch_model("blob")
    assert [p for p in full.path.parent.iterdir() if p.suffix != ".lock"] == []
    entry_from(monkeypatch, entry, ModelSource(file=f"{server[1]}/gone", sha256="0" * 64))
    with pytest.raises(MissingError, match=r"download of .* failed \(status 404\)"):
        download.fetch_model("blob")
    entry_from(monkeypatch, entry, ModelSource(file=f"{server[1]}/x"))
    with pytest.raises(MissingError, match="no hash is known"):
        download.fetch_model("blob")


def test_a_member_is_taken_out_of_an_archive(
    server: tuple[type[Server], str],
    entry: Entry,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    handler, address = server
    pack = tmp_path / "pack.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("models/a.onnx", b"network")
    handler.blob = pack.read_bytes()

    def stand_in(command: list[str], **options: object) -> None:
        with zipfile.ZipFile(command[2]) as archive:
            archive.extract(command[-1], command[command.index("-C") + 1])

    monkeypatch.setattr(download.shutil, "which", lambda name: name)
    monkeypatch.setattr(download.subprocess, "run", stand_in)
    source = ModelSource(file=f"{address}/p.zip", member="models/a.onnx", sha256=sha(b"network"))
    entry_from(monkeypatch, entry, source)
    assert download.fetch_model("blob").read_bytes() == b"network"


def test_manifest_is_complete() -> None:
    manifest = read_manifest()
    for name in ("span", "x4plus", "artcnn-r8f64", "sam-vit-b", "mobile-sam", "lama", "gfpgan-1.4"):
        assert name in manifest
    for entry in manifest.values():
        assert entry.task in ("upscale", "segment", "face", "inpaint", "restore")
        assert entry.licence
        assert entry.licence_read
        for source in entry.sources:
            assert re.fullmatch(r"([0-9a-f]{64})?", source.sha256)
            assert source.package or source.file.startswith("https://")
            if not source.sha256:
                assert download.RELEASE.fullmatch(source.file)
    assert "non-commercial" in manifest["codeformer"].licence


def test_models_are_found_in_every_folder_and_brought_to_the_first_that_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, own = tmp_path / "shelf", tmp_path / "own"
    shelf.mkdir()
    (shelf / "big-lama.pt").write_bytes(b"here")
    shelf.chmod(0o555)
    monkeypatch.setenv("VSMEME_MODELS", os.pathsep.join([str(shelf), str(own)]))
    assert find_file("lama") == shelf / "big-lama.pt"
    assert read_manifest()["sam-vit-b"].path == own / "sam_vit_b_01ec64.pth"
    assert [folder.name for folder in manifest_.models_folders()] == ["shelf", "own", "models"]
    monkeypatch.setenv("VSMEME_MODELS", str(shelf))
    assert read_manifest()["sam-vit-b"].path == manifest_.models_folders()[-1] / (
        "sam_vit_b_01ec64.pth"
    )


def small_entry(monkeypatch: pytest.MonkeyPatch, made: Entry, address: str, data: bytes) -> Entry:
    source = ModelSource(file=address, sha256=sha(data), size=len(data))
    full = replace(made, sources=(source,), first_use=True)
    monkeypatch.setattr(download, "find_entry", lambda name: full)
    for each in (download._first_use, download._say_once):
        each.cache_clear()
    return full


def test_small_models_come_on_first_use_with_one_line(
    server: tuple[type[Server], str],
    entry: Entry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    handler, address = server
    monkeypatch.setenv("VSMEME_OFFLINE", "0")
    caplog.set_level("INFO", logger="vsmeme")
    full = small_entry(monkeypatch, entry, f"{address}/x", Server.blob)
    for _ in range(2):
        assert download.bring_small(("blob",), without="nothing") == (full.path,)
    assert full.path.read_bytes() == Server.blob
    assert len(handler.asked) == 1
    assert [r.getMessage() for r in caplog.records] == [
        f"fetching blob on first use: {len(Server.blob) / 1e6:.1f} MB, licence MIT"
    ]


@pytest.mark.parametrize("offline", [True, False])
def test_without_small_models_one_line_names_the_command(
    offline: bool, entry: Entry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("VSMEME_OFFLINE", str(int(offline)))
    full = small_entry(monkeypatch, entry, "http://127.0.0.1:9/x", b"data")
    for _ in range(2):
        assert download.bring_small(("blob",), without="faces alone lead") is None
    assert not full.path.exists()
    (line,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert ("VSMEME_OFFLINE forbids" in line) == offline
    assert line.endswith(": faces alone lead; to change that, run `vsmeme models fetch blob`")


def test_only_small_models_are_fetched_unasked(entry: Entry) -> None:
    large = ModelSource(file="https://example.org/x", size=5_000_001)
    with pytest.raises(UsageError, match="blob: first_use: expected 5000000 bytes or less"):
        replace(entry, sources=(large,), first_use=True)
    assert all(e.sources[0].sha256 for e in read_manifest().values() if e.first_use)


def test_missing_models_name_their_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_, "models_cache", lambda: tmp_path)
    monkeypatch.delenv("VSMEME_MODELS", raising=False)
    with pytest.raises(MissingError, match="run `vsmeme models convert span`"):
        find_model("span")
    with pytest.raises(MissingError, match="run `vsmeme models fetch lama`"):
        find_file("lama")
    with pytest.raises(MissingError, match="run `vsmeme models fetch artcnn-r8f64`"):
        find_model("artcnn-r8f64")
    with pytest.raises(UsageError, match=r"expected an .onnx file or one of .*span.*, got spam"):
        find_model("spam")
    with pytest.raises(UsageError, match="model lama is for the task inpaint"):
        read_manifest()["lama"].model()
    with pytest.raises(MissingError, match="there is no model at"):
        find_model(tmp_path / "x.onnx")


@pytest.mark.parametrize("name", convert_models.convertible())
def test_embedded_networks_convert_and_know_themselves(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest_, "models_cache", lambda: tmp_path)
    monkeypatch.setenv("VSMEME_MODELS", str(tmp_path))
    path = convert_models.convert_model(name)
    stated = find_model(name)
    network = onnx.load(str(path))
    del network.metadata_props[:]
    bare = tmp_path / "bare.onnx"
    onnx.save(network, str(bare))
    seen = read_network(bare)
    receptive = read_manifest()[name].facts.get("receptive", stated.radius)
    assert (seen.scale, seen.radius, seen.channels) == (stated.scale, receptive, 3)
    assert inspect_models.check_models([name]) == []
    path.write_bytes(path.read_bytes()[:-1])
    assert "another file than stated" in inspect_models.check_models([name])[0]


def param(*layers: str) -> str:
    blobs = sum(int(line.split()[3]) for line in layers)
    return "\n".join(["7767517", f"{len(layers)} {blobs}", *layers, ""])


def flagged(values: np.ndarray, *, half: bool) -> bytes:
    if not half:
        return b"\0\0\0\0" + values.astype("<f4").tobytes()
    raw = values.astype("<f2").tobytes()
    return (0x01306B47).to_bytes(4, "little") + raw + b"\0" * (-len(raw) % 4)


@pytest.mark.parametrize("half", [True, False])
def test_converted_layers_compute_what_ncnn_defines(half: bool) -> None:
    rng = np.random.default_rng(3)
    kernel = rng.normal(size=(5, 3, 3, 3)).astype("f2").astype("f4")
    bias, slope = rng.normal(size=5).astype("f4"), rng.random(5).astype("f4")
    text = param(
        "Input in 0 1 data",
        "Split sp 1 2 data a b",
        "Convolution c 1 1 a conv 0=5 1=3 4=1 5=1 6=135 9=2 -23310=1,2.000000e-01",
        "PReLU p 1 1 conv pre 0=5",
        "Swish s 1 1 pre swish",
        "Interp i 1 1 swish up 0=1 1=2.000000e+00 2=2.000000e+00",
        "Convolution d 1 1 b one 0=20 1=1 5=0 6=60",
        "PixelShuffle ps 1 1 one big 0=2",
        "Eltwise e 2 1 up big mix 0=1 -23301=2,2.000000e-01,1.000000e+00",
        "BinaryOp k 1 1 mix out 0=7 1=1 2=1.500000e+00",
    )
    point = rng.normal(size=(20, 3, 1, 1)).astype("f2").astype("f4")
    data = flagged(kernel, half=half) + bias.tobytes() + slope.tobytes()
    network = convert(text, data + flagged(point, half=half))
    x = rng.normal(size=(1, 3, 6, 7)).astype("f4")
    (got,) = ReferenceEvaluator(network).run(None, {"input": x})

    padded = np.pad(x[0], ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    conv = np.einsum("oikl,iyxkl->oyx", kernel, windows) + bias[:, None, None]
    conv = np.where(conv > 0, conv, 0.2 * conv)
    conv = np.where(conv > 0, conv, slope[:, None, None] * conv)
    swish = conv / (1 + np.exp(-conv))
    up = np.kron(swish, np.ones((1, 2, 2)))
    one = np.einsum("oi,iyx->oyx", point[..., 0, 0], x[0])
    big = one.reshape(5, 2, 2, 6, 7).transpose(0, 3, 1, 4, 2).reshape(5, 12, 14)
    assert np.abs(got[0] - (1.5 - (0.2 * up + big))).max() < 1e-5


def test_broken_ncnn_files_are_refused() -> None:
    with pytest.raises(UsageError, match=r"not an ncnn \.param file"):
        convert("7767518\n", b"")
    with pytest.raises(UsageError, match=r"ncnn layer LSTM \(l\) is not supported"):
        convert(param("Input i 0 1 data", "LSTM l 1 1 data out"), b"")
    conv = param("Input i 0 1 data", "Convolution c 1 1 data out 0=1 1=1 6=3")
    with pytest.raises(UsageError, match="shorter than"):
        convert(conv, b"\0" * 12)
    with pytest.raises(UsageError, match="longer than"):
        convert(conv, b"\0" * 20)
    with pytest.raises(UsageError, match="quantised"):
        convert(conv, b"\x38\x4b\x0d\0" + b"\0" * 3)


def test_compact_network_from_torch_weights(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    shapes = {0: (8, 3), 2: (8, 8), 4: (48, 8)}
    state = {f"body.{at}.weight": rng.normal(0, 0.1, (*s, 3, 3)) for at, s in shapes.items()}
    state |= {f"body.{at}.bias": rng.normal(0, 0.1, s[0]) for at, s in shapes.items()}
    state |= {f"body.{at}.weight": rng.random(8) for at in (1, 3)}
    network = srvgg(state, scale=4)
    stamp(network, name="compact")
    path = tmp_path / "compact.onnx"
    onnx.save(network, str(path))
    made = read_network(path)
    assert (made.name, made.scale, made.radius) == ("compact", 4, 3)
    assert upscale(noise(16, 12), made).width == 64


def test_facts_are_read_from_the_file(tmp_path: Path) -> None:
    plain = tiny(tmp_path, scale=2, radius=4)
    assert read_network(plain.path) == replace(plain, name="tiny2-4-3-3")
    network = onnx.load(str(plain.path))
    stamp(network, name="mine", radius=2, neighbours=1, channels=9, value_range=[0, 255])
    onnx.save(network, str(plain.path))
    seen = find_model(plain.path)
    assert (seen.name, seen.scale, seen.radius, seen.neighbours) == ("mine", 2, 2, 1)
    assert seen.value_range == (0.0, 255.0)
    plain.path.with_suffix(".json").write_text('{"radius": 7}')
    assert find_model(plain.path).radius == 7
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(UsageError, match="is not an ONNX file"):
        find_model(tmp_path / "text.onnx")


def test_range_is_read_from_the_first_layer(tmp_path: Path) -> None:
    plain = tiny(tmp_path)
    network = onnx.load(str(plain.path))
    nodes = [onnx.helper.make_node("Div", ["input", "full"], ["unit"]), *network.graph.node]
    nodes[1].input[0] = "unit"
    del network.graph.node[:]
    network.graph.node.extend(nodes)
    full = onnx.numpy_helper.from_array(np.array(255, np.float32), "full")
    network.graph.initializer.append(full)
    onnx.save(network, str(tmp_path / "bytes.onnx"))
    wide = find_model(tmp_path / "bytes.onnx")
    assert wide.value_range == (0.0, 255.0)
    one, two = pixels(upscale(noise(20, 16), plain)), pixels(upscale(noise(20, 16), wide))
    assert np.abs(one / 255 - two).max() < 1e-4


def test_a_network_that_sees_everything_must_say_so(tmp_path: Path) -> None:
    plain = tiny(tmp_path, radius=2)
    network = onnx.load(str(plain.path))
    network.graph.node.insert(0, onnx.helper.make_node("GlobalAveragePool", ["input"], ["mean"]))
    network.graph.node.insert(1, onnx.helper.make_node("Add", ["input", "mean"], ["shifted"]))
    network.graph.node[2].input[0] = "shifted"
    path = tmp_path / "global.onnx"
    onnx.save(network, str(path))
    with pytest.raises(UsageError, match="reach of layer GlobalAveragePool is not known"):
        find_model(path)


def test_measured_radius_is_the_known_one(tmp_path: Path) -> None:
    made = tiny(tmp_path, scale=1, radius=6)
    assert inspect_models.measure_radius(made, radii=(2, 6, 8)) in (2, 6)
    assert inspect_models._worst_change(made, 6) < 1e-6
    assert inspect_models._worst_change(made, 2) > 1e-4
    with pytest.raises(UsageError, match="sees further than 0 px"):
        inspect_models.measure_radius(made, radii=(0,))


def test_descriptions_survive_json(tmp_path: Path) -> None:
    made = replace(tiny(tmp_path, channels=10, neighbours=1), value_range=(-1.0, 1.0), multiple=4)
    assert Model.from_json(made.to_json()) == made
    with pytest.raises(UsageError, match="tiny: scale: expected 1 or more"):
        replace(made, scale=0)
    assert manifest_.models_folder().name == "models"
