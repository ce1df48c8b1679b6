import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lensmith.data.sources.contract import Row
from lensmith.data.sources.members import peek_members, read_members
from lensmith.data.sources.rows import Record
from lensmith.errors import DataError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.json"


def test_entries_come_one_by_one_with_their_place(file: Path) -> None:
    file.write_text(json.dumps({"info": {"a": [1]}, "images": [{"id": 1}, {"id": "😀"}], "none": []}, indent=1))
    entries = list(read_members(file))
    assert entries[0] == ("info", {"a": [1]})
    assert [(name, entry.where, entry.value) for name, entry in entries[1:]] == [
        ("images", f"{file} images:1", {"id": 1}),
        ("images", f"{file} images:2", {"id": "😀"}),
    ]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (b"7", "data/not-an-object"),
        (b'{"a": "\xff"}', "data/not-utf8"),
        (b'{"a": "\\ud800"}', "data/broken-text"),
    ],
)
def test_a_bad_entry_costs_itself(file: Path, entry: bytes, code: str) -> None:
    file.write_bytes(b'\xef\xbb\xbf{"data": [{"a": 1}, ' + entry + b', {"a": 2}]}')
    first, bad, last = (entry for _, entry in read_members(file))
    assert isinstance(bad, Row)
    assert bad.problems[0].code == code
    assert (first.value, last.value) == ({"a": 1}, {"a": 2})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "data/empty-file"),
        (" \n", "data/empty-file"),
        ("[]", "data/not-json"),
        ('{"a": [{}', "data/truncated-file"),
        ('{"a": [{"b": 1}, {"b', "data/truncated-file"),
        ('{"a": [{}]', "data/truncated-file"),
        ('{"a": [{} {}]}', "data/not-json"),
        ('{"a": [{}]} x', "data/not-json"),
        ('{"a": [{}]} {}', "data/not-json"),
        ("{1: [{}]}", "data/not-json"),
        ('{"a" [{}]}', "data/not-json"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "data/not-json"),
    ],
)
def test_damage_is_told(file: Path, text: str, code: str) -> None:
    file.write_text(text)
    with pytest.raises(DataError) as caught:
        list(read_members(file))
    assert caught.value.problems[0].code == code
    assert isinstance(peek_members(file), dict)


def test_what_comes_before_the_damage_is_yielded(file: Path) -> None:
    file.write_text('{"a": [{"b": 1}, {"b": 2}, {"b')
    found = []
    with pytest.raises(DataError):
        for _, entry in read_members(file):
            found.append(entry.value)
    assert found == [{"b": 1}, {"b": 2}]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        list(read_members(tmp_path / "none.json"))
    assert peek_members(tmp_path) == {}


def test_a_peek_sees_the_first_of_each_list_in_a_file_that_is_cut(file: Path) -> None:
    file.write_text('{"info": 3, "images": [{"id": 1}, {"id": 2}], "annotations": [{"id": 7}, {"id"')
    assert peek_members(file) == {"info": 3, "images": {"id": 1}, "annotations": {"id": 7}}


plain = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
keys = st.text(max_size=3)
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))
lists = st.lists(st.dictionaries(keys, values, max_size=3), min_size=1, max_size=4)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.dictionaries(keys, lists | values, min_size=1, max_size=4))
def test_what_json_reads_whole_is_read_in_pieces(file: Path, content: dict[str, object]) -> None:
    file.write_text(json.dumps(content))
    found: dict[str, object] = {name: [] for name, value in content.items() if isinstance(value, list)}
    for name, entry in read_members(file):
        if isinstance(entry, Record):
            found[name].append(entry.value)  # type: ignore[attr-defined]
        elif not isinstance(entry, Row):
            found[name] = entry
    expected = {
        name: [each for each in value if isinstance(each, dict) and _plain(each)] if isinstance(value, list) else value
        for name, value in content.items()
    }
    assert found == expected


def _plain(value: object) -> bool:
    """Entries with half a character in them are problems."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200) | st.text(alphabet='{}[],:"a1 \\', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    try:
        list(read_members(file))
    except DataError as error:
        assert error.problems[0].where
