"""A draft goes on after a failure, and says of each part why it is missing."""

import pytest

from lensmith.errors import DataError, Problem
from lensmith.workflows.steps.drafting import Draft


def fail(*codes: str):
    def make(*needs, **given):
        raise DataError([Problem(code, "here", f"{code} is wrong") for code in codes])

    return make


def test_what_works_is_answered():
    draft = Draft()
    assert draft.attempt("sum", lambda a, b, *, c: a + b + c, 1, 2, c=3) == 6
    assert (draft.problems, draft.unknown) == ([], {})


def test_all_problems_of_a_failure_are_kept_once():
    draft = Draft()
    assert draft.attempt("data", fail("a/one", "a/two")) is None
    assert draft.attempt("again", fail("a/two", "a/three")) is None
    assert [problem.code for problem in draft.problems] == ["a/one", "a/two", "a/three"]
    assert draft.unknown == {"data": "here: a/one is wrong", "again": "here: a/two is wrong"}


def test_what_is_forgiven_is_no_problem_but_still_a_reason():
    draft = Draft()
    assert draft.attempt("tokens", fail("a/one"), forgive={"a/one"}) is None
    assert draft.problems == []
    assert draft.unknown == {"tokens": "here: a/one is wrong"}


def test_what_rests_on_a_failure_is_not_tried():
    draft = Draft()
    nothing = draft.attempt("data", fail("a/one"))
    assert draft.attempt("tokens", pytest.fail, nothing) is None
    assert "data" in draft.unknown["tokens"]
    assert draft.failed == ["data"]


def test_what_nobody_expected_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        Draft().attempt("data", lambda: 1 / 0)
