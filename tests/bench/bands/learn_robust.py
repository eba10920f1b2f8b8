"""What the learned upscaler bears: a wrong placement, a shot it has not seen, still pictures."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from bench.bands.learn_truth import (
    KR,
    fitted,
    learn_on,
    open_truth,
    rgb,
    score,
    split,
    strips,
    true_bands,
)
from vsmeme.bands.prepare.learning.training_frames import spread_frames


def shift(names: Sequence[str], frames: int) -> None:
    print("| pair | learned | a quarter DVD px beside | bicubic | a quarter beside |")
    print("|---|---|---|---|---|")
    for name in names:
        row = []
        for amount in (0, 1):
            truth = open_truth(name, beside_px=amount)
            tested, others = split(truth, frames)
            lesson = learn_on(truth, others)
            true = [rgb(true_bands(truth), n) for n in tested]
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "a.onnx"
                model = fitted(lesson, lesson.inputs, path)
                for each in (model, None):
                    clip = strips(truth, each)
                    row.append(score([rgb(clip, n) for n in tested], true)[1])
        print(f"| {name} | {row[0]:.2f} | {row[2]:.2f} | {row[1]:.2f} | {row[3]:.2f} |", flush=True)


def shot(names: Sequence[str], frames: int) -> None:
    print("| pair | shot | frames | gain, fitted on all | gain, fitted on the others |")
    print("|---|---|---|---|---|")
    for name in names:
        truth = open_truth(name)
        if len(truth.shots) < 2:
            continue
        tested, others = split(truth, 3 * frames)
        lesson = learn_on(truth, others)
        bands = true_bands(truth)
        for number in range(len(truth.shots)):
            own = [n for n in tested if truth.shots.index(n) == number]
            if len(own) < 2:
                continue
            rest = learn_on(truth, [n for n in others if truth.shots.index(n) != number])
            true = [rgb(bands, n) for n in own]
            gains = []
            with tempfile.TemporaryDirectory() as folder:
                for k, some in enumerate((None, lesson, rest)):
                    path = Path(folder) / f"{k}.onnx"
                    model = some and fitted(some, some.inputs, path)
                    clip = strips(truth, model or None)
                    gains.append(score([rgb(clip, n) for n in own], true)[1])
            print(
                f"| {name} | {number} | {len(own)} | {gains[1] - gains[0]:+.2f} "
                f"| {gains[2] - gains[0]:+.2f} |",
                flush=True,
            )


def flicker(names: Sequence[str], frames: int) -> None:
    print("| pair | still px | master | bicubic | SPAN | learned |")
    print("|---|---|---|---|---|---|")
    for name in names:
        truth = open_truth(name)
        tested = spread_frames(truth.exact[:-1], frames)
        seen = {*tested, *(n + 1 for n in tested)}
        lesson = learn_on(truth, [n for n in truth.exact if n not in seen])
        bands = true_bands(truth)
        with tempfile.TemporaryDirectory() as folder:
            model = fitted(lesson, lesson.inputs, Path(folder) / "a.onnx")
            clips = [bands, *(strips(truth, each) for each in (None, lesson.network, model))]
            changes, still = [], []
            for n in tested:
                pairs = [[np.tensordot(KR, rgb(c, k), 1) for k in (n, n + 1)] for c in clips]
                calm = cv2.blur(np.abs(pairs[0][1] - pairs[0][0]), (9, 9)) < 0.5 / 255
                if calm.mean() > 0.02:
                    changes.append([((b - a)[calm] ** 2).mean() for a, b in pairs])
                    still.append(calm.mean())
        if not changes:
            print(f"| {name} | none |")
            continue
        rms = 255 * np.sqrt(np.mean(changes, 0))
        cells = " | ".join(f"{r:.2f}" for r in rms)
        print(f"| {name} | {np.mean(still):.0%} | {cells} |", flush=True)
