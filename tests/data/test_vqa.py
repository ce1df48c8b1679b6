from pathlib import Path
from typing import Any

import pytest
from published import write_pictures
from published_benchmarks import annotation, said, write_json, write_vqa

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Row
from lensmith.errors import DataError


def read(path: Path, *, answers_required: bool = True, **settings: Any) -> list[Row]:
    section = SourceSection.model_validate({"path": str(path), "format": "vqa", **settings})
    return list(read_rows(section, answers_required=answers_required))


def codes(rows: list[Row]) -> list[str]:
    return [problem.code for row in rows for problem in row.problems]


def ask(name: int, image: Any = 42, question: Any = "Что это?") -> dict[str, Any]:
    return {"question_id": name, "image_id": image, "question": question}


@pytest.mark.parametrize(
    "picture",
    [
        "COCO_val2014_000000000042.jpg",
        "val2014/COCO_val2014_000000000042.jpg",
        "images/COCO_val2014_000000000042.jpg",
        "000000000042.jpg",
        "../val2014/COCO_val2014_000000000042.jpg",
    ],
)
def test_pictures_are_found_where_people_keep_them(tmp_path: Path, picture: str) -> None:
    folder = write_vqa(tmp_path / "vqa", [ask(1)], [annotation(1, 42, "кот", said("кот"))])
    write_pictures(folder, picture)
    image = read(folder)[0].examples[0].images[0]
    assert (Path(image.path), image.name) == ((folder / picture).resolve(), Path(picture).name)  # type: ignore[attr-defined]


def test_pictures_may_be_in_a_folder_that_is_named(tmp_path: Path) -> None:
    folder = write_vqa(tmp_path / "vqa", [ask(1)], [annotation(1, 42, "кот", said("кот"))])
    write_pictures(tmp_path / "coco", "val2014/COCO_val2014_000000000042.jpg")
    image = read(folder, images=str(tmp_path / "coco"))[0].examples[0].images[0]
    assert image.read_bytes()


def test_all_ten_answers_are_kept_and_the_commonest_is_taught(tmp_path: Path) -> None:
    ten = ["кошка", "кот", "кот", " ", "cat", "кот", "кошка", "тигр", "кот", "кот"]
    example = read(write_vqa(tmp_path, [ask(1)], [annotation(1, 42, "кот", said(*ten))]))[0].examples[0]
    assert example.answers == ("кот", "кошка", "cat", "тигр")
    assert example.metadata["human_answers"] == ten
    assert example.metadata["answer_type"] == "other"


def test_among_equals_the_answer_that_the_annotation_names_is_taught(tmp_path: Path) -> None:
    rows = read(write_vqa(tmp_path, [ask(1)], [annotation(1, 42, "кот", said("кошка", "кот", "кошка", "кот"))]))
    assert rows[0].examples[0].answers == ("кот", "кошка")


def test_splits_are_the_parts_that_the_files_are_named_for(tmp_path: Path) -> None:
    for part, name in (("train2014", "да"), ("val2014", "нет")):
        write_vqa(tmp_path, [ask(1)], [annotation(1, 42, name, said(name))], part)
    assert recognise(str(tmp_path))[0] == "vqa"
    assert SOURCES["vqa"].splits(str(tmp_path)) == ("train", "val")
    assert read(tmp_path, split="val")[0].examples[0].answers == ("нет",)
    single = tmp_path / "v2_OpenEnded_mscoco_train2014_questions.json"
    assert read(single)[0].examples[0].answers == ("да",)


def test_ok_vqa_is_read_alike(tmp_path: Path) -> None:
    answers = [{**each, "raw_answer": "pony tails"} for each in said("pony tail", "pony tail", "braid")]
    write_json(tmp_path / "OpenEnded_mscoco_val2014_questions.json", {"questions": [ask(2971475)]})
    found = {"question_id": 2971475, "image_id": 42, "answers": answers, "confidence": 3}
    write_json(tmp_path / "mscoco_val2014_annotations.json", {"annotations": [found]})
    assert read(tmp_path)[0].examples[0].answers == ("pony tail", "braid")


def test_a_part_without_annotations_has_questions_only(tmp_path: Path) -> None:
    write_json(tmp_path / "v2_OpenEnded_mscoco_test2015_questions.json", {"questions": [ask(1)]})
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    assert caught.value.problems[0].code == "data/no-answer-column"
    assert read(tmp_path, answers_required=False)[0].examples[0].answers == ()


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (ask(3), "data/no-answer"),
        ({"question_id": 1, "image_id": 42}, "data/no-question"),
        (ask(1, image=None), "data/bad-image-path"),
        (ask(1, image=[4]), "data/bad-image-path"),
        ("text", "data/not-an-object"),
    ],
)
def test_each_bad_question_is_told_and_the_next_is_read(tmp_path: Path, question: Any, code: str) -> None:
    found = [annotation(1, 42, "кот", said("кот")), annotation(2, 42, "пёс", said("пёс"))]
    if code == "data/no-answer":
        found[0]["answers"] = found[0]["multiple_choice_answer"] = None
    rows = read(write_vqa(tmp_path, [question, ask(2)], found))
    assert codes(rows)[0] == code
    assert rows[1].examples[0].answers == ("пёс",)


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (annotation(9, 42, "x", said("x")), "data/no-question"),
        (annotation(1, 42, "x", said("x")), "data/duplicate-answer"),
        ("text", "data/not-an-object"),
    ],
)
def test_an_annotation_too_many_is_told(tmp_path: Path, extra: Any, code: str) -> None:
    rows = read(write_vqa(tmp_path, [ask(1)], [annotation(1, 42, "кот", said("кот")), extra]))
    assert codes(rows) == [code]
    assert rows[0].examples[0].answers == ("кот",)
    assert rows[1].where.endswith("annotations:2")


def test_answers_that_are_laid_out_otherwise_are_told(tmp_path: Path) -> None:
    odd = {**annotation(1, 42, "кот", [{"text": "кот"}]), "multiple_choice_answer": None}
    assert codes(read(write_vqa(tmp_path, [ask(1)], [odd]))) == ["data/bad-answer"]
