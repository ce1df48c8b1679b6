"""The order of an epoch: with weights of 1 what it was without; with others, each source as often as it says."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.batching.order import PictureSampler
from lensmith.data.balance import Balance, level
from lensmith.data.mixture import Mixture
from lensmith.families.encoded import Encoded
from tiny_models import Noise


def item(example_id: str, picture: int | None) -> Encoded:
    images = () if picture is None else (Noise(picture),)
    return Encoded(np.asarray([1, 2]), np.asarray([0, 1], np.float32), (), images, example_id)


def mix(items: list[Encoded], weights: list[float], sources: list[int]) -> Mixture:
    paths = tuple(f"{at}.jsonl" for at in range(len(weights)))
    return Mixture(paths, tuple(weights), {one.example_id: at for one, at in zip(items, sources, strict=True)})


def epochs(order: PictureSampler, count: int) -> list[list[int]]:
    met = []
    for epoch in range(count):
        order.set_epoch(epoch)
        met.append(list(order))
        assert len(met[-1]) == len(order)
    return met


def without_weights(items: list[Encoded], together: int, seed: int, epoch: int) -> list[int]:
    """The order of runs that knew no weights, which must stay theirs."""
    pictures: dict[object, list[int]] = {}
    for at, one in enumerate(items):
        pictures.setdefault(one.images or at, []).append(at)
    chance = np.random.default_rng([seed, epoch])
    chunks = []
    for questions in pictures.values():
        mixed = chance.permutation(questions).tolist()
        chunks += [mixed[start : start + together] for start in range(0, len(mixed), together)]
    return [at for chunk in chance.permutation(len(chunks)) for at in chunks[chunk]]


ITEMS = st.lists(st.tuples(st.none() | st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=25)


@settings(deadline=None)
@given(rows=ITEMS, together=st.integers(1, 4), seed=st.integers(0, 3), epoch=st.integers(0, 3))
def test_weights_of_one_change_nothing(
    rows: list[tuple[int | None, int]], together: int, seed: int, epoch: int
) -> None:
    items = [item(f"вопрос {at}", picture) for at, (picture, _) in enumerate(rows)]
    expected = without_weights(items, together, seed, epoch)
    for mixture in (None, mix(items, [1.0, 1.0, 1.0], [source for _, source in rows])):
        order = PictureSampler(items, together, seed, mixture)
        order.set_epoch(epoch)
        assert list(order) == expected


@settings(deadline=None)
@given(
    rows=ITEMS,
    weights=st.lists(st.sampled_from([0.01, 0.25, 0.5, 1.0, 1.3, 2.0, 3.5]), min_size=3, max_size=3),
    together=st.integers(1, 4),
    seed=st.integers(0, 3),
)
def test_every_source_is_met_as_often_as_its_weight_says(
    rows: list[tuple[int | None, int]], weights: list[float], together: int, seed: int
) -> None:
    items = [item(f"😀{at}", picture) for at, (picture, _) in enumerate(rows)]
    sources = [source for _, source in rows]
    mixture = mix(items, weights, sources)
    met = epochs(PictureSampler(items, together, seed, mixture), 5)
    for epoch in met:
        by_source = Counter(sources[at] for at in epoch)
        for at, counted in enumerate(mixture.count(one.example_id for one in items)):
            assert by_source[at] == counted.an_epoch
            assert abs(by_source[at] - weights[at] * counted.examples) <= (1 if weights[at] < 0.5 else 0.5)
    times = Counter(itertools.chain(*met))
    for source in range(3):
        of_source = [times[at] for at in range(len(items)) if sources[at] == source]
        assert not of_source or max(of_source) - min(of_source) <= 1, "no example is met more often than another"


CLASSES = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("абв")), min_size=2, max_size=40)


@settings(deadline=None)
@given(rows=CLASSES, together=st.integers(1, 4), seed=st.integers(0, 3))
def test_every_class_is_met_as_often_as_its_balance_says(rows: list[tuple[int, str]], together: int, seed: int) -> None:
    items = [item(f"😀{at}", picture) for at, (picture, _) in enumerate(rows)]
    class_of = {f"😀{at}": value for at, (_, value) in enumerate(rows)}
    balance = Balance("answer", class_of, level(Counter(class_of.values())))
    mixture = Mixture(("один.jsonl",), (1.0,), dict.fromkeys(class_of, 0), balance)
    met = epochs(PictureSampler(items, together, seed, mixture), 6)
    counted = {each.value: each for each in mixture.count_classes(class_of)}
    for epoch in met:
        assert Counter(rows[at][1] for at in epoch) == {value: each.an_epoch for value, each in counted.items()}
    times = Counter(itertools.chain(*met))
    for value, each in counted.items():
        assert abs(each.an_epoch - each.factor * each.examples) <= (1 if each.factor < 0.5 else 0.5)
        of_class = [times[at] for at, (_, own) in enumerate(rows) if own == value]
        assert max(of_class) - min(of_class) <= 1, "no example is met more often than another of its class"


def test_halves_take_turns() -> None:
    items = [item(str(at), at // 3) for at in range(12)]
    first, second, third = epochs(PictureSampler(items, 3, 0, mix(items, [0.5], [0] * 12)), 3)
    assert sorted(first + second) == list(range(12))
    assert sorted(third) == sorted(first)
    assert third != first, "the same half is shuffled anew"
    other = epochs(PictureSampler(items, 3, 1, mix(items, [0.5], [0] * 12)), 1)[0]
    assert sorted(other) != sorted(first), "another seed begins with another half"


@pytest.mark.parametrize("weight", [0.5, 2.0, 1.5])
def test_questions_on_a_picture_stay_together(weight: float) -> None:
    items = [item(str(at), at // 6) for at in range(60)]
    for epoch in epochs(PictureSampler(items, 6, 0, mix(items, [weight], [0] * 60)), 4):
        runs = [len(list(run)) for _, run in itertools.groupby(epoch, key=lambda at: items[at].images)]
        assert len(runs) <= weight * 10 + 2, "but for the two pictures at which an epoch begins and ends, all are whole"
        for at, copies in Counter(epoch).items():
            assert copies in ({1, 2} if weight == 1.5 else {max(1, int(weight))}), at


def test_a_picture_of_two_sources_is_still_one_picture() -> None:
    items = [item("а", 0), item("б", 0), item("в", 1), item("г", 1)]
    order = epochs(PictureSampler(items, 4, 0, mix(items, [1.0, 2.0], [0, 1, 0, 1])), 1)[0]
    assert Counter(order) == {0: 1, 1: 2, 2: 1, 3: 2}
    assert any({a, b} == {0, 1} for a, b in itertools.pairwise(order))


def test_the_order_of_an_epoch_does_not_depend_on_those_before() -> None:
    items = [item(str(at), at // 2) for at in range(20)]
    mixture = mix(items, [0.3, 2.5], [at % 2 for at in range(20)])
    order = PictureSampler(items, 2, 7, mixture)
    order.set_epoch(4)
    assert list(order) == list(order) == epochs(PictureSampler(items, 2, 7, mixture), 5)[4]


def test_a_source_of_which_nothing_is_left_is_no_trouble() -> None:
    items = [item("1", 0)]
    mixture = Mixture(("a", "b"), (0.5, 2.0), {"1": 1})
    assert epochs(PictureSampler(items, 1, 0, mixture), 1) == [[0, 0]]
