from pathlib import Path
from typing import Any

import pytest
from published import write_jsonl

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources.contract import Row


def read(path: Path, **section: Any) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), **{"format": "cauldron", **section})))


def texts(*pairs: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"user": user, "assistant": assistant, "source": "тест"} for user, assistant in pairs]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({}, "data/no-conversation"),
        ({"texts": []}, "data/no-conversation"),
        ({"texts": {"user": "?"}}, "data/no-conversation"),
        ({"texts": ["?"]}, "data/bad-turn"),
        ({"texts": texts((None, "x"))}, "data/bad-turn"),
        ({"texts": texts(("?", 7))}, "data/bad-turn"),
        ({"texts": texts(("?", None))}, "data/no-answer"),
        ({"texts": texts(("?", " "))}, "data/no-answer"),
        ({"texts": texts((" ", "x"))}, "data/no-question"),
        ({"texts": texts(("<image>?", "x"))}, "data/picture-count"),
        ({"texts": texts(("?", "x")), "images": [{"bytes": "…"}]}, "data/bad-image-path"),
    ],
)
def test_each_bad_row_is_told_and_the_next_is_read(tmp_path: Path, row: dict[str, Any], code: str) -> None:
    good = {"images": ["а.png"], "texts": texts(("Где? 😀", "Тут."))}
    rows = read(write_jsonl(tmp_path / "a.jsonl", [good, row, good]))
    assert rows[1].problems[0].code == code
    assert rows[1].examples == ()
    assert len(rows[2].examples) == 1
