"""A figure with hair and motion blur whose alpha is known; how far masks are from it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vsmeme import recolour
from vsmeme.masks.mask import as_mask
from vsmeme.masks.prepare.mask_run import full_size_mask
from vsmeme.masks.prepare.picture_edge import PictureEdge
from vsmeme.masks.prepare.propagation.still_edges import StillEdges
from vsmeme.masks.prepare.segmenters.grabcut import refined
from vsmeme.subject.apply_look import REACH_SHARE
from vsmeme.subject.edge_colour import edge_colour

core = vs.core

type Image = NDArray[np.uint8]
type Floats = NDArray[np.float32]
FINER = 2  # samples a px, each way
WORK_SIZE = (960, 540)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftFigure:
    """A figure cut out softly.

    Attributes:
        alpha: `h x w`, 0..1.
        own: Its colours everywhere, `h x w x 3`, 0..255.
        behind: What lies behind it, likewise.
    """

    alpha: Floats
    own: Floats
    behind: Floats

    @classmethod
    def draw(cls, width: int, height: int, *, seed: int = 0, blur_px: int = 0) -> SoftFigure:
        """Draw a head with loose hair on shoulders.

        Args:
            width: Of the picture, px.
            height: Of the picture, px.
            seed: Of the strands and of both textures.
            blur_px: Length of its motion blur, sideways, px.
        """
        rng = np.random.default_rng(seed)
        side = height / 540
        fine = np.zeros((height * FINER, width * FINER), np.uint8)
        k = FINER * side

        def at(x: float, y: float) -> tuple[int, int]:
            return round(FINER * width / 2 + k * x), round(k * y)

        cv2.ellipse(fine, at(0, 190), (round(70 * k), round(90 * k)), 0, 0, 360, 255, -1)
        cv2.ellipse(fine, at(0, 540), (round(210 * k), round(270 * k)), 0, 0, 360, 255, -1)
        for _ in range(900):
            angle = rng.uniform(np.pi, 2 * np.pi)
            root = np.array([66 * np.cos(angle), 190 + 84 * np.sin(angle)])
            way = np.array([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.5, 2)
            bend, length = rng.normal(0, 0.6, 2), rng.uniform(1.5, 6)
            along = np.linspace(0, 1, 12)[:, None]
            line = root + length * (along * way + along**2 * bend)
            points = np.array([at(x, y) for x, y in line], np.int32)
            thick = max(1, round(k * rng.uniform(0.15, 0.4)))
            cv2.polylines(fine, [points], False, 255, thick, cv2.LINE_AA)
        alpha = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA) / np.float32(255)
        if blur_px:
            alpha = cv2.blur(alpha, (blur_px, 1))
        own = _texture(rng, width, height, (52, 38, 30), spread=14)
        cloth = _texture(rng, width, height, (40, 60, 120), spread=14)
        own[round(272 * side) :] = cloth[round(272 * side) :]
        behind = _texture(rng, width, height, (150, 160, 140), spread=30)
        return cls(alpha=alpha.astype(np.float32), own=own, behind=behind)

    def frame(self, *, noise: float = 0.0, seed: int = 0) -> Image:
        """The picture, RGB, 8 bit, with noise of a standard deviation."""
        share = self.alpha[..., None]
        picture = share * self.own + (1 - share) * self.behind
        grain = np.random.default_rng(seed).normal(0, 1, picture.shape).astype(np.float32)
        return np.clip(picture + noise * grain, 0, 255).round().astype(np.uint8)


def _texture(
    rng: np.random.Generator,
    width: int,
    height: int,
    colour: tuple[int, int, int],
    *,
    spread: float,
) -> Floats:
    """A colour with broad patches and fine grain that lies still."""
    patches = cv2.resize(
        rng.normal(0, 1, (9, 16, 3)).astype(np.float32), (width, height),
        interpolation=cv2.INTER_CUBIC,
    )  # fmt: skip
    fine = cv2.GaussianBlur(rng.normal(0, 1, (height, width, 1)).astype(np.float32), (0, 0), 1.5)
    grain = fine[..., None] * (0.25 / max(1e-6, float(fine.std())))
    made = np.array(colour, np.float32) + spread * (patches + grain)
    return np.clip(made, 0, 255).astype(np.float32)


def network_like(alpha: Floats, frame: Image) -> Image:
    """The mask that a person network finds: the figure without its hair, working size, 8 bit."""
    size = WORK_SIZE
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    hard = np.asarray(cv2.GaussianBlur(share, (0, 0), 1.5) > 0.5, np.uint8)
    return refined(small, hard)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeErrors:
    """How good soft edges are.

    Attributes:
        alpha: Mean error of the alpha where the truth is neither 0 nor 1, 0..1.
        boil: Mean change of the alpha from frame to frame in the band around the edge, 0..1.
        fringe: Mean error of the recoloured chroma where the truth is soft, 8-bit levels.
        milliseconds: Of CPU, a frame.
    """

    alpha: float
    boil: float
    fringe: float
    milliseconds: float


def edge_errors(
    figure: SoftFigure, *, soft: bool, frames: int = 5, noise: float = 2.5
) -> EdgeErrors:
    """Bring a network's masks of noisy frames up to full size, and compare with the truth."""
    height, width = figure.alpha.shape
    border = PictureEdge(np.zeros((height, width), np.uint8), WORK_SIZE)
    still = StillEdges()
    band = around_edge(figure.alpha)
    made: list[Image] = []
    spent = 0.0
    for n in range(frames):
        frame = figure.frame(noise=noise, seed=n)
        mask = network_like(figure.alpha, frame)
        start = time.process_time()
        small = cv2.resize(frame, WORK_SIZE, interpolation=cv2.INTER_AREA)
        big = full_size_mask(mask, frame, small, border, soft=soft)
        made.append(still.steadied(big, small) if soft else big)
        spent += time.process_time() - start
    changes = [np.abs(a[band].astype(np.float32) - b[band]).mean() / 255 for a, b in pairwise(made)]
    mixed = (figure.alpha > 0.02) & (figure.alpha < 0.98)
    return EdgeErrors(
        alpha=float(np.abs(made[-1] / np.float32(255) - figure.alpha)[mixed].mean()),
        boil=float(np.mean(changes)),
        fringe=fringe_error(figure, made[-1], mixed),
        milliseconds=1000 * spent / frames,
    )


