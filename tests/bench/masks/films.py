"""The automatic way through shots of real people: keys, faces, time, who comes late; sheets.

    uv run tests/bench/masks/films.py
    uv run tests/bench/masks/films.py --only d3_signs --without     # the way without networks

Markdown on stdout. Contact sheets go to `out/masks_FILM.png`: the subject's outline pink, its
face's green. Times are of CPU, one thread, at a working size of at most 960x540.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "masks")]

from people_film import PeopleFilm, cut_outs, laid_over, wall
from people_truth import Outlined, at_work_size, outlined_people
from scenes.footage_pairs import core, vs
from scenes.shared_folder import FOOTAGE, WEIGHTS

from vsmeme import open_video
from vsmeme.arrays.images import mask_overlap
from vsmeme.demo.demo_film import SCENE
from vsmeme.masks.prepare.face_detectors.choose import detect_faces
from vsmeme.masks.prepare.find_subjects import find_subjects
from vsmeme.masks.prepare.key_frames import face_key
from vsmeme.masks.prepare.packed_masks import ShotMasks
from vsmeme.masks.prepare.segmenters.choose import choose_segmenter
from vsmeme.masks.prepare.shot_masks import carry_shot
from vsmeme.settings.subject_settings import SegmentSetting
from vsmeme.sync.shots import Shot, Shots

# First frame and number of frames, within one shot.
FILMED = {
    "d1_tos": (316, 36),
    "d2_meeting": (0, 48),
    "d3_signs": (0, 48),
    "d5_dancer": (0, 116),
}
LATE, ENTERS = 200, 120
COLUMNS, ROWS, TILE = 4, 3, (480, 270)
PINK, GREEN = (255, 60, 180), (60, 255, 60)


def filmed(name: str) -> PeopleFilm:
    """A part of a pair's master, at working size."""
    first, count = FILMED[name]
    told = json.loads((FOOTAGE / name / "ground_truth.json").read_text())["master"]
    x, y, w, h = told["canvas_in_master"]
    clip = open_video(FOOTAGE / name / told["file"], role="wide")
    clip = core.resize.Bicubic(clip, format=vs.RGB24).std.CropAbs(w, h, x, y)
    pictures = []
    for frame in clip[first : first + count].frames(close=True):
        pictures.append(at_work_size(np.stack([np.asarray(plane) for plane in frame], axis=2)))
    return PeopleFilm(pictures)


def demo() -> PeopleFilm:
    """The demo's film before it is cut into a pair."""
    return PeopleFilm([at_work_size(SCENE.master(n)) for n in range(SCENE.frames)])


