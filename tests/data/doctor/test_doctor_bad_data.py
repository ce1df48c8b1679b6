"""A folder of bad files and a file of bad rows: each is found, named and explained, and nothing crashes."""

import json
import re
from pathlib import Path

import pytest
from bad_pictures import BAD_PICTURES
from doctor_samples import check, codes, finding, good_rows, places, write_rows

from lensmith.cli import main

GOOD = 3

# What stands in a row -> the code it must be found under.
BAD_ROWS: dict[str, tuple[object, str]] = {
    "no JSON": ("Что это? куб", "data/not-json"),
    "cut": ('{"image_path": "good-0.png", "question": "Что', "data/not-json"),
    "single quotes": ("{'image_path': 'good-0.png', 'question': 'Что?', 'answer': 'куб'}", "data/not-json"),
    "two rows in one": ('{"question": "a", "answer": "b"} {"question": "c", "answer": "d"}', "data/not-json"),
    "a list": ('["good-0.png", "Что?", "куб"]', "data/not-an-object"),
    "a text": ('"Что это?"', "data/not-an-object"),
    "a number": ("17", "data/not-an-object"),
    "null": ("null", "data/not-an-object"),
    "deep nesting": ("[" * 100_000, "data/not-json"),
    "NUL bytes": (b'{"question": "a\0b", "answer": "c"}', "data/nul-byte"),
    "Windows-1251": ('{"question": "Что?", "answer": "куб"}'.encode("cp1251"), "data/not-utf8"),
    "half a character": (r'{"question": "\ud83d?", "answer": "c"}', "data/broken-text"),
    "no question": ({"image_path": "good-0.png", "answer": "куб"}, "data/no-question"),
    "null question": ({"image_path": "good-0.png", "question": None, "answer": "куб"}, "data/no-question"),
    "empty question": ({"image_path": "good-0.png", "question": "  ", "answer": "куб"}, "data/no-question"),
    "a list of questions": ({"image_path": "good-0.png", "question": ["Что?"], "answer": "куб"}, "data/no-question"),
    "no answer": ({"image_path": "good-0.png", "question": "Что?"}, "data/no-answer"),
    "null answer": ({"image_path": "good-0.png", "question": "Что?", "answer": None}, "data/no-answer"),
    "empty answer": ({"image_path": "good-0.png", "question": "Что?", "answer": ""}, "data/empty-answer"),
    "blank answer": ({"image_path": "good-0.png", "question": "Что?", "answer": " \n"}, "data/empty-answer"),
    "an empty list of answers": ({"image_path": "good-0.png", "question": "Что?", "answers": []}, "data/no-answer"),
    "an object for an answer": (
        {"image_path": "good-0.png", "question": "Что?", "answer": {"a": 1}},
        "data/bad-answer",
    ),
    "not a number": ('{"image_path": "good-0.png", "question": "Что?", "answer": NaN}', "data/bad-answer"),
    "an empty path": ({"image_path": "", "question": "Что?", "answer": "куб"}, "data/bad-image-path"),
    "a number for a path": ({"image_path": 7, "question": "Что?", "answer": "куб"}, "data/bad-image-path"),
    "the folder itself": ({"image_path": ".", "question": "Что?", "answer": "куб"}, "data/bad-image-path"),
    "a NUL in a path": ({"image_path": "a\0.png", "question": "Что?", "answer": "куб"}, "data/"),
    "a path that leads out": (
        {"image_path": "../../secret.png", "question": "Что?", "answer": "куб"},
        "data/image-outside",
    ),
    "an absolute path": ({"image_path": "/etc/passwd", "question": "Что?", "answer": "куб"}, "data/image-outside"),
    "a Windows path": ({"image_path": "C:\\\\pictures\\\\a.png", "question": "Что?", "answer": "куб"}, "data/"),
    "an address": (
        {"image_path": "https://example.org/a.png", "question": "Что?", "answer": "куб"},
        "data/remote-image",
    ),
    "a file address": ({"image_path": "file:///tmp/a.png", "question": "Что?", "answer": "куб"}, "data/file-url"),
    "a broken data URL": ({"image_path": "data:image/png;base64,@@@", "question": "Что?", "answer": "куб"}, "data/"),
    "two picture columns": (
        {"image_path": "good-0.png", "images": ["good-1.png"], "question": "Что?", "answer": "куб"},
        "data/two-images-columns",
    ),
    "a list for an id": ({"image_path": "good-0.png", "question": "Что?", "answer": "куб", "id": [1]}, "data/bad-id"),
    "a list for a group": (
        {"image_path": "good-0.png", "question": "Что?", "answer": "куб", "group": [1]},
        "data/bad-group",
    ),
}


