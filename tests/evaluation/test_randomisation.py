"""The sign-flip test against all flips, counted out."""

import itertools
import random

import pytest

from lensmith.evaluation.randomisation import flip_signs


def count_out(changes: list[int]) -> float:
    flips = [
        sum(sign * change for sign, change in zip(signs, changes, strict=True))
        for signs in itertools.product((-1, 1), repeat=len(changes))
    ]
    return sum(abs(total) >= abs(sum(changes)) for total in flips) / len(flips)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_share_of_all_flips(seed: int) -> None:
    draw = random.Random(seed)
    changes = [draw.randint(-3, 5) for _ in range(draw.randint(1, 10))]
    assert flip_signs(changes) == pytest.approx(count_out(changes))


def test_questions_of_one_picture_are_one_observation() -> None:
    assert flip_signs([100]) == 1.0
    assert flip_signs([50, 50, 50, 50, 50]) > 0.05
    assert flip_signs([1] * 6) < 0.05


def test_nothing_and_much() -> None:
    assert flip_signs([]) == flip_signs([0, 0]) == 1.0
    assert flip_signs([1] * 2000) == pytest.approx(0.0)
