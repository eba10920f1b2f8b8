"""Sources beyond BT.709 SDR: the standard's map, the one learned from the DVD, and the graph."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vsmeme.colour.prepare.fit_tone import TonePair, fit_tone
from vsmeme.colour.prepare.static_tone import (
    WHITE_NITS,
    nits_to_pq,
    pq_to_nits,
    sdr_colours,
    to_nits,
    tone_curve,
)
from vsmeme.colour.prepare.tone_cube import static_plan, write_cube
from vsmeme.errors import ArtifactError, UsageError
from vsmeme.source.files import open_video, tag
from vsmeme.source.prepare.measure_light import measure_light
from vsmeme.source.tone import apply_tone
from vsmeme.source.tone_plan import Light, TonePlan

core = vs.core
PQ = Light(transfer="pq", peak_nits=1000.0)
Colours = NDArray[np.float64]


def test_pq_is_that_of_the_standard() -> None:
    # ITU-R BT.2100, table 4, by hand: 100 cd/m2 is code 0.508, 1000 is 0.752, 10000 is 1
    codes = nits_to_pq(np.array([0, 100, 1000, 10000.0]))
    assert np.allclose(codes, [0, 0.5081, 0.7518, 1], atol=2e-4)
    nits = np.geomspace(0.01, 9000, 50)
    assert np.allclose(pq_to_nits(nits_to_pq(nits)), nits, rtol=1e-6)


def test_hlg_is_that_of_the_standard() -> None:
    # BT.2100: half signal is a twelfth of scene light, 75 % is 203 cd/m2 at a peak of 1000
    nits = to_nits(np.array([[0.75] * 3, [1.0] * 3, [0.5] * 3]), "hlg")[:, 0]
    assert np.allclose(nits, [203, 1000, 1000 * (1 / 12) ** 1.2], rtol=0.01)


def test_the_curve_keeps_what_lies_below_its_knee_and_ends_at_white() -> None:
    codes = np.linspace(0, float(nits_to_pq(np.array(1000.0))), 400)
    made = tone_curve(codes, 1000.0)
    top, white = codes[-1], float(nits_to_pq(np.array(WHITE_NITS)))
    knee = (1.5 * white / top - 0.5) * top
    assert np.allclose(made[codes < knee], codes[codes < knee], atol=1e-12)
    assert abs(made[-1] - white) < 1e-6
    assert np.all(np.diff(made) > -1e-9)
    slope = np.diff(made) / np.diff(codes)
    assert np.abs(np.diff(slope)).max() < 0.05  # smooth at the knee


def test_greys_stay_grey_and_rise() -> None:
    codes = np.linspace(0, nits_to_pq(np.array(1000.0)), 100)
    made = sdr_colours(np.repeat(codes[:, None], 3, axis=1), PQ)
    assert np.abs(made - made[:, :1]).max() < 2e-3
    assert np.all(np.diff(made[:, 1]) > -1e-6)
    assert made[-1, 1] > 0.99


def test_what_709_cannot_hold_is_compressed_not_clipped() -> None:
    share = np.linspace(0.5, 1, 20)[:, None]
    green, grey = np.array([0, 60.0, 0]), np.array([25.0, 25, 25])
    made = sdr_colours(nits_to_pq(share * green + (1 - share) * grey), PQ)
    assert made.min() >= 0
    assert made.max() <= 1
    spread = made[:, 1] - made[:, 0]
    assert np.all(np.diff(spread) > 0)  # purer stays purer, up to the purest


def test_sdr_in_2020_keeps_what_709_has() -> None:
    light = Light(transfer="bt2020", peak_nits=100.0)
    greys = np.repeat(np.linspace(0, 1, 9)[:, None], 3, axis=1)
    assert np.abs(sdr_colours(greys, light) - greys).max() < 1e-3


def graded(colours: Colours) -> Colours:
    """A lab's SDR grade of a PQ film: smooth, warm, with lifted blacks."""
    nits = pq_to_nits(colours)
    soft = nits / (nits + 120.0) * 1.5
    mixed = soft @ np.array([[0.9, 0.08, 0.02], [0.05, 0.9, 0.05], [0.02, 0.1, 0.88]]).T
    return np.asarray(0.03 + 0.92 * np.clip(mixed, 0, 1) ** (1 / 2.3))