def test_there_are_enough_bad_things() -> None:
    assert len(BAD_PICTURES) >= 40
    assert len(BAD_ROWS) >= 30


@pytest.fixture
def bad_folder(tmp_path: Path) -> Path:
    rows = good_rows(tmp_path, GOOD)
    for name, (make, _) in BAD_PICTURES.items():
        make(tmp_path / name)
        rows.append({"image_path": name, "question": f"Что на картинке {name}?", "answer": "куб"})
    return write_rows(tmp_path / "train.jsonl", rows)


@pytest.mark.timeout(120)
def test_every_bad_file_is_found_named_and_explained(bad_folder: Path) -> None:
    result = check(bad_folder)
    assert result.exit_code == 2
    assert len(result.case.train) == GOOD
    problems = {Path(problem.where).name: problem for problem in result.sources[0].problems}
    for line, (name, (_, code)) in enumerate(BAD_PICTURES.items(), start=GOOD + 1):
        problem = problems[f"train.jsonl:{line}"]
        assert (name, problem.code) == (name, code)
        assert problem.found.startswith(f"{name}: ")
        assert len(problem.found) > len(name) + 10
        assert problem.fix
        assert "Error" not in problem.found
    assert len(problems) == len(BAD_PICTURES)


def test_a_second_look_says_the_same(bad_folder: Path) -> None:
    first, again = check(bad_folder), check(bad_folder)
    assert first.sources[0].problems == again.sources[0].problems
    assert first.to_json() == again.to_json()


def test_every_bad_row_is_found_named_and_explained(tmp_path: Path) -> None:
    rows = [*good_rows(tmp_path, GOOD), *(row for row, _ in BAD_ROWS.values())]
    result = check(write_rows(tmp_path / "train.jsonl", rows))
    assert result.exit_code == 2
    assert len(result.case.train) == GOOD
    by_row: dict[str, list[str]] = {}
    for problem in result.sources[0].problems:
        assert problem.found
        assert problem.fix or problem.expected
        by_row.setdefault(Path(problem.where).name, []).append(problem.code)
    for line, (what, (_, code)) in enumerate(BAD_ROWS.items(), start=GOOD + 1):
        found = by_row.pop(f"train.jsonl:{line}")
        assert any(each.startswith(code) for each in found), f"{what}: {found}"
    assert by_row == {}


def test_rows_that_can_be_read_and_are_bad_are_found_too(tmp_path: Path) -> None:
    rows = good_rows(tmp_path, 6)
    bad = [
        {**rows[0], "answer": "слон"},
        {**rows[1]},
        {**rows[2], "question": "Чтo это?"},
        {**rows[3], "question": "<image>\nЧто это?"},
        {**rows[4], "question": "РџСЂРёРІРµС‚?"},
        {**rows[5], "question": "Где он?", "answer": "NaN"},
    ]
    result = check(write_rows(tmp_path / "train.jsonl", [*rows, *bad]))
    expected = {
        "doctor/conflicting-answers": "train.jsonl:7",
        "doctor/duplicate-questions": "train.jsonl:8",
        "doctor/mixed-letters": "train.jsonl:9",
        "doctor/marks-in-text": "train.jsonl:10",
        "doctor/garbled-text": "train.jsonl:11",
        "doctor/placeholder-answers": "train.jsonl:12",
    }
    assert expected.keys() <= set(codes(result))
    for code, place in expected.items():
        assert place in places(finding(result, code))


def test_files_that_are_no_data_are_told(tmp_path: Path) -> None:
    contents = {
        "empty.jsonl": b"",
        "blank.jsonl": b"\n\n\n",
        "picture.jsonl": b"\x89PNG\r\n\x1a\n\0\0",
        "zeros.json": b"\0" * 1000,
        "number.json": b"17",
        "empty-list.json": b"[]",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    for name in [*contents, "missing.jsonl"]:
        result = check(tmp_path / name)
        assert result.exit_code == 2
        assert result.sources[0].failed or result.sources[0].problems, name


def test_the_command_line_tells_all_of_it(bad_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = bad_folder.with_name("page.html")
    code = main(["check", str(bad_folder), "--json", "--html", str(page)])
    found = json.loads(capsys.readouterr().out)
    assert code == 2
    assert found["clean"] is False
    assert len(found["sources"][0]["problems"]) == len(BAD_PICTURES)
    assert all(name in re.sub("&#x27;", "'", page.read_text("utf-8")) for name in list(BAD_PICTURES)[:40])
