"""Sound lies under the pictures it belongs to, whatever clock, track or rate its file has."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from scenes.encoded import encoded
from scenes.projects import truth_project

from vsmeme.deliver.export import mux
from vsmeme.deliver.export.sound import SoundSource, cut_sound, sound_sources
from vsmeme.deliver.export.sound_check import require_sound
from vsmeme.deliver.export.sound_clock import SoundClock, Stretch, fit_clock
from vsmeme.deliver.export.stage_pictures import StagePicture
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.demo.scene_art import Array
from vsmeme.errors import ArtifactError
from vsmeme.ffmpeg import EncoderError, call
from vsmeme.settings.output_settings import Output
from vsmeme.source.clock import stream_times
from vsmeme.source.fields import film_frames
from vsmeme.source.files import STREAM_PROP, open_video
from vsmeme.source.formats import to_working
from vsmeme.source.prepare.probe import measure_source
from vsmeme.source.streams import probe_container
from vsmeme.sync.timeline import Pair, Timeline

FPS = Fraction(24000, 1001)
FRAMES = 192
HALF_FRAME = 0.5 / float(FPS)
CLICK_SECONDS = 0.5
CLICKS = (
    "aevalsrc='if(lt(mod(t+0.25,0.5),0.002),0.9*sin(2*PI*2000*t),0)"
    "+0.002*sin(300*PI*t)':s=48000:d=8"
)
"""A click at 0.25 s and every half second after, over a tone so soft that it is no click."""
HUM = "sine=f=300:r=48000:d=8"
COPY = ["-map", "0:v", "-map", "1:a", "-c:v", "copy"]


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds of 24000/1001 with reordered frames."""
    path = tmp_path_factory.mktemp("picture") / "v.mkv"
    frames = f"testsrc2=s=64x48:r={FPS}"
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-g", "48", "-crf", "40"]
    call(["-f", "lavfi", "-i", frames, "-frames:v", str(FRAMES), *coded, str(path)])
    return path


def timeline(first: int, last: int, *, fps: Fraction = FPS) -> Timeline:
    pairs = [Pair(wide=i, dvd=i, score=1, confident=True) for i in range(first, last)]
    return Timeline(pairs=tuple(pairs), fps=fps)


def source(path: Path, table: Timeline) -> SoundSource:
    shown = stream_times(path)
    return SoundSource(path=path, times=np.array([shown[n] for n in table.frames("wide")]))


def samples(path: Path, *more: str) -> Array:
    data = call(["-i", str(path), *more, "-f", "s16le", "-ac", "1", "-ar", "48000", "-"])
    return np.frombuffer(data, np.int16).astype(float)


def clicks(sound: Array) -> Array:
    """When clicks begin, seconds."""
    energy = np.convolve(sound**2, np.ones(96), "same")
    loud = np.flatnonzero(energy > 0.2 * energy.max())
    return loud[np.concatenate(([True], np.diff(loud) > 4800))] / 48000


def off(path: Path, first: int) -> tuple[float, int]:
    """How far the clicks are from where they belong at worst, seconds; and how many there are."""
    times = clicks(samples(path)) + first / float(FPS)
    return float(np.abs(times % CLICK_SECONDS - 0.25).max()), len(times)


