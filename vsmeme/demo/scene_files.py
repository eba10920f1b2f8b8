"""The known scene as YUV arrays, VapourSynth clips and files.

    yuv = scene_files.yuv(scene, "wide", 5)            # (Y, U, V) uint8, limited range, 4:2:0
    clip = scene_files.clip(scene, "dvd")              # the same as a clip with all props, no file
    files = scene_files.write_pair(scene, folder)      # files.wide, files.dvd; FFV1 inside Matroska
    files = scene_files.write_pair(scene, folder, codec="disc", sound=True)   # H.264 and MPEG-2

FFV1 files decode to exactly `yuv(…)`. The sound is noise whose loudness and click positions follow
the master's clock, so that a cut out of it can be placed to the sample.
"""

from __future__ import annotations

import subprocess
import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import cv2
import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
import vapoursynth as vs

from .scene import Scene
from .scene_art import Array

Side = Literal["wide", "dvd", "master"]
KR_KB = {"709": (0.2126, 0.0722), "601": (0.299, 0.114)}
SOUND_RATE = 48000


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Paths of a written pair."""

    wide: Path
    dvd: Path


def to_yuv444(rgb: Array, matrix: Literal["709", "601"]) -> Array:
    """RGB codes 0..255 to limited-range Y, U, V codes (8-bit scale), float32, 3 x h x w."""
    kr, kb = KR_KB[matrix]
    rgb = np.asarray(rgb, np.float32)
    r, b = rgb[..., 0], rgb[..., 2]
    y = kr * r + (1 - kr - kb) * rgb[..., 1] + kb * b
    u, v = (b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))
    codes: Array = np.stack([16 + y * (219 / 255), 128 + u * (224 / 255), 128 + v * (224 / 255)])
    return codes


def luma(rgb: Array, matrix: Literal["709", "601"]) -> Array:
    """Limited-range luma codes (8-bit scale) of an RGB picture, float32."""
    y: Array = to_yuv444(rgb, matrix)[0]
    return y


def to_yuv420(rgb: Array, matrix: Literal["709", "601"]) -> tuple[Array, Array, Array]:
    """RGB to YUV420P8 with chroma sited left, as MPEG-2 and H.264 have it."""
    planes = to_yuv444(rgb, matrix)
    out = [np.clip(np.rint(planes[0]), 16, 235).astype(np.uint8)]
    for plane in planes[1:]:
        wide = cv2.sepFilter2D(plane, -1, np.array([0.25, 0.5, 0.25]), np.array([1.0]),
                               borderType=cv2.BORDER_REPLICATE)  # fmt: skip
        half = (wide[0::2, 0::2] + wide[1::2, 0::2]) / 2
        out.append(np.clip(np.rint(half), 16, 240).astype(np.uint8))
    return out[0], out[1], out[2]


def frame_count(scene: Scene, side: Side) -> int:
    """Frames of the wide file, the DVD file or the master."""
    if side == "master":
        return scene.frames
    return len(scene.wide_master if side == "wide" else scene.dvd_master)


def yuv(scene: Scene, side: Side, n: int) -> tuple[Array, Array, Array]:
    """Frame n as YUV420P8 planes: BT.709 for wide and master, BT.601 for the DVD."""
    return to_yuv420(getattr(scene, side)(n), "601" if side == "dvd" else "709")


def clip(scene: Scene, side: Side | Literal["mask", "face_mask"]) -> vs.VideoNode:
    """The scene as a clip with all colour props: YUV420P8, or GRAY8 full range for the masks."""
    if side == "mask" or side == "face_mask":
        return _mask_clip(scene, side)
    w, h = {"wide": scene.wide_rect[2:], "dvd": scene.dvd_stored, "master": scene.canvas}[side]
    blank = vs.core.std.BlankClip(width=w, height=h, format=vs.YUV420P8, fpsnum=scene.fps.numerator,
                                  fpsden=scene.fps.denominator, keep=True,
                                  length=frame_count(scene, side))  # fmt: skip

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane, data in enumerate(yuv(scene, side, n)):
            np.copyto(np.asarray(out[plane]), data)
        return out

    m = 6 if side == "dvd" else 1
    return vs.core.std.SetFrameProps(
        blank.std.ModifyFrame(blank, paint), _Matrix=m, _Primaries=m, _Transfer=m,
        _Range=int(vs.RANGE_LIMITED), _FieldBased=0, _ChromaLocation=0, _SARNum=1, _SARDen=1,
    )  # fmt: skip


def _mask_clip(scene: Scene, side: str) -> vs.VideoNode:
    w, h = scene.canvas
    blank = vs.core.std.BlankClip(width=w, height=h, format=vs.GRAY8, fpsnum=scene.fps.numerator,
                                  fpsden=scene.fps.denominator, length=scene.frames,
                                  keep=True)  # fmt: skip

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        np.copyto(np.asarray(out[0]), getattr(scene, side)(n))
        return out

    return blank.std.ModifyFrame(blank, paint).std.SetFrameProps(_Range=int(vs.RANGE_FULL))


def write_pair(
    scene: Scene,
    folder: Path,
    *,
    codec: Literal["ffv1", "disc"] = "ffv1",
    sound: bool = False,
    dvd_fps: Fraction | None = None,
    dvd_aspect: str | None = None,
    dvd_args: tuple[str, ...] = (),
) -> Files:
    """Write wide.mkv and dvd.mkv.

    Args:
        scene: The scene.
        folder: Where to.
        codec: "ffv1", lossless; "disc": H.264 CRF 14 and MPEG-2 at a disc's bits per pixel.
        sound: Adds the scene's sound to both.
        dvd_fps: The rate that the DVD's file claims, where it differs.
        dvd_aspect: Display aspect, "4:3"; None: what the scene's geometry says.
        dvd_args: More ffmpeg output arguments for the DVD, e.g. ("-vf", "telecine").
    """
    folder.mkdir(parents=True, exist_ok=True)
    disc = {"wide": ["libx264", "-crf", "14", "-preset", "veryfast"],
            "dvd": ["mpeg2video", "-q:v", "3", "-g", "15", "-bf", "2"]}  # fmt: skip
    for side in ("wide", "dvd"):
        encoder = ["-c:v", *(["ffv1", "-level", "3"] if codec == "ffv1" else disc[side])]
        fps = dvd_fps or scene.fps if side == "dvd" else scene.fps
        more = ["-aspect", dvd_aspect or _aspect(scene), *dvd_args] if side == "dvd" else []
        _encode(scene, side, folder / f"{side}.mkv", fps=fps, sound=sound, args=[*encoder, *more])
    return Files(wide=folder / "wide.mkv", dvd=folder / "dvd.mkv")


def _aspect(scene: Scene) -> str:
    matrix, (w, h) = scene.to_canvas, scene.dvd_stored
    shape = Fraction(w * matrix[0, 0] / (h * matrix[1, 1])).limit_denominator(1000)
    return f"{shape.numerator}:{shape.denominator}"


def _encode(
    scene: Scene, side: Side, path: Path, *, fps: Fraction, sound: bool, args: list[str]
) -> None:
    w, h = scene.wide_rect[2:] if side == "wide" else scene.dvd_stored
    tags = "smpte170m" if side == "dvd" else "bt709"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-f", "rawvideo"]
    command += ["-pix_fmt", "yuv420p", "-s", f"{w}x{h}", "-r", str(fps), "-i", "-"]
    if sound:
        write_scene_sound(scene, side, path.with_suffix(".wav"), fps=fps)
        command += ["-i", str(path.with_suffix(".wav")), "-c:a", "flac", "-map", "0:v", "-map", "1"]
    command += ["-bf", "0"] if "ffv1" in args else []
    props = f"colorspace={tags}:color_primaries={tags}:color_trc={tags}:range=tv"
    filters = [a for a in (f"setparams={props}", _vf(args)) if a]
    command += [*_without_vf(args), "-vf", ",".join(filters), "-pix_fmt", "yuv420p", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        if process.stdin is None:
            raise RuntimeError("ffmpeg has no stdin")
        for n in range(frame_count(scene, side)):
            process.stdin.write(b"".join(p.tobytes() for p in yuv(scene, side, n)))
        process.stdin.close()
        if process.wait():
            raise RuntimeError(f"ffmpeg: {' '.join(command)}")


def _vf(args: list[str]) -> str:
    return args[args.index("-vf") + 1] if "-vf" in args else ""


def _without_vf(args: list[str]) -> list[str]:
    at = args.index("-vf") if "-vf" in args else len(args)
    return args[:at] + args[at + 2 :]


def scene_sound(scene: Scene, side: Side, *, fps: Fraction | None = None) -> Array:
    """The side's sound, mono int16 at 48 kHz: what its master frames sound like, black is silent.

    A master frame's sound is its own noise, with a click at the start of every eighth frame.
    """
    shown = {"wide": scene.wide_master, "dvd": scene.dvd_master}.get(side, range(scene.frames))
    rate = fps or scene.fps
    edges = [int(SOUND_RATE * n / rate) for n in range(len(shown) + 1)]
    out = np.zeros(edges[-1], np.int16)
    for n, m in enumerate(shown):
        if m is not None:
            rng = np.random.default_rng((scene.seed, 21, m))
            piece = rng.standard_normal(edges[n + 1] - edges[n]) * rng.uniform(400, 3000)
            piece[:48] += 14000 * (m % 8 == 0)
            out[edges[n] : edges[n + 1]] = np.clip(piece, -32000, 32000)
    return out


def write_scene_sound(scene: Scene, side: Side, path: Path, *, fps: Fraction) -> None:
    """Writes the side's sound as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        file.writeframes(scene_sound(scene, side, fps=fps).tobytes())
