"""What holds for every format: the suite runs over the registry, so a new format is in it from its first day."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from published import PUBLISHED, Expected, Published

from lensmith.config.sections import SourceSection
from lensmith.data.describe import describe_source
from lensmith.data.images import decode, read_size
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Request, Source
from lensmith.errors import DataError


@pytest.fixture(params=list(SOURCES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def published(name: str, tmp_path: Path) -> Published:
    return PUBLISHED[name](tmp_path)


def told(section: SourceSection, **request: bool) -> list[Expected]:
    return [
        (example.id, tuple(image.name for image in example.images), example.question, example.answers)
        for row in read_rows(section, **request)
        for example in row.examples
    ]


def test_the_published_layout_is_recognised_and_read(name: str, published: Published) -> None:
    source = SOURCES[name]
    assert isinstance(source, Source)
    assert source.name == name
    assert recognise(published.section.path)[0] == name
    assert told(published.section) == list(published.expected)


def test_reading_twice_gives_the_same_and_ids_are_unique(published: Published) -> None:
    once, again = told(published.section), told(published.section)
    assert once == again
    assert len({expected[0] for expected in once}) == len(once)


def test_every_row_is_examples_or_problems(name: str, published: Published) -> None:
    for row in SOURCES[name].read(Request(published.section)):
        assert bool(row.examples) != bool(row.problems)
        assert row.where


def test_pictures_can_be_sent_to_a_worker_and_decoded_there(published: Published) -> None:
    images = {image for row in read_rows(published.section) for one in row.examples for image in one.images}
    assert len(images) == 2
    for image in images:
        copy = pickle.loads(pickle.dumps(image))
        assert copy == image
        assert hash(copy) == hash(image)
        assert decode(copy).tobytes() == decode(image).tobytes()
        assert read_size(copy) == decode(copy).size[::-1]


def test_names_take_no_part_in_equality(published: Published) -> None:
    image = next(image for row in read_rows(published.section) for one in row.examples for image in one.images)
    assert replace(image, name="another") == image  # type: ignore[type-var]


def test_other_columns_become_metadata_that_can_be_written_as_json(published: Published) -> None:
    examples = [example for row in read_rows(published.section) for example in row.examples]
    assert all(published.extra_column in example.metadata for example in examples)
    for example in examples:
        assert json.loads(json.dumps(dict(example.metadata))) == example.metadata


def test_a_group_is_the_first_picture_unless_a_column_says_otherwise(published: Published) -> None:
    examples = [example for row in read_rows(published.section) for example in row.examples]
    assert all(example.group == example.images[0].name for example in examples if example.images)
    mapped = published.section.model_copy(update={"columns": {"group": published.extra_column}})
    groups = {example.group for row in read_rows(mapped) for example in row.examples}
    assert groups != {example.group for example in examples}


def test_a_column_that_is_not_there_is_told_with_those_that_are(published: Published) -> None:
    nearly = published.extra_column + "x"
    section = published.section.model_copy(update={"columns": {"group": nearly, "id": "nothing of the kind"}})
    with pytest.raises(DataError) as caught:
        list(read_rows(section))
    assert [problem.code for problem in caught.value.problems] == ["data/unknown-column"] * 2
    assert f"did you mean `{published.extra_column}`?" in caught.value.problems[0].fix
    assert "available: " in caught.value.problems[1].fix


def test_a_part_that_no_example_has_is_told(published: Published) -> None:
    section = published.section.model_copy(update={"columns": {"qestion": published.extra_column}})
    with pytest.raises(DataError) as caught:
        list(read_rows(section))
    assert caught.value.problems[0].code == "data/unknown-field"


def test_a_split_that_is_not_there_is_told(published: Published) -> None:
    with pytest.raises(DataError) as caught:
        list(read_rows(published.section.model_copy(update={"split": "tset"})))
    assert caught.value.problems[0].code == "data/no-such-split"


@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_counts_records(published: Published, limit: int) -> None:
    rows = list(read_rows(published.section.model_copy(update={"limit": limit})))
    assert len(rows) == limit


def test_a_description_says_what_is_there(name: str, published: Published) -> None:
    description = describe_source(published.section, answers=1)
    assert description.format == name
    assert description.examples == len(published.expected)
    assert published.extra_column in description.columns
    assert description.roles
    assert description.pictures == 2
    assert len(description.answers) == 1
    assert description.distinct_answers == len({expected[3][0] for expected in published.expected})


def test_no_format_takes_what_is_not_its_own(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "page.html").write_text("<html>")
    (tmp_path / "folder").mkdir()
    for path in ("empty", "binary", "page.html", "folder", "missing"):
        detection = SOURCES[name].detect(str(tmp_path / path))
        assert detection.sure == 0.0
        assert detection.reason


def test_no_format_takes_another_ones_layout_for_as_sure(name: str, tmp_path: Path) -> None:
    for other, make in PUBLISHED.items():
        path = make(tmp_path / other).section.path if (tmp_path / other).mkdir() is None else ""
        assert (SOURCES[name].detect(path).sure >= 0.9) == (name == other)
