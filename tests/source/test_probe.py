"""What preparation finds out about a source."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from vsmeme.errors import UsageError
from vsmeme.pixels.rect import Rect
from vsmeme.source.facts import SourceFacts
from vsmeme.source.files import open_video
from vsmeme.source.open_film import open_source_film
from vsmeme.source.prepare.active_picture import find_active
from vsmeme.source.prepare.probe import measure_source

MOVING = "testsrc2=size=720x480:rate=24000/1001,noise=alls=4"


def encode(path: Path, *arguments: str, source: str = MOVING) -> Path:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source]
    subprocess.run([*command, *arguments, str(path)], check=True)
    return path


def measure(path: Path, role: str = "dvd", crop: object = "auto") -> SourceFacts:
    return measure_source(path, role=role, crop=crop, cache=path.parent / "index")  # type: ignore[arg-type]


MPEG2 = ("-c:v", "mpeg2video", "-q:v", "3")


def test_progressive(tmp_path: Path) -> None:
    path = encode(tmp_path / "p.mpg", "-t", "3", *MPEG2, "-aspect", "4:3")
    facts = measure(path)
    assert (facts.width, facts.height, facts.frames) == (720, 480, 72)
    assert facts.fields is None
    assert facts.sar == Fraction(8, 9)
    assert facts.fps == Fraction(24000, 1001)
    assert facts.active == Rect(x=0, y=0, w=720, h=480)


def test_hard_telecine_is_undone(tmp_path: Path) -> None:
    flags = ("-flags", "+ildct+ilme")
    path = encode(tmp_path / "t.mpg", "-t", "4", "-vf", "telecine", *MPEG2, *flags)
    facts = measure(path)
    assert facts.fields is not None
    assert facts.fields.cadence == "telecine"
    assert facts.fps == Fraction(24000, 1001)
    assert abs(facts.frames - 96) <= 1


def test_true_interlace_is_deinterlaced(tmp_path: Path) -> None:
    interlace = "tinterlace=interleave_top"
    source = "testsrc2=size=720x480:rate=60000/1001,scroll=horizontal=0.007"
    flags = ("-flags", "+ildct+ilme")
    path = encode(tmp_path / "i.mpg", "-t", "2", "-vf", interlace, *MPEG2, *flags, source=source)
    facts = measure(path)
    assert facts.fields is not None
    assert facts.fields.cadence == "interlaced"
    assert (facts.frames, facts.fps) == (60, Fraction(30000, 1001))


def test_bars_are_found(tmp_path: Path) -> None:
    pad = "scale=704:400,pad=720:480:8:40"
    path = encode(tmp_path / "b.mpg", "-t", "1", "-vf", pad, *MPEG2)
    assert measure(path).active == Rect(x=8, y=40, w=704, h=400)
    assert measure(path, crop=(16, 8, 600, 400)).active == Rect(x=16, y=8, w=600, h=400)
    with pytest.raises(UsageError, match="sources.dvd_crop: expected .* inside the 720x480"):
        measure(path, crop=(200, 0, 600, 480))


def test_a_dark_edge_is_no_bar() -> None:
    ramp = np.linspace(0, 0.5, 100, dtype=np.float32)
    night = np.tile(ramp, (80, 1))
    assert find_active([night]) == Rect(x=0, y=0, w=100, h=80)
    assert find_active([np.zeros((80, 100), np.float32)]) == Rect(x=0, y=0, w=100, h=80)


@pytest.mark.parametrize(
    ("arguments", "role", "message"),
    [
        (("-frames:v", "1"), "wide", "expected at least 2 frames, got 1"),
        (("-t", "0.2", "-vf", "transpose"), "wide", "expected a landscape picture, got 480x720"),
    ],
)
def test_refusals(tmp_path: Path, arguments: tuple[str, ...], role: str, message: str) -> None:
    path = encode(tmp_path / "x.mkv", *arguments, "-c:v", "libx264", "-pix_fmt", "yuv420p")
    with pytest.raises(UsageError, match=message):
        measure(path, role=role)


def test_a_truncated_file(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.mkv", "-t", "2", "-c:v", "libx264", "-pix_fmt", "yuv420p")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    facts = measure(path, role="wide")
    assert 2 <= facts.frames < 48
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UsageError, match="not a readable video"):
        measure(path, role="wide")


@pytest.mark.parametrize(
    ("sar", "size"), [("4/3", (960, 480)), ("8/9", (720, 540)), ("101/100", (720, 480))]
)
def test_the_px_of_an_anamorphic_wide_become_square(
    tmp_path: Path, sar: str, size: tuple[int, int]
) -> None:
    """No side shrinks; a circle stays one."""
    path = encode(tmp_path / "w.mkv", "-t", "0.2", "-vf", f"setsar={sar}", "-c:v", "ffv1")
    facts = measure(path, "wide")
    assert (facts.width, facts.height) == size
    assert SourceFacts.from_json(facts.to_json()) == facts
    clip = open_source_film(facts, role="wide", folder=tmp_path)
    assert (clip.width, clip.height) == size
    if size == (720, 480):
        return
    plain = open_video(path, role="wide")
    with clip.get_frame(2) as made, plain.get_frame(2) as coded:
        assert (made.props["_SARNum"], made.props["_SARDen"]) == (1, 1)
        known = cv2.resize(np.asarray(coded[0]), size, interpolation=cv2.INTER_CUBIC)
        assert np.abs(known.astype(int) - np.asarray(made[0]).astype(int)).mean() < 3
