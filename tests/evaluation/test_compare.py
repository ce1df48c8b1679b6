import dataclasses
import json

import pytest
from answer_making import predict, predict_all

from lensmith.config.sections import EvaluateSection
from lensmith.errors import DataError
from lensmith.evaluation.compare import compare_predictions
from lensmith.evaluation.statistics import Estimate, Interval
from lensmith.evaluation.verdict import decide

SECTION = EvaluateSection(resamples=500)


def answered(answers, accepted="да", per_group=1):
    return predict_all([(accepted, answer) for answer in answers], per_group)


def compare(before, after, section=SECTION):
    return compare_predictions(answered(before), answered(after), section, seed=0)


def test_every_pair_is_in_one_of_four_lists():
    found = compare(["да", "да", "нет", "нет", ""], ["да", "нет", "Да!", "", "нет"]).metrics["exact_match"].mean
    assert dataclasses.astuple(found.flips) == (("0",), ("2",), ("1",), ("3", "4"))
    assert (found.before.value, found.after.value, found.difference.value) == (0.4, 0.4, 0.0)
    assert found.p == 1.0


def test_a_clear_gain_is_better_and_the_reverse_is_worse():
    weak, strong = ["нет"] * 60 + ["да"] * 40, ["нет"] * 30 + ["да"] * 70
    better, worse = compare(weak, strong), compare(strong, weak)
    mean = better.metrics["exact_match"].mean
    assert (mean.verdict.word, mean.difference.value) == ("better", pytest.approx(0.3))
    assert mean.verdict.sentence.startswith(
        "better: exact_match went from 40.0 % to 70.0 %, by +30.0 points (95 % interval"
    )
    assert worse.metrics["exact_match"].mean.verdict.word == "worse"
    assert better.metrics["yes_no"].slices["yes/no"].verdict.word == "better"
    assert better.metrics["exact_match"].quantities["as_written"].difference.value == pytest.approx(0.3)


def test_no_change_and_a_change_of_few_answers_cannot_tell():
    same = ["да"] * 50 + ["нет"] * 50
    assert "includes 0" in compare(same, same).metrics["exact_match"].mean.verdict.sentence
    few = ["да"] * 54 + ["нет"] * 46
    found = compare(same, few).metrics["exact_match"].mean
    assert found.verdict.word == "cannot tell"
    assert not found.difference.interval.excludes(0.0)
    five = compare(same, ["да"] * 55 + ["нет"] * 45).metrics["exact_match"].mean
    assert five.difference.interval.excludes(0.0)
    assert five.p == pytest.approx(2 * 0.5**5)
    assert "too few answers changed" in five.verdict.sentence


def test_one_group_cannot_tell_however_large_the_gain():
    before, after = (answered([answer] * 50, per_group=50) for answer in ("нет", "да"))
    found = compare_predictions(before, after, SECTION, seed=0).metrics["exact_match"].mean
    assert found.verdict.word == "cannot tell"
    assert "one group" in found.verdict.sentence


def test_all_wrong_to_all_right_is_better_with_an_honest_interval():
    found = compare(["нет"] * 40, ["да"] * 40).metrics["exact_match"].mean
    assert found.verdict.word == "better"
    assert 0.5 < found.difference.interval.low < 1.0
    assert compare(["нет"] * 2, ["да"] * 2).metrics["exact_match"].mean.verdict.word == "cannot tell"


@pytest.mark.parametrize(("groups", "word"), [(5, "cannot tell"), (6, "better")])
def test_a_gain_in_every_one_of_few_groups_may_be_chance(groups, word):
    sides = (answered([answer] * 40 * groups, per_group=40) for answer in ("нет", "да"))
    found = compare_predictions(*sides, SECTION, seed=0).metrics["exact_match"].mean
    assert found.difference.interval.excludes(0.0)
    assert found.verdict.word == word
    assert ("5 groups are too few" in found.verdict.sentence) == (groups == 5)


