"""A section decodes to what its film decodes to, in every container."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from vsmeme.errors import UsageError
from vsmeme.ffmpeg import call
from vsmeme.source.clock import stream_times
from vsmeme.source.files import open_stream
from vsmeme.source.prepare.cut_section import cut_section, describe_film, list_packets

OPEN_GOPS = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-g", "48"]
FILMS = {
    "a.mkv": ["24000/1001", *OPEN_GOPS, "-x264-params", "open-gop=1"],
    "b.mp4": ["24000/1001", *OPEN_GOPS, "-x264-params", "open-gop=1"],
    "c.m2ts": ["24000/1001", *OPEN_GOPS, "-output_ts_offset", "600"],
    "d.vob": ["25", "-c:v", "mpeg2video", "-bf", "2", "-g", "12"],
    "e.mkv": ["25", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
              "log-level=error:keyint=48:open-gop=1"],
}  # fmt: skip


@pytest.fixture(scope="module", params=FILMS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds, every frame another."""
    rate, *coded = FILMS[request.param]
    path = tmp_path_factory.mktemp("film") / request.param
    call(["-f", "lavfi", "-i", f"testsrc2=s=64x48:r={rate}:d=20", *coded, str(path)])
    return path


@pytest.mark.parametrize(("begin", "end"), [(9.0, 11.0), (0.0, 1.5), (18.5, 25.0)])
def test_a_section_decodes_to_the_same_frames(
    begin: float, end: float, film: Path, tmp_path: Path
) -> None:
    described = describe_film(film)
    section = cut_section(
        described, begin=begin, end=end, work=tmp_path, key="0" * 64, index=tmp_path / "index"
    )
    path = section.path(film, work=tmp_path)
    times, whole = np.array(stream_times(path)), np.array(stream_times(film))
    numbers = [int(np.abs(whole - time).argmin()) for time in times]
    assert np.abs(whole[numbers] - times).max() < 1e-3
    assert set(np.diff(numbers)) == {1}
    assert section.frames == len(times)
    assert float(section.start) == pytest.approx(whole[numbers[0]] - whole[0], abs=1e-3)
    assert float(section.start) <= begin + 1e-3
    assert times[-1] - whole[0] >= min(end, 19.9)
    part, all_of_it = open_stream(path), open_stream(film)
    for n in (0, 1, 2, len(times) // 2, len(times) - 1):
        assert planes(part, n) == planes(all_of_it, numbers[n])


def planes(clip: vs.VideoNode, n: int) -> list[bytes]:
    with clip.get_frame(n) as frame:
        return [np.asarray(plane).tobytes() for plane in frame]


def test_a_section_is_cut_once(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = describe_film(film)
    given = {"begin": 5.0, "end": 6.0, "work": tmp_path, "key": "1" * 64, "index": tmp_path / "i"}
    first = cut_section(described, **given)  # type: ignore[arg-type]
    monkeypatch.setattr(
        "vsmeme.source.prepare.cut_section.call", lambda arguments: pytest.fail(str(arguments))
    )
    assert cut_section(described, **given) == first  # type: ignore[arg-type]
    files = {path.name for path in (tmp_path / "cache" / "sections").glob("[!.]*")}
    assert files == {Path(first.file or "").name}


def test_a_place_without_video_is_refused(film: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no video at 60\.000 s"):
        cut_section(
            describe_film(film), begin=60, end=61, work=tmp_path, key="2" * 64, index=tmp_path
        )


def test_a_file_without_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mka"
    call(["-f", "lavfi", "-i", "sine=d=1", str(path)])
    with pytest.raises(UsageError, match="not a readable video"):
        describe_film(path)


def test_hidden_packets_are_left_out(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.mp4", tmp_path / "part.mp4"
    call(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=4", *OPEN_GOPS, str(whole)])
    call(["-ss", "1", "-i", str(whole), "-c", "copy", str(part)])
    packets = list_packets(["-i", str(part), "-map", "0:v:0"])
    assert len(packets) == len(stream_times(part)) == 75
