from pathlib import Path

import pytest
from published import PUBLISHED

from lensmith.data.sources import SOURCES, recognise
from lensmith.errors import DataError, UnknownNameError


def test_every_format_has_a_published_fixture() -> None:
    assert set(PUBLISHED) == set(SOURCES)


def test_nothing_fits_names_every_format_and_why_not(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>")
    with pytest.raises(DataError) as caught:
        recognise(str(tmp_path / "page.html"))
    assert caught.value.problems[0].code == "data/unknown-format"
    assert all(f"not {name}:" in caught.value.problems[0].found for name in SOURCES)


def test_several_fit_names_them(tmp_path: Path) -> None:
    path = tmp_path / "both.jsonl"
    path.write_text('{"question": "?", "conversations": [{"from": "human", "value": "?"}]}\n')
    with pytest.raises(DataError) as caught:
        recognise(str(path))
    assert caught.value.problems[0].code == "data/ambiguous-format"
    assert "jsonl | llava" in caught.value.problems[0].fix


def test_a_path_that_is_not_there_suggests_one_that_is(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").touch()
    with pytest.raises(DataError) as caught:
        recognise(str(tmp_path / "trian.jsonl"))
    assert caught.value.problems[0].code == "data/no-such-path"
    assert "train.jsonl" in caught.value.problems[0].fix


def test_a_format_that_is_not_there_suggests_one_that_is() -> None:
    with pytest.raises(UnknownNameError, match="did you mean `jsonl`"):
        SOURCES["jsnl"]
