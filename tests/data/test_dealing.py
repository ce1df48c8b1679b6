from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.data.dealing import deal

GROUPS = st.dictionaries(
    st.text("абв", min_size=1, max_size=4),
    st.dictionaries(st.sampled_from(["да", "нет", None]), st.integers(1, 9), min_size=1).map(Counter),
    min_size=6,
    max_size=30,
)


@settings(deadline=None)
@given(groups=GROUPS, shares=st.lists(st.floats(0.01, 9), min_size=2, max_size=4), most=st.integers(1, 3))
def test_every_group_is_on_one_side_and_no_side_gets_less_than_it_must(
    groups: dict[str, Counter[str | None]], shares: list[float], most: int
) -> None:
    least = [1] * (len(shares) - 1) + [most]
    sides = deal(groups, shares, least)
    assert sorted(name for side in sides for name in side) == sorted(groups)
    assert all(len(side) >= need for side, need in zip(sides, least, strict=True))


def held(groups: dict[str, Counter[str | None]], side: set[str]) -> Counter[str | None]:
    return sum((groups[name] for name in side), Counter())


@pytest.mark.parametrize("shares", [[1, 9], [1, 1, 1, 1, 1], [2, 3, 5]])
def test_single_examples_meet_every_share_within_one(shares: list[float]) -> None:
    groups = {f"{at}": Counter({"да": 1} if at % 10 < 7 else {"нет": 1}) for at in range(203)}
    whole = sum(groups.values(), Counter())
    for side, share in zip(deal(groups, shares), shares, strict=True):
        for label, count in whole.items():
            assert abs(held(groups, side)[label] - count * share / sum(shares)) <= 1


def test_a_giant_goes_where_most_is_wanted() -> None:
    groups = {"small": Counter(a=1), "giant": Counter(a=50), "tiny": Counter(a=1)}
    assert deal(groups, [1, 9])[1] >= {"giant"}


def test_sides_hold_large_and_small_groups_alike() -> None:
    groups = {f"{at}": Counter(a=1 + at * 7 % 20) for at in range(400)}
    small, large = deal(groups, [1, 9])
    means = [held(groups, side).total() / len(side) for side in (small, large)]
    assert means[0] == pytest.approx(means[1], rel=0.1)
