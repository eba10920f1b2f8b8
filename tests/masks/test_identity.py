"""Identity by a face network: a small one with SFace's inputs and outputs stands for it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from people_film import SIZE, PeopleFilm, cut_outs, laid_over, wall
from people_truth import outlined_people

from vsmeme.masks.prepare.face_detectors.base import Face
from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.people import identity
from vsmeme.masks.prepare.people.choice import choose_person
from vsmeme.masks.prepare.people.identity import FACE_NETWORK, Looks, alike, see_looks
from vsmeme.masks.prepare.people.sightings import see_people
from vsmeme.masks.prepare.small_networks.people_networks import open_networks
from vsmeme.networks.manifest import read_manifest
from vsmeme.sync.shots import Shot

SIDE, CELL, VALUES = 112, 14, 128
EYES = ((38.3, 51.7), (73.5, 51.5))  # where SFace's training put them
RED, WOMAN = "d2_meeting_000", "d3_signs_068"


def write_stand_in(path: Path) -> None:
    """112x112 to 128 values, as SFace: how each of 8x8 cells changes across and down."""
    ramp = np.linspace(-1, 1, CELL, dtype=np.float32)
    across = np.broadcast_to(ramp, (3, CELL, CELL))
    kernels = np.stack([across, across.transpose(0, 2, 1)])
    nodes = [
        helper.make_node("Conv", ["data", "kernels"], ["cells"], strides=[CELL, CELL]),
        helper.make_node("Flatten", ["cells"], ["fc1"]),
    ]
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, VALUES])],
        [numpy_helper.from_array(np.ascontiguousarray(kernels), "kernels")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))


@pytest.fixture
def network(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in, where a fetched SFace lies."""
    path = tmp_path / read_manifest()[FACE_NETWORK].file
    write_stand_in(path)
    monkeypatch.setenv("VSMEME_MODELS", os.pathsep.join([str(weights), str(tmp_path)]))
    return path


def largest(picture: np.ndarray) -> Face:
    return max(detect_faces(picture), key=lambda face: face.w * face.h)


def test_the_network_sees_an_upright_face_and_its_word_is_a_unit_vector(
    network: Path, footage: Path
) -> None:
    seen: list[np.ndarray] = []
    loaded = identity._face_network(str(network))
    assert loaded is not None

    def feature(picture: np.ndarray) -> np.ndarray:
        seen.append(picture)
        return loaded.feature(picture)

    watched = SimpleNamespace(alignCrop=loaded.alignCrop, feature=feature)
    picture = next(each.frame for each in outlined_people() if each.name == RED)
    middle = (picture.shape[1] / 2, picture.shape[0] / 2)
    tilt = cv2.getRotationMatrix2D(middle, 20, 1.0)
    tilted = cv2.warpAffine(picture, tilt, picture.shape[1::-1])
    face = largest(tilted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "_face_network", lambda path: watched)
        values = identity._embedding(tilted, face)
    assert values.shape == (VALUES,)
    assert np.linalg.norm(values) == pytest.approx(1, abs=1e-5)
    (aligned,) = seen
    assert aligned.shape == (SIDE, SIDE, 3)
    large = cv2.resize(aligned[..., ::-1], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    roomy = cv2.copyMakeBorder(large, 150, 150, 150, 150, cv2.BORDER_REPLICATE)
    upright = largest(np.ascontiguousarray(roomy))
    for point, wanted in zip(upright.points[:2], EYES, strict=True):
        assert np.hypot(*((np.array(point) - 150) / 3 - wanted)) < 5


def test_people_are_told_apart_by_it_and_clothes_do_not_count(network: Path, footage: Path) -> None:
    people: dict[str, list[Looks]] = {}
    shots = []
    for name in (RED, WOMAN):
        person, back = cut_outs(name)[0], wall(3)
        film = PeopleFilm([laid_over(back, person, -n)[0] for n in range(4)])
        assert film.size == SIZE
        shots.append(see_people(film, Shot(first=0, last=3), open_networks()))
        picture = film.work(0)
        people[name] = [see_looks(picture, largest(picture), open_networks())]
    assert all(looks.embedding is not None for some in people.values() for looks in some)
    same = alike(shots[0][0].looks, people[RED])
    other = alike(shots[0][0].looks, people[WOMAN])
    assert same == 2 * identity.LIMIT
    assert other < 0
    choices = choose_person(shots, people[WOMAN])
    assert [choice.verdict for choice in choices] == ["others", "subject"]


def test_without_the_file_clothes_and_faces_decide(weights: Path, footage: Path) -> None:
    if read_manifest()[FACE_NETWORK].path.is_file():
        pytest.skip("SFace is here")
    picture = next(each.frame for each in outlined_people() if each.name == RED)
    assert see_looks(picture, largest(picture), open_networks()).embedding is None