def moments(count: int, gains: dict[int, float] | None = None) -> list[TonePair]:
    random = np.random.default_rng(4)
    pairs = []
    for n in range(count):
        small = random.random((12, 20, 3)).astype(np.float32) * 0.55 + 0.1
        code = cv2.resize(small, (320, 192), interpolation=cv2.INTER_CUBIC)
        gain = (gains or {}).get(n % 2, 1.0)
        dvd = cv2.resize(gain * graded(code), (80, 48), interpolation=cv2.INTER_AREA)
        noise = random.normal(0, 0.01, dvd.shape)
        matrix = np.array([[4, 0, 1.5], [0, 4, 1.5]], np.float32)
        made = np.asarray(dvd + noise, np.float32)
        pairs.append(TonePair(shot=n % 2, wide=code.clip(0, 1), dvd=made, matrix=matrix))
    return pairs


def test_the_dvds_grade_is_learned() -> None:
    fit = fit_tone(moments(8), PQ)
    assert fit.better
    assert fit.error < 0.5 * fit.static_error
    assert not fit.gains
    colours = np.random.default_rng(2).random((500, 3)) * 0.4 + 0.18
    assert np.abs(fit.convert(colours) - graded(colours)).mean() < 0.012
    steps = np.linspace(0, 1, 60)
    greys = fit.convert(np.repeat(steps[:, None], 3, axis=1))
    assert np.diff(greys, axis=0).min() > -0.004


def test_a_darker_shot_gets_its_gain() -> None:
    fit = fit_tone(moments(8, {0: 1.04, 1: 0.94}), PQ)
    assert set(fit.gains) == {0, 1}
    assert abs(fit.gains[0] / fit.gains[1] - 1.04 / 0.94) < 0.03


def test_another_film_is_not_better() -> None:
    pairs = moments(8)
    random = np.random.default_rng(9)
    foreign = [
        replace(pair, dvd=random.random(pair.dvd.shape).astype(np.float32)) for pair in pairs
    ]
    assert not fit_tone(foreign, PQ).better


def ramp(fmt: int = vs.YUV420P10) -> vs.VideoNode:
    clip = core.std.BlankClip(format=vs.RGB48, width=96, height=32, length=6)
    clip = core.akarin.Expr(clip, ["X 450 * 2000 +", "Y 1000 * 9000 +", "X Y + 300 *"])
    return core.resize.Bicubic(clip, format=fmt, matrix=9, transfer_in=16, primaries_in=9,
                               transfer=16, primaries=9)  # fmt: skip


def planes(clip: vs.VideoNode, n: int = 0) -> Colours:
    with clip.get_frame(n) as frame:
        return np.stack([np.asarray(frame[p]) for p in range(3)], axis=-1).astype(np.float64)


def test_the_graph_does_what_the_arrays_do(tmp_path: Path) -> None:
    clip = ramp(vs.YUV444P16)
    plan = static_plan(PQ, folder=tmp_path)
    made = apply_tone(clip, plan, folder=tmp_path)
    assert made.format.id == vs.YUV444P16
    props = made.get_frame(0).props
    assert [props[n] for n in ("_Matrix", "_Transfer", "_Primaries", "_Range")] == [1, 1, 1, 0]
    code = planes(core.resize.Bicubic(clip, format=vs.RGB48)) / 65535
    got = planes(core.resize.Bicubic(made, format=vs.RGB48)) / 65535
    off = np.abs(got - sdr_colours(code, PQ))
    assert off.mean() < 0.0025
    assert np.percentile(off, 99) < 0.02


def test_runs_choose_their_tables(tmp_path: Path) -> None:
    for n, gain in enumerate((0.2, 0.4)):
        write_cube(tmp_path / f"{n}.cube", lambda c, g=gain: np.full_like(c, g), nodes=2)
    plan = TonePlan(kind="dvd", cubes=("0.cube", "1.cube"), runs=((0, 1), (2, 0)))
    made = apply_tone(ramp(), plan, folder=tmp_path)
    levels = [round(float(planes(made, n)[4, 4, 0] / 256 - 16) / 219, 2) for n in range(6)]
    assert levels == [0.4, 0.4, 0.2, 0.2, 0.2, 0.2]
    assert made.num_frames == 6


def test_tone_refusals(tmp_path: Path) -> None:
    plan = TonePlan(kind="static", cubes=("none.cube",))
    with pytest.raises(ArtifactError, match="none.cube: missing; run: vsmeme match"):
        apply_tone(ramp(), plan, folder=tmp_path)
    with pytest.raises(UsageError, match="TonePlan: runs: expected rising frames from 0 on"):
        TonePlan(kind="dvd", cubes=("a",), runs=((3, 0),))
    with pytest.raises(UsageError, match="TonePlan: runs: expected cubes below 1"):
        TonePlan(kind="dvd", cubes=("a",), runs=((0, 1),))
    late = TonePlan(kind="dvd", cubes=("a", "b"), runs=((0, 0), (9, 1)))
    with pytest.raises(UsageError, match="apply_tone: plan: expected runs below 6"):
        apply_tone(ramp(), late, folder=tmp_path)
    assert TonePlan.from_json(late.to_json()) == late
    assert Light.from_json(PQ.to_json()) == PQ


