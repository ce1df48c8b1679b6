"""Conversations in parquet files and in what `save_to_disk` writes: read as the same records in JSON would be."""

from pathlib import Path
from typing import Any

import pytest
from published import png

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import recognise
from lensmith.errors import DataError
from lensmith.types import Turn

RED, BLUE = png(), png((1, 2, 3))
TURNS = (Turn("Кто это? 😀", ("кот",)), Turn("Where?", ("слева",)))


def said(first: str, second: str, mark: str = "") -> list[dict[str, str]]:
    texts = [text for turn in TURNS for text in (turn.question, turn.answers[0])]
    names = ("from", "value") if first == "human" else ("role", "content")
    return [{names[0]: (first, second)[k % 2], names[1]: (mark if k == 0 else "") + texts[k]} for k in range(4)]


def blocks() -> list[dict[str, Any]]:
    first = [{"type": "image", "text": None}, {"type": "text", "text": TURNS[0].question}]
    rest = said("user", "assistant")[1:]
    text = [{"role": each["role"], "content": [{"type": "text", "text": each["content"]}]} for each in rest]
    return [{"role": "user", "content": first}, *text]


LAYOUTS: dict[str, dict[str, Any]] = {
    "cauldron": {"texts": [{"user": t.question, "assistant": t.answers[0], "source": "vqa"} for t in TURNS]},
    "llama-factory": {"conversations": said("human", "gpt", "<image>"), "system": None},
    "messages": {"messages": said("user", "assistant", "<image>")},
    "blocks": {"messages": blocks()},
    "prompt": {"prompt": said("user", "assistant")[:3], "completion": said("user", "assistant")[3:]},
}


def table(rows: list[dict[str, Any]]) -> Any:
    from datasets import Dataset, Features, List
    from datasets import Image as ImageFeature

    plain = Dataset.from_list([{name: value for name, value in row.items() if name != "images"} for row in rows])
    features = Features({**plain.features, "images": List(ImageFeature())})
    return Dataset.from_list(rows, features=features)


@pytest.fixture(params=["parquet", "disk"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def save(rows: list[dict[str, Any]], kind: str, folder: Path) -> str:
    path = folder / ("train.parquet" if kind == "parquet" else "train")
    made = table(rows)
    made.to_parquet(path) if kind == "parquet" else made.save_to_disk(path)
    return str(path)


def test_each_layout_gives_the_same(kind: str, tmp_path: Path) -> None:
    for name, layout in LAYOUTS.items():
        (tmp_path / name).mkdir()
        rows = [
            {**layout, "images": [{"bytes": data, "path": None}], "id": str(k)} for k, data in enumerate((RED, BLUE))
        ]
        path = save(rows, kind, tmp_path / name)
        assert recognise(path)[0] in ("parquet", "datasets"), name
        for turns in ("separate", "conversation"):
            section = SourceSection(path=path, turns=turns)
            found = [example for row in read_rows(section) for example in row.examples]
            ids = ["0#1", "0#2", "1#1", "1#2"] if turns == "separate" else ["0", "1"]
            assert [example.id for example in found] == ids, name
            assert [turn for example in found for turn in example.turns] == [*TURNS, *TURNS], name
            assert found[0].images[0].read_bytes() == RED
            assert found[-1].images[0].read_bytes() == BLUE
            assert found[0].group == found[0].images[0].name


def test_a_question_that_is_set_stands_against_conversations(kind: str, tmp_path: Path) -> None:
    rows = [{**LAYOUTS["cauldron"], "images": []}]
    with pytest.raises(DataError):
        list(read_rows(SourceSection(path=save(rows, kind, tmp_path), question="Who?")))


def test_columns_can_be_named_and_unknown_ones_are_told(tmp_path: Path) -> None:
    rows = [{**LAYOUTS["cauldron"], "images": [], "scene": "7"}]
    path = save(rows, "parquet", tmp_path)
    examples = next(iter(read_rows(SourceSection(path=path, columns={"group": "scene"})))).examples
    assert {example.group for example in examples} == {"7"}
    with pytest.raises(DataError, match="did you mean `scene`"):
        list(read_rows(SourceSection(path=path, columns={"group": "scen"})))
