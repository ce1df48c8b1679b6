"""Balanced classes: an epoch stays as long, each class has the same share of it, and none is repeated without bound."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensmith.config.sections import SourceSection
from lensmith.data.balance import MOST_TIMES, Balance, ClassCount, balance_classes, level
from lensmith.data.mixture import Mixture, SourceCount
from lensmith.errors import DataError
from lensmith.types import Example, Turn

AMOUNTS = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 500), min_size=1, max_size=12)


def example(at: int, answer: str, **metadata: object) -> Example:
    return Example(f"№{at}", (), (Turn("Кто это?", (answer, "другой ответ")),), str(at), metadata)


@given(AMOUNTS)
def test_an_epoch_stays_as_long_and_classes_are_as_equal_as_the_bound_allows(amounts: dict[str, int]) -> None:
    factors = level(amounts)
    met = {value: factors[value] * amount for value, amount in amounts.items()}
    assert sum(met.values()) == pytest.approx(sum(amounts.values()))
    bounded = {value for value in met if factors[value] == MOST_TIMES}
    share = max(met.values())
    assert all(factor <= MOST_TIMES for factor in factors.values())
    assert all(met[value] == pytest.approx(share) for value in met.keys() - bounded)
    assert all(met[value] <= share * (1 + 1e-9) for value in bounded)


def test_what_a_rare_class_cannot_fill_goes_to_the_others() -> None:
    assert level({"зебра": 5, "нет": 45}) == {"зебра": 4.0, "нет": pytest.approx(30 / 45)}
    assert level({"да": 20, "нет": 60}) == {"да": 2.0, "нет": pytest.approx(2 / 3)}
    assert level({"одно": 7}) == {"одно": 1.0}


def test_classes_are_first_answers_or_a_column_and_those_without_a_value_stay() -> None:
    examples = [example(at, "зебра" if at < 2 else "нет", kind="🦓" if at < 4 else None) for at in range(8)]
    weights = dict.fromkeys((each.id for each in examples), 1.0)
    assert balance_classes(examples, weights, "answer").factors == {"зебра": 2.0, "нет": pytest.approx(2 / 3)}
    by_kind = balance_classes(examples, weights, "kind")
    assert (by_kind.factors, set(by_kind.class_of)) == ({"🦓": 1.0}, {"№0", "№1", "№2", "№3"})
    with pytest.raises(DataError) as caught:
        balance_classes(examples, weights, "knd")
    assert (caught.value.problems[0].where, "kind" in caught.value.problems[0].fix) == ("data.balance", True)


def test_the_weight_of_a_source_counts_and_stays_a_bound() -> None:
    """Two sources of weight 1 and 3: 4 + 3·4 of one class, 8 of the other."""
    examples = [example(at, "да" if at < 8 else "нет") for at in range(16)]
    source_of = {each.id: int(at in range(4, 8)) for at, each in enumerate(examples)}
    weights = (1.0, 3.0)
    balance = balance_classes(examples, {name: weights[at] for name, at in source_of.items()}, "answer")
    assert balance.factors == {"да": pytest.approx(0.75), "нет": pytest.approx(1.5)}
    mixture = Mixture(("а", "б"), weights, source_of, balance)
    ids = [each.id for each in examples]
    assert mixture.count_classes(ids) == (ClassCount("да", 0.75, 8, 12), ClassCount("нет", 1.5, 8, 12))
    assert mixture.count(ids) == (SourceCount("а", 1.0, 12, 15), SourceCount("б", 3.0, 4, 9))
    assert not Mixture(("а",), (1.0,), {}, Balance("answer", {}, {})).is_even


def test_examples_that_came_later_are_met_by_their_source_s_weight() -> None:
    mixture = Mixture(("а", "ещё"), (1.0, 2.0), {"1": 0, "2": 0, "3": 1}, Balance("answer", {"1": "да"}, {"да": 3.0}))
    met = Counter({block.weight: len(block.places) for block in mixture.blocks(["1", "2", "3"]) if block.places})
    assert met == {3.0: 1, 1.0: 1, 2.0: 1}
    assert [count.an_epoch for count in mixture.count(["1", "2", "3"])] == [4, 2]


def test_without_balance_nothing_is_told(tmp_path: Path) -> None:
    mixture = Mixture.of([SourceSection(path=str(tmp_path))], {"1": 0})
    assert mixture.count_classes(["1"]) == ()
    assert mixture.is_even
