from pathlib import Path
from typing import Any

import pytest
from published import write_jsonl

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources.contract import Row
from lensmith.errors import DataError

GOOD = {"image": "a.png", "prefix": "answer ru Кто? 😀", "suffix": "кот"}


def read(path: Path, *, answers_required: bool = True, **section: Any) -> list[Row]:
    section = {"format": "paligemma", **section}
    return list(read_rows(SourceSection(path=str(path), **section), answers_required=answers_required))


@pytest.mark.parametrize(
    ("columns", "question", "answers"),
    [
        ({}, "answer ru Кто? 😀", ("кот",)),
        ({"prefix": "<image>\nКто?"}, "Кто?", ("кот",)),
        ({"image": ["a.png", "b.png"], "prefix": "<image><image>Same?"}, "Same?", ("кот",)),
        ({"suffix": 4}, "answer ru Кто? 😀", ("4",)),
        ({"suffix": ["кот", "кошка"]}, "answer ru Кто? 😀", ("кот", "кошка")),
    ],
)
def test_prefix_is_the_question_and_suffix_the_answer(
    tmp_path: Path, columns: dict[str, Any], question: str, answers: tuple[str, ...]
) -> None:
    (example,) = read(write_jsonl(tmp_path / "a.jsonl", [{**GOOD, **columns}]))[0].examples
    assert (example.question, example.answers) == (question, answers)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"prefix": ""}, "data/no-question"),
        ({"prefix": "<image>"}, "data/no-question"),
        ({"prefix": "<image><image>?"}, "data/picture-count"),
        ({"image": None, "prefix": "<image>?"}, "data/picture-count"),
        ({"suffix": ""}, "data/empty-answer"),
        ({"suffix": None}, "data/no-answer"),
        ({"image": "https://x.org/a.png"}, "data/remote-image"),
    ],
)
def test_each_bad_row_is_told_and_the_next_is_read(tmp_path: Path, columns: dict[str, Any], code: str) -> None:
    rows = read(write_jsonl(tmp_path / "a.jsonl", [GOOD, {**GOOD, **columns}, GOOD]))
    assert rows[1].problems[0].code == code
    assert len(rows[2].examples) == 1


def test_the_splits_of_an_export_are_its_files(tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        write_jsonl(tmp_path / f"_annotations.{part}.jsonl", [GOOD])
    assert [row.examples[0].id for row in read(tmp_path, split="_annotations.valid")] == ["_annotations.valid:1"]


def test_a_suffix_may_be_missing_only_where_the_caller_says_so(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"image": "a.png", "prefix": "Кто?"}])
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.problems[0].code == "data/no-answer-column"
    assert read(path, answers_required=False)[0].examples[0].answers == ()