MUXED: dict[str, tuple[str, list[str]]] = {
    "plain": ("w.mkv", [*COPY, "-c:a", "pcm_s16le"]),
    "clock600_m2ts": ("w.m2ts", [*COPY, "-c:a", "ac3", "-output_ts_offset", "600"]),
    "clock600_mkv": ("w.mkv", [*COPY, "-c:a", "flac", "-output_ts_offset", "600"]),
    "clock600_vob": (
        "w.vob",
        ["-map", "0:v", "-map", "1:a", "-c:v", "mpeg2video", "-r", "24000/1001", "-c:a", "ac3",
         "-output_ts_offset", "600"],
    ),
    "clock12_ts": ("w.ts", [*COPY, "-c:a", "aac", "-output_ts_offset", "11.65"]),
    "mp4": ("w.mp4", [*COPY, "-c:a", "aac"]),
    "default_second": (
        "w.mkv",
        ["-map", "0:v", "-map", "2:a", "-map", "1:a", "-c:v", "copy", "-c:a", "flac",
         "-disposition:a:0", "0", "-disposition:a:1", "default"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MUXED)
@pytest.mark.parametrize("first", [0, 150])
def test_clicks_lie_where_the_film_has_them(
    kind: str, first: int, picture: Path, tmp_path: Path
) -> None:
    name, arguments = MUXED[kind]
    hum = ["-f", "lavfi", "-i", HUM] if kind == "default_second" else []
    path = tmp_path / name
    call(["-i", str(picture), "-f", "lavfi", "-i", CLICKS, *hum, *arguments, str(path)])
    table = timeline(first, FRAMES - 4)
    made = cut_sound(Output(), table, {"wide": source(path, table)}, folder=tmp_path / "out")
    assert made is not None
    assert made.side == "wide"
    assert len(samples(made.wav)) == round(len(table) / FPS * 48000)
    worst, count = off(made.wav, first)
    assert count in (int(len(table) / FPS / CLICK_SECONDS), int(len(table) / FPS * 2) + 1)
    assert worst < 0.25 * HALF_FRAME


def test_a_named_track_is_taken(picture: Path, tmp_path: Path) -> None:
    path = tmp_path / "w.mkv"
    both = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "flac"]
    tongues = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"]
    inputs = ["-i", str(picture), "-f", "lavfi", "-i", HUM, "-f", "lavfi", "-i", CLICKS]
    call([*inputs, *both, *tongues, str(path)])
    table = timeline(24, 168)
    for track in (2, "de", "ger"):
        output = Output(audio_track=track)
        made = cut_sound(output, table, {"wide": source(path, table)}, folder=tmp_path / str(track))
        assert made is not None
        assert off(made.wav, 24)[0] < 0.25 * HALF_FRAME


@pytest.mark.parametrize("kind", ["mp4", "ts", "mkv"])
def test_a_film_cut_by_copy_keeps_picture_and_sound_together(kind: str, tmp_path: Path) -> None:
    """An MP4's edit list begins inside a frame, which readers round off."""
    whole, cut = tmp_path / f"whole.{kind}", tmp_path / f"w.{kind}"
    flash = "drawbox=c=white:t=fill:enable='lt(mod(n,24),1)'"
    beep = "aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,1.001),0.04)':s=48000:d=8.008"
    inputs = ["-f", "lavfi", "-i", f"color=black:s=64x48:r={FPS}:d=8", "-f", "lavfi", "-i", beep]
    coded = ["-c:v", "libx264", "-bf", "3", "-g", "48", "-c:a", "aac", "-b:a", "128k"]
    call([*inputs, "-vf", flash, *coded, str(whole)])
    call(["-ss", "2.3", "-i", str(whole), "-map", "0", "-c", "copy", str(cut)])
    clip = open_video(cut, role="wide")
    table = timeline(0, clip.num_frames)
    made = cut_sound(Output(), table, {"wide": source(cut, table)}, folder=tmp_path / "out")
    assert made is not None
    bright = [float(np.asarray(f[0]).mean()) > 100 for f in clip.frames(close=True)]
    flashes = np.flatnonzero(bright) / float(FPS)
    beeps = clicks(samples(made.wav))
    assert len(beeps) >= 4
    for beep_at in beeps:
        assert np.abs(flashes - beep_at).min() < 0.5 * HALF_FRAME


def test_late_sound_begins_late_and_early_ends_are_silence(picture: Path, tmp_path: Path) -> None:
    path = tmp_path / "w.mkv"
    late = ["-itsoffset", "3", "-f", "lavfi", "-i", CLICKS.replace("d=8", "d=3")]
    call(["-i", str(picture), *late, *COPY, "-c:a", "flac", str(path)])
    table = timeline(24, 188)
    made = cut_sound(Output(), table, {"wide": source(path, table)}, folder=tmp_path / "out")
    assert made is not None
    times = clicks(samples(made.wav)) + 24 / float(FPS)
    assert times == pytest.approx(np.arange(3.25, 6, 0.5), abs=0.25 * HALF_FRAME)
    sound = samples(made.wav)
    assert np.abs(sound[: int(1.9 * 48000)]).max() == np.abs(sound[int(5.1 * 48000) :]).max() == 0


def test_telecined_sound_lies_by_film_time(tmp_path: Path) -> None:
    path = tmp_path / "d.vob"
    frames = f"testsrc2=s=128x96:r={FPS}"
    coded = ["-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme", "-c:a", "ac3"]
    pulled = "telecine=first_field=top:pattern=23,setfield=tff"
    inputs = ["-f", "lavfi", "-i", frames, "-f", "lavfi", "-i", CLICKS]
    call([*inputs, "-t", "7", "-vf", pulled, "-r", "30000/1001", *coded, str(path)])
    fields = measure_source(path, role="dvd", crop=None, cache=tmp_path / "index").fields
    assert fields is not None
    clip = film_frames(open_video(path, role="dvd"), fields)
    shown = stream_times(path)
    table = timeline(0, 150)
    props = [int(f.props[STREAM_PROP]) for f in clip[:150].frames(close=True)]  # type: ignore[call-overload]
    there = SoundSource(path=path, times=np.array([shown[n] for n in props]))
    made = cut_sound(Output(), table, {"wide": there}, folder=tmp_path / "out")
    assert made is not None
    worst, count = off(made.wav, 0)
    assert worst < 0.5 * HALF_FRAME
    assert count >= 12


@pytest.fixture(scope="module")
def pal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The film at 25 frames a second; its sound runs as fast, and as much higher."""
    path = tmp_path_factory.mktemp("pal") / "d.mkv"
    faster = f"asetrate=48000*25/({FPS}),aresample=48000"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=7.6", "-f", "lavfi", "-i", CLICKS]
    call(
        [
            *inputs,
            "-af",
            faster,
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-c:a",
            "flac",
            str(path),
        ]
    )
    return path


def test_pal_sound_is_dropped_and_said(
    pal: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = timeline(0, 180)
    found = {"wide": source(pal, table), "dvd": source(pal, table)}
    assert cut_sound(Output(audio="dvd"), table, found, folder=tmp_path) is None
    assert "sound of the dvd dropped: its time runs away by up to" in caplog.text
    assert "set output.audio_fit" in caplog.text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("fit", ["tempo", "speed"])
def test_pal_sound_is_fitted_when_that_is_asked_for(
    fit: Literal["tempo", "speed"], pal: Path, tmp_path: Path
) -> None:
    table = timeline(12, 180)
    output = Output(audio="dvd", audio_fit=fit)
    made = cut_sound(output, table, {"dvd": source(pal, table)}, folder=tmp_path)
    assert made is not None
    worst, count = off(made.wav, 12)
    assert worst < 0.5 * HALF_FRAME
    assert count >= 13
    sound = samples(made.wav)
    spectrum = np.abs(np.fft.rfft(sound[: 4 * 48000]))
    hum = np.argmax(spectrum[100 * 4 : 200 * 4]) / 4 + 100
    assert hum == pytest.approx(150 if fit == "speed" else 150 * 25 / float(FPS), abs=0.6)


@pytest.mark.parametrize(
    ("channels", "count", "rate"), [("keep", 6, 448), ("stereo", 2, 192), ("mono", 1, 96)]
)
def test_channels_are_kept_or_folded_and_the_bitrate_follows(
    channels: Literal["keep", "stereo", "mono"],
    count: int,
    rate: int,
    picture: Path,
    tmp_path: Path,
) -> None:
    path = tmp_path / "w.mkv"
    spread = "|".join(f"c{n}=c0" for n in range(6))
    six = f"anoisesrc=d=8:r=48000,pan=5.1(side)|{spread}"
    call(["-i", str(picture), "-f", "lavfi", "-i", six, *COPY, "-c:a", "flac", str(path)])
    table = timeline(0, 48)
    output = Output(audio_channels=channels)
    made = cut_sound(output, table, {"wide": source(path, table)}, folder=tmp_path)
    assert made is not None
    (track,) = probe_container(made.wav).of_kind("audio")
    assert track.channels == count
    assert mux.sound_bitrate(count) == rate


def test_a_result_that_is_silent_where_its_source_is_not_is_our_error(
    picture: Path, tmp_path: Path
) -> None:
    path, wav = tmp_path / "w.mkv", tmp_path / "cut.wav"
    call(["-i", str(picture), "-f", "lavfi", "-i", CLICKS, *COPY, "-c:a", "flac", str(path)])
    container = probe_container(path)
    clock = SoundClock(start=Fraction(1), tempo=1.0, off=0.0)
    stretch = Stretch(
        container=container, track=container.streams[1], clock=clock, seconds=Fraction(4)
    )
    call(["-ss", "1", "-i", str(path), "-vn", "-t", "4", str(wav)])
    require_sound(stretch, wav)
    half = "volume=0:enable='gt(t,1.9)'"
    call(["-ss", "1", "-i", str(path), "-vn", "-t", "4", "-af", half, str(wav)])
    with pytest.raises(EncoderError, match="2 s of its sound were cut to silence .* second 2"):
        require_sound(stretch, wav)


def test_a_mute_wide_takes_the_dvd_s_sound(
    picture: Path, pal: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    table = timeline(0, 48)
    even = SoundSource(path=pal, times=np.arange(48) / float(FPS))
    found = {"wide": source(picture, table), "dvd": even}
    made = cut_sound(Output(), table, found, folder=tmp_path)
    assert made is not None
    assert made.side == "dvd"
    assert "the wide has none" in caplog.text
    nothing = {"wide": found["wide"], "dvd": found["wide"]}
    assert cut_sound(Output(), table, nothing, folder=tmp_path) is None
    assert "the result has no sound" in caplog.text
    assert cut_sound(Output(audio="none"), table, found, folder=tmp_path) is None


def test_sound_is_in_sync_over_the_whole_mp4(tmp_path: Path) -> None:
    scene = Scene(size="tiny", seed=5, frames=60, dvd_trim=(4, 0), static=((5, 20),))
    files = scene_files.write_pair(scene, tmp_path / "pair", codec="disc", sound=True)
    table = timeline(10, 58)
    made = cut_sound(Output(), table, {"wide": source(files.wide, table)}, folder=tmp_path)
    assert made is not None
    clip = to_working(scene_files.clip(scene, "wide"))[10:58]
    encoded(StagePicture(clip), tmp_path / "out.mp4", "x264", fps=FPS, wav=made.wav, crf=40)
    got = samples(tmp_path / "out.mp4")
    truth = scene_files.scene_sound(scene, "wide").astype(float)[round(10 / FPS * 48000) :]
    third = len(got) // 3
    for start in (0, third, 2 * third):
        assert abs(_offset(got[start : start + third], truth) - start) / 48000 < 0.1 / FPS


def _offset(got: Array, truth: Array) -> float:
    """Where `got` begins in `truth`, samples."""
    size = 1 << int(np.ceil(np.log2(len(truth) + len(got))))
    spectrum = np.fft.rfft(truth, size) * np.conj(np.fft.rfft(got, size))
    k = int(np.fft.irfft(spectrum, size).argmax())
    return k - size if k > size // 2 else k


def test_times_that_jump_are_no_other_tempo() -> None:
    table = timeline(0, 100)
    times = np.arange(100) / float(FPS)
    times[50:] += 3.0
    clock = fit_clock(table, times, np.arange(100), fitted=True)
    assert not clock.steady


def test_a_match_without_times_says_what_to_run(tmp_path: Path) -> None:
    project = truth_project(tmp_path, Scene(seed=3, frames=4))
    path = project.work / "match.json"
    data = json.loads(path.read_text())
    for source in data["sources"].values():
        source.pop("times", None)
    path.write_text(json.dumps(data))
    with pytest.raises(ArtifactError, match=r"times of its frames.*vsmeme match"):
        sound_sources(project)
