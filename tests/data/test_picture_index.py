"""The index remembers what is true, forgets what has changed, and never keeps anybody from working."""

import multiprocessing
import os
import sqlite3
import time
from pathlib import Path

import pytest
from published import noisy_png, png

from lensmith.data import check, picture_index
from lensmith.data.check import check_images
from lensmith.data.fingerprints import Fingerprint, content_of, take_fingerprint
from lensmith.data.images import FileImage
from lensmith.data.picture_index import PictureIndex, index_path, stamp_file
from lensmith.errors import Problem


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the pictures that were decoded, while the real thing goes on."""
    names: list[str] = []

    def watch(data: bytes, name: str, content: bytes) -> Fingerprint:
        names.append(name)
        return take_fingerprint(data, name, content)

    monkeypatch.setattr(check, "take_fingerprint", watch)
    return names


def old_file(path: Path, data: bytes) -> FileImage:
    """A picture that was written a minute ago."""
    path.write_bytes(data)
    settle(path)
    return FileImage(str(path), path.name)


def settle(path: Path, ago_s: float = 60.0) -> None:
    then = time.time() - ago_s
    os.utime(path, (then, then))


@pytest.fixture(autouse=True)
def files_settle_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # The time of a file's last change of state cannot be set back; -1 lets such a file count as settled.
    monkeypatch.setattr(picture_index, "SETTLED_S", -1.0)


def test_the_second_look_decodes_nothing_and_says_the_same(tmp_path: Path, decoded: list[str]) -> None:
    images = [old_file(tmp_path / "a.png", png()), old_file(tmp_path / "b.png", noisy_png())]
    images.append(old_file(tmp_path / "cut.png", noisy_png()[:-500]))
    first = check_images(images, thumbnails=True)
    assert sorted(decoded) == ["a.png", "b.png", "cut.png"]
    decoded.clear()
    assert check_images(images, thumbnails=True) == first
    assert decoded == []
    assert first.trouble == ""


def test_a_changed_file_is_looked_at_again(tmp_path: Path, decoded: list[str]) -> None:
    image = old_file(tmp_path / "a.png", png())
    before = check_images([image])
    (tmp_path / "a.png").write_bytes(noisy_png())
    settle(tmp_path / "a.png", 30)
    after = check_images([image])
    assert after.found[image].content == content_of(noisy_png()) != before.found[image].content
    assert decoded == ["a.png", "a.png"]


def test_a_file_of_the_same_size_and_time_is_known_by_its_change_of_state(tmp_path: Path) -> None:
    image = old_file(tmp_path / "a.png", png() + b"1")
    times = (tmp_path / "a.png").stat()
    check_images([image])
    time.sleep(0.02)
    (tmp_path / "a.png").write_bytes(png() + b"2")
    os.utime(image.path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert check_images([image]).found[image].content == content_of(png() + b"2")


def test_a_file_that_was_just_written_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_index, "SETTLED_S", 3.0)
    (tmp_path / "a.png").write_bytes(png())
    assert stamp_file(str(tmp_path / "a.png")) is None


def test_a_copy_is_read_and_not_decoded(tmp_path: Path, decoded: list[str]) -> None:
    check_images([old_file(tmp_path / "a.png", png())])
    copy = old_file(tmp_path / "copy.png", png())
    assert copy in check_images([copy]).found
    assert decoded == ["a.png"]


def test_a_missing_picture_is_looked_for_again(tmp_path: Path) -> None:
    image = FileImage(str(tmp_path / "a.png"), "a.png")
    assert image in check_images([image]).problems
    old_file(tmp_path / "a.png", png())
    assert image in check_images([image]).found


def test_a_name_belongs_to_the_file_that_is_asked_for(tmp_path: Path) -> None:
    check_images([old_file(tmp_path / "a.png", b"text")])
    copy = old_file(tmp_path / "b.png", b"text")
    assert check_images([copy]).problems[copy].where == "b.png"


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_index_is_made_anew(tmp_path: Path, content: bytes, decoded: list[str]) -> None:
    index_path().parent.mkdir(parents=True)
    index_path().write_bytes(content)
    image = old_file(tmp_path / "a.png", png())
    for _ in range(2):
        checked = check_images([image])
        assert image in checked.found
        assert checked.trouble == ""
    assert decoded == ["a.png"]


def test_without_a_folder_for_it_everything_works_and_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    image = old_file(tmp_path / "a.png", png())
    checked = check_images([image])
    assert image in checked.found
    assert "cache" in checked.trouble


def test_a_row_that_cannot_be_read_is_looked_at_again(tmp_path: Path) -> None:
    image = old_file(tmp_path / "a.png", png())
    first = check_images([image])
    for facts in ("{", "{}", '{"traits": {"format": "PNG"}, "size_bytes": 1, "is_blank": 0}'):
        with sqlite3.connect(index_path()) as connection:
            connection.execute("UPDATE pictures SET facts = ?", [facts])
        connection.close()
        assert check_images([image]) == first


def test_an_answer_is_worked_out_once() -> None:
    asked: list[int] = []

    def work_out() -> list[float]:
        asked.append(1)
        return [1, 0.5]

    index = PictureIndex(index_path())
    answers = [index.recall(question, work_out) for question in (b"a", b"a", b"b")]
    index.close()
    assert answers == [[1, 0.5]] * 3
    assert len(asked) == 2


def fill(start: int) -> str:
    index = PictureIndex(index_path())
    for number in range(start, start + 150):
        content = content_of(str(number).encode())
        index.add([(None, content, Problem("data/not-an-image", "", f"number {number}"))])
    trouble = index.trouble
    index.close()
    return trouble


def test_two_processes_may_write_at_once() -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(fill, [0, 100]) == ["", ""]
    index = PictureIndex(index_path())
    contents = [content_of(str(number).encode()) for number in range(250)]
    found = index.find_pictures(contents)
    index.close()
    assert [found[content].found for content in contents] == [f"number {number}" for number in range(250)]
