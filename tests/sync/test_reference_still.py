"""One still in a film: whatever its crop, size, compression and grade."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from scenes import films

from vsmeme.demo.scene import Grade, Scene
from vsmeme.errors import UsageError
from vsmeme.project import load_project
from vsmeme.steps import match
from vsmeme.sync.prepare.proxies import FilmProxies
from vsmeme.sync.prepare.stills.reference_still import find_still
from vsmeme.sync.prepare.stills.still_picture import read_still

LENGTH = 48


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(seed=6, size="small", frames=LENGTH, cuts=(24,), grade=Grade(), dvd_noise=1.0)


@pytest.fixture(scope="module")
def pair(scene: Scene) -> tuple[FilmProxies, FilmProxies]:
    return films.scene_films(scene)


def save(path: Path, rgb: np.ndarray, *, quality: int = 95) -> Path:
    cv2.imwrite(str(path), rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return path


@pytest.mark.parametrize(
    ("crop", "size", "quality"),
    [
        ((0.0, 0.0, 0.0, 0.0), 1.0, 95),
        ((0.0, 0.0, 0.0, 0.0), 0.6, 60),
        ((0.1, 0.02, 0.05, 0.12), 1.4, 60),
        ((0.0, 0.1, 0.12, 0.0), 0.8, 60),
    ],
)
def test_screenshots_of_the_wide(
    scene: Scene,
    pair: tuple[FilmProxies, FilmProxies],
    tmp_path: Path,
    crop: tuple[float, float, float, float],
    size: float,
    quality: int,
) -> None:
    picture = scene.wide(31)
    height, width = picture.shape[:2]
    left, right = round(crop[0] * width), round(crop[2] * width)
    top, bottom = round(crop[1] * height), round(crop[3] * height)
    part = picture[top : height - bottom, left : width - right]
    part = cv2.resize(part, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
    still = read_still(save(tmp_path / "still.jpg", part, quality=quality))
    found = find_still(still, pair[0])
    assert found.certain
    assert found.best.frame == 31
    (a, _, c), (_, e, f) = found.best.matrix
    scale = (width - left - right) / part.shape[1]
    assert (a, e) == pytest.approx((scale, scale), rel=0.01)
    # the middle of the still lies where it was cut from
    x, y = a * part.shape[1] / 2 + c, e * part.shape[0] / 2 + f
    assert (x, y) == pytest.approx(
        (left + (width - left - right) / 2, top + (height - top - bottom) / 2), abs=1.5
    )
    other = find_still(still, pair[1])
    assert other.best.frame == 31


def test_screenshot_of_the_dvd(
    scene: Scene, pair: tuple[FilmProxies, FilmProxies], tmp_path: Path
) -> None:
    still = read_still(save(tmp_path / "still.png", scene.dvd(12)))
    assert find_still(still, pair[1]).best.frame == 12
    found = find_still(still, pair[0])
    assert found.best.frame == 12
    assert found.certain


def test_black_borders_are_no_part_of_it(
    scene: Scene, pair: tuple[FilmProxies, FilmProxies], tmp_path: Path
) -> None:
    framed = np.zeros((300, 512, 3), np.uint8)
    framed[43:257] = scene.wide(20)
    found = find_still(read_still(save(tmp_path / "still.png", framed)), pair[0])
    assert found.best.frame == 20
    assert found.best.matrix[1][2] == pytest.approx(-43, abs=1)


def test_a_foreign_still_is_not_found(
    pair: tuple[FilmProxies, FilmProxies], tmp_path: Path
) -> None:
    other = Scene(seed=17, size="small", frames=2)
    found = find_still(read_still(save(tmp_path / "still.png", other.wide(1))), pair[0])
    assert not found.seen
    assert not found.certain


def test_two_places_are_ambiguous(
    scene: Scene, pair: tuple[FilmProxies, FilmProxies], tmp_path: Path
) -> None:
    wide = pair[0]
    twice = FilmProxies(
        proxies=np.concatenate([wide.proxies, wide.proxies]),
        active=wide.active,
        sar=wide.sar,
        fps=wide.fps,
    )
    found = find_still(read_still(save(tmp_path / "still.png", scene.wide(8))), twice)
    assert not found.certain
    assert {found.sightings[0].frame, found.sightings[1].frame} == {8, 8 + LENGTH}


@pytest.mark.parametrize("name", films.PAIRS)
def test_real_stills(footage: Path, tmp_path: Path, name: str) -> None:
    wide, dvd, _, facts = films.real_pair(footage / name, tmp_path)
    still = read_still(footage / name / "reference.png")
    for film, key in ((wide, "widescreen_frame"), (dvd, "dvd_frame")):
        found = find_still(still, film)
        assert found.best.frame == facts["reference"][key]
        assert found.certain


def test_not_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    path.write_bytes(b"no picture")
    with pytest.raises(UsageError, match="expected a picture"):
        read_still(path)


def test_a_project_starts_at_the_still(footage: Path, tmp_path: Path) -> None:
    folder = footage / "d5_dancer"
    (tmp_path / "meme.toml").write_text(
        f'[sources]\nwide = "{folder}/widescreen.mkv"\ndvd = "{folder}/dvd.mkv"\n'
        f'reference = "{folder}/reference.png"\n[time]\nduration = 24\n'
    )
    project = load_project(tmp_path / "meme.toml")
    table = match.run_match(project)
    assert (table.pairs[0].wide, table.pairs[0].dvd, len(table)) == (40, 36, 24)
    made = project.artifact("match")["reference"]
    assert (made["wide"], made["dvd"]) == (40, 36)
    assert len(made["sha256"]) == 64
    foreign = footage / "d3_signs" / "reference.png"
    (tmp_path / "meme.toml").write_text(
        f'[sources]\nwide = "{folder}/widescreen.mkv"\ndvd = "{folder}/dvd.mkv"\n'
        f'reference = "{foreign}"\n'
    )
    with pytest.raises(UsageError, match=r"the reference is in neither film.*frame \d+ \(00:"):
        match.run_match(load_project(tmp_path / "meme.toml"))
