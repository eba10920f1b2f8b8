"""Numbers of the delivery: colours, sound, GIF, grain, and what the export costs.

    uv run tests/bench/deliver/deliver.py [patches sound gif grain cost]

Takes about a minute and a half on two quiet cores. Nothing is needed but the scene.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import vapoursynth as vs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes.encoded import encoded as joined
from scenes.encoded import small_frames, track_of
from scenes.finished import finished_project

from vsmeme import ffmpeg, stages
from vsmeme.arrays.frames import to_array
from vsmeme.colour.grain import Stock, fresh_mask, unify
from vsmeme.colour.prepare.measure_grain import measure_stock
from vsmeme.deliver.export import gif_palette, sound
from vsmeme.deliver.export.export import export
from vsmeme.deliver.export.stage_pictures import StagePicture
from vsmeme.demo import scene_files
from vsmeme.demo.scene import Scene
from vsmeme.pixels.rect import Rect
from vsmeme.project import load_project
from vsmeme.settings.output_settings import Output
from vsmeme.source.formats import to_working
from vsmeme.sync.timeline import Pair, Timeline

core = vs.core
FPS = Fraction(24000, 1001)
EDGES = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4]


def cpu() -> float:
    """CPU seconds of this process and of its finished children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def encoded(clip: vs.VideoNode, path: Path, output: Output, wav: Path | None = None) -> None:
    """One segment, joined with sound."""
    given = {"depth": output.depth, "crf": output.crf}
    joined(StagePicture(clip), path, output.codec, fps=FPS, wav=wav, count=1, **given)  # type: ignore[arg-type]


