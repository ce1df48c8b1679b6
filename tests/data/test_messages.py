import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import write_jsonl
from published_chats import data_url, inline_name

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Request, Row
from lensmith.errors import DataError


def read(path: Path, **section: Any) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), **{"format": "messages", **section})))


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


ANSWER = {"role": "assistant", "content": "кот"}
TEXT = {"type": "text", "text": "Кто это? 😀"}


@pytest.mark.parametrize(
    ("content", "images", "names"),
    [
        ([TEXT, {"type": "image_url", "image_url": {"url": "a.png"}}], None, ["a.png"]),
        ([{"type": "image_url", "image_url": "a.png"}, TEXT], None, ["a.png"]),
        ([{"type": "image_url", "image_url": {"url": data_url()}}, TEXT], None, [inline_name()]),
        ([{"type": "image", "image": "a.png"}, TEXT], None, ["a.png"]),
        ([{"type": "image", "path": "a.png", "url": None}, TEXT], None, ["a.png"]),
        ([{"type": "image", "text": None}, TEXT], ["a.png"], ["a.png"]),
        (
            [{"type": "image"}, {"type": "image", "url": "b.png"}, {"type": "image"}, TEXT],
            ["a", "c"],
            ["a", "b.png", "c"],
        ),
        (["<image>", "Кто это? 😀"], ["a.png"], ["a.png"]),
        ("<image>\nКто это? 😀", ["a.png"], ["a.png"]),
        ("Кто это? 😀", ["a.png", "b.png"], ["a.png", "b.png"]),
        ([TEXT], "a.png", ["a.png"]),
        ([TEXT], None, []),
    ],
)
def test_pictures_are_found_wherever_they_are_written(
    tmp_path: Path, content: Any, images: Any, names: list[str]
) -> None:
    row = {"messages": [user(content), ANSWER], **({} if images is None else {"images": images})}
    path = write_jsonl(tmp_path / "a.jsonl", [row])
    assert recognise(str(path))[0] == "messages"
    (example,) = read(path)[0].examples
    assert (example.question, example.answers) == ("Кто это? 😀", ("кот",))
    assert [image.name for image in example.images] == names


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": [user("Кто? 😀")], "completion": [ANSWER]},
        {"prompt": [user([{"type": "image"}, {"type": "text", "text": "Кто? 😀"}])], "completion": [ANSWER]},
        {"prompt": "Кто? 😀", "completion": "кот"},
        {"prompt": [user("Кто? 😀")], "completion": "кот"},
    ],
)
def test_prompt_and_completion_are_one_conversation(tmp_path: Path, row: dict[str, Any]) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{**row, "image": "a.png"}])
    assert recognise(str(path))[0] == "messages"
    (example,) = read(path)[0].examples
    assert (example.question, example.answers) == ("Кто? 😀", ("кот",))
    assert [image.name for image in example.images] == ["a.png"]


def test_a_prompt_may_hold_earlier_turns(tmp_path: Path) -> None:
    row = {"prompt": [user("1?"), ANSWER, user("2?")], "completion": [ANSWER]}
    (example,) = read(write_jsonl(tmp_path / "a.jsonl", [row]), turns="conversation")[0].examples
    assert [turn.question for turn in example.turns] == ["1?", "2?"]