def coded(brightest: float, fmt: int = vs.YUV420P10, **props: object) -> vs.VideoNode:
    clip = core.std.BlankClip(format=fmt, width=64, height=48, length=8)
    peak = (1 << clip.format.bits_per_sample) - 1
    top = (16 + 219 * brightest) / 255 * peak
    clip = core.akarin.Expr(clip, [f"X 64 / {top} *", ""])
    return core.std.SetFrameProps(clip, **props)  # type: ignore[arg-type]


def light_of(clip: vs.VideoNode, colour: str = "auto", role: str = "wide") -> Light | None:
    tagged = tag(clip, role=role, colour=colour)  # type: ignore[arg-type]
    return measure_light(tagged, path=Path("film.mkv"), role=role, colour=colour)  # type: ignore[arg-type]


def test_light_is_read_from_the_tags() -> None:
    pq = {"_Matrix": 9, "_Transfer": 16, "_Primaries": 9}
    assert light_of(coded(0.6, **pq)) == PQ
    mastered = coded(0.6, **pq, MasteringDisplayMaxLuminance=4000.0, ContentLightLevelMax=1200)
    assert light_of(mastered) == Light(transfer="pq", peak_nits=1200.0)
    assert light_of(coded(0.9, _Matrix=9, _Transfer=18, _Primaries=9)) == Light(
        transfer="hlg", peak_nits=1000.0
    )
    sdr = light_of(coded(0.9, _Matrix=9, _Transfer=14, _Primaries=9))
    assert sdr == Light(transfer="bt2020", peak_nits=100.0)
    assert light_of(coded(0.9, _Matrix=1, _Transfer=1, _Primaries=1)) is None


def test_ten_bit_without_tags_is_asked_about() -> None:
    with pytest.raises(UsageError, match='film.mkv: 10 bit without .* sources.wide_colour = "pq"'):
        light_of(coded(0.6))
    assert light_of(coded(0.95)) is None
    assert light_of(coded(0.6, vs.YUV420P8)) is None
    assert light_of(coded(0.6), "pq") == PQ
    assert light_of(coded(0.6), "bt709") is None
    wrong = coded(0.6, _Matrix=9, _Transfer=16, _Primaries=9)
    assert light_of(wrong, "bt709") is None


def test_half_a_tag_is_asked_about() -> None:
    with pytest.raises(UsageError, match='tagged BT.2020, but not how bright .*wide_colour = "pq"'):
        light_of(coded(0.95, _Matrix=9))
    assert light_of(coded(0.95, _Matrix=9), "pq") == PQ


def test_dolby_vision_without_a_base_is_refused() -> None:
    with pytest.raises(UsageError, match="film.mkv: Dolby Vision profile 5"):
        light_of(coded(0.9, DolbyVisionRPU=b"x"))
    based = coded(0.6, DolbyVisionRPU=b"x", _Matrix=9, _Transfer=16, _Primaries=9)
    assert light_of(based) == PQ


def test_a_tag_that_cannot_be_is_said(caplog: pytest.LogCaptureFixture) -> None:
    large = core.std.BlankClip(format=vs.YUV420P8, width=1024, height=800, length=2)
    with caplog.at_level("WARNING"):
        light_of(large.std.SetFrameProps(_Matrix=6, _Transfer=6, _Primaries=6))
        assert 'sources.wide_colour = "bt709"' in caplog.text
        caplog.clear()
        light_of(large)
        assert not caplog.text
    assert tag(large, role="dvd").get_frame(0).props["_Matrix"] == 1


def test_a_gray_film_is_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "gray.mkv"
    source = "testsrc2=size=128x96:rate=24"
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, "-t", "0.2",
         "-pix_fmt", "gray", "-c:v", "ffv1", str(path)],
        check=True,
    )  # fmt: skip
    clip = open_video(path, role="wide")
    assert clip.format.id == vs.YUV444P8
    made = planes(clip)
    assert np.all(made[..., 1:] == 128)
    assert made[..., 0].std() > 20
    assert clip.get_frame(0).props["_Matrix"] == 1