def patches(folder: Path) -> None:
    """24 patches through the default CRF of each codec."""
    hues = [(h, 110 + 6 * (i % 6), 90 + 9 * (i % 12)) for i, h in enumerate(range(0, 180, 10))]
    colours = cv2.cvtColor(np.array([hues], np.uint8), cv2.COLOR_HSV2RGB)[0]
    greys = np.repeat([[20], [60], [100], [150], [200], [240]], 3, 1)
    truth = np.concatenate([colours, greys]).astype(int)
    chart = np.kron(truth.reshape(4, 6, 3), np.ones((32, 32, 1), int)).astype(np.uint8)
    planes = np.rint(scene_files.to_yuv444(chart, "709") * 256).astype(np.uint16)
    blank = core.std.BlankClip(format=vs.YUV444P16, width=192, height=128, length=12)

    def paint(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for p in range(3):
            np.copyto(np.asarray(out[p]), planes[p])
        return out

    props = {"_Matrix": 1, "_Primaries": 1, "_Transfer": 1, "_Range": int(vs.RANGE_LIMITED)}
    source = blank.std.ModifyFrame(blank, paint).std.SetFrameProps(**props)
    for codec in ("x264", "x265", "av1"):
        for depth in (8, 10):
            output = Output(codec=codec, depth=depth)  # type: ignore[arg-type]
            path = folder / f"{codec}{depth}.mp4"
            encoded(source, path, output)
            clip = core.bs.VideoSource(str(path), cachemode=0, showprogress=False)
            shown = clip.resize.Bicubic(format=vs.RGB24).get_frame(11)
            got = to_array(shown)[16::32, 16::32].reshape(24, 3).astype(int)
            print(f"patches   {codec} {depth} bit: worst {np.abs(got - truth).max()} codes")


def placed(got: np.ndarray, truth: np.ndarray) -> int:
    """Where `got` begins in `truth`, samples."""
    size = 1 << int(np.ceil(np.log2(len(truth) + len(got))))
    cross = np.fft.irfft(np.fft.rfft(truth, size) * np.conj(np.fft.rfft(got, size)), size)
    k = int(cross.argmax())
    return k - size if k > len(truth) else k


def synced(folder: Path) -> None:
    """Sound of wide and DVD in the finished MP4, over its whole length."""
    scene = Scene(size="tiny", seed=5, frames=600, dvd_trim=(4, 0))
    files = scene_files.write_pair(scene, folder / "pair", codec="disc", sound=True)
    pairs = [Pair(wide=i, dvd=i - 4, score=1, confident=True) for i in range(10, 590)]
    table = Timeline(pairs=tuple(pairs), fps=FPS)
    clip = to_working(scene_files.clip(scene, "wide"))[10:590]
    truth = scene_files.scene_sound(scene, "wide").astype(float)[round(10 / FPS * 48000) :]
    for side in ("wide", "dvd"):
        wav = folder / f"{side}.wav"
        sources = {"wide": files.wide, "dvd": files.dvd}
        sound.cut_sound(Output(audio=side), table, sources, to=wav)  # type: ignore[arg-type]
        path = folder / f"{side}.mp4"
        encoded(clip, path, Output(crf=40), wav)
        data = ffmpeg.call(["-i", str(path), "-f", "s16le", "-ac", "1", "-"])
        got = np.frombuffer(data, np.int16).astype(float)
        starts = np.linspace(0, len(got) - 48000, 12).astype(int)
        off = [abs(placed(got[s : s + 48000], truth) - s) / 48000 * float(FPS) for s in starts]
        print(f"sound     of the {side}: worst {max(off):.3f} frames over {len(pairs)} frames")


def gifs(folder: Path) -> None:
    """Stillness and colours of the GIF."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    for art in ("drawn", "photo"):
        from vsmeme.demo import scene_photo  # noqa: F401 - registers the photographs

        scene = Scene(seed=3, frames=36, static=((6, 20),), art=art)
        small = gif_palette.small_clip(to_working(scene_files.clip(scene, "master")), (480, 270))
        frames = np.stack([to_array(f) for f in small.frames(close=True)])
        source = to_working(scene_files.clip(scene, "master"))
        reading, plan, *_ = small_frames(source, folder / art, width=480, fps=Fraction(12))
        gif_palette.write_gif(reading, folder / "a.gif", plan)
        data = ffmpeg.call(
            ["-i", str(folder / "a.gif"), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        )
        got = np.frombuffer(data, np.uint8).reshape(-1, 270, 480, 3)
        still = (frames == frames[:1]).all((0, 3))
        moved = int(np.abs(got[:, still].astype(int) - got[0, still]).max())
        away = deltaE_ciede2000(rgb2lab(got[::9]), rgb2lab(frames[::9])).mean()
        size = (folder / "a.gif").stat().st_size / 1e6
        print(f"gif       {art}: still areas change {moved}, CIEDE2000 {away:.2f}, {size:.2f} MB")


def rings(noise: np.ndarray) -> np.ndarray:
    """Power of noise in rings of frequency, dB."""
    h, w = noise.shape[1:]
    window = np.outer(np.hanning(h), np.hanning(w))
    power = (np.abs(np.fft.fft2(noise * window)) ** 2).mean(0) / (window**2).sum()
    f = np.hypot(np.fft.fftfreq(h)[:, None], np.fft.fftfreq(w)[None])
    inside = [(f >= a) & (f < b) for a, b in pairwise(EDGES)]
    return np.array([10 * np.log10(power[ring].mean()) for ring in inside])


def grains(folder: Path) -> None:
    """Spectrum of the bands' grain against the wide's, and its correlation in time."""
    for sigma in (1.5, 3.0):
        scene = Scene(seed=3, frames=24, wide_noise=sigma)
        stock: Stock = measure_stock(to_working(scene_files.clip(scene, "wide")))
        clean = to_working(scene_files.clip(scene, "master"))
        x, y, w, h = scene.wide_rect
        done = unify(clean, fresh_mask(clean, Rect(x=x, y=y, w=w, h=h)), stock, tie=0)
        band, wide = [], []
        for n in range(24):
            before, after = (np.asarray(c.get_frame(n)[0]).astype(float) for c in (clean, done))
            band.append((after - before)[: y - 8] / 256)
            source = scene_files.yuv(scene, "wide", n)[0].astype(float)
            area = slice(100, 100 + y - 8)
            wide.append(source[area] - before[y : y + h][area] / 256)
        ours, theirs = np.array(band), np.array(wide)
        off = np.abs(rings(ours) - rings(theirs)).max()
        pairs = pairwise(ours)
        along = max(abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) for a, b in pairs)
        print(
            f"grain     sigma {theirs.std():.2f} in the wide, {ours.std():.2f} in the bands: "
            f"spectrum off {off:.2f} dB, frame to frame {along:.4f}"
        )


def costs(folder: Path) -> None:
    """CPU time of an export against graph and encoders measured alone."""
    scene = Scene(seed=3, frames=120, wide_noise=1.0, walk=0.5)
    settings = '[inpaint]\nbackend = "telea"\n'
    project = finished_project(folder / "cost", scene, settings=settings, sound=True)
    project = load_project(project.file)
    export(project)  # fills the indices
    shutil.rmtree(project.work / "cache" / "export")
    began = cpu()
    frames = [
        [np.array(plane) for plane in frame]
        for frame in stages.delivered(project).frames(close=True)
    ]
    graph = cpu() - began
    began = cpu()
    raw = ffmpeg.Raw(width=1024, height=576, fps=FPS, pixels="yuv420p")
    arguments = track_of(StagePicture(stages.face(project)), "x264", fps=FPS).arguments
    with ffmpeg.pipe(raw, [*arguments, str(folder / "alone.mp4")]) as stream:
        for planes in frames:
            for plane in planes:
                stream.write(plane.data)
    encoder = cpu() - began
    clip = stages.face(project)
    width, rate = project.config.output.gif_width, Fraction(project.config.output.gif_fps)
    reading, plan, *_ = small_frames(clip, folder / "b", width=width, fps=rate)
    began = cpu()
    gif_palette.write_gif(reading, folder / "b.gif", plan)
    picture = cpu() - began
    began = cpu()
    export(project)
    whole = cpu() - began
    alone = graph + encoder + picture
    print(
        f"cost      graph {graph:.1f} s, x264 {encoder:.1f} s, GIF {picture:.1f} s, export "
        f"{whole:.1f} s CPU: {100 * (whole / alone - 1):+.1f} %"
    )


TABLES: dict[str, Callable[[Path], None]] = {
    "patches": patches, "sound": synced, "gif": gifs, "grain": grains, "cost": costs,
}  # fmt: skip


def main(argv: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name in argv or list(TABLES):
            TABLES[name](Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
