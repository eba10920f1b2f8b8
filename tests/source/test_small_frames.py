"""Key frames of a whole film, few or all, and every frame of a part of it, on the film's clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vsmeme.errors import UsageError
from vsmeme.ffmpeg import call
from vsmeme.source.prepare import small_frames
from vsmeme.source.prepare.cut_section import Film, describe_film
from vsmeme.source.prepare.small_frames import small_key_frames, small_part

SIZE = (32, 24)
FPS, SECONDS, GOP = 24, 12, 12  # a key frame every half second


@pytest.fixture(scope="module", params=["mkv", "ts"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Frames that get brighter by a code each, on a clock that starts at 600 s."""
    path = tmp_path_factory.mktemp("film") / f"film.{request.param}"
    picture = f"color=gray:s=64x48:r={FPS}:d={SECONDS},format=gray,geq=lum='N/2+20'"
    code = ["-c:v", "libx264", "-g", str(GOP), "-sc_threshold", "0", "-bf", "2", "-qp", "8"]
    clock = ["-pix_fmt", "yuv420p", "-output_ts_offset", "600"]
    call(["-f", "lavfi", "-i", picture, *code, *clock, str(path)])
    return describe_film(path)


def codes_of(times: tuple[float, ...]) -> np.ndarray:
    """Luma of limited range that the film shows at some moments."""
    return np.asarray(16 + (np.asarray(times) * FPS / 2 + 20) * 219 / 255)


def test_key_frames_no_nearer_than_asked(film: Film) -> None:
    every = small_key_frames(film, size=SIZE, apart=0.0)
    assert np.allclose(every.times, np.arange(0, SECONDS, GOP / FPS), atol=2e-3)
    some = small_key_frames(film, size=SIZE, apart=1.9)
    assert np.allclose(some.times, np.arange(0, SECONDS, 2.0), atol=2e-3)
    assert some.frames.shape == (len(some.times), SIZE[1], SIZE[0])
    codes = some.frames.reshape(len(some.times), -1).mean(axis=1)
    assert np.allclose(codes, codes_of(some.times), atol=1.5)


def test_an_ffmpeg_that_filters_no_input_gives_every_key_frame(
    film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_frames, "_nearer_than", lambda apart: "no expression(")
    assert len(small_key_frames(film, size=SIZE, apart=1.9).times) == SECONDS * FPS // GOP


def test_a_part_holds_every_frame_of_it(film: Film) -> None:
    part = small_part(film, begin=3.0, end=5.0, size=SIZE, keys=False)
    assert part.times[0] <= 3.0 < 4.9 < part.times[-1] <= 5.0 + 1e-3
    assert np.allclose(np.diff(part.times), 1 / FPS, atol=2e-3)
    codes = part.frames.reshape(len(part.times), -1).mean(axis=1)
    assert np.allclose(codes, codes_of(part.times), atol=1.5)
    keys = small_part(film, begin=3.0, end=5.0, size=SIZE, keys=True)
    assert set(np.round(keys.times, 2)) >= {3.0, 3.5, 4.0, 4.5}
    assert len(keys.times) <= 6


def test_a_film_without_pictures_is_refused(film: Film, tmp_path: Path) -> None:
    broken = tmp_path / film.path.name
    broken.write_bytes(film.path.read_bytes()[:700])
    gone = Film(
        container=film.container.__class__(
            path=broken, start=film.container.start, seconds=None, streams=film.container.streams
        ),
        begins=film.begins,
        stream=film.stream,
    )
    with pytest.raises(UsageError, match="none of its key frames can be decoded"):
        small_key_frames(gone, size=SIZE, apart=0.0)
