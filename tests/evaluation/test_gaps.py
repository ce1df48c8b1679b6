import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, fisher_exact

from lensmith.evaluation.gaps import Rate, measure_gap
from lensmith.evaluation.intervals import Interval, wilson
from lensmith.evaluation.resampling import Resampling
from lensmith.evaluation.statistics import estimate, mean_of


def rate_of(values, groups):
    return Rate(np.array(values, dtype=float), np.ones(len(values)), np.array(groups, dtype=np.int64))


def draw(seed, per_group=4, groups=60):
    """Scores and a column that cuts across groups."""
    random = np.random.default_rng(seed)
    group_N = np.repeat(np.arange(groups), per_group)
    values = random.random(len(group_N)) < random.beta(3, 2, size=groups)[group_N]
    return values.astype(float), group_N, random.random(len(group_N)) < 0.3


def test_independent_answers_have_newcombes_interval():
    """Newcombe 1998, Statistics in Medicine 17, 873-890, Table II, (a) by method 10."""
    values = [1.0] * 56 + [0.0] * 14 + [1.0] * 48 + [0.0] * 32
    gap = measure_gap(rate_of(values, range(150)), np.arange(150) < 70)
    inside, outside = (Interval(*wilson(right, n), 0.95, "Wilson", n) for right, n in ((56, 70), (48, 80)))
    found = gap.interval(inside, outside)
    assert (gap.value, gap.correlation) == (pytest.approx(0.2), 0.0)
    assert (round(found.low, 4), round(found.high, 4), found.groups) == (0.0524, 0.3339, 70)


def test_the_p_of_independent_answers_is_of_exact_intervals_of_their_counts():
    values = [1.0] * 56 + [0.0] * 14 + [1.0] * 48 + [0.0] * 32
    gap = measure_gap(rate_of(values, range(150)), np.arange(150) < 70)
    assert (gap.inside.size, gap.outside.size) == (70, 80)
    tail = 0.0001
    ends = [
        (beta.ppf(tail, right, n - right + 1), beta.ppf(1 - tail, right + 1, n - right))
        for right, n in ((56, 70), (48, 80))
    ]
    low, high = gap.exact_ends(tail)
    assert low == pytest.approx(0.2 - math.hypot(0.8 - ends[0][0], ends[1][1] - 0.6))
    assert high == pytest.approx(0.2 + math.hypot(ends[0][1] - 0.8, 0.6 - ends[1][0]))


def test_few_errors_where_hardly_any_are_expected_prove_little():
    """5 of 37 against 9 of 363: Fisher's exact p is 0.006, a score test's 0.00002."""
    values = [0.0] * 5 + [1.0] * 32 + [0.0] * 9 + [1.0] * 354
    gap = measure_gap(rate_of(values, range(400)), np.arange(400) < 37)
    assert 0.005 < fisher_exact([[5, 32], [9, 354]]).pvalue < gap.p < 0.05


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_p_is_where_the_exact_ends_touch_zero(seed):
    values, group_N, inside_N = draw(seed)
    gap = measure_gap(rate_of(values, group_N), inside_N)
    for confidence in (0.5, 0.8, 0.95, 0.99):
        low, high = gap.exact_ends((1 - confidence) / 2)
        assert (not low <= 0.0 <= high) == (gap.p < 1 - confidence)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_slice_and_rest_may_change_places(seed):
    values, group_N, inside_N = draw(seed)
    rate = rate_of(values, group_N)
    there, back = measure_gap(rate, inside_N), measure_gap(rate, ~inside_N)
    assert (there.value, there.p) == (pytest.approx(-back.value), pytest.approx(back.p, rel=1e-6))


def test_the_closed_form_is_what_the_bootstrap_finds():
    values, group_N, _ = draw(1)
    inside_N = group_N < 40
    gap = measure_gap(rate_of(values, group_N), inside_N)
    many = Resampling(0, resamples=20_000)
    found = estimate(mean_of(values[inside_N].tolist()), [str(at) for at in group_N[inside_N]], many).interval
    low, high = wilson(gap.inside.share * gap.inside.size, gap.inside.size)
    assert (low, high) == pytest.approx((found.low, found.high), abs=0.004)


def test_pictures_that_are_hard_for_both_kinds_of_question_do_not_blur_the_gap():
    """Every picture has both kinds; one kind is always as far below the other: that is seen through their spread."""
    random = np.random.default_rng(4)
    easy = np.repeat(random.random(40), 2)
    values = easy * 0.7 + np.tile([0.1, 0.15], 40) + 0.02 * random.random(80)
    group_N, inside_N = np.repeat(np.arange(40), 2), np.tile([True, False], 40)
    paired = measure_gap(rate_of(values, group_N), inside_N)
    alone = measure_gap(rate_of(values, np.arange(80)), inside_N)
    assert paired.correlation > 0.99
    assert paired.p < 1e-4 < 0.05 < alone.p


def test_a_slice_that_is_wrong_throughout_is_as_sure_as_its_groups_allow():
    values = [0.0] * 8 + [1.0, 0.0, 1.0, 0.0] * 10
    many = measure_gap(rate_of(values, range(48)), np.arange(48) < 8)
    few = measure_gap(rate_of(values, [0] * 4 + [1] * 4 + list(range(2, 42))), np.arange(48) < 8)
    assert few.inside.size < many.inside.size
    assert many.p < few.p
    assert few.exact_ends(0.025)[1] > -0.1