def around_edge(alpha: Floats) -> NDArray[np.bool_]:
    """The band of 3 px of working size on both sides of an edge."""
    reach = round(3 * alpha.shape[1] / WORK_SIZE[0])
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    hard = (alpha > 0.5).astype(np.uint8)
    return np.asarray(cv2.dilate(hard, kernel) != cv2.erode(hard, kernel))


def fringe_error(figure: SoftFigure, mask: Image, where: NDArray[np.bool_]) -> float:
    """Chroma as `apply_look` makes it against the recoloured figure laid over its background."""
    full = np.full(mask.shape, 255, np.uint8)
    share = figure.alpha[..., None]
    own = _chroma_of(recolour(_clip(figure.own), _mask(full)))
    truth = share * own + (1 - share) * _chroma_of(_clip(figure.behind))
    clip, inside = _clip(figure.frame().astype(np.float32)), _mask(mask)
    reach = round(REACH_SHARE * clip.width)
    got = _chroma_of(recolour(clip, inside, own=edge_colour(clip, inside, reach_px=reach)))
    return float(np.abs(got - truth)[where].mean())


def _mask(mask: Image) -> vs.VideoNode:
    blank = core.std.BlankClip(width=mask.shape[1], height=mask.shape[0], format=vs.GRAY8, length=1)
    return as_mask(_filled(blank, [mask]))


def _clip(picture: Floats) -> vs.VideoNode:
    height, width = picture.shape[:2]
    blank = core.std.BlankClip(width=width, height=height, format=vs.RGB24, length=1)
    eight = picture.round().astype(np.uint8)
    rgb = _filled(blank, [eight[..., plane] for plane in range(3)])
    return core.resize.Point(rgb, format=vs.YUV444P16, matrix=vs.MATRIX_BT709)


def _filled(blank: vs.VideoNode, planes: list[Image]) -> vs.VideoNode:
    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane, values in enumerate(planes):
            np.asarray(out[plane])[:] = values
        return out

    return core.std.ModifyFrame(blank, blank, fill)


def _chroma_of(clip: vs.VideoNode) -> Floats:
    """Both chroma planes, `h x w x 2`, 8-bit levels."""
    with clip.get_frame(0) as frame:
        return np.dstack([np.asarray(frame[p]) / np.float32(257) for p in (1, 2)])
