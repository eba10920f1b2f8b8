"""The face picture on one frame as the film will show it: toned, and blended within the mask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import vapoursynth as vs

from ....arrays.frames import to_array
from ....config import Config
from ....errors import UsageError
from ....masks.mask import feather
from ....pixels.matrix import Matrix33
from ....pixels.rect import Rect
from ....pixels.region import cut
from ....pixels.windows import plan_windows
from ....settings.subject_settings import FacePlacement
from ....subject.insert_face import insert_face, load_picture
from ....subject.prepare.face_picture import Crop, Picture, write_picture
from ....subject.prepare.face_placement import place_face
from ....subject.prepare.shot_cutouts import cut_out
from ....subject.prepare.skin_tone import measure_tone
from .frame_store import jpeg
from .layers import Layers, picture_size

core = vs.core


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The frame that a face is laid on.

    Attributes:
        key: Names the frame and what it was made from.
        film: YUV444P16, one frame.
        mask: GRAY8, one frame: the face.
        crop: The surroundings of the face.
    """

    key: object
    film: vs.VideoNode
    mask: vs.VideoNode
    crop: Crop


@dataclass(frozen=True, slots=True, kw_only=True)
class Blended:
    """The part of a frame that a face reaches.

    Attributes:
        rect: The part, canvas px.
        data: JPEG at the page's size.
    """

    rect: Rect
    data: bytes


class BlendedFace:
    """Blends a face picture by the graph's own filters; the frame below is kept between moves.

    Args:
        layers: Where the frames come from.
        cache: Where the prepared picture may be left.
    """

    def __init__(self, layers: Layers, cache: Callable[[], Path]) -> None:
        self._layers, self._cache = layers, cache
        self._lock = Lock()
        self._ground: Ground | None = None
        self._opened_picture: tuple[str, tuple[vs.VideoNode, vs.VideoNode]] | None = None

    def on_frame(
        self, n: int, picture: Picture, placement: FacePlacement, config: Config
    ) -> Blended | None:
        """Lay a picture on a frame.

        Args:
            n: The frame.
            picture: The prepared picture.
            placement: Where it lies.
            config: For feather, blend and opacity.

        Returns:
            What it changes; ``None`` where it lies outside of the canvas.

        Raises:
            UsageError: There is no such frame.
            ArtifactError: Match or masks are not made yet.
        """
        with self._lock:
            ground = self._opened(n)
            film, crop = ground.film, ground.crop
            matrix = place_face(picture, crop, placement)
            size = picture.alpha.shape[::-1]
            part = plan_windows([matrix], (size[0], size[1]), (film.width, film.height))[0].rect
            if part is None:
                return None
            made = self._inserted(ground, picture, matrix, config)
            k = picture_size(film.width, film.height)[0] / film.width
            width, height = (max(2, round(side * k)) for side in (part.w, part.h))
            small = core.resize.Bicubic(cut(made, part), width, height, format=vs.RGB24)
            with small.get_frame(0) as frame:
                return Blended(rect=part, data=jpeg(to_array(frame)))

    def _inserted(
        self, ground: Ground, picture: Picture, matrix: Matrix33, config: Config
    ) -> vs.VideoNode:
        image, alpha = self._clips(picture)
        return insert_face(
            ground.film,
            feather(ground.mask, px=config.segment.feather),
            image,
            [matrix],
            alpha=alpha,
            tones=[measure_tone(picture, [(ground.crop, matrix)], 0)],
            blend=config.face.blend,
            strength=config.face.opacity,
        )

    def _opened(self, n: int) -> Ground:
        under = "composite" if self._layers.facts()["pink"].absent else "pink"
        layer, cover = self._layers.clip(under), self._layers.clip("cover")
        key = (layer.key, cover.key, n)
        if self._ground is not None and self._ground.key == key:
            return self._ground
        if not 0 <= n < layer.full.num_frames:
            raise UsageError(f"frame: expected a pair below {layer.full.num_frames}, got {n}")
        film = _held(core.std.Trim(layer.full, n, n))
        mask = _held(core.std.ShufflePlanes(core.std.Trim(cover.full, n, n), 1, vs.GRAY))
        canvas = Rect(x=0, y=0, w=film.width, h=film.height)
        with film.get_frame(0) as frame, mask.get_frame(0) as shape:
            planes = [np.asarray(frame[i]) for i in range(3)]
            crop = cut_out(planes, np.asarray(shape[0]), canvas)
        self._ground = Ground(key=key, film=film, mask=mask, crop=crop)
        return self._ground

    def _clips(self, picture: Picture) -> tuple[vs.VideoNode, vs.VideoNode]:
        """Open a prepared picture as the graph does, once for all its moves."""
        digest = hashlib.sha256(picture.rgb.tobytes() + picture.alpha.tobytes()).hexdigest()
        if self._opened_picture is None or self._opened_picture[0] != digest:
            folder = self._cache() / f"inserted-{digest[:12]}"
            if not (folder / "alpha.png").exists():
                write_picture(picture, folder)
            clips = load_picture(folder / "picture.png", folder / "alpha.png")
            self._opened_picture = digest, clips
        return self._opened_picture[1]


def _held(clip: vs.VideoNode) -> vs.VideoNode:
    """Keep the one frame of a clip for as long as the clip lives."""
    core.std.SetVideoCache(clip, mode=1, fixedsize=1, maxsize=1)
    return clip
