from pathlib import Path

import pytest
from published_benchmarks import write_chartqa, write_json

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.errors import DataError


def ids(path: Path, split: str | None = None) -> list[str]:
    section = SourceSection(path=str(path), split=split)
    return [one.id for row in read_rows(section) for one in row.examples if one.images[0].read_bytes()]


def test_parts_are_both_files_or_one_of_them(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        write_chartqa(tmp_path, part)
    assert recognise(str(tmp_path))[0] == "chartqa"
    assert SOURCES["chartqa"].splits(str(tmp_path)) == ("train", "val", "test")
    assert ids(tmp_path, "val") == ["val_human:1", "val_augmented:1"]
    assert ids(tmp_path, "val_augmented") == ["val_augmented:1"]
    assert SOURCES["chartqa"].splits(str(tmp_path / "test")) == ("test_augmented", "test_human")
    assert ids(tmp_path / "test", "test_human") == ["test_human:1"]
    assert ids(tmp_path / "test" / "test_human.json") == ["test_human:1"]
    with pytest.raises(DataError, match="available: test, train, val"):
        ids(tmp_path, "validation_human")


def test_the_source_tells_people_from_machines(tmp_path: Path) -> None:
    rows = read_rows(SourceSection(path=str(write_chartqa(tmp_path))))
    assert [one.metadata["source"] for row in rows for one in row.examples] == ["human", "augmented"]


def test_a_bad_row_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    good = {"imgname": "a.png", "query": "Сколько?", "label": 14}
    file = write_json(tmp_path / "test_human.json", [good, {**good, "label": ""}, 7, good])
    rows = list(read_rows(SourceSection(path=str(file))))
    assert [[problem.code for problem in row.problems] for row in rows] == [
        [],
        ["data/empty-answer"],
        ["data/not-an-object"],
        [],
    ]
    assert rows[3].examples[0].answers == ("14",)
