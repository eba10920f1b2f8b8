import numpy as np
import pytest
import vapoursynth as vs

from vsmeme import Rect, Shot, Shots
from vsmeme.colour.prepare.chroma_siting import _agreed, measure_siting
from vsmeme.demo.scene import Grade, Scene
from vsmeme.demo.scene_files import to_yuv444
from vsmeme.placement.plan_layout import plan_conform, plan_layout
from vsmeme.source.formats import to_working

core = vs.core
FRAMES = 6


def clips(format_: vs.PresetVideoFormat, siting: int) -> tuple[vs.VideoNode, vs.VideoNode]:
    """Wide (4:4:4) and DVD of a scene; the DVD's chroma is sited as asked, and tagged left."""
    scene = Scene(size="small", frames=FRAMES, dvd_noise=1.0, grade=Grade())
    made = []
    for side, matrix, code in (("wide", "709", 1), ("dvd", "601", 6)):
        first = getattr(scene, side)(0)
        blank = core.std.BlankClip(
            format=vs.YUV444P16, width=first.shape[1], height=first.shape[0], length=FRAMES,
            keep=True,
        )  # fmt: skip
        pictures = [to_yuv444(getattr(scene, side)(n), matrix) for n in range(FRAMES)]

        def paint(n: int, f: vs.VideoFrame, pictures: list[np.ndarray] = pictures) -> vs.VideoFrame:
            out = f.copy()
            for plane in range(3):
                np.asarray(out[plane])[:] = np.rint(pictures[n][plane] * 256)
            return out

        clip = core.std.ModifyFrame(blank, blank, paint)
        made.append(
            core.std.SetFrameProps(clip, _Matrix=code, _Primaries=code, _Transfer=code, _Range=0)
        )
    small = core.resize.Bicubic(made[1], format=format_, chromaloc=siting)
    return made[0], core.std.SetFrameProps(small, _ChromaLocation=0)


def found(wide: vs.VideoNode, dvd: vs.VideoNode) -> int | None:
    scene = Scene(size="small", frames=FRAMES)
    (a, b, c), (d, e, f) = scene.to_canvas[:2].tolist()
    matrix = ((a, b, c), (d, e, f - scene.wide_rect[1]))
    conform = plan_conform(matrix, active=Rect(x=0, y=0, w=dvd.width, h=dvd.height))
    layout = plan_layout(matrix, conform, wide_size=(wide.width, wide.height))
    return measure_siting(
        to_working(wide), dvd, [layout], Shots(shots=(Shot(first=0, last=FRAMES - 1),))
    )


@pytest.mark.parametrize("siting", [0, 1, 2, 3])
def test_a_wrong_tag_is_found_out(siting: int) -> None:
    assert found(*clips(vs.YUV420P8, siting)) == siting


@pytest.mark.parametrize("siting", [0, 1])
def test_of_422_only_the_columns_count(siting: int) -> None:
    assert found(*clips(vs.YUV422P8, siting)) == siting


def test_without_colour_the_tag_stays() -> None:
    wide, dvd = clips(vs.YUV420P8, 1)
    grey = [core.akarin.Expr(clip, ["", f"{level}"]) for clip, level in ((wide, 32768), (dvd, 128))]
    assert found(grey[0], grey[1]) == 0


def test_without_subsampling_there_is_none() -> None:
    wide, dvd = clips(vs.YUV444P8, 0)
    assert found(wide, dvd) is None


def test_frames_that_hardly_tell_have_no_whole_vote() -> None:
    # measured on a release of dark shots: 8 of 11 frames for the true siting, 3 against it by 0.4 %
    tagged = np.array([0.234, 0.264, 0.341, 0.253, 0.242, 0.629, 0.613, 0.737, 0.844, 0.696, 0.712])
    true = np.array([0.223, 0.253, 0.331, 0.222, 0.222, 0.619, 0.610, 0.741, 0.847, 0.700, 0.702])
    assert _agreed(true, tagged)
    assert not _agreed(tagged, true)


def test_frames_that_tell_nothing_leave_the_tag() -> None:
    errors = np.full(16, 0.5)
    assert not _agreed(errors * (1 - 1e-4), errors)
