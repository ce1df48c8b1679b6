"""Which part a file is for, told from its name."""

import json

import pytest

from lensmith.config.sections import SourceSection
from lensmith.data.roles import assign_roles, role_of
from lensmith.errors import DataError


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("train.jsonl", "train"),
        ("Training-set.json", "train"),
        ("nlvr.train.jsonl", "train"),
        ("val_balanced", "validation"),
        ("DEV.jsonl", "validation"),
        ("valid", "validation"),
        ("testdev_balanced", "test"),
        ("test2024.jsonl", ""),
        ("constraints.jsonl", ""),
        ("latest.jsonl", ""),
        ("", ""),
    ],
)
def test_whole_words_tell_the_role(name, role):
    assert role_of(name) == role


@pytest.fixture
def sections(tmp_path):
    def sections(*names):
        for name in names:
            (tmp_path / name).write_text(json.dumps({"question": "Q?", "answer": "a"}) + "\n")
        return [SourceSection(path=str(tmp_path / name)) for name in names]

    return sections


def test_a_single_file_is_for_training_whatever_its_name(sections):
    assigned = assign_roles(sections("test.jsonl"))
    assert (list(assigned.sources), assigned.unused) == (["train"], ())


def test_of_several_for_one_part_the_plainest_is_taken_and_the_rest_is_told(sections):
    assigned = assign_roles(sections("train_small.jsonl", "val.jsonl", "train.jsonl", "valid_2.jsonl", "x.jsonl"))
    assert {role: section.path.rsplit("/")[-1] for role, section in assigned.sources.items()} == {
        "train": "train.jsonl",
        "test": "val.jsonl",
    }
    assert sorted(each.partition(":")[0] for each in assigned.unused) == [
        "train_small.jsonl",
        "valid_2.jsonl",
        "x.jsonl",
    ]


def test_several_without_one_for_training_are_refused(sections):
    with pytest.raises(DataError) as caught:
        assign_roles(sections("a.jsonl", "test.jsonl"))
    assert [each.code for each in caught.value.problems] == ["data/no-training-part"]
