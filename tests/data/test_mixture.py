import pytest

from lensmith.config.sections import SourceSection
from lensmith.data.mixture import Mixture, SourceCount, count_rounds


@pytest.mark.parametrize(
    ("weight", "examples", "expected"),
    [
        (1.0, 7, (1, 0)),
        (2.0, 7, (2, 0)),
        (0.5, 7, (0, 4)),
        (0.5, 8, (0, 4)),
        (1.25, 8, (1, 2)),
        (0.001, 8, (0, 1)),
        (0.99, 8, (0, 8)),
        (0.5, 0, (0, 0)),
        (3.5, 0, (3, 0)),
    ],
)
def test_what_is_left_over_is_rounded_and_never_nothing(
    weight: float, examples: int, expected: tuple[int, int]
) -> None:
    assert count_rounds(weight, examples) == expected


def test_sources_are_counted_over_the_examples_that_are_there() -> None:
    sections = [SourceSection(path="общий.jsonl", weight=0.5), SourceSection(path="мой.jsonl", weight=3.0)]
    mixture = Mixture.of(sections, {"a": 0, "b": 0, "😀": 1, "г": 1})
    assert mixture.count(["b", "😀", "a"]) == (
        SourceCount("общий.jsonl", 0.5, 2, 1),
        SourceCount("мой.jsonl", 3.0, 1, 3),
    )
    assert [block.places for block in mixture.blocks(["b", "😀", "a"])] == [[0, 2], [1]]
    assert not mixture.is_even
    assert Mixture.of([SourceSection(path="a"), SourceSection(path="b")], {}).is_even
