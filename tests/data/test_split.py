import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.data.images import FileImage
from lensmith.data.split import Fold, divide, group_by_picture, missing_labels
from lensmith.errors import DataError
from lensmith.types import Example, Turn

SHARES = {"test": 0.1, "validation": 0.1}


def example(name: str, *pictures: str, group: str | None = None, **metadata: object) -> Example:
    images = tuple(FileImage(f"/{picture}", picture) for picture in pictures)
    own = group if group is not None else pictures[0] if pictures else name
    return Example(name, images, (Turn("?", ("x",)),), own, metadata)


def ids(parts: dict[str, tuple[Example, ...]]) -> dict[str, list[str]]:
    return {part: sorted(one.id for one in examples) for part, examples in parts.items()}


PICTURES = st.lists(st.sampled_from([f"{k}.png" for k in range(12)]), max_size=3)
ROWS = st.lists(st.tuples(PICTURES, st.none() | st.sampled_from("abcd")), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 3), test=st.floats(0, 0.6), validation=st.floats(0, 0.3))
def test_no_picture_and_no_group_is_on_two_sides(
    rows: list[tuple[list[str], str | None]], seed: int, test: float, validation: float
) -> None:
    examples = [example(str(k), *pictures, group=group) for k, (pictures, group) in enumerate(rows)]
    try:
        parts = divide(examples, {"test": test, "validation": validation}, seed=seed)
    except DataError as error:
        assert error.problems[0].code == "data/too-few-groups"
        assert len(group_by_picture(examples)) < 1 + (test > 0) + (validation > 0)
        return
    assert sorted(one.id for part in parts.values() for one in part) == sorted(one.id for one in examples)
    assert all(parts.values())
    for keys in (lambda one: [image.name for image in one.images], lambda one: [one.group]):
        sides = Counter(key for part in parts.values() for key in {key for one in part for key in keys(one)})
        assert set(sides.values()) <= {1}
    shuffled = list(examples)
    random.Random(seed).shuffle(shuffled)
    again = divide(shuffled, {"test": test, "validation": validation}, seed=seed)
    assert ids(again) == ids(parts)


@pytest.mark.parametrize("questions", [1, 7])
def test_shares_are_met_as_nearly_as_groups_allow(questions: int) -> None:
    examples = [example(f"{p}-{q}", f"{p}.png") for p in range(300) for q in range(questions)]
    parts = divide(examples, {"test": 0.2, "validation": 0.05})
    assert len(parts["test"]) == 60 * questions
    assert len(parts["validation"]) == 15 * questions


def test_a_giant_group_does_not_become_the_test_set() -> None:
    examples = [example(str(k), "big.png") for k in range(80)] + [example(f"s{k}", f"{k}.png") for k in range(20)]
    for seed in range(20):
        parts = divide(examples, SHARES, seed=seed)
        assert len(parts["test"]) == len(parts["validation"]) == 10


def test_three_groups_give_each_part_one() -> None:
    parts = divide([example(str(k), f"{k % 3}.png") for k in range(30)], {"test": 0.01, "validation": 0.9})
    assert [len(parts[part]) for part in ("train", "validation", "test")] == [10, 10, 10]


def test_another_seed_divides_differently_and_the_same_seed_the_same() -> None:
    examples = [example(str(k), f"{k}.png") for k in range(100)]
    divisions = [str(ids(divide(examples, SHARES, seed=seed))) for seed in (0, 0, 1, 2)]
    assert divisions[0] == divisions[1]
    assert len(set(divisions)) == 3


def test_the_test_set_does_not_depend_on_the_share_of_validation() -> None:
    examples = [example(str(k), f"{k}.png") for k in range(100)]
    one, other = (divide(examples, {"test": 0.1, "validation": share}) for share in (0.1, 0.3))
    assert one["test"] == other["test"]


