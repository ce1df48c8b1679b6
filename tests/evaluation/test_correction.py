from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensmith.evaluation.correction import holm

PS = st.lists(st.floats(0, 1), max_size=7)


def close(ps):
    """Holm's by the closure of Bonferroni's: each is as sure as the least sure set of differences that it is in."""
    sets = [some for size in range(1, len(ps) + 1) for some in combinations(range(len(ps)), size)]
    return [min(1.0, max(len(s) * min(ps[each] for each in s) for s in sets if at in s)) for at in range(len(ps))]


@given(PS)
def test_it_is_the_closure_of_bonferronis(ps):
    assert holm(ps) == pytest.approx(close(ps))


@given(PS, st.randoms())
def test_order_does_not_matter(ps, random):
    order = random.sample(range(len(ps)), len(ps))
    found = holm(ps)
    assert holm([ps[at] for at in order]) == [found[at] for at in order]


def test_one_question_needs_no_correction():
    assert holm([0.04]) == [0.04]
    assert holm([]) == []
