"""Times of frames: what a container leaves out, and what an edit list hides."""

from fractions import Fraction
from pathlib import Path

import pytest
import vapoursynth as vs

from vsmeme.ffmpeg import call
from vsmeme.source.clock import filled_times, stream_times
from vsmeme.source.edit_list import edit_residue
from vsmeme.source.files import open_video


@pytest.mark.parametrize(
    ("known", "times"),
    [
        ({}, [0, 0.5, 1, 1.5, 2]),
        ({0: 600.0, 4: 604.0}, [600, 601, 602, 603, 604]),
        ({1: 10.0}, [9.5, 10, 10.5, 11, 11.5]),
        ({0: 1.0, 1: 2.0, 3: 8.0}, [1, 2, 5, 8, 8 + 7 / 3]),
    ],
)
def test_frames_without_a_time_lie_between_those_with_one(
    known: dict[int, float], times: list[float]
) -> None:
    assert filled_times(known, frames=5, length=0.5) == pytest.approx(times)


@pytest.mark.parametrize("rate", ["25", "24000/1001", "30000/1001"])
def test_a_disc_s_rate_is_the_one_it_states(rate: str, tmp_path: Path) -> None:
    path = tmp_path / "a.vob"
    inputs = ["-f", "lavfi", "-i", f"testsrc2=s=64x48:r={rate}", "-f", "lavfi", "-i", "sine=d=8"]
    call([*inputs, "-c:v", "mpeg2video", "-c:a", "ac3", "-frames:v", "180", str(path)])
    bare = vs.core.bs.VideoSource(str(path), cachemode=0, showprogress=False)
    assert bare.fps != Fraction(rate)
    assert open_video(path, role="dvd").fps == Fraction(rate)


def test_a_disc_times_few_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.vob"
    coded = ["-c:v", "mpeg2video", "-output_ts_offset", "600", "-frames:v", "50"]
    call(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", *coded, str(path)])
    times = stream_times(path)
    assert times == pytest.approx([times[0] + n / 25 for n in range(50)], abs=1e-4)
    assert times[0] > 599


@pytest.mark.parametrize("cut", [2.3, 2.29, 2.0])
def test_a_cut_inside_a_frame_is_known_to_a_thousandth(cut: float, tmp_path: Path) -> None:
    """Frame k of the whole film lasts from k / 25 on: the cut says how late the first one is."""
    whole, part = tmp_path / "whole.mp4", tmp_path / "part.mp4"
    coded = ["-c:v", "libx264", "-bf", "2", "-g", "25", "-t", "5"]
    call(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", *coded, str(whole)])
    call(["-ss", str(cut), "-i", str(whole), "-c", "copy", str(part)])
    assert edit_residue(whole) == pytest.approx(0, abs=1e-3)
    late = (-cut * 25 % 1) / 25
    assert edit_residue(part) == pytest.approx(late, abs=1e-3)
    assert stream_times(part)[0] == pytest.approx(late, abs=1e-3)
    frames = open_video(part, role="wide").num_frames
    assert len(stream_times(part)) == frames


def test_what_is_no_mp4_has_no_residue(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    call(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", "-t", "1", str(path)])
    assert edit_residue(path) == 0
    path.write_bytes(b"\0\0\0\x08ftyp\0\0\0\x04moov")  # a box shorter than its head
    assert edit_residue(path) == 0
