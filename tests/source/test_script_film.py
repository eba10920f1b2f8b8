"""A person's own script as a release: its output 0, whatever it takes to make it."""

from __future__ import annotations

from pathlib import Path

import pytest
import vapoursynth as vs
from PIL import Image

from vsmeme.errors import UsageError
from vsmeme.source.clock import stream_times
from vsmeme.source.files import open_video
from vsmeme.source.media.medium import find_medium

core = vs.core
SCRIPT = """
import vapoursynth as vs
from pathlib import Path
level = float(Path("level.txt").read_text())
grey = [level, 512, 512]
clip = vs.core.std.BlankClip(None, 64, 48, vs.YUV420P10, length=7, color=grey)
vs.core.std.AssumeFPS(clip, fpsnum=25).set_output()
clip[::2].set_output(1)
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "film.vpy"
    path.write_text(text, encoding="utf-8")
    return path


def test_output_0_in_the_scripts_own_folder(tmp_path: Path) -> None:
    (tmp_path / "level.txt").write_text("400")
    path, here = written(tmp_path, SCRIPT), Path.cwd()
    own = core.std.BlankClip(length=3)
    own.set_output(5)
    clip = open_video(path, role="wide")
    assert (clip.num_frames, clip.format.id, clip.fps) == (7, vs.YUV420P10, 25)
    with clip.get_frame(2) as frame:
        assert frame[0][0, 0] == 400
        assert frame.props["_Matrix"] == 1
    assert stream_times(path) == pytest.approx([n / 25 for n in range(7)])
    assert Path.cwd() == here
    outputs = vs.get_outputs()
    assert list(outputs) == [5]
    assert outputs[5].clip.num_frames == 3
    vs.clear_outputs()


def test_the_media_that_it_names_count(tmp_path: Path) -> None:
    (tmp_path / "level.txt").write_text("400")
    Image.new("L", (4, 4)).save(tmp_path / "logo.png")
    path = written(tmp_path, SCRIPT + f'LOGO = r"{tmp_path / "logo.png"}"\nNONE = "nothing.png"\n')
    found = find_medium(path)
    assert found.plain
    assert found.files == (path, tmp_path / "level.txt", tmp_path / "logo.png")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import vapoursynth as vs\n", "sets no video as its output 0"),
        ("import nothing_at_all\n", "the script fails .ModuleNotFoundError: No module"),
        ("raise RuntimeError('two\\nlines')\n", "the script fails .RuntimeError: two"),
        ("import sys\nsys.exit(3)\n", "the script fails .SystemExit: 3"),
    ],
)
def test_a_script_that_fails_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        open_video(written(tmp_path, text), role="dvd")
    assert "\n" not in str(caught.value)


def test_no_python_and_no_choice(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="film.vpy: not a VapourSynth script"):
        find_medium(written(tmp_path, "clip =\n"))
    with pytest.raises(UsageError, match="a stream was chosen, but it has only one"):
        find_medium(written(tmp_path, SCRIPT), stream=2)
    with pytest.raises(UsageError, match="a title was chosen, but it is no disc"):
        find_medium(written(tmp_path, SCRIPT), title=2)
    with pytest.raises(UsageError, match="a rate was given, but only images need one"):
        find_medium(written(tmp_path, SCRIPT), rate=2)  # type: ignore[arg-type]
