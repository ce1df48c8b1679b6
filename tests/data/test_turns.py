"""What holds for conversations of every format: `turns`, system texts, pictures of later questions."""

from pathlib import Path
from typing import Any

import pytest
from published import write_jsonl, write_pictures

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources.contract import Row
from lensmith.types import Turn

# Two questions, with their answers, on a.png in each format.
PAIRS = [("Кто? 😀", "кот"), ("Where?", "слева")]
FORMATS: dict[str, dict[str, Any]] = {
    "jsonl": {"image": "a.png", "turns": [{"question": q, "answer": a} for q, a in PAIRS]},
    "llava": {
        "image": "a.png",
        "conversations": [
            {"from": who, "value": text}
            for k, pair in enumerate(PAIRS)
            for who, text in (("human", "<image>\n" * (k == 0) + pair[0]), ("gpt", pair[1]))
        ],
    },
    "sharegpt": {"images": ["a.png"], "query": PAIRS[1][0], "response": PAIRS[1][1], "history": [list(PAIRS[0])]},
    "messages": {
        "images": ["a.png"],
        "messages": [
            {"role": who, "content": text}
            for pair in PAIRS
            for who, text in zip(("user", "assistant"), pair, strict=True)
        ],
    },
    "cauldron": {"images": ["a.png"], "texts": [{"user": q, "assistant": a} for q, a in PAIRS]},
}


def read(path: Path, *, answers_required: bool = True, **section: Any) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), **section), answers_required=answers_required))


@pytest.fixture(params=list(FORMATS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_separate_gives_an_example_a_question(name: str, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"id": 5, **FORMATS[name]}])
    first, second = read(path, format=name)[0].examples
    assert (first.id, second.id) == ("5#1", "5#2")
    assert (first.turns, second.turns) == ((Turn(PAIRS[0][0], ("кот",)),), (Turn("Where?", ("слева",)),))
    assert [[image.name for image in one.images] for one in (first, second)] == [["a.png"]] * 2
    assert first.group == second.group == "a.png"


def test_conversation_gives_one_example_with_all_turns(name: str, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"id": 5, **FORMATS[name]}])
    (example,) = read(path, format=name, turns="conversation")[0].examples
    assert example.id == "5"
    assert example.turns == (Turn(PAIRS[0][0], ("кот",)), Turn("Where?", ("слева",)))
    assert [image.name for image in example.images] == ["a.png"]


def without_last_answer(name: str) -> dict[str, Any]:
    row = FORMATS[name]
    match name:
        case "jsonl":
            return {**row, "turns": [row["turns"][0], {"question": "Where?"}]}
        case "sharegpt":
            return {**row, "response": None}
        case "cauldron":
            return {**row, "texts": [row["texts"][0], {"user": "Where?", "assistant": None}]}
        case _:
            column = "messages" if name == "messages" else "conversations"
            return {**row, column: row[column][:-1]}


def test_only_the_last_answer_may_be_missing_and_only_where_the_caller_says_so(name: str, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [without_last_answer(name)])
    assert [problem.code for problem in read(path, format=name)[0].problems] == ["data/no-answer"]
    rows = read(path, format=name, answers_required=False, turns="conversation")
    assert [turn.answers for turn in rows[0].examples[0].turns] == [("кот",), ()]


def test_an_earlier_answer_is_always_needed_in_a_conversation(tmp_path: Path) -> None:
    said = [{"from": ("human", "gpt")[k % 2], "value": text} for k, text in enumerate(["1?", " ", "2?", "y"])]
    path = write_jsonl(tmp_path / "a.jsonl", [{"conversations": said}])
    rows = read(path, format="sharegpt", answers_required=False, turns="conversation")
    assert [problem.code for problem in rows[0].problems] == ["data/no-answer"]
    examples = read(path, format="sharegpt", answers_required=False)[0].examples
    assert [example.answers for example in examples] == [(), ("y",)]


def late(*images: str) -> dict[str, Any]:
    said = ["Cat?", "нет", "<image>Dog?", "да", "Both in <image> and <image>?", "no"]
    turns = [{"from": ("human", "gpt")[k % 2], "value": text} for k, text in enumerate(said)]
    return {"id": "7", "images": list(images), "conversations": turns}


def test_a_question_is_asked_with_the_pictures_shown_so_far(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.png", "b.png")
    path = write_jsonl(tmp_path / "a.jsonl", [late("a.png", "b.png", "a.png")])
    row = read(path)[0]
    names = [[image.name for image in example.images] for example in row.examples]
    assert names == [[], ["a.png"], ["a.png", "b.png", "a.png"]]
    assert [example.question for example in row.examples] == ["Cat?", "Dog?", "Both in and ?"]
    assert {example.group for example in row.examples} == {"a.png"}


def test_a_conversation_with_late_pictures_says_how_to_read_it(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [late("a.png", "b.png", "a.png")])
    problem = read(path, turns="conversation")[0].problems[0]
    assert (problem.code, problem.fix) == ("data/late-picture", "set `turns: separate`")


@pytest.mark.parametrize("images", [[], ["a.png"], ["a.png"] * 4])
def test_marks_and_pictures_must_be_as_many(tmp_path: Path, images: list[str]) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [late(*images)])
    assert [problem.code for problem in read(path, format="sharegpt")[0].problems] == ["data/picture-count"]


def test_system_texts_and_tools_become_metadata_and_are_noted(tmp_path: Path) -> None:
    said = [("system", "Отвечай."), ("developer", "Be brief."), ("user", "?"), ("assistant", "x")]
    row = {
        "messages": [{"role": role, "content": text} for role, text in said],
        "system": "Ты лингвист.",
        "tools": [{"name": "zoom"}],
    }
    read_row = read(write_jsonl(tmp_path / "a.jsonl", [row, {**row, "tools": None}]))[0]
    assert [note.code for note in read_row.notes] == ["data/system-unused", "data/tools-unused"]
    assert "prompt.system" in read_row.notes[0].fix
    assert read_row.examples[0].metadata["system"] == "Ты лингвист.\n\nОтвечай.\n\nBe brief."
    assert read_row.examples[0].question == "?"


def test_a_system_text_that_is_empty_is_not_noted(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "x"}], "system": ""}
    assert read(write_jsonl(tmp_path / "a.jsonl", [row]))[0].notes == ()


def test_what_is_known_of_one_turn_stays_with_it(tmp_path: Path) -> None:
    texts = [{"user": f"{k}?", "assistant": "x", "source": "vqa", "rating": k} for k in (1, 2)]
    path = write_jsonl(tmp_path / "a.jsonl", [{"images": ["a.png"], "texts": texts}])
    separate = read(path)[0].examples
    assert [dict(example.metadata) for example in separate] == [{"source": "vqa", "rating": k} for k in (1, 2)]
    together = read(path, turns="conversation")[0].examples
    assert [dict(example.metadata) for example in together] == [{"source": "vqa", "rating": [1, 2]}]


@pytest.mark.parametrize(
    ("name", "column", "field"),
    [
        ("jsonl", "turns", "turns"),
        ("llava", "conversations", "conversation"),
        ("messages", "messages", "conversation"),
        ("cauldron", "texts", "conversation"),
    ],
)
def test_the_column_of_a_conversation_may_have_any_name(name: str, column: str, field: str, tmp_path: Path) -> None:
    row = dict(FORMATS[name])
    row["диалог"] = row.pop(column)
    rows = read(write_jsonl(tmp_path / "a.jsonl", [row]), format=name, columns={field: "диалог"})
    assert len(rows[0].examples) == 2
    assert "диалог" not in rows[0].examples[0].metadata
