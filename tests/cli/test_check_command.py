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


def test_a_folder_is_checked_split_by_split_and_leaks_between_them_are_errors(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = found(capsys, folder, COLUMNS)
    assert code == 2
    assert [source["source"] for source in result["sources"]] == [f"{folder} train", f"{folder} valid"]
    assert [source["role"] for source in result["sources"]] == ["train", "validation"]
    assert result["sources"][0]["splits"] == ["train", "valid"]
    assert result["examined"] == {"train": 2, "held_out": 2}
    leak = result["findings"][0]
    assert (leak["code"], leak["severity"], leak["count"]) == ("doctor/same-pictures", "error", 1)
    assert result["severities"]["error"] == 1


def test_what_is_held_out_can_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("train", "valid"):
        (folder / f"{name}.jsonl").rename(folder / f"{name}-rows.txt")
    options = (COLUMNS, "--format", "jsonl")
    code, result = found(capsys, folder / "train-rows.txt", *options, "--against", folder / "valid-rows.txt")
    assert code == 2
    assert result["findings"][0]["code"] == "doctor/same-pictures"
    code, _, err = run(capsys, folder / "train-rows.txt", *options, "--against", folder / "none.jsonl")
    assert code == 2
    assert "data/no-such-path" in err


def test_findings_are_told_with_place_and_advice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, folder, COLUMNS)
    assert code == 2
    assert "doctor/same-pictures" in out
    assert "train.jsonl:1" in err
    assert "advice: " in err


def test_what_is_good_is_written_and_reads_clean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, name in enumerate(("a.png", "b.png")):
        Image.effect_noise((32, 32), 40 + 40 * seed).save(folder / name)
    rows = [{"img": name, "q": f"Что это {name}? 🙂", "a": "куб"} for name in ("a.png", "b.png")]
    rows += [rows[0], {**rows[1], "q": "Что?", "a": "N/A"}, {**rows[1], "img": "none.png"}]
    (folder / "mine.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    clean = folder / "clean.jsonl"
    code, _, err = run(capsys, folder / "mine.jsonl", COLUMNS, "--write-clean", clean)
    assert code == 2
    assert "wrote 2 of 4 usable training examples" in err
    assert "left out for doctor/duplicate-questions: 1" in err
    assert "left out for doctor/placeholder-answers: 1" in err
    assert [json.loads(line)["question"] for line in clean.read_text().splitlines()] == [row["q"] for row in rows[:2]]
    code, result = found(capsys, clean)
    assert (code, result["findings"]) == (0, [])


def test_what_was_read_is_not_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "train.jsonl").read_bytes()
    code, _, err = run(capsys, folder / "train.jsonl", COLUMNS, "--write-clean", folder / "train.jsonl")
    assert code == 2
    assert "data/would-overwrite" in err
    assert (folder / "train.jsonl").read_bytes() == before


@pytest.mark.parametrize("option", ["--html", "--write-clean"])
def test_a_file_that_cannot_be_written_is_told(option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "file").touch()
    code, _, err = run(capsys, folder / "train.jsonl", COLUMNS, option, folder / "file" / "out")
    assert code == 2
    assert "data/cannot-write" in err


def test_one_json_object_is_all_that_stdout_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, clean = folder / "page.html", folder / "clean.jsonl"
    code, out, _ = run(capsys, folder / "train.jsonl", COLUMNS, "--json", "--html", page, "--write-clean", clean)
    assert code == 0
    assert json.loads(out)["clean"] is True
    assert page.exists()
    assert clean.exists()


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


def test_turns_may_be_one_conversation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turns = [{"question": "Кто это? 🐈", "answer": "кот"}, {"question": "А где?", "answer": "дома"}]
    rows = folder / "turns.jsonl"
    rows.write_text(json.dumps({"image_path": "a.png", "turns": turns}), "utf-8")
    examined = [found(capsys, rows, *options)[1]["examined"]["train"] for options in ((), ("--turns", "conversation"))]
    assert examined == [2, 1]
    code, _, err = run(capsys, rows, "--turns", "both")
    assert (code, "'separate', 'conversation'" in err) == (2, True)


def test_boxes_may_be_asked_for_one_class_at_a_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boxes = {
        "images": [{"id": at, "file_name": f"{name}.png", "width": 8, "height": 8} for at, name in enumerate("ab")],
        "categories": [{"id": 1, "name": "кот"}, {"id": 2, "name": "пёс"}],
        "annotations": [{"id": at, "image_id": at, "category_id": 1 + at, "bbox": [1, 1, 4, 4]} for at in range(2)],
    }
    (folder / "boxes.json").write_text(json.dumps(boxes), "utf-8")
    examined = [
        found(capsys, folder / "boxes.json", *options)[1]["examined"]["train"]
        for options in ((), ("--ask", "presence"))
    ]
    assert examined == [2, 4]
    code, _, err = run(capsys, folder / "train.jsonl", COLUMNS, "--ask", "presence")
    assert (code, "data/unused-setting" in err) == (2, True)
