"""Slices by the data's own columns: found by name, sized right, the same on both sides of a comparison."""

from dataclasses import replace

import pytest
from answer_making import predict_all

from lensmith.config.sections import EvaluateSection
from lensmith.errors import DataError
from lensmith.evaluation.compare import compare_predictions
from lensmith.evaluation.results import score_predictions

ROWS = [("zebra", "zebra"), ("zebra", "none"), ("none", "none"), ("zebra", "zebra")]
WEATHER = ["faded", "faded", "day", "day"]


def section(*slices):
    return EvaluateSection(
        metrics=["label"], labels=["zebra", "none"], positive="zebra", slices=list(slices), resamples=100
    )


def conditioned(rows=ROWS, values=WEATHER):
    predictions = predict_all(rows)
    return [
        replace(each, metadata={"condition": value, "дорога": 1})
        for each, value in zip(predictions, values, strict=True)
    ]


def test_each_value_has_its_mean_and_the_recall_within_it():
    found = score_predictions(conditioned(), section("condition"), seed=0).metrics["label"]
    assert {name: (each.n, each.value) for name, each in found.slices.items()} == {
        "condition = day": (2, 1.0),
        "condition = faded": (2, 0.5),
    }
    assert found.quantities["recall where condition = faded"].value == 0.5
    assert found.quantities["recall where condition = day"].value == 1.0
    assert found.quantities["recall"].value == pytest.approx(2 / 3)


def test_rows_that_say_nothing_are_in_no_slice():
    found = score_predictions(conditioned(values=[None, "", "day", 0]), section("condition"), seed=0)
    assert {name: each.n for name, each in found.metrics["label"].slices.items()} == {
        "condition = 0": 1,
        "condition = day": 1,
    }


def test_a_column_that_nobody_has_is_refused_and_the_others_are_named():
    with pytest.raises(DataError, match="condition") as caught:
        score_predictions(conditioned(), section("conditoin", "condition", "wether"), seed=0)
    assert [problem.code for problem in caught.value.problems] == ["data/unknown-column"] * 2


def test_nothing_to_slice_is_no_error():
    assert score_predictions([], section("condition"), seed=0).metrics["label"].slices == {}


def test_a_comparison_slices_by_what_the_first_side_says():
    before = conditioned([(gold, "none") for gold, _ in ROWS])
    after = [replace(each, metadata={}) for each in conditioned()]
    found = compare_predictions(before, after, section("condition"), seed=0).metrics["label"]
    faded = found.slices["condition = faded"]
    assert (faded.before.value, faded.after.value) == (0.0, 0.5)
    assert len(faded.flips.gained) == 1
    assert found.quantities["recall where condition = faded"].after.value == 0.5