def test_a_column_decides_where_it_is_asked_to() -> None:
    examples = [example(str(k), f"{k}.png", who=f"subject {k % 5}") for k in range(50)]
    parts = divide(examples, SHARES, by="who")
    subjects = [{one.metadata["who"] for one in part} for part in parts.values()]
    assert sum(len(side) for side in subjects) == len(set.union(*subjects)) == 5


def test_rows_without_the_column_stay_with_their_picture() -> None:
    examples = [example(str(k), f"{k // 2}.png", who=None if k < 20 else k) for k in range(40)]
    for part in divide(examples, SHARES, by="who").values():
        pictures = Counter(one.group for one in part if one.metadata["who"] is None)
        assert set(pictures.values()) <= {2}


@pytest.mark.parametrize("by", ["id", "question", "answer", "group"])
def test_parts_of_an_example_can_decide_too(by: str) -> None:
    examples = [Example(str(k), (), (Turn(f"{k}?", (f"{k}!",)),), f"g{k}") for k in range(10)]
    assert len(divide(examples, SHARES, by=by)["train"]) == 8


def test_a_column_that_is_not_there_is_told() -> None:
    with pytest.raises(DataError, match="did you mean `subject`"):
        divide([example("1", subject="x")], SHARES, by="subjct")


@pytest.mark.parametrize("shares", [{"test": 0.5, "validation": 0.5}, {"test": 0.9, "validation": 0.9}])
def test_shares_that_leave_nothing_are_told(shares: dict[str, float]) -> None:
    with pytest.raises(DataError, match="leaves nothing to train on"):
        divide([example(str(k)) for k in range(9)], shares)


def test_too_few_groups_are_told_with_what_would_help() -> None:
    with pytest.raises(DataError) as caught:
        divide([example(str(k), "one.png") for k in range(9)], SHARES)
    problem = caught.value.problems[0]
    assert problem.code == "data/too-few-groups"
    assert "9 examples" in problem.found
    assert "at least 3" in problem.expected


def test_no_shares_leave_all_to_train() -> None:
    assert ids(divide([example("1")], {"test": 0.0})) == {"train": ["1"]}


def labelled(count: int, *, questions: int = 1) -> list[Example]:
    """One picture in five shows a zebra; questions on one picture have the same answer."""
    return [
        Example(
            f"{p}-{q}", (FileImage(f"/{p}", f"{p}.png"),), (Turn("?", ("зебра" if p % 5 == 0 else "нет",)),), f"{p}.png"
        )
        for p in range(count)
        for q in range(1 + p % questions)
    ]


def zebras(part: tuple[Example, ...]) -> int:
    return sum(one.answers[0] == "зебра" for one in part)


@pytest.mark.parametrize("stratify", ["answer", "kind"])
@pytest.mark.parametrize("seed", range(5))
def test_labels_keep_their_shares(stratify: str, seed: int) -> None:
    examples = [replace(one, metadata={"kind": one.answers[0]}) for one in labelled(150)]
    parts = divide(examples, {"test": 0.2, "validation": 0.1}, seed=seed, stratify=stratify)
    assert [(len(parts[part]), zebras(parts[part])) for part in ("test", "validation", "train")] == [
        (30, 6),
        (15, 3),
        (105, 21),
    ]


def test_without_being_asked_labels_fall_where_they_fall() -> None:
    found = {zebras(divide(labelled(150), {"test": 0.2}, seed=seed)["test"]) for seed in range(10)}
    assert len(found) > 2


