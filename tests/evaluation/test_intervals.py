import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensmith.evaluation.intervals import Spread, exact, join, wilson

SHARES = st.floats(0.01, 0.99)


@given(SHARES, st.integers(2, 400))
def test_many_independent_groups_count_for_nearly_what_they_are(share, groups):
    spread = Spread(share * (1 - share) / groups * (groups - 1) / groups, groups, rarer=1e9, alike=0.0)
    assert spread.effective_size(share) == pytest.approx(groups, rel=1e-6)


@given(SHARES, st.floats(1, 50), st.floats(0, 1))
def test_fewer_groups_on_the_rarer_side_make_an_interval_wider(share, rarer, alike):
    few, more = (Spread(0.001, 60, number, alike).ends(share, (0.0, 1.0), 0.95) for number in (rarer, rarer + 1))
    assert few[0] <= more[0] <= share <= more[1] <= few[1]


@given(SHARES, st.floats(1, 50))
def test_two_more_groups_on_the_rarer_side_are_reckoned_in(share, rarer):
    sure, unsure = Spread(0.001, 60, 1e12, 0.0), Spread(0.001, 60, rarer, 0.0)
    assert sure.effective_size(share) / unsure.effective_size(share) == pytest.approx(1 + 2 / rarer)


@given(SHARES)
def test_the_bounds_are_a_scale_and_nothing_else(share):
    spread, wide = Spread(0.002, 30, 5.0, 0.01), Spread(0.008, 30, 5.0, 0.04)
    low, high = spread.ends(share, (0.0, 1.0), 0.95)
    assert wide.ends(2 * share - 1, (-1.0, 1.0), 0.95) == pytest.approx((2 * low - 1, 2 * high - 1))


def test_without_any_spread_each_group_counts_once():
    assert Spread(0.0, 12, 1.0, 0.0).effective_size(1.0) == 12.0


@given(st.integers(0, 30), st.sampled_from((0.8, 0.95, 0.99)))
def test_the_exact_interval_is_scipys(correct, confidence):
    from scipy.stats import binomtest

    reference = binomtest(correct, 30).proportion_ci(confidence, method="exact")
    assert exact(correct, 30, (1 - confidence) / 2) == pytest.approx((reference.low, reference.high), abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_two_half_widths_join_as_two_standard_deviations_do(one, other, correlation):
    joined = join(one, other, correlation)
    assert abs(one - other) - 1e-9 <= joined <= one + other + 1e-9
    assert join(one, other, -1.0) == pytest.approx(one + other)


def test_newcombes_published_difference():
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    one, other = wilson(56, 70), wilson(48, 80)
    low = 0.2 - join(0.8 - one[0], other[1] - 0.6, 0.0)
    high = 0.2 + join(one[1] - 0.8, 0.6 - other[0], 0.0)
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
