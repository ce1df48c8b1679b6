import numpy as np
import pytest
from answer_making import predict, predict_all
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from lensmith.config.sections import EvaluateSection
from lensmith.errors import RecipeError
from lensmith.evaluation.metrics.label import Label
from lensmith.evaluation.metrics.yes_no import YesNo
from lensmith.evaluation.results import score_predictions

LABELS = ["zebra", "none"]


def section(**more):
    return EvaluateSection(metrics=["label"], labels=LABELS, positive="zebra", resamples=100, **more)


def score(rows, **more):
    return score_predictions(predict_all(rows), section(**more), seed=0).metrics["label"]


def test_counts_by_hand():
    found = score([("zebra", "zebra"), ("zebra", "a horse"), ("none", "Zebra!"), ("none", "none"), ("unknown", "?")])
    assert found.estimate.correct == 3
    assert found.table["confusion"] == {
        "labels": ["zebra", "none", "unknown"],
        "counts": [[1, 0, 1], [1, 1, 0], [0, 0, 1]],
    }
    assert found.quantities["precision"].value == pytest.approx(1 / 2)
    assert found.quantities["recall"].value == pytest.approx(1 / 2)
    assert found.quantities["f1"].value == pytest.approx(1 / 2)
    assert found.quantities["unknown_rate"].value == pytest.approx(2 / 5)
    assert found.quantities["macro_f1"].value == pytest.approx((1 / 2 + 2 / 3 + 2 / 3) / 3)
    assert found.table["classes"]["none"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "right": 1,
        "accepted": 2,
        "named": 1,
    }


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*LABELS, "unknown"]), st.sampled_from([*LABELS, "дом"])), min_size=1))
def test_equals_scikit_learn(rows):
    found = score(rows)
    gold = [accepted for accepted, _ in rows]
    read = [given if given in LABELS else "unknown" for _, given in rows]
    accepted_classes = sorted(set(gold))
    for kind in ("macro", "weighted"):
        expected = precision_recall_fscore_support(gold, read, labels=accepted_classes, average=kind, zero_division=0.0)
        for rate, value in zip(("precision", "recall", "f1"), expected, strict=False):
            if (kind, rate) == ("weighted", "recall"):
                assert value == pytest.approx(found.estimate.value)
            else:
                assert found.quantities[f"{kind}_{rate}"].value == pytest.approx(value)
    precision, recall, f1, _ = precision_recall_fscore_support(
        gold, read, labels=["zebra"], average=None, zero_division=np.nan
    )
    for name, value in (("precision", precision[0]), ("recall", recall[0]), ("f1", f1[0])):
        if np.isnan(value):
            assert found.quantities[name].value is None
            assert "zebra" in found.quantities[name].reason
        else:
            assert found.quantities[name].value == pytest.approx(value)


def test_a_positive_label_that_is_never_named_has_no_precision_but_a_recall_of_zero():
    found = score([("zebra", "none"), ("none", "none"), ("none", "none")])
    assert found.quantities["precision"].value is None
    assert found.quantities["precision"].reason == "no answer names `zebra`"
    assert found.quantities["recall"].value == 0.0
    assert found.quantities["f1"].value == 0.0


def test_precision_from_few_named_answers_is_unsure_however_many_others_there_are():
    rows = [("none", "none")] * 300 + [("zebra", "zebra")] * 3
    interval = score(rows).quantities["precision"].interval
    assert interval.low < 0.5


def test_accepted_answers_that_are_no_label_are_left_out_and_listed():
    found = score([("zebra", "zebra"), ("horse", "horse"), ("none", "zebra")])
    assert found.estimate.n == 2
    assert found.left_out == {"no accepted answer is one of the labels": ("1",)}


def test_naming_any_of_several_accepted_labels_is_right():
    metric = Label(section())
    assert metric.judge(predict("none", "zebra", "none")).gold == "none"
    assert metric.judge(predict("horse", "zebra", "none")).gold == "zebra"


def test_settings_it_cannot_work_with():
    with pytest.raises(RecipeError, match="there are no labels"):
        Label(EvaluateSection(metrics=["label"]))
    with pytest.raises(RecipeError, match="did you mean `zebra`"):
        Label(EvaluateSection(metrics=["label"], labels=LABELS, positive="zebr"))
    assert Label(EvaluateSection(labels=LABELS, positive="unknown")).positive == "unknown"


@pytest.mark.parametrize(
    ("accepted", "kind"),
    [("Да.", "yes/no"), ("no", "yes/no"), ("True", "true/false"), ("false", "true/false"), ("да, кот", "other")],
)
def test_the_kind_of_a_question_is_read_from_its_accepted_answer(accepted, kind):
    metric = YesNo(EvaluateSection())
    assert {metric.judge(predict(given, accepted)).slice for given in ("да", "кот", "")} == {kind}
