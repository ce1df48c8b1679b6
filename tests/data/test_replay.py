"""Which questions the base may be asked: none that is learned, none on a picture that is measured on."""

from pathlib import Path

import pytest
from published import png, write_jsonl, write_pictures

from lensmith.config.sections import DataSection, SourceSection
from lensmith.data.dataset import Data, load_data
from lensmith.data.replay import HELD_OUT, REPEATED, TAUGHT, ReplayQuestions, read_replay
from lensmith.errors import DataError


def asks(picture: str, *questions: str, answer: str | None = "кот") -> list[dict[str, str]]:
    said = {} if answer is None else {"answer": answer}
    return [{"image_path": picture, "question": question, **said} for question in questions]


@pytest.fixture
def data(tmp_path: Path) -> Data:
    """Two pictures to learn from, one to validate on, one to test on."""
    write_pictures(tmp_path, *(f"{at}.png" for at in range(4)))
    rows = {"train": ["0.png", "1.png"], "validation": ["2.png"], "test": ["3.png"]}
    sources = {}
    for part, names in rows.items():
        path = write_jsonl(tmp_path / f"{part}.jsonl", [row for name in names for row in asks(name, "Кто это? 😀")])
        sources[part] = [SourceSection(path=str(path))]
    return load_data(DataSection(**sources), seed=0)


def read(folder: Path, data: Data, rows: list[dict[str, str]], **settings: object) -> ReplayQuestions:
    path = write_jsonl(folder / "keep.jsonl", rows)
    return read_replay([SourceSection.model_validate({"path": str(path), **settings})], data)


def test_answers_are_not_read_and_ids_are_nobody_elses(data: Data, tmp_path: Path) -> None:
    (tmp_path / "new.png").write_bytes(png((1, 2, 3)))
    found = read(tmp_path, data, [*asks("new.png", "Что тут?"), *asks("new.png", "Где это?", answer=None)])
    (asked,) = found.asked
    assert [(example.question, example.turns[0].answers) for example in asked] == [("Что тут?", ()), ("Где это?", ())]
    assert not {example.id for example in asked} & {example.id for example in (*data.train, *data.test)}
    assert found.left_out == {}


def test_pictures_that_are_measured_on_are_left_out_whatever_they_are_called(data: Data, tmp_path: Path) -> None:
    for name, twin in (
        ("copy-of-test.png", "3.png"),
        ("copy-of-validation.png", "2.png"),
        ("copy-of-train.png", "0.png"),
    ):
        (tmp_path / name).write_bytes((tmp_path / twin).read_bytes())
    rows = [
        *asks("3.png", "Что тут?"),
        *asks("copy-of-test.png", "Что тут?", "Какой цвет?"),
        *asks("copy-of-validation.png", "Что тут?"),
        *asks("copy-of-train.png", "Кто это? 😀", "Что тут?", "Что тут?"),
    ]
    found = read(tmp_path, data, rows)
    assert [example.question for example in found.asked[0]] == ["Что тут?"]
    assert found.asked[0][0].images[0].name == "copy-of-train.png"
    assert {reason: len(ids) for reason, ids in found.left_out.items()} == {HELD_OUT: 4, TAUGHT: 1, REPEATED: 1}
    told = found.to_json()
    assert told["questions"] == 1
    assert told["left_out"][HELD_OUT]["n"] == 4


def test_a_folder_of_pictures_is_asked_one_question(data: Data, tmp_path: Path) -> None:
    photos = tmp_path / "фото"
    for at in range(3):
        photos.mkdir(exist_ok=True)
        (photos / f"{at}.png").write_bytes(png((at, 90, 7)))
    (found,) = read_replay([SourceSection(path=str(photos), question="Что на фото?")], data).asked
    assert [example.question for example in found] == ["Что на фото?"] * 3
    with pytest.raises(DataError, match="set `question`"):
        read_replay([SourceSection(path=str(photos))], data)
    with pytest.raises(DataError, match="no folders named for classes"):  # to learn from, pictures need answers
        load_data(DataSection(train=[SourceSection(path=str(photos), question="Что?")]), seed=0)


def test_nothing_to_ask_is_told_with_the_reasons_for_every_source(data: Data, tmp_path: Path) -> None:
    paths = [write_jsonl(tmp_path / f"keep{at}.jsonl", asks("3.png", "Что?")) for at in range(2)]
    with pytest.raises(DataError) as caught:
        read_replay([SourceSection(path=str(path)) for path in paths], data)
    assert [problem.code for problem in caught.value.problems] == ["data/no-replay"] * 2
    assert HELD_OUT in caught.value.problems[0].found


def test_the_fingerprint_follows_the_questions(data: Data, tmp_path: Path) -> None:
    (tmp_path / "new.png").write_bytes(png((1, 2, 3)))
    prints = [read(tmp_path, data, asks("new.png", text)).fingerprint for text in ("Что?", "Где?", "Что?")]
    assert prints[0] == prints[2] != prints[1]
