"""What is read out of a container, and which sound track is chosen."""

from fractions import Fraction
from pathlib import Path

import pytest

from vsmeme.errors import UsageError
from vsmeme.source.streams import choose_sound, parse_container

DISC = """\
Input #0, mpeg, from 'VTS_01_1.VOB':
  Duration: 00:20:05.12, start: 0.280633, bitrate: 6480 kb/s
  Stream #0:0[0x1bf]: Data: dvd_nav_packet
  Stream #0:1[0x1e0]: Video: mpeg2video (Main), yuv420p(tv, top first), 720x480 [SAR 8:9 DAR 4:3]
  Stream #0:2[0x82]: Audio: ac3, 48000 Hz, stereo, fltp, 192 kb/s
  Stream #0:3[0x80]: Audio: ac3, 48000 Hz, 5.1(side), fltp, 448 kb/s, start 0.280633
"""
FILM = """\
Input #0, matroska,webm, from 'film.mkv':
  Duration: 02:02:10.50, start: -0.007000, bitrate: 60000 kb/s
  Stream #0:0(eng): Video: hevc (Main 10), yuv420p10le(tv, bt2020nc/bt2020/smpte2084), 3840x2160
  Stream #0:1(deu): Audio: dts (DTS-HD MA), 48000 Hz, 7.1, s32p (24 bit)
  Stream #0:2(eng): Audio: aac (LC), 48000 Hz, stereo, fltp (comment)
  Stream #0:3(eng): Audio: truehd, 48000 Hz, 5.1(side), s32 (24 bit) (default) (original)
  Stream #0:4(eng): Audio: aac (LC), 48000 Hz, stereo, fltp (default) (visual impaired)
  Stream #0:5: Audio: pcm_s16le, 48000 Hz, 3 channels, s16
  Stream #0:6: Video: mjpeg (Baseline), yuvj420p(pc), 600x800 (attached pic)
"""


def test_facts_are_read() -> None:
    film = parse_container(Path("film.mkv"), FILM)
    assert (film.start, film.seconds) == (Fraction(-7, 1000), Fraction(73305, 10))
    assert [s.channels for s in film.of_kind("audio")] == [8, 2, 6, 2, 3]
    assert [s.language for s in film.of_kind("audio")] == ["ger", "eng", "eng", "eng", None]
    assert film.of_kind("video")[1].aside
    assert not film.of_kind("video")[0].aside


@pytest.mark.parametrize(
    ("track", "index"), [("auto", 3), ("en", 3), ("eng", 3), ("de", 1), ("ger", 1), (2, 2), (5, 5)]
)
def test_the_default_that_is_the_film_s_own_wins(track: str | int, index: int) -> None:
    chosen = choose_sound(parse_container(Path("film.mkv"), FILM), track)
    assert chosen is not None
    assert chosen.index == index


def test_a_disc_s_first_track_is_the_one_of_the_lowest_number() -> None:
    chosen = choose_sound(parse_container(Path("a.vob"), DISC), "auto")
    assert chosen is not None
    assert (chosen.id, chosen.channels) == (0x80, 6)


@pytest.mark.parametrize("track", [6, "fre"])
def test_a_track_that_is_not_there_is_refused_with_those_that_are(track: str | int) -> None:
    with pytest.raises(UsageError, match=r"film.mkv has no sound track .*1 \(ger, dts, 8 ch\)"):
        choose_sound(parse_container(Path("film.mkv"), FILM), track)


def test_a_silent_film_has_no_track() -> None:
    mute = "\n".join(line for line in FILM.splitlines() if "Audio" not in line)
    assert choose_sound(parse_container(Path("mute.mkv"), mute), 3) is None
