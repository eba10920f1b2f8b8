"""An encrypted scheduler is reached by Dask's own configuration; without it nobody gets in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cluster import processes
from scenes.finished import copy_project

from vsmeme.commands.cluster.distribute import distribute
from vsmeme.errors import UsageError
from vsmeme.project import Project
from vsmeme.steps.track import untracked_shots


def test_tls(film: Project, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dask

    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=vsmeme", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    tls = {"ca-file": str(certificate)}
    for role in ("scheduler", "worker", "client"):
        tls |= {f"{role}.key": str(key), f"{role}.cert": str(certificate)}
    prefix = "DASK_DISTRIBUTED__COMM__"
    names = {name.upper().replace(".", "__").replace("-", "_"): file for name, file in tls.items()}
    environment = {f"{prefix}TLS__{name}": file for name, file in names.items()}
    monkeypatch.setattr(processes, "ENVIRONMENT", {**processes.ENVIRONMENT, **environment})
    project = copy_project(film, here)
    shutil.rmtree(project.work / "cache" / "track")
    port = processes.free_port()
    with processes.scheduler(port, "--protocol", "tls"):
        address = f"tls://127.0.0.1:{port}"
        with processes.worker(address, "sealed"):
            with pytest.raises(UsageError, match="no scheduler of Dask at tls://"):
                distribute(project, "track", address)
            with dask.config.set({f"distributed.comm.tls.{name}": f for name, f in tls.items()}):
                processes.wait_for_workers(address, 1)
                distribute(project, "track", address)
    assert untracked_shots(project) == {}
    assert "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" not in os.environ
