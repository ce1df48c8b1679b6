import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import write_jsonl

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES
from lensmith.data.sources.contract import Request, Row
from lensmith.data.sources.turns import remove_marks
from lensmith.errors import DataError


def said(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"from": speaker, "value": value} for speaker, value in turns]


def read(path: Path, *, answers_required: bool = True) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), format="llava"), answers_required=answers_required))


ASK, ANSWER = ("human", "<image>\n?"), ("gpt", "x")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({}, "data/no-conversation"),
        ({"conversations": []}, "data/no-conversation"),
        ({"conversations": "text"}, "data/no-conversation"),
        ({"conversations": ["text"]}, "data/bad-turn"),
        ({"conversations": [{"from": "human"}]}, "data/bad-turn"),
        ({"conversations": [{"from": ["human"], "value": "?"}]}, "data/bad-turn"),
        ({"conversations": said(("system", "Be brief."), ("human", "?"), ANSWER)}, "data/unknown-speaker"),
        ({"conversations": said(ANSWER, ("human", "?"))}, "data/broken-alternation"),
        ({"conversations": said(("human", "?"), ("human", "?"))}, "data/broken-alternation"),
        ({"conversations": said(("human", "?"), ANSWER, ("human", "?"))}, "data/no-answer"),
        ({"conversations": said(("human", "?"), ("gpt", " "))}, "data/no-answer"),
        ({"conversations": said(("human", " "), ANSWER)}, "data/no-question"),
        ({"image": "a.png", "conversations": said(("human", "<image>\n"), ANSWER)}, "data/no-question"),
        ({"image": "a.png", "conversations": said(("human", "?"), ANSWER)}, "data/picture-count"),
        ({"conversations": said(ASK, ANSWER)}, "data/picture-count"),
        ({"image": ["a.png", "b.png"], "conversations": said(ASK, ANSWER)}, "data/picture-count"),
        ({"image": "a.png", "conversations": said(("human", "?"), ANSWER, ASK, ANSWER)}, "data/late-picture"),
        ({"image": "a.png", "conversations": said(ASK, ("gpt", "<image> x"))}, "data/mark-in-answer"),
        ({"image": "../a.png", "conversations": said(ASK, ANSWER)}, "data/image-outside"),
        ({"image": 7, "conversations": said(ASK, ANSWER)}, "data/bad-image-path"),
    ],
)
def test_each_bad_row_is_told_and_the_next_is_read(tmp_path: Path, row: dict[str, Any], code: str) -> None:
    good = {"id": "1", "image": "a.png", "conversations": said(ASK, ANSWER)}
    rows = read(write_jsonl(tmp_path / "a.jsonl", [good, row, good]))
    assert rows[1].problems[0].code == code
    assert rows[1].where.endswith("a.jsonl:2")
    assert len(rows[2].examples) == 1


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("<image>\nWhat is it?", "What is it?"),
        ("What is it?\n<image>", "What is it?"),
        ("<image><image>\nmagic image", "magic image"),
        ("<image>\n  gee, image>", "gee, image>"),
        ("no mark ", "no mark "),
        ("\n\nenough\n<image>\n", "enough"),
    ],
)
def test_marks_go_and_letters_stay(text: str, question: str) -> None:
    cleaned, moved = remove_marks(text)
    assert cleaned.strip("\n") == question.strip("\n")
    assert not moved


def test_a_mark_amid_the_words_is_noted(tmp_path: Path) -> None:
    row = {
        "image": ["a.png", "b.png"],
        "conversations": said(("user", "Is <image> like <image>?"), ("assistant", "no")),
    }
    read_row = read(write_jsonl(tmp_path / "a.jsonl", [row]))[0]
    assert read_row.examples[0].question == "Is like ?"
    assert [note.code for note in read_row.notes] == ["data/picture-moved"]


def test_turns_of_one_record_stay_together_without_a_picture(tmp_path: Path) -> None:
    row = {"id": 5, "conversations": said(("human", "1?"), ANSWER, ("human", "2?"), ANSWER)}
    examples = read(write_jsonl(tmp_path / "a.jsonl", [row]))[0].examples
    assert [example.id for example in examples] == ["5#1", "5#2"]
    assert {example.group for example in examples} == {"5"}


def test_a_last_question_may_lack_an_answer_where_the_caller_says_so(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"image": "a.png", "conversations": said(ASK, ANSWER, ("human", "2?"))}])
    examples = read(path, answers_required=False)[0].examples
    assert [example.answers for example in examples] == [("x",), ()]


def test_a_list_and_lines_give_the_same(tmp_path: Path) -> None:
    rows = [{"id": "7", "image": "а.png", "conversations": said(ASK, ("gpt", "да 😀"))}, {"id": "8"}]
    lines = read(write_jsonl(tmp_path / "a.jsonl", rows))
    (tmp_path / "a.json").write_text(json.dumps(rows))
    listed = read(tmp_path / "a.json")
    assert [row.examples for row in lines] == [row.examples for row in listed]


TEXT = st.sampled_from(["<image>", "<image>\n?", "да", "", " "]) | st.text(max_size=5)
TURN = st.fixed_dictionaries(
    {}, optional={"from": st.sampled_from(["human", "gpt", "x", 1]), "value": TEXT | st.none()}
)
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "id": st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=1),
        "image": TEXT | st.none() | st.lists(TEXT, max_size=2) | st.integers(),
        "conversations": st.lists(TURN | st.none() | st.integers(), max_size=4) | TEXT,
    },
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(RECORD | st.integers(), max_size=4))
def test_no_record_breaks_the_reader(tmp_path: Path, rows: list[Any]) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows))
    SOURCES["llava"].detect(str(path))
    try:
        entries = list(SOURCES["llava"].read(Request(SourceSection(path=str(path)))))
    except DataError as error:
        assert error.problems
        return
    assert len(entries) == len(rows)
    for row in entries:
        assert bool(row.examples) != bool(row.problems)
        assert all("<image>" not in example.question for example in row.examples)
