"""The rungs of the ladder, in Russian and English, and what it finds in real answers."""

import json
from pathlib import Path

import pytest
from answer_making import predict
from hypothesis import given
from hypothesis import strategies as st

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.lemmas import lemmas, readings
from lensmith.evaluation.metrics.ladder import Ladder
from lensmith.evaluation.normalise import LEVELS
from lensmith.evaluation.phrases import ARTICLES, PREPOSITIONS
from lensmith.evaluation.results import score_predictions

REAL = Path(__file__).parents[3] / "shared" / "data" / "gqa-ru-predictions" / "llava-gemma-2b-lora-testdev300.jsonl"
RUNGS = ["strict", "fold", "spelling", "preposition", "inflection", "lemma"]


def first_rung(accepted, answer):
    """The strictest level at which two answers agree; "" for none."""
    return next((name for name in LEVELS if LEVELS[name].agree(accepted, answer)), "")


@pytest.mark.parametrize(
    ("accepted", "answer", "rung"),
    [
        ("стол", " стол ", "strict"),
        ("стол", "Стол.", "fold"),
        ("«Чебурашка»", "чебурашка", "fold"),
        ("ёлка", "Елка", "spelling"),
        ("замок", "за\u0301мок", "spelling"),
        ("на полке", "полке", "preposition"),
        ("полке", "На полке!", "preposition"),
        ("с ёлки", "со елки", "preposition"),
        ("on the shelf", "shelf", "preposition"),
        ("a dog", "The dog", "preposition"),
        ("на полке", "полка", "inflection"),
        ("из ткани", "ткань", "inflection"),
        ("большим", "большой", "inflection"),
        ("круглый", "круглая", "inflection"),
        ("дорожный знак", "на дорожном знаке", "inflection"),
        ("идёт", "шли", "inflection"),
        ("Чебурашка", "Чебурашку", "inflection"),
        ("мальчик", "мальчики", "lemma"),
        ("яблоки", "яблоко", "lemma"),
        ("men", "man", "lemma"),
        ("two dogs", "two dog", "lemma"),
        ("wearing a hat", "wears hat", ""),  # an article inside is a word like any other
        ("wearing", "wears", "lemma"),
        ("красная T-shirt", "красную T-shirts", "lemma"),
        ("iPhone", "iPhone'ом", ""),
    ],
)
def test_the_first_rung_that_accepts(accepted, answer, rung):
    assert first_rung(accepted, answer) == rung
    assert first_rung(answer, accepted) == rung


@pytest.mark.parametrize(
    ("accepted", "answer"),
    [
        ("на столе", "под столом"),
        ("on the table", "under the table"),
        ("шляпа", "без шляпы"),
        ("hat", "without hat"),
        ("красный", "не красный"),
        ("да", "нет"),
        ("стол", "стул"),
        ("красный дом", "дом красный"),
        ("A B", "B"),
        ("A", "B"),
        ("5", "-5"),
        ("12", "1 2"),
        ("на", "под"),
        ("?", "!"),
        ("кот", ""),
    ],
)
def test_what_no_rung_accepts(accepted, answer):
    assert first_rung(accepted, answer) == first_rung(answer, accepted) == ""


WORDS = st.sampled_from(
    [
        *sorted(PREPOSITIONS | ARTICLES),
        *(
            "стол",
            "столе",
            "столы",
            "столу",
            "ёлка",
            "елки",
            "стали",
            "сталь",
            "dog",
            "dogs",
            "leaves",
            "A",
            "5",
            "👍🏽",
        ),
    ]
)
PHRASES = st.lists(WORDS, max_size=4).map(" ".join)


@given(PHRASES, PHRASES)
def test_each_rung_accepts_what_the_one_before_accepts_and_never_minds_the_order(accepted, answer):
    agreed = [level.agree(accepted, answer) for level in LEVELS.values()]
    assert agreed == sorted(agreed)
    assert agreed == [level.agree(answer, accepted) for level in LEVELS.values()]


def test_the_parts_are_the_rungs_and_the_value_is_the_last():
    metric = Ladder(EvaluateSection())
    judged = metric.judge(predict("на полках", "стол", "полка"))
    assert list(judged.parts) == RUNGS == list(LEVELS)
    assert judged.parts == dict.fromkeys(RUNGS[:-1], 0.0) | {"lemma": 1.0}
    assert judged.value == 1.0
    assert metric.judge(predict("столом", "на полке")).value == 0.0


def test_all_readings_of_a_word_count():
    assert lemmas("стали") == {"стать", "сталь"}
    assert {"очко", "очки"} <= lemmas("очков")
    assert {"большой", "больший"} <= lemmas("большим")
    assert {number for _, number in readings("мальчики")} == {"plur"}


@pytest.mark.parametrize("word", ["ж" * 100_000, "z" * 100_000, "я" * 61])
def test_what_is_too_long_for_a_word_stays_as_it_is(word):
    assert lemmas(word) == {word}


@pytest.mark.skipif(not REAL.exists(), reason="the 300 real predictions are not part of the repository")
def test_real_answers_of_a_tuned_model_climb_as_was_measured():
    rows = [json.loads(line) for line in REAL.read_text("utf-8").splitlines()]
    predictions = [predict(row["pred"], row["gold"], id=row["id"], group=row["imageId"]) for row in rows]
    section = EvaluateSection(metrics=["exact_match", "ladder"], resamples=100)
    found = score_predictions(predictions, section, seed=0).metrics
    assert found["exact_match"].estimate.correct == 139
    climbed = {name: found["ladder"].quantities[name].correct for name in RUNGS}
    assert climbed == {"strict": 134, "fold": 139, "spelling": 139, "preposition": 139, "inflection": 151, "lemma": 154}
