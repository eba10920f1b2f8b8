"""Changes of meme.toml: comments and order stay, undo restores each byte, nobody is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenes.finished import copy_project

from vsmeme.commands.editor.edits.meme_file import MemeFile, VersionError
from vsmeme.errors import UsageError
from vsmeme.project import Project


@pytest.fixture
def file(masked: Project, tmp_path: Path) -> MemeFile:
    return MemeFile(copy_project(masked, tmp_path).file)


def set_crf(file: MemeFile, value: object) -> None:
    file.change("crf", file.version, lambda document: document["output"].update({"crf": value}))


def test_comments_and_order_stay(file: MemeFile) -> None:
    before = file.text()
    set_crf(file, 17.5)
    assert file.text() == before.replace("crf = 20 ", "crf = 17.5 ")


def test_undo_and_redo_restore_each_byte(file: MemeFile) -> None:
    texts = [file.text()]
    for value in (18, 19, 21):
        set_crf(file, value)
        texts.append(file.text())
    for text in reversed(texts[:-1]):
        assert file.undoable == "crf"
        file.undo(file.version)
        assert file.text() == text
    with pytest.raises(UsageError, match="nothing to undo"):
        file.undo(file.version)
    for text in texts[1:]:
        file.redo(file.version)
        assert file.text() == text
    with pytest.raises(UsageError, match="nothing to redo"):
        file.redo(file.version)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_byte_order_mark_stay(file: MemeFile, mark: str, end: str) -> None:
    text = mark + file.text().replace("\n", end)
    file.path.write_bytes(text.encode())
    set_crf(file, 18)
    assert file.path.read_bytes() == text.replace("crf = 20", "crf = 18").encode()


def test_what_would_be_no_project_is_not_written(file: MemeFile) -> None:
    before = file.text()
    with pytest.raises(UsageError, match=r"^meme.toml: output.crf: .*63"):
        set_crf(file, 900)
    assert file.text() == before
    assert file.undoable is None
    assert [path.name for path in file.path.parent.glob(".meme*part*")] == []


def test_a_change_for_another_version_is_refused(file: MemeFile) -> None:
    version = file.version
    set_crf(file, 18)
    with pytest.raises(VersionError, match="was changed elsewhere"):
        file.change("crf", version, lambda document: document["output"].update({"crf": 1}))
    file.path.write_text(file.text() + "# by hand\n")
    with pytest.raises(VersionError, match="nothing is undone"):
        file.undo(file.version)
    assert "# by hand" in file.text()
