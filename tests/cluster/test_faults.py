"""What goes wrong on the way: workers die, differ or cannot reach the folder; somebody stops it."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from cluster.processes import (
    free_port,
    killer,
    pieces_of,
    scheduler,
    until,
    wait_for_workers,
    worker,
)
from scenes.finished import copy_project

from vsmeme.commands.cluster import dispatch
from vsmeme.commands.cluster import worker as worker_side
from vsmeme.commands.cluster.crew import Crew
from vsmeme.commands.cluster.dispatch import Dispatch
from vsmeme.commands.cluster.distribute import distribute
from vsmeme.commands.cluster.local import local_workers
from vsmeme.commands.cluster.orders import Order
from vsmeme.commands.cluster.versions import differences, machine_versions
from vsmeme.deliver.export.export import export
from vsmeme.deliver.export.pieces.rendering import missing_pieces
from vsmeme.errors import MissingError, UsageError
from vsmeme.project import Project

ODD = "import vsmeme.commands.cluster.versions as versions\nversions.__version__ = '0.0.1'\n"


def same_pieces(project: Project, alone: Project) -> None:
    made, others = pieces_of(project.folder), pieces_of(alone.folder)
    assert [path.name for path in made] == [path.name for path in others]
    assert [path.read_bytes() for path in made] == [path.read_bytes() for path in others]


def test_workers_killed_on_the_way_change_nothing(
    film: Project, alone: Project, here: Path
) -> None:
    project = copy_project(film, here)
    with local_workers(2) as address, killer(address, (1.5, 1.0, 1.7), seed=7) as killed:
        distribute(project, "export", address)
    assert killed
    assert missing_pieces(project) == {}
    same_pieces(project, alone)


def test_workers_killed_as_they_start_are_replaced(
    film: Project, alone: Project, here: Path
) -> None:
    """Their guardians die with them."""
    from distributed import Client

    project, over = copy_project(film, here), threading.Event()

    def kill(first: int) -> None:
        while not over.wait(0.02):
            for child in psutil.Process(first).children():
                with suppress(psutil.NoSuchProcess):  # dead already, by the round before
                    if "spawn_main" in " ".join(child.cmdline()):
                        child.kill()

    with local_workers(2) as address:
        deadly = threading.Thread(target=kill, args=(os.getpid(),))
        deadly.start()
        with Client(address, set_as_default=False) as client:
            until(lambda: not client.scheduler_info()["workers"])
            over.wait(3.0)
        over.set()
        deadly.join()
        distribute(project, "export", address)
    same_pieces(project, alone)


def test_a_run_that_nobody_works_for_ends(
    film: Project, here: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(dispatch, "AGAIN_S", 0.5)
    monkeypatch.setattr(dispatch, "RETURN_S", 3.0)
    project, run = copy_project(film, here), Dispatch.run
    with scheduler(free_port()) as address, worker(address, "mortal"):

        def run_among_deaths(self: Dispatch) -> None:
            """The worker was found fit, and is killed while it works."""
            with killer(address, (0.1,), seed=1):
                run(self)

        monkeypatch.setattr(Dispatch, "run", run_among_deaths)
        words = r"no worker is left at tcp://.*what is finished stays"
        with pytest.raises(UsageError, match=words):
            distribute(project, "export", address)
    assert "waiting for one" in caplog.text


def test_a_worker_that_differs_is_named_and_left_out(
    film: Project, here: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    preload = tmp_path / "odd.py"
    preload.write_text(ODD)
    project = copy_project(film, here)
    with ExitStack() as stack, caplog.at_level(logging.WARNING, "vsmeme"):
        address = stack.enter_context(scheduler(free_port()))
        stack.enter_context(worker(address, "odd", "--preload", str(preload)))
        wait_for_workers(address, 1)
        with pytest.raises(UsageError, match=r"no worker of .*: odd: vsmeme 0\.0\.1 \(here "):
            distribute(project, "export", address)
        stack.enter_context(worker(address, "even"))
        wait_for_workers(address, 2)
        distribute(project, "export", address)
    assert missing_pieces(project) == {}
    assert any("worker odd at tcp://127.0.0.1" in line for line in caplog.messages)


def test_what_is_compared() -> None:
    own = machine_versions()
    assert own["vsmeme"]
    assert own["ffmpeg"] != "none"
    assert {"plugin akarin", "plugin bs", "numpy", "vapoursynth"} <= own.keys()
    assert differences(own, dict(own)) == []
    other = {**own, "ffmpeg": "1.0", "network x.onnx": "abc"}
    assert differences(own, other) == [f"ffmpeg 1.0 (here {own['ffmpeg']})"]
    assert differences(other, own) == [
        f"ffmpeg {own['ffmpeg']} (here 1.0)", "network x.onnx is not there (here abc)"
    ]  # fmt: skip


def test_a_scheduler_that_comes_back_is_waited_for(film: Project, here: Path) -> None:
    """Its workers go with it; parts that are finished are not made again."""
    project, port = copy_project(film, here), free_port()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            distribute(project, "export", f"tcp://127.0.0.1:{port}")
        except BaseException as error:
            failures.append(error)

    with scheduler(port) as address, worker(address, "first"):
        wait_for_workers(address, 1)
        thread = threading.Thread(target=work)
        thread.start()
        until(lambda: pieces_of(here) or failures)
    times = {path: path.stat().st_mtime_ns for path in pieces_of(here)}
    time.sleep(2.0)
    with scheduler(port) as address, worker(address, "second"):
        thread.join(timeout=120)
        assert not thread.is_alive()
    assert failures == []
    assert missing_pieces(project) == {}
    assert all(path.stat().st_mtime_ns == then for path, then in times.items())


def test_a_folder_that_is_away_for_seconds_is_waited_for(
    film: Project, here: Path, crew_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    project = copy_project(film, here)
    parts, crew = missing_pieces(project), Crew(crew_address)
    away = here.with_name("away")
    here.rename(away)

    def tried_again() -> bool:
        return any("tried again in" in line for line in caplog.messages)

    def come_back() -> None:
        try:
            until(tried_again)
        finally:
            away.rename(here)

    back = threading.Thread(target=come_back)

    def order(part: str) -> Order:
        return Order(
            project=str(project.file), step="export", round=0, part=part, state="away",
            versions=dict(crew.own), peers={},
        )  # fmt: skip

    with caplog.at_level(logging.WARNING, "vsmeme"):
        back.start()
        Dispatch(
            crew, label="export", parts=parts, order=order,
            taken=lambda _answer: None, send=lambda _address, _order: None,
        ).run()  # fmt: skip
    crew.close()
    back.join()
    assert tried_again()
    assert missing_pieces(project) == {}


def test_a_full_disk_is_no_fault_of_the_work() -> None:
    assert worker_side._kind(OSError(errno.ENOSPC, "No space left on device")) == "full"
    assert worker_side._kind(OSError(errno.EIO, "Input/output error")) == "share"
    assert worker_side._kind(UsageError("a prompt")) == "user"
    assert worker_side._kind(RuntimeError("bad_alloc")) == "user"
    assert worker_side._kind(KeyError("x")) == "failure"


def test_interrupted_it_keeps_what_is_finished(film: Project, alone: Project, here: Path) -> None:
    project = copy_project(film, here)
    command = [sys.executable, "-m", "vsmeme", "export", str(project.file)]
    process = subprocess.Popen(
        [*command, "--scheduler", "local:2"],
        stderr=subprocess.PIPE,
        text=True,
        # a shell in the background has it ignored, and its children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until(lambda: len(pieces_of(here)) >= 1)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.strip().splitlines()[-1] == "interrupted; run the same command to go on"
    assert "Traceback" not in said
    _, left = psutil.wait_procs(children, timeout=10)
    assert left == []
    done = pieces_of(here)
    assert 1 <= len(done) < 5
    times = [path.stat().st_mtime_ns for path in done]
    spans = [path.name.partition(".")[0].split("-") for path in done]
    kept = sum(int(end) - int(first) for first, end in spans)
    assert export(project).rendered <= 42 - kept
    assert [path.stat().st_mtime_ns for path in done] == times
    same_pieces(project, alone)


def test_nothing_listens_beyond_this_machine() -> None:
    with local_workers(2):
        here = psutil.Process(os.getpid())
        places = {
            connection.laddr.ip
            for process in (here, *here.children(recursive=True))
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
    assert places == {"127.0.0.1"}


def test_workers_here_are_not_watched_all_the_time() -> None:
    import dask
    from distributed import Client

    name = "distributed.admin.tick.interval"
    with local_workers(1) as address, Client(address) as client:
        client.wait_for_workers(1)
        assert set(client.run(lambda: dask.config.get(name)).values()) == {"1s"}


def test_wrong_addresses_are_one_line(film: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"no scheduler of Dask at tcp://127\.0\.0\.1:\d+: "):
        distribute(film, "export", f"127.0.0.1:{free_port()}")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingError, match=r"the extra cluster; run: .*cluster"):
        distribute(film, "export", "local:2")


def test_without_a_scheduler_dask_is_not_loaded() -> None:
    code = (
        "import sys\nimport vsmeme.commands.cluster.distribute, vsmeme.commands.steps.export\n"
        "import vsmeme.commands.cluster.worker, vsmeme.commands.steps.make\n"
        "assert not {'distributed', 'dask'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("allowed", [0, 3])
def test_a_part_that_kills_its_workers_ends_the_run(
    film: Project, here: Path, tmp_path: Path, allowed: int
) -> None:
    import dask
    import distributed  # noqa: F401 - loaded later, its settings would go when ours do

    preload = tmp_path / "deadly.py"
    preload.write_text(
        "import os\nimport vsmeme.deliver.export.pieces.rendering as rendering\n"
        "rendering.render_piece = lambda *_: os._exit(9)\n"
    )
    project = copy_project(film, here)
    config = {
        "distributed.worker.preload": [str(preload)],
        "distributed.scheduler.allowed-failures": allowed,
    }
    with (
        dask.config.set(config),
        pytest.raises(UsageError, match=r"export, part .*: one worker after the other died at it"),
    ):
        distribute(project, "export", "local:1")
    assert pieces_of(here) == []
