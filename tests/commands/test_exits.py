"""Exit codes and one line for every error."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

from vsmeme import errors
from vsmeme.commands import exits


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (errors.UsageError("bad value"), 2, "bad value"),
        (errors.ArtifactError("a.json: missing; run x"), 2, "a.json: missing; run x"),
        (errors.MissingError("no plugin\nrun y"), 2, "no plugin run y"),
        (OSError(errno.ENOSPC, "No space left on device", "out.mp4"), 2, "out.mp4: no space left"),
        (PermissionError(errno.EACCES, "Permission denied", "work"), 2, "work: permission denied"),
        (ZeroDivisionError("division by zero"), 1, "internal error: ZeroDivisionError: division"),
        (RuntimeError("VideoSource: No frame 3"), 2, "a source video is damaged (Video"),
        (KeyboardInterrupt(), 130, "interrupted; run the same command to go on"),
    ],
)
def test_exit_codes(
    error: BaseException,
    code: int,
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["x"])
    monkeypatch.delenv("VSMEME_DEBUG", raising=False)

    def main(argv: list[str]) -> int:
        raise error

    assert exits.run(main) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "a.toml", "-v"])
    assert exits.run(lambda argv: len(argv)) == 2


def test_import_is_light() -> None:
    code = (
        "import sys, time; start = time.process_time(); import vsmeme\n"
        "seconds = time.process_time() - start\n"
        "names = {'numpy', 'torch', 'cv2', 'diffusers', 'scipy', 'pydantic', 'matplotlib'}\n"
        "heavy = names & set(sys.modules)\n"
        "print(seconds < 0.5, sorted(heavy))"
    )
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(3)]
    assert "True []" in {ran.stdout.strip() for ran in runs}
    assert {ran.stdout.split(maxsplit=1)[1].strip() for ran in runs} == {"[]"}


def test_wrong_names_everything() -> None:
    error = errors.wrong("crop_bands", "layout", "a DVD of 720x540", "720x480 YUV420P8")
    assert str(error) == (
        "vsmeme.crop_bands: layout: expected a DVD of 720x540, got 720x480 YUV420P8"
    )
    assert isinstance(error, ValueError)
