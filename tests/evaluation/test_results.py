import json
from pathlib import Path

import pytest
from answer_making import predict, predict_all

from lensmith.config.sections import EvaluateSection
from lensmith.errors import DataError, UnknownNameError
from lensmith.evaluation.predictions import read_predictions
from lensmith.evaluation.results import score_predictions

SHARED = Path(__file__).parents[3] / "shared" / "data"
PUBLISHED = SHARED / "gqa-ru-predictions" / "llava-gemma-2b-lora-testdev300.jsonl"
GOLDEN = Path(__file__).parents[1] / "golden" / "answers-judged-by-hand.json"
SECTION = EvaluateSection(resamples=200)


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"the published predictions are not at {PUBLISHED}")
def test_reproduces_the_published_numbers():
    table = read_predictions(PUBLISHED, {"question": "q", "answer": "gold", "prediction": "pred"})
    scores = score_predictions(table.predictions, EvaluateSection(), seed=0)
    exact = scores.metrics["exact_match"]
    assert (exact.estimate.n, exact.estimate.correct) == (300, 139)
    assert exact.estimate.value == pytest.approx(0.4633, abs=5e-5)
    slices = scores.metrics["yes_no"].slices
    assert {name: (each.correct, each.n) for name, each in slices.items()} == {"yes/no": (76, 117), "other": (63, 183)}
    assert list(slices) == ["other", "yes/no"]
    assert table.columns["group"] == "imageId"
    assert exact.estimate.groups == 204


def test_equals_judgements_made_by_hand():
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    rows = golden["rows"]
    section = EvaluateSection(metrics=["exact_match", "yes_no", "label"], labels=golden["labels"], resamples=100)
    predictions = [predict(row["prediction"], *row["answers"], id=str(at)) for at, row in enumerate(rows)]
    metrics = score_predictions(predictions, section, seed=0).metrics
    for at, row in enumerate(rows):
        exact, kind, label = (metrics[name].judgements[at] for name in ("exact_match", "yes_no", "label"))
        judged = {
            "as_written": exact.parts.get("as_written"),
            "exact_match": exact.value,
            "kind": kind.slice,
            "label": label.value,
            "read": label.read,
        }
        assert judged == row["judged"], row


def test_counts_everything_a_reader_must_know():
    predictions = [
        predict("", "да", id="a", finished=True),
        predict("да да да", "да", id="b", finished=False),
        predict("да", "да", id="b"),
        predict("да", id="c"),
    ]
    scores = score_predictions(predictions, SECTION, seed=0)
    found = scores.to_json()
    assert found["empty"] == {"n": 1, "ids": ["a"]}
    assert found["unfinished"] == {"n": 1, "ids": ["b"], "not_known": 2}
    assert found["duplicates"] == {"n": 1, "ids": {"b": 2}}
    exact = found["metrics"]["exact_match"]
    assert (exact["n"], exact["correct"]) == (3, 1)
    assert exact["left_out"] == {"the data give no accepted answer": {"n": 1, "ids": ["c"]}}
    assert len(scores.metrics["exact_match"].judgements) == 4


def test_json_holds_no_nan_even_when_nothing_can_be_judged():
    section = EvaluateSection(metrics=["exact_match", "yes_no", "label"], labels=["a"], positive="a", resamples=100)
    for predictions in ([], [predict("x")], [predict("x", "a")], predict_all([("a", "a")] * 5)):
        json.dumps(score_predictions(predictions, section, seed=0).to_json(), allow_nan=False)


def test_value_is_the_mean_or_says_why_there_is_none():
    scores = score_predictions(predict_all([("да", "Да."), ("да", "нет")]), SECTION, seed=0)
    assert scores.value("exact_match") == 0.5
    with pytest.raises(UnknownNameError, match="were not scored by `exact_mach`"):
        scores.value("exact_mach")
    with pytest.raises(DataError, match="applies to none of 1"):
        score_predictions([predict("x")], SECTION, seed=0).value("exact_match")


def test_same_input_and_seed_same_numbers():
    predictions = predict_all([("да", "да"), ("да", "нет"), ("кот", "кот"), ("кот", "пёс")] * 10, per_group=3)
    first, second = (score_predictions(predictions, SECTION, seed=7).to_json() for _ in range(2))
    assert first == second
    alone = score_predictions(predictions, EvaluateSection(metrics=["exact_match"], resamples=200), seed=7)
    assert alone.to_json()["metrics"]["exact_match"] == first["metrics"]["exact_match"]
    assert score_predictions(predictions, SECTION, seed=8).to_json() != first
