"""`lensmith check` as a person or a program runs it."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lensmith.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    rows = [{"img": name, "q": "Что это?", "a": "куб"} for name in ("a.png", "b.png")]
    for split in ("train", "valid"):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / f"{split}.jsonl").write_text(text)
    return tmp_path


COLUMNS = "--columns=question=q,answer=a,image=img"


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main(["check", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def found(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, Any]:
    code, out, _ = run(capsys, *arguments, "--json")
    return code, json.loads(out)


def test_clean_data_ends_with_zero(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, folder / "train.jsonl", COLUMNS)
    assert code == 0
    assert "jsonl" in out
    assert "clean" in err


def test_a_folder_is_checked_split_by_split_and_shared_pictures_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = found(capsys, folder, COLUMNS)
    assert code == 0
    assert [source["source"] for source in result["sources"]] == [f"{folder} train", f"{folder} valid"]
    assert result["sources"][0]["splits"] == ["train", "valid"]
    assert result["shared_pictures"][0]["code"] == "data/shared-pictures"


def test_one_split_can_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, result = found(capsys, folder, COLUMNS, "--split", "valid")
    assert [source["source"] for source in result["sources"]] == [f"{folder} valid"]


def test_a_missing_picture_ends_with_two_and_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.png").unlink()
    code, _, err = run(capsys, folder / "train.jsonl", COLUMNS)
    assert code == 2
    assert "data/missing-image" in err
    assert "train.jsonl:2: b.png" in err
    code, result = found(capsys, folder / "train.jsonl", COLUMNS)
    assert code == 2
    assert not result["clean"]
    assert result["sources"][0]["examples_left_out"] == {"data/missing-image": 1}


def test_what_cannot_be_read_does_not_keep_the_rest_from_being_checked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty.jsonl").touch()
    code, result = found(capsys, folder / "none.jsonl", folder / "empty.jsonl", folder / "train.jsonl", COLUMNS)
    assert code == 2
    assert [[problem["code"] for problem in source["failed"]] for source in result["sources"]] == [
        ["data/no-such-path"],
        ["data/unknown-format"],
        [],
    ]
    assert result["sources"][2]["examples"] == {"all": 2}


def test_columns_that_do_not_exist_suggest_those_that_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, folder / "train.jsonl", "--columns", "question=qq,answer=a")
    assert code == 2
    assert "did you mean `q`" in err


@pytest.mark.parametrize("columns", ["question", "=q", "question=", "question=q,question=a"])
def test_columns_that_say_nothing_are_told(folder: Path, columns: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, folder / "train.jsonl", "--columns", columns)
    assert code == 2
    assert "usage/columns" in err


def test_a_format_that_does_not_exist_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, folder / "train.jsonl", "--format", "jsnl")
    assert code == 2
    assert "did you mean `jsonl`" in err


def test_pictures_may_lie_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rows").mkdir()
    (folder / "train.jsonl").rename(folder / "rows" / "train.jsonl")
    assert run(capsys, folder / "rows/train.jsonl", COLUMNS)[0] == 2
    assert run(capsys, folder / "rows/train.jsonl", COLUMNS, "--images", folder)[0] == 0