def test_texts_of_one_message_are_lines(tmp_path: Path) -> None:
    blocks = [{"type": "text", "text": "Это кот."}, {"type": "image", "path": "a.png"}, {"type": "text", "text": "Да?"}]
    row = read(write_jsonl(tmp_path / "a.jsonl", [{"messages": [user(blocks), ANSWER]}]))[0]
    assert row.examples[0].question == "Это кот. Да?"
    assert [note.code for note in row.notes] == ["data/picture-moved"]
    lines = [{"type": "text", "text": "Это кот."}, {"type": "text", "text": "Да?"}]
    row = read(write_jsonl(tmp_path / "a.jsonl", [{"messages": [user(lines), ANSWER]}]))[0]
    assert row.examples[0].question == "Это кот.\nДа?"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({}, "data/no-conversation"),
        ({"messages": []}, "data/no-conversation"),
        ({"messages": ["text"]}, "data/bad-turn"),
        ({"messages": [user(None), ANSWER]}, "data/bad-turn"),
        ({"messages": [user("?"), {"role": "assistant", "content": None, "tool_calls": [{}]}]}, "data/bad-turn"),
        ({"messages": [{"role": "bot", "content": "?"}, ANSWER]}, "data/unknown-speaker"),
        ({"messages": [user([{"type": "input_audio"}]), ANSWER]}, "data/bad-block"),
        ({"messages": [user([7]), ANSWER]}, "data/bad-block"),
        ({"messages": [user([{"type": "image", "image": {"bytes": "…"}}, TEXT]), ANSWER]}, "data/bad-block"),
        ({"messages": [user([{"type": "image"}, TEXT]), ANSWER]}, "data/picture-count"),
        ({"messages": [user([{"type": "image", "url": "http://x.org/a.png"}, TEXT]), ANSWER]}, "data/remote-image"),
        ({"messages": [user([{"type": "image", "url": "../a.png"}, TEXT]), ANSWER]}, "data/image-outside"),
        ({"messages": [user([{"type": "image", "url": "data:image/png;base64,AA"}]), ANSWER]}, "data/bad-data-url"),
        ({"messages": [user([{"type": "image", "path": "a.png"}]), ANSWER]}, "data/no-question"),
        ({"messages": [user("?"), {"role": "assistant", "content": [{"type": "image"}]}]}, "data/mark-in-answer"),
        ({"messages": [user("?"), {**ANSWER, "weight": 0}]}, "data/unlearned-answer"),
        ({"messages": [user("?"), {**ANSWER, "loss": False}]}, "data/unlearned-answer"),
        ({"messages": [user("<bbox>?"), ANSWER], "objects": {"bbox": [[1, 2, 3, 4]]}}, "data/object-marks"),
        ({"prompt": [user("?")]}, "data/no-answer"),
        ({"prompt": 7, "completion": "x"}, "data/no-conversation"),
        ({"completion": "x"}, "data/no-conversation"),
    ],
)
def test_each_bad_row_is_told_and_the_next_is_read(tmp_path: Path, row: dict[str, Any], code: str) -> None:
    good = {"messages": [user("?"), ANSWER]}
    rows = read(write_jsonl(tmp_path / "a.jsonl", [good, row, good]))
    assert rows[1].problems[0].code == code
    assert rows[1].examples == ()
    assert len(rows[2].examples) == 1


WORD = st.sampled_from(["<image>", "да", "", "a.png", "text", "image", "data:image/png;base64,AAAA"])
JSON = st.none() | st.integers() | WORD | st.dictionaries(st.sampled_from(["url", "x"]), WORD, max_size=2)
BLOCK = st.fixed_dictionaries({}, optional=dict.fromkeys(["type", "text", "image", "url", "image_url"], JSON))
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "system", "tool", "x", 1]),
        "content": st.lists(BLOCK | JSON, max_size=3) | JSON,
        "loss": st.booleans(),
    },
)
SAID = st.lists(MESSAGE | JSON, max_size=4) | JSON
RECORD = st.fixed_dictionaries(
    {}, optional={"images": st.lists(JSON, max_size=2) | JSON, "messages": SAID, "prompt": SAID, "completion": SAID}
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(RECORD, max_size=4), turns=st.sampled_from(["separate", "conversation"]))
def test_no_record_breaks_the_reader(tmp_path: Path, rows: list[Any], turns: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows))
    SOURCES["messages"].detect(str(path))
    try:
        entries = list(SOURCES["messages"].read(Request(SourceSection(path=str(path), turns=turns))))
    except DataError as error:
        assert error.problems
        return
    assert len(entries) == len(rows)
    for row in entries:
        assert bool(row.examples) != bool(row.problems)
        assert all("<image>" not in turn.question for example in row.examples for turn in example.turns)