def test_clusters_make_a_difference_less_sure():
    before, after = ["нет"] * 100, ["да"] * 20 + ["нет"] * 80
    alone = compare_predictions(answered(before), answered(after), SECTION, seed=0)
    tied = compare_predictions(answered(before, per_group=20), answered(after, per_group=20), SECTION, seed=0)
    assert alone.metrics["exact_match"].mean.verdict.word == "better"
    assert tied.metrics["exact_match"].mean.verdict.word == "cannot tell"
    assert tied.groups == 5


def test_where_the_sides_group_differently_the_coarser_groups_count():
    before, after = answered(["да", "нет"] * 10), answered(["да"] * 20, per_group=5)
    assert compare_predictions(before, after, SECTION, seed=0).groups == 4
    assert compare_predictions(after, before, SECTION, seed=0).groups == 4


def test_ids_on_one_side_only_are_listed_and_not_compared():
    before, after = answered(["да"] * 4), answered(["да"] * 5)[1:]
    found = compare_predictions(before, after, SECTION, seed=0)
    assert (found.pairs, found.only_before, found.only_after) == (3, ("0",), ("4",))


def test_order_does_not_matter():
    before, after = answered(["да", "нет", "да"]), answered(["нет", "нет", "да"])
    forward = compare_predictions(before, after, SECTION, seed=0).to_json()
    assert compare_predictions(before, after[::-1], SECTION, seed=0).to_json() == forward


def test_other_questions_or_answers_under_an_id_are_all_told():
    before = answered(["да"] * 3)
    after = [dataclasses.replace(each, question="other") for each in before[:2]]
    after += [dataclasses.replace(before[2], answers=("нет",))]
    with pytest.raises(DataError) as caught:
        compare_predictions(before, after, SECTION, seed=0)
    assert [problem.where for problem in caught.value.problems] == ["id 0", "id 1", "id 2"]
    assert "question differ" in caught.value.problems[0].found
    assert "answers differ" in caught.value.problems[2].found


def test_repeated_ids_and_no_common_id_are_told_together():
    with pytest.raises(DataError) as caught:
        compare_predictions([predict("а", "б", id="1")] * 2, [predict("а", "б", id="2")], SECTION, seed=0)
    assert [problem.code for problem in caught.value.problems] == ["compare/repeated-id", "compare/no-pairs"]


def test_pairs_that_a_metric_does_not_apply_to_are_left_out():
    section = EvaluateSection(metrics=["label"], labels=["да", "нет"], positive="да", resamples=200)
    before = predict_all([("да", "нет"), ("кот", "кот"), ("нет", "нет"), ("да", "да")] * 8)
    after = predict_all([("да", "да"), ("кот", "пёс"), ("нет", "нет"), ("да", "да")] * 8)
    found = compare_predictions(before, after, section, seed=0).metrics["label"]
    assert found.mean.before.n == 24
    assert len(found.left_out["no accepted answer is one of the labels"]) == 8
    assert found.quantities["recall"].difference.value == pytest.approx(0.5)
    assert found.quantities["recall"].verdict.word == "better"


def test_json_holds_no_nan_and_a_precision_that_appears_cannot_be_compared():
    section = EvaluateSection(metrics=["label"], labels=["да", "нет"], positive="да", resamples=200)
    found = compare(["нет"] * 10, ["да"] * 10, section)
    json.dumps(found.to_json(), allow_nan=False)
    precision = found.metrics["label"].quantities["precision"]
    assert (precision.before.value, precision.after.value, precision.verdict.word) == (None, 1.0, "cannot tell")


@pytest.mark.parametrize(("better", "word"), [("higher", "better"), ("lower", "worse"), ("neither", "changed")])
def test_the_verdict_knows_which_way_is_better(better, word):
    numbers = [Estimate(9, 9, value, Interval(0.1, 0.3, 0.95, "", 9)) for value in (0.2, 0.4, 0.2)]
    assert decide("leak", better, tuple(numbers), None).word == word
