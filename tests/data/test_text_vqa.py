from pathlib import Path
from typing import Any

import pytest
from published import write_pictures
from published_benchmarks import textvqa_entry, write_json

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import recognise
from lensmith.data.sources.contract import Row
from lensmith.errors import DataError


def read(path: Path, *, answers_required: bool = True) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), format="textvqa"), answers_required=answers_required))


def docvqa_entry(name: int, **more: Any) -> dict[str, Any]:
    return {
        "questionId": name,
        "question": "Какая дата на письме? 📄",
        "question_types": ["handwritten", "form"],
        "image": "documents/xnbl0037_1.png",
        "docId": 279,
        "ucsf_document_id": "xnbl0037",
        "ucsf_document_page_no": "1",
        "answers": ["1/8/93", "8 января"],
        "data_split": "val",
        **more,
    }


def test_docvqa_is_read_alike(tmp_path: Path) -> None:
    write_pictures(tmp_path, "documents/xnbl0037_1.png")
    about = {"dataset_name": "SP-DocVQA", "dataset_split": "val", "dataset_version": "1.0"}
    file = write_json(tmp_path / "val_v1.0_withQT.json", {**about, "data": [docvqa_entry(337), docvqa_entry(338)]})
    assert recognise(str(file))[0] == "textvqa"
    examples = [row.examples[0] for row in read(file)]
    assert [example.id for example in examples] == ["337", "338"]
    assert examples[0].answers == ("1/8/93", "8 января")
    assert examples[0].images[0].name == "documents/xnbl0037_1.png"
    assert examples[0].images[0].read_bytes()


def test_a_test_part_has_questions_only(tmp_path: Path) -> None:
    entry = docvqa_entry(1)
    del entry["answers"]
    file = write_json(tmp_path / "test.json", {"data": [entry]})
    with pytest.raises(DataError, match="answers"):
        read(file)
    assert read(file, answers_required=False)[0].examples[0].answers == ()


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (docvqa_entry(2, answers=[]), "data/no-answer"),
        (docvqa_entry(2, answers=["", " "]), "data/no-answer"),
        (docvqa_entry(2, answers=[{"x": 1}]), "data/bad-answer"),
        (docvqa_entry(2, question=""), "data/no-question"),
        (docvqa_entry(2, image=[7]), "data/bad-image-path"),
        (docvqa_entry(2, image="../a.png"), "data/image-outside"),
        ("text", "data/not-an-object"),
    ],
)
def test_each_bad_entry_is_told_and_the_next_is_read(tmp_path: Path, entry: Any, code: str) -> None:
    rows = read(write_json(tmp_path / "a.json", {"data": [docvqa_entry(1), entry, docvqa_entry(3)]}))
    assert [row.problems[0].code for row in rows if row.problems] == [code]
    assert rows[1].where.endswith("data:2")
    assert [one.id for row in rows for one in row.examples] == ["1", "3"]


def test_what_comes_before_a_cut_is_read(tmp_path: Path) -> None:
    data = [textvqa_entry(k, "0a", "Что?", ["да"]) for k in range(30)]
    file = write_json(tmp_path / "a.json", {"data": data})
    file.write_text(file.read_text()[:-50])
    rows = read(file)
    assert [one.id for row in rows for one in row.examples] == [f"{k}" for k in range(29)]
    assert [problem.code for problem in rows[-1].problems] == ["data/truncated-file"]
    assert "all after it" in rows[-1].problems[0].consequence
    assert rows[0].examples[0].images[0].name == "0a.jpg"
