"""What every metric in the registry promises."""

import dataclasses
import math

import numpy as np
import pytest
from answer_making import predict, predict_all

from lensmith.config.sections import EvaluateSection
from lensmith.errors import RecipeError
from lensmith.evaluation.aspects import aspects
from lensmith.evaluation.metrics import METRICS, build_metrics

WORDS = ["да", "чёрный кот", "true"]
SECTION = EvaluateSection(labels=WORDS, positive="да", subjects={word: [] for word in WORDS})
ONLY_YES_OR_NO = {"pope"}
"""Metrics that do not apply to the other questions; every other metric judges all of these."""
TEXTS = ["", " ", "да", "👍🏽" * 20, "ж" * 100_000, "<script>alert(1)</script>", "\x00\u200b", "3.5", "a\nb\tc", "?!…"]


@pytest.fixture(params=METRICS)
def metric(request):
    return METRICS[request.param](SECTION)


def test_says_what_it_is(metric):
    assert METRICS[metric.name] is type(metric)
    assert metric.describe
    assert metric.better in ("higher", "lower", "neither")


def best(metric):
    return 0.0 if metric.better == "lower" else 1.0


@pytest.mark.parametrize("text", WORDS)
def test_identical_cyrillic_and_other_texts_score_the_best(metric, text):
    expected = None if metric.name in ONLY_YES_OR_NO and text != "да" else best(metric)
    assert metric.judge(predict(text, text)).value == expected


def test_a_wrong_answer_does_not_score_the_best(metric):
    assert metric.judge(predict("true", "да")).value != best(metric)


def test_no_text_makes_it_fail_and_values_are_fractions(metric):
    predictions = [predict(given, accepted) for given in TEXTS for accepted in TEXTS]
    for judgement in metric.judge_all(predictions):
        if judgement.value is None:
            assert judgement.reason
        else:
            assert 0.0 <= judgement.value <= 1.0
            assert all(0.0 <= part <= 1.0 for part in judgement.parts.values())


def test_an_empty_answer_is_judged_wrong_and_a_missing_accepted_one_not_at_all(metric):
    assert metric.judge(predict("", "да")).value == 0.0  # it says nothing wrong either, where lower is better
    for answers in ((), ("",), (" ", "")):
        judgement = metric.judge(predict("", *answers))
        assert judgement.value is None
        assert judgement.reason


def test_the_best_of_several_accepted_answers_counts(metric):
    assert metric.judge(predict("да", "true", "да")).value == best(metric)


def test_judging_twice_says_the_same(metric):
    predictions = [predict(given, accepted) for given in TEXTS for accepted in ("да", "true")]
    assert metric.judge_all(predictions) == metric.judge_all(predictions)


def test_slices_and_applicability_follow_from_the_data_alone(metric):
    for accepted in ("да", "true", "кит", ""):
        judged = [metric.judge(predict(given, accepted)) for given in TEXTS]
        assert len({(each.value is None, each.slice, *each.parts) for each in judged}) == 1


def test_numbers_are_sums_over_predictions_and_fractions(metric):
    rows = [("да", "да"), ("да", "true"), ("true", "кит"), ("чёрный кот", "чёрный кот"), ("нет", "да")] * 3
    predictions = [each for each in predict_all(rows) if metric.judge(each).value is not None]
    assert predictions
    for aspect in aspects(metric, predictions, metric.judge_all(predictions)):
        assert aspect.quantity.contributions.shape[0] == len(aspect.rows)
        sums = np.asarray(aspect.quantity.contributions.sum(axis=0)).reshape(1, -1)
        low, high = aspect.quantity.bounds
        twice = aspect.quantity.combine(np.vstack([sums, 2 * sums]))
        assert twice.shape == (2,)
        assert low <= twice[0] <= high or math.isnan(twice[0])
        assert twice[0] == pytest.approx(twice[1], nan_ok=True)


def test_the_table_is_json_and_holds_no_nan(metric):
    import json

    predictions = predict_all([("да", "кит"), ("true", "true")])
    json.dumps(metric.table(predictions, metric.judge_all(predictions)), allow_nan=False)


def test_judgements_do_not_depend_on_ids_groups_or_metadata(metric):
    one = predict("да", "да")
    other = dataclasses.replace(one, id="x", group="y", metadata={"a": 1}, finished=False)
    assert metric.judge(one) == metric.judge(other)


def test_metrics_are_built_once_each_and_all_mistakes_are_told():
    built = build_metrics(EvaluateSection(metrics=["yes_no", "exact_match", "yes_no"]))
    assert [metric.name for metric in built] == ["yes_no", "exact_match"]
    with pytest.raises(RecipeError) as caught:
        build_metrics(EvaluateSection(metrics=["exakt_match", "label"]))
    assert [problem.code for problem in caught.value.problems] == ["metric/unknown", "recipe/labels-missing"]
    assert "did you mean `exact_match`" in str(caught.value)
