"""Asked again of data that has not changed, `check` tells the same without reading; of any change it knows."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from lensmith.cli import main
from lensmith.data import picture_index, second_look
from lensmith.workflows import check


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, which trusts files that were just written."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(picture_index, "SETTLED_S", -1000.0)
    monkeypatch.setattr(second_look, "SETTLED_S", -1000.0)
    return tmp_path / "cache"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three rows in Russian; the picture of the last is missing."""
    folder = tmp_path / "данные"
    folder.mkdir()
    for number, name in enumerate(("раз.png", "два.png")):
        Image.new("RGB", (8, 8), (90 * number, 20, 30)).save(folder / name)
    names = ("раз.png", "два.png", "три.png")
    write_rows(folder / "train.jsonl", [{"image_path": name, "question": "Что?", "answer": "куб 🧊"} for name in names])
    return folder


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Gets an entry each time that data is really read."""
    seen: list[int] = []
    really = check.check_data

    def counted(*arguments: Any, **named: Any) -> Any:
        seen.append(1)
        return really(*arguments, **named)

    monkeypatch.setattr(check, "check_data", counted)
    return seen


def ask(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main(["check", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["in words", "json"])
def test_the_second_look_reads_nothing_and_tells_the_same(
    data: Path, looks: list[int], capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    first = ask(capsys, data / "train.jsonl", *options)
    second = ask(capsys, data / "train.jsonl", *options)
    assert len(looks) == 1
    assert first[0] == second[0] == 2
    assert first[1] == second[1]
    assert "три.png" in first[1] + first[2]
    assert "nothing of it has changed since" in second[2]
    assert "nothing of it has changed since" not in first[2]
    assert ("три.png" in second[1] + second[2]) and ("куб" in second[1] + second[2]) == ("куб" in first[1] + first[2])


def change_a_row(data: Path) -> None:
    path = data / "train.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("куб", "шар", 1), encoding="utf-8")


def spoil_a_picture(data: Path) -> None:
    stat = (data / "раз.png").stat()
    (data / "раз.png").write_bytes(b"x" * stat.st_size)
    os.utime(data / "раз.png", ns=(stat.st_atime_ns, stat.st_mtime_ns))


def take_a_picture_away(data: Path) -> None:
    (data / "раз.png").unlink()


def bring_what_was_missing(data: Path) -> None:
    shutil.copy(data / "раз.png", data / "три.png")


@pytest.mark.parametrize("change", [change_a_row, spoil_a_picture, take_a_picture_away, bring_what_was_missing])
def test_a_change_is_seen(
    data: Path, looks: list[int], capsys: pytest.CaptureFixture[str], change: Callable[[Path], None]
) -> None:
    first = ask(capsys, data / "train.jsonl", "--json")
    change(data)
    second = ask(capsys, data / "train.jsonl", "--json")
    assert len(looks) == 2
    assert json.loads(first[1]) != json.loads(second[1])


def test_a_new_file_in_a_folder_is_seen(data: Path, looks: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    ask(capsys, data)
    ask(capsys, data)
    assert len(looks) == 1
    write_rows(data / "valid.jsonl", [{"image_path": "два.png", "question": "Что?", "answer": "шар"}])
    _, out, _ = ask(capsys, data, "--json")
    assert len(looks) == 2
    assert len(json.loads(out)["sources"]) == 2


def test_a_picture_that_no_row_names_is_seen_where_the_table_itself_was_given(
    data: Path, looks: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "train.jsonl").unlink()
    write_rows(data / "metadata.jsonl", [{"file_name": "раз.png", "question": "Что?", "answer": "шар"}])
    (data / "два.png").unlink()
    for _ in range(2):
        assert "data/unnamed-pictures" not in ask(capsys, data / "metadata.jsonl")[2]
    assert len(looks) == 1
    (data / "ещё").mkdir()
    shutil.copy(data / "раз.png", data / "ещё" / "новая.png")
    assert "data/unnamed-pictures" in ask(capsys, data / "metadata.jsonl")[2]


def test_another_question_is_another(data: Path, looks: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    for options in ((), ("--question", "Кто?"), ("--against", str(data / "train.jsonl")), ("--format", "jsonl")):
        ask(capsys, data / "train.jsonl", *options)
    assert len(looks) == 4


def test_what_else_beside_the_words_is_wanted_is_made_from_the_data(
    data: Path, looks: list[int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ask(capsys, data / "train.jsonl")
    ask(capsys, data / "train.jsonl", "--html", tmp_path / "page.html", "--write-clean", tmp_path / "clean.jsonl")
    assert len(looks) == 2
    assert (tmp_path / "page.html").exists() and (tmp_path / "clean.jsonl").exists()


def test_files_that_were_just_written_are_not_trusted(
    data: Path, looks: list[int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_look, "SETTLED_S", 3.0)
    for _ in range(2):
        ask(capsys, data / "train.jsonl")
    assert len(looks) == 2


def test_a_file_written_while_it_was_read_is_not_trusted(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_look, "SETTLED_S", 0.0)
    really = check.check_data

    def written_meanwhile(*arguments: Any, **named: Any) -> Any:
        result = really(*arguments, **named)
        change_a_row(data)
        return result

    monkeypatch.setattr(check, "check_data", written_meanwhile)
    first = ask(capsys, data / "train.jsonl", "--json")
    second = ask(capsys, data / "train.jsonl", "--json")
    assert json.loads(first[1]) != json.loads(second[1])


def test_where_it_is_not_known_what_was_read_it_is_read_again(
    data: Path, looks: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    with ZipFile(data / "pictures.zip", "w") as archive:
        for name in ("раз.png", "два.png"):
            archive.write(data / name, name)
    for _ in range(2):
        _, out, _ = ask(capsys, data / "train.jsonl", "--images", data / "pictures.zip", "--json")
    assert len(looks) == 2
    assert json.loads(out)["sources"][0]["examples"] == {"all": 2}


def test_a_source_that_cannot_be_read_is_tried_again(
    data: Path, looks: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "train.jsonl").write_text("", encoding="utf-8")
    for _ in range(2):
        assert ask(capsys, data / "train.jsonl")[0] == 2
    assert len(looks) == 2


def test_a_damaged_index_costs_time_only(
    data: Path, looks: list[int], capsys: pytest.CaptureFixture[str], own_cache: Path
) -> None:
    first = ask(capsys, data / "train.jsonl")
    for path in (own_cache / "lensmith").iterdir():
        path.write_bytes(b"no database")
    assert ask(capsys, data / "train.jsonl")[1] == first[1]
    assert len(looks) == 2
