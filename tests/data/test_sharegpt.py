import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import write_jsonl

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Request, Row
from lensmith.errors import DataError


def said(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"from": speaker, "value": value} for speaker, value in turns]


def read(path: Path, **section: Any) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), **{"format": "sharegpt", **section})))


ASK, ANSWER = ("human", "<image>Кто? 😀"), ("gpt", "x")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"conversations": said(ASK, ANSWER), "images": ["a.png"]}, "sharegpt"),
        ({"conversations": said(("human", "?"), ANSWER), "system": "Be brief."}, "sharegpt"),
        ({"conversations": said(("system", "Be brief."), ("human", "?"), ANSWER)}, "sharegpt"),
        ({"messages": said(("human", "?"), ANSWER)}, "sharegpt"),
        ({"conversation": [{"human": "?", "assistant": "x"}], "system": "s"}, "sharegpt"),
        ({"query": "?", "response": "x"}, "sharegpt"),
        ({"conversations": said(("human", "?"), ANSWER)}, "llava"),
        ({"conversations": said(ASK, ANSWER), "image": "a.png", "system": "s"}, "llava"),
        ({"conversations": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "x"}]}, "messages"),
    ],
)
def test_it_is_told_from_its_neighbours(tmp_path: Path, row: dict[str, Any], name: str) -> None:
    assert recognise(str(write_jsonl(tmp_path / "a.jsonl", [row])))[0] == name


@pytest.mark.parametrize(
    "row",
    [
        {"conversations": said(ASK, ANSWER)},
        {"messages": said(ASK, ANSWER)},
        {"conversation": [{"human": "<image>Кто? 😀", "assistant": "x"}]},
        {"query": "<image>Кто? 😀", "response": "x"},
        {"query": "Кто? 😀", "response": "x", "history": []},
    ],
)
def test_each_of_its_layouts_gives_the_same(tmp_path: Path, row: dict[str, Any]) -> None:
    (example,) = read(write_jsonl(tmp_path / "a.jsonl", [{**row, "images": ["a.png"], "id": 1}]))[0].examples
    assert (example.id, example.question, example.answers) == ("1", "Кто? 😀", ("x",))
    assert [image.name for image in example.images] == ["a.png"]
    assert dict(example.metadata) == {}


TOOLS = said(("human", "2 + 2"), ("function_call", '{"sum": [2, 2]}'), ("observation", "4"), ("gpt", "Четыре"))


def test_tools_are_for_conversations_only(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"conversations": TOOLS, "tools": "[]"}])
    problem = read(path)[0].problems[0]
    assert (problem.code, problem.fix) == ("data/tool-turn", "set `turns: conversation`, or remove the row")
    row = read(path, turns="conversation")[0]
    assert [(turn.question, turn.answers[0]) for turn in row.examples[0].turns] == [
        ("2 + 2", '{"sum": [2, 2]}'),
        ("4", "Четыре"),
    ]
    assert [note.code for note in row.notes] == ["data/tools-unused", "data/tool-turn"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({}, "data/no-conversation"),
        ({"conversations": []}, "data/no-conversation"),
        ({"conversations": ["text"]}, "data/bad-turn"),
        ({"conversations": said(("bing", "?"), ANSWER)}, "data/unknown-speaker"),
        ({"conversations": said(("human", "?"), ANSWER, ("system", "s"), ANSWER)}, "data/broken-alternation"),
        ({"conversations": said(("system", "s"))}, "data/no-conversation"),
        ({"conversations": said(("system", "<image>"), ("human", "?"), ANSWER)}, "data/picture-in-system"),
        ({"conversations": said(("human", "?"), ("gpt", "<image>"))}, "data/mark-in-answer"),
        ({"conversations": said(("human", "<video>?"), ANSWER), "videos": ["a.mp4"]}, "data/other-medium"),
        ({"conversations": said(("human", "?"), ANSWER), "images": ["https://x.org/a.png"]}, "data/remote-image"),
        ({"conversation": [{"human": 1, "assistant": "x"}]}, "data/bad-turn"),
        ({"conversation": [{"human": "?"}]}, "data/no-answer"),
        ({"query": "?", "response": {}}, "data/bad-turn"),
        ({"query": "?", "response": "x", "history": [["?"]]}, "data/bad-turn"),
        ({"query": "?", "response": "x", "history": "[]"}, "data/bad-turn"),
    ],
)
def test_each_bad_row_is_told_and_the_next_is_read(tmp_path: Path, row: dict[str, Any], code: str) -> None:
    good = {"conversations": said(ASK, ANSWER), "images": ["a.png"]}
    rows = read(write_jsonl(tmp_path / "a.jsonl", [good, row, good]))
    assert rows[1].problems[0].code == code
    assert rows[1].examples == ()
    assert len(rows[2].examples) == 1


TEXT = st.sampled_from(["<image>", "<image>\n?", "да", "", " "]) | st.text(max_size=5)
JSON = st.none() | st.integers() | TEXT | st.lists(TEXT, max_size=2)
TURN = st.fixed_dictionaries(
    {},
    optional={
        "from": st.sampled_from(["human", "gpt", "system", "observation", "function_call", "x", 1]),
        "value": JSON,
        "human": JSON,
        "assistant": JSON,
    },
)
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "images": JSON,
        "conversations": st.lists(TURN | JSON, max_size=4) | JSON,
        "conversation": st.lists(TURN, max_size=4) | JSON,
        "query": JSON,
        "response": JSON,
        "history": st.lists(st.lists(JSON, max_size=3), max_size=2) | JSON,
        "system": JSON,
        "tools": JSON,
        "videos": JSON,
    },
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(RECORD, max_size=4), turns=st.sampled_from(["separate", "conversation"]))
def test_no_record_breaks_the_reader(tmp_path: Path, rows: list[Any], turns: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows))
    SOURCES["sharegpt"].detect(str(path))
    try:
        entries = list(SOURCES["sharegpt"].read(Request(SourceSection(path=str(path), turns=turns))))
    except DataError as error:
        assert error.problems
        return
    assert len(entries) == len(rows)
    for row in entries:
        assert bool(row.examples) != bool(row.problems)
        assert all("<image>" not in turn.question for example in row.examples for turn in example.turns)
