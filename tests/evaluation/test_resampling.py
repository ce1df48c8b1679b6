import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from lensmith.evaluation import resampling
from lensmith.evaluation.resampling import Resampling, find_rows, pulls, rarer_side, resample, sum_by_group
from lensmith.evaluation.statistics import ratio


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40), st.booleans())
def test_equal_groups_are_one_row_and_none_is_lost(groups, is_sparse):
    sums = np.array(groups, dtype=float)
    rows = find_rows(sparse.csr_array(sums) if is_sparse else sums)
    kept = {tuple(row): count for row, count in zip(resampling.dense(rows.sums).tolist(), rows.counts, strict=True)}
    assert kept == {pair: groups.count(pair) for pair in set(groups)}
    assert rows.groups == len(groups)


def test_drawing_rows_is_drawing_groups(monkeypatch):
    """The two ways to draw have the same mean and the same spread, which for a share are known."""
    sums = np.array([[1.0, 1.0]] * 60 + [[0.0, 1.0]] * 140)
    spreads = []
    for cheaper in (1, 10**9):
        monkeypatch.setattr(resampling, "_CHEAPER_BY_ROWS", cheaper)
        drawn = resample(find_rows(sums), ratio, Resampling(0, resamples=20_000))
        spreads.append((drawn.mean(), drawn.std()))
    assert spreads[0] != spreads[1]
    for mean, spread in spreads:
        assert mean == pytest.approx(0.3, abs=0.001)
        assert spread == pytest.approx((0.3 * 0.7 / 200) ** 0.5, rel=0.03)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(4, 6)), min_size=3, max_size=15))
def test_a_pull_is_what_is_missing_without_the_group(groups):
    rows = find_rows(np.array(groups, dtype=float))
    whole = sum(part for part, _ in groups) / sum(each for _, each in groups)
    for row, pull in zip(rows.sums.tolist(), pulls(rows, ratio), strict=True):
        rest = list(groups)
        rest.remove(tuple(row))
        without = sum(part for part, _ in rest) / sum(each for _, each in rest)
        assert pull == pytest.approx(whole - without)


def test_the_rarer_side_is_the_groups_that_hold_the_exception():
    one_of_many = np.array([0.9] + [-0.01] * 99)
    assert rarer_side(one_of_many, np.ones(100)) == 1.0
    assert rarer_side(np.array([0.5, -0.05]), np.array([4, 40])) == pytest.approx(4.0)
    assert rarer_side(np.array([1.0, 1.0, 0.1, -1.0, -1.0, -1.0]), np.ones(6)) == pytest.approx(2.1**2 / 2.01)
    assert rarer_side(np.array([np.nan, 1.0]), np.ones(2)) == 1.0
    assert rarer_side(np.zeros(3), np.ones(3)) == 1.0


def test_sums_by_group_keep_the_order_of_appearance():
    sums = sum_by_group(np.array([[1.0], [2.0], [4.0]]), ["ё", "a", "ё"])
    assert sums.tolist() == [[5.0], [2.0]]