@settings(max_examples=100, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 3), folds=st.none() | st.integers(2, 4), data=st.data())
def test_groups_stay_whole_and_rows_may_come_in_any_order_when_stratified(
    rows: list[tuple[list[str], str | None]], seed: int, folds: int | None, data: st.DataObject
) -> None:
    examples = [
        replace(example(str(k), *pictures, group=group), metadata={"label": data.draw(st.sampled_from("абв"))})
        for k, (pictures, group) in enumerate(rows)
    ]
    asked = {"seed": seed, "stratify": "label", "fold": Fold(1, folds) if folds else None}
    try:
        parts = divide(examples, {"test": 0.2, "validation": 0.2}, **asked)
    except DataError as error:
        assert error.problems[0].code == "data/too-few-groups"
        # two folds may hold one giant and all the rest, which leaves nothing to take validation from
        assert folds == 2 or len(group_by_picture(examples)) <= max(2, folds or 0)
        return
    assert sorted(one.id for part in parts.values() for one in part) == sorted(one.id for one in examples)
    assert all(parts.values())
    for keys in (lambda one: [image.name for image in one.images], lambda one: [one.group]):
        sides = Counter(key for part in parts.values() for key in {key for one in part for key in keys(one)})
        assert set(sides.values()) <= {1}
    shuffled = list(examples)
    random.Random(seed).shuffle(shuffled)
    assert ids(divide(shuffled, {"test": 0.2, "validation": 0.2}, **asked)) == ids(parts)


def test_a_stratified_test_set_does_not_depend_on_the_share_of_validation_but_on_the_seed() -> None:
    tests = [
        divide(labelled(100), {"test": 0.1, "validation": share}, seed=seed, stratify="answer")["test"]
        for share, seed in ((0.1, 0), (0.3, 0), (0.1, 1))
    ]
    assert tests[0] == tests[1]
    assert tests[0] != tests[2]


@pytest.mark.parametrize("stratify", [None, "answer"])
@pytest.mark.parametrize("questions", [1, 4])
def test_folds_together_hold_everything_once(stratify: str | None, questions: int) -> None:
    examples = labelled(60, questions=questions)
    divisions = [
        divide(examples, {"validation": 0.1, "test": 0.9}, stratify=stratify, fold=Fold(number, 5))
        for number in range(1, 6)
    ]
    folds = [parts["test"] for parts in divisions]
    assert sorted(one.id for fold in folds for one in fold) == sorted(one.id for one in examples)
    assert max(map(len, folds)) - min(map(len, folds)) <= (questions if stratify else 1)
    assert all(len(parts["validation"]) == pytest.approx(0.1 * len(examples), abs=2) for parts in divisions)
    if stratify:
        assert max(map(zebras, folds)) - min(map(zebras, folds)) <= questions


def test_what_a_fold_holds_depends_on_the_seed_and_not_on_validation() -> None:
    examples = labelled(40)
    tests = [
        divide(examples, {"validation": share}, seed=seed, fold=Fold(2, 4))["test"]
        for share, seed in ((0.1, 0), (0.0, 0), (0.1, 1))
    ]
    assert tests[0] == tests[1]
    assert tests[0] != tests[2]


@pytest.mark.parametrize(("groups", "folds", "validation"), [(4, 5, 0.0), (2, 2, 0.1), (1, 2, 0.0)])
def test_too_few_groups_for_folds_are_told(groups: int, folds: int, validation: float) -> None:
    with pytest.raises(DataError, match="fewer folds") as caught:
        divide(labelled(groups, questions=3), {"validation": validation}, fold=Fold(1, folds))
    assert caught.value.problems[0].code == "data/too-few-groups"


def test_folds_that_leave_nothing_are_told() -> None:
    with pytest.raises(DataError, match=r"test 0\.5 \+ validation 0\.6 leaves nothing"):
        divide(labelled(9), {"validation": 0.6}, fold=Fold(1, 2))


def test_a_column_to_stratify_by_that_is_not_there_is_told() -> None:
    with pytest.raises(DataError, match="did you mean `answer`") as caught:
        divide(labelled(9), SHARES, stratify="answr")
    assert caught.value.problems[0].where == "data.split.stratify"


def test_labels_that_a_part_lacks_are_told() -> None:
    examples = [*labelled(40), Example("редкий", (), (Turn("?", ("жираф",)),), "редкий")]
    parts = divide(examples, SHARES, stratify="answer")
    notes = {note.where: note.found for note in missing_labels(parts, "answer")}
    assert set(notes) == {"test", "validation"}
    assert all(found.endswith("1 (`жираф`)") for found in notes.values())
    assert missing_labels(divide(labelled(40), SHARES, stratify="answer"), "answer") == []
