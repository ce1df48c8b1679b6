from pathlib import Path
from typing import Any

import pytest
from published import write_jsonl
from published_benchmarks import aokvqa_entry, write_aokvqa

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources.contract import Row


def read(path: Path, format_name: str = "aokvqa") -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), format=format_name)))


def test_choices_are_asked_where_the_format_is_named(tmp_path: Path) -> None:
    file = write_aokvqa(tmp_path)
    direct = [row.examples[0] for row in read(file)]
    chosen = [row.examples[0] for row in read(file, "multiple_choice")]
    assert [one.id for one in direct] == [one.id for one in chosen]
    assert [one.images for one in direct] == [one.images for one in chosen]
    assert [one.answers for one in chosen] == [("C",), ("A",)]
    listed = "A. hot dogs\nB. ramen\nC. чай ☕\nD. cola"
    assert chosen[0].question.startswith(f"What is in the cup? There are several options:\n{listed}\n\n")
    assert all(one.images[0].read_bytes() for one in chosen)
    assert direct[0].metadata["human_answers"] == ["tea", "чай"]
    assert direct[0].metadata["choices"][2] == "чай ☕"


@pytest.mark.parametrize(
    ("change", "format_name", "code"),
    [
        ({"direct_answers": []}, "aokvqa", "data/no-answer"),
        ({"direct_answers": [{}]}, "aokvqa", "data/bad-answer"),
        ({"question": None}, "aokvqa", "data/no-question"),
        ({"image_id": {}}, "aokvqa", "data/bad-image-path"),
        ({"choices": "да"}, "multiple_choice", "data/no-options"),
        ({"choices": ["да"]}, "multiple_choice", "data/no-options"),
        ({"correct_choice_idx": 4}, "multiple_choice", "data/answer-not-an-option"),
        ({"correct_choice_idx": -1}, "multiple_choice", "data/answer-not-an-option"),
        ({"correct_choice_idx": None}, "multiple_choice", "data/no-answer"),
    ],
)
def test_each_bad_row_is_told_and_the_next_is_read(
    tmp_path: Path, change: dict[str, Any], format_name: str, code: str
) -> None:
    good = aokvqa_entry("a", 7, "Что?", ["да", "нет"], 1, "нет")
    rows = read(write_jsonl(tmp_path / "a.jsonl", [good, {**good, **change}, good]), format_name)
    assert rows[1].problems[0].code == code
    assert len(rows[0].examples) == len(rows[2].examples) == 1
