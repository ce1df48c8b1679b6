import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import PUBLISHED, png, write_jsonl, write_pictures

from lensmith.config.sections import SourceSection
from lensmith.data.images import FileImage
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.writing import write_jsonl as write_examples
from lensmith.errors import DataError
from lensmith.types import Example, ImageRef, Turn


def read(section: SourceSection, *, answers_required: bool = True) -> list[Example]:
    rows = read_rows(section, answers_required=answers_required)
    return [example for row in rows for example in row.examples]


def same(picture: ImageRef, other: ImageRef) -> bool:
    if isinstance(picture, FileImage):
        return picture == other
    return picture.read_bytes() == other.read_bytes()


def assert_same(examples: list[Example], again: list[Example]) -> None:
    assert [(one.id, one.turns, one.group, dict(one.metadata)) for one in again] == [
        (one.id, one.turns, one.group, dict(one.metadata)) for one in examples
    ]
    for one, other in zip(examples, again, strict=True):
        assert len(one.images) == len(other.images)
        assert all(map(same, one.images, other.images))


@dataclass(frozen=True)
class Drawn:
    """A picture in no file."""

    data: bytes
    name: str = "row 7.PNG"

    def read_bytes(self) -> bytes:
        if not self.data:
            raise OSError("it is gone")
        return self.data


@pytest.fixture(params=list(SOURCES))
def published(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SourceSection]:
    (tmp_path / "set").mkdir()
    yield PUBLISHED[request.param](tmp_path / "set").section


@pytest.mark.parametrize("turns", ["separate", "conversation"])
@pytest.mark.parametrize("out", ["set/clean.jsonl", "elsewhere/clean.jsonl"])
def test_every_format_comes_back_as_it_was(published: SourceSection, turns: str, out: str, tmp_path: Path) -> None:
    examples = read(published.model_copy(update={"turns": turns}))
    assert examples
    written = write_examples(examples, tmp_path / out)
    assert recognise(written.path)[0] == "jsonl"
    assert_same(examples, read(written))


def test_one_picture_and_one_answer_are_written_plainly(tmp_path: Path) -> None:
    write_pictures(tmp_path, "фото/кот.png")
    row = {"id": "1", "image_path": "фото/кот.png", "question": "Кто? 😀", "answer": "кот", "group": "g", "lang": "ru"}
    section = write_examples(
        read(SourceSection(path=str(write_jsonl(tmp_path / "a.jsonl", [row])))), tmp_path / "b.jsonl"
    )
    assert [json.loads(line) for line in (tmp_path / "b.jsonl").read_text("utf-8").splitlines()] == [row]
    assert section == SourceSection(path=str(tmp_path / "b.jsonl"), format="jsonl")


def test_pictures_without_a_file_get_one_each_beside(tmp_path: Path) -> None:
    drawn = [Drawn(png()), Drawn(png((1, 2, 3)), "no suffix"), Drawn(png(), "again.png")]
    examples = [Example(str(k), (one,), (Turn("?", ("x",)),), f"g{k}") for k, one in enumerate(drawn)]
    section = write_examples(examples, tmp_path / "train.jsonl")
    again = read(section)
    assert_same(examples, again)
    assert len(list((tmp_path / "train_images").iterdir())) == 2
    assert not section.allow_outside
    assert again[0].images[0].name.endswith(".png")


def test_a_picture_that_cannot_be_copied_stops_the_writing(tmp_path: Path) -> None:
    examples = [Example("1", (Drawn(b"", "gone.png"),), (Turn("?", ("x",)),), "g", {"odd": {1, 2}})]
    examples.append(Example("2", (), (Turn("?", ("x",)),), "g", {"odd": {1, 2}}))
    with pytest.raises(DataError) as caught:
        write_examples(examples, tmp_path / "a.jsonl")
    assert [problem.code for problem in caught.value.problems] == ["data/unreadable-image", "data/not-json"]
    assert not (tmp_path / "a.jsonl").exists()


def test_names_that_look_like_addresses_are_still_paths(tmp_path: Path) -> None:
    names = ["C:/1.png", "data:/2.png", "http:/3.png", " 4.png"]
    write_pictures(tmp_path, *names)
    images = [FileImage(str(tmp_path / name), name) for name in names]
    examples = [Example(one.name, (one,), (Turn("?", ("x",)),), one.name) for one in images]
    assert_same(examples, read(write_examples(examples, tmp_path / "a.jsonl")))


def test_unlabelled_and_several_answers_stay(tmp_path: Path) -> None:
    examples = [
        Example("1", (), (Turn("?", ()),), "1"),
        Example("2", (), (Turn("?", ("да", "yes", "да")),), "2"),
        Example("3", (), (Turn("a?", ("b", "c")), Turn("d?", ())), "3"),
    ]
    again = read(write_examples(examples, tmp_path / "a.jsonl"), answers_required=False)
    assert_same(examples, again)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6).filter(str.strip)
TURN = st.builds(Turn, TEXT, st.lists(TEXT, min_size=1, max_size=3).map(tuple))
KEY = st.sampled_from(["id", "image", "image_path", "images", "question", "answer", "answers", "turns", "group", "x"])
VALUE: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | TEXT | st.lists(st.integers(), max_size=2)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    turns=st.lists(st.lists(TURN, min_size=1, max_size=3).map(tuple), min_size=1, max_size=4),
    metadata=st.lists(st.dictionaries(KEY, VALUE, max_size=4), min_size=4, max_size=4),
    pictures=st.lists(st.integers(0, 2), min_size=4, max_size=4),
)
def test_whatever_metadata_are_called(
    tmp_path: Path, turns: list[tuple[Turn, ...]], metadata: list[dict[str, Any]], pictures: list[int]
) -> None:
    image = FileImage(str(tmp_path / "a.png"), "a.png")
    examples = [Example(f"e{k}", (image,) * pictures[k], each, f"g{k}", metadata[k]) for k, each in enumerate(turns)]
    assert_same(examples, read(write_examples(examples, tmp_path / "a.jsonl")))