def late() -> tuple[PeopleFilm, list[np.ndarray]]:
    """A wall, and a person before it from `ENTERS` on; with the person's masks."""
    person, back = cut_outs("d2_meeting_000")[0], wall(1)
    pairs = [(back, np.zeros(back.shape[:2], np.uint8))] * ENTERS
    pairs += [laid_over(back, person, -200 - n // 2) for n in range(LATE - ENTERS)]
    return PeopleFilm([picture for picture, _ in pairs]), [mask for _, mask in pairs]


def carried(film: PeopleFilm, backend: str) -> tuple[ShotMasks | None, float, float]:
    """Masks of a film of one shot, s for a key, ms a frame of all that follows the key."""
    segmenter = choose_segmenter(SegmentSetting(backend=backend), Path(), film.size)
    shot = Shot(first=0, last=film.length - 1)
    (subject,) = find_subjects(film, Shots(shots=(shot,)), [{}], segmenter)
    if not subject.keys:
        return None, 0.0, 0.0
    number = subject.keys[0].frame
    face = max(detect_faces(film.work(number)), key=lambda face: face.w * face.h)
    start = time.process_time()
    face_key(film, shot, number, face, segmenter)
    middle = time.process_time()
    masks = carry_shot(film, shot, subject, segmenter, label="")
    spent = time.process_time() - middle
    return masks, middle - start, 1000 * spent / film.length


def holes(face: np.ndarray) -> int:
    """Parts of the picture that a face surrounds: what passes close to its edge makes some, too."""
    return cv2.connectedComponents((np.pad(face, 1) < 128).astype(np.uint8))[0] - 2


def sheet(name: str, film: PeopleFilm, masks: ShotMasks) -> None:
    """Frames with the outlines, evenly over the film."""
    tiles = []
    for n in np.linspace(0, film.length - 1, COLUMNS * ROWS).round().astype(int):
        tile = film.work(int(n)).copy()
        for mask, colour in zip(masks.frame(int(n)), (PINK, GREEN), strict=True):
            inside = (mask > 127).astype(np.uint8)
            edges, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(tile, edges, -1, colour, 2)
        tiles.append(cv2.resize(tile, TILE, interpolation=cv2.INTER_AREA))
    rows = [np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)]
    Path("out").mkdir(exist_ok=True)
    cv2.imwrite(f"out/masks_{name}.png", np.vstack(rows)[..., ::-1])


def judged(name: str, masks: ShotMasks, truths: list[Outlined]) -> list[float]:
    """IoU of the frames of a film that were outlined, or whose true masks lie beside it."""
    first, count = FILMED.get(name, (0, 0))
    scores = []
    for each in truths:
        film, _, number = each.name.rpartition("_")
        if film == name and 0 <= int(number) - first < count:
            whole = masks.frame(int(number) - first)[0]
            scores.append(each.iou(cv2.resize(whole, each.truth.shape[::-1])))
    for path in sorted((FOOTAGE / name / "gt_masks").glob("*.png"))[first : first + count]:
        truth = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        whole = masks.frame(int(path.stem) - first)[0]
        scores.append(mask_overlap(cv2.resize(whole, truth.shape[::-1]), truth))
    return scores


def through_films(names: list[str], backend: str) -> None:
    """The table of films, and their sheets."""
    print("| film | frames | with a subject | with a face | holes in faces | IoU, mean | worst "
          "| s for a key | ms a frame after it |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    truths = list(outlined_people())
    openers: dict[str, Callable[[], PeopleFilm]] = {
        name: (lambda name=name: filmed(name)) for name in FILMED
    }
    openers["demo"] = demo
    for name in names or openers:
        film = openers[name]()
        masks, key, each = carried(film, backend)
        if masks is None:
            print(f"| {name} | {film.length} | 0 | 0 | | | | | |")
            continue
        pairs = [masks.frame(n) for n in range(film.length)]
        faces = [face for _, face in pairs if face.any()]
        scores = judged(name, masks, truths)
        known = f"{np.mean(scores):.3f} | {min(scores):.3f}" if scores else " | "
        print(f"| {name} | {film.length} | {sum(bool(whole.any()) for whole, _ in pairs)} "
              f"| {len(faces)} | {sum(map(holes, faces))} | {known} "
              f"| {key:.2f} | {each:.0f} |", flush=True)  # fmt: skip
        sheet(name, film, masks)


def who_comes_late(backend: str) -> None:
    """The row of the person who enters at `ENTERS`."""
    film, truth = late()
    masks, _, _ = carried(film, backend)
    wholes = [masks.frame(n)[0] if masks else np.zeros_like(truth[0]) for n in range(LATE)]
    before = sum(bool(whole.any()) for whole in wholes[:ENTERS])
    after = [mask_overlap(*pair) for pair in zip(wholes[ENTERS:], truth[ENTERS:], strict=True)]
    print(f"\nWho enters at {ENTERS} of {LATE}: {before} masks before; IoU after, mean and worst: "
          f"{np.mean(after):.3f}, {min(after):.3f}.")  # fmt: skip


def main(argv: list[str]) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=[*FILMED, "demo", "late"], default=[])
    parser.add_argument("--without", action="store_true", help="the way without networks")
    args = parser.parse_args(argv)
    if args.without:
        os.environ.update(VSMEME_MODELS="", VSMEME_OFFLINE="1")
    else:
        os.environ.setdefault("VSMEME_MODELS", str(WEIGHTS))
    cv2.setNumThreads(1)
    backend = "grabcut" if args.without else "auto"
    names = [name for name in args.only if name != "late"]
    if names or not args.only:
        through_films(names, backend)
    if "late" in args.only or not args.only:
        who_comes_late(backend)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
