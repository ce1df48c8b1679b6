import pickle
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from published import noisy_png, png, write_jsonl

from lensmith.config.sections import SourceSection
from lensmith.data.images import decode
from lensmith.data.reading import read_rows
from lensmith.data.sources.contract import Row
from lensmith.errors import DataError

BLUE, NOISE = png((10, 20, 250)), noisy_png()


def read(tmp_path: Path, *names: str, **section: Any) -> list[Row]:
    path = write_jsonl(tmp_path / "a.jsonl", [{"image": name, "question": "?", "answer": "x"} for name in names])
    return list(read_rows(SourceSection(path=str(path), images=str(tmp_path / "pictures.zip"), **section)))


def write_zip(tmp_path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_where_they_lie(tmp_path: Path, method: int) -> None:
    write_zip(tmp_path, {"фото/кот 😀.png": BLUE, "b.png": NOISE}, method)
    images = [row.examples[0].images[0] for row in read(tmp_path, "фото/кот 😀.png", "./b.png", "фото\\кот 😀.png")]
    assert [image.name for image in images] == ["фото/кот 😀.png", "b.png", "фото/кот 😀.png"]
    assert images[0] == images[2] != images[1]
    copy = pickle.loads(pickle.dumps(images[0]))
    assert copy.read_bytes() == BLUE
    assert decode(images[1]).size == (32, 24)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.jsonl", "pictures.zip"]


def test_no_name_leads_out_of_the_zip(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(NOISE)
    write_zip(tmp_path, {"a.png": BLUE, "../secret.png": BLUE})
    names = ("../secret.png", str(tmp_path / "secret.png"), "x/../../secret.png", "~/secret.png")
    rows = read(tmp_path, *names)
    found = [row.examples[0].images[0].read_bytes() if row.examples else row.problems[0].code for row in rows]
    # The zip's own member of that name is a member like any other.
    assert found == [BLUE, "data/missing-image", BLUE, "data/missing-image"]


def test_a_missing_member_names_one_that_may_be_meant(tmp_path: Path) -> None:
    write_zip(tmp_path, {"pictures/a.png": BLUE})
    (row,) = read(tmp_path, "a.png")
    assert row.problems[0].code == "data/missing-image"
    assert "pictures/a.png" in row.problems[0].fix


def test_an_encrypted_member_is_told(tmp_path: Path) -> None:
    path = write_zip(tmp_path, {"a.png": BLUE, "b.png": BLUE})
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 8] |= 1
    path.write_bytes(data)
    rows = read(tmp_path, "a.png", "b.png")
    assert [row.problems[0].code if row.problems else "good" for row in rows] == ["data/encrypted-image", "good"]


def test_a_member_packed_by_another_method_is_told(tmp_path: Path) -> None:
    write_zip(tmp_path, {"a.png": BLUE}, zipfile.ZIP_LZMA)
    assert read(tmp_path, "a.png")[0].problems[0].code == "data/unreadable-image"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damaged_bytes_are_an_error_of_the_picture(tmp_path: Path, method: int) -> None:
    path = write_zip(tmp_path, {"a.png": NOISE}, method)
    image = read(tmp_path, "a.png")[0].examples[0].images[0]
    data = bytearray(path.read_bytes())
    data[900:910] = bytes(10)
    path.write_bytes(data)
    with pytest.raises(OSError, match="damaged"):
        image.read_bytes()
    path.write_bytes(data[:500])
    with pytest.raises(OSError, match="damaged"):
        image.read_bytes()
    path.write_bytes(b"something else entirely, and longer than a header")
    with pytest.raises(OSError, match="no member"):
        image.read_bytes()


def test_a_member_that_unpacks_to_more_than_it_says_is_not_unpacked(tmp_path: Path) -> None:
    path = write_zip(tmp_path, {"a.png": bytes(50_000_000)})
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    image = read(tmp_path, "a.png")[0].examples[0].images[0]
    tracemalloc.start()
    with pytest.raises(OSError, match="damaged"):
        image.read_bytes()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 5_000_000


@pytest.mark.parametrize("encoding", ["cp866", "utf-8"])
def test_cyrillic_names_that_do_not_say_how_they_are_written(tmp_path: Path, encoding: str) -> None:
    path = write_zip(tmp_path, {"x" * len("зебра.png".encode(encoding)): BLUE})
    raw = "зебра.png".encode(encoding)
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    assert read(tmp_path, "зебра.png")[0].examples[0].images[0].read_bytes() == BLUE


def test_an_address_is_told_as_one(tmp_path: Path) -> None:
    write_zip(tmp_path, {"a.png": BLUE})
    assert read(tmp_path, "https://example.org/a.png")[0].problems[0].code == "data/remote-image"


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pictures.zip").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(tmp_path, "a.png")
    assert caught.value.problems[0].code == "data/unreadable-zip"


def test_a_zip_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "a.png")
    assert caught.value.problems[0].code == "data/no-image-folder"
