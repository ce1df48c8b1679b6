"""Token F1, ROUGE, chrF and BLEU against the published implementations, and where they are meant to differ."""

import string
from collections import Counter
from unicodedata import normalize

import pytest
from answer_making import predict, predict_all
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.metrics.bleu import Bleu
from lensmith.evaluation.metrics.chrf import Chrf
from lensmith.evaluation.metrics.rouge import Rouge, rouge_tokens
from lensmith.evaluation.metrics.token_f1 import TokenF1, squad_words
from lensmith.evaluation.results import score_predictions

SECTION = EvaluateSection(metrics=["bleu", "chrf"], resamples=100)
WORDS = st.sampled_from(
    [
        "the",
        "cat",
        "Cat",
        "sat",
        "a",
        "on",
        "3.5",
        "кот",
        "Кота",
        "сидел",
        "--",
        "👍🏽",
        "«да»",
        "x_y",
        "isn't",
        "$5",
        "x+y",
    ]
)
SENTENCES = st.lists(WORDS, max_size=8).map(" ".join)
ASCII = SENTENCES.filter(str.isascii) | st.text(alphabet=string.printable, max_size=30)
ANYTHING = SENTENCES | st.text(max_size=30)
SAID = ANYTHING.filter(lambda text: bool(text.strip()))
ENGLISH = ASCII.filter(lambda text: any(sign.isalnum() and sign not in "_" for sign in text))


def squad_f1(accepted, answer):
    """SQuAD's own: lower case, no ASCII punctuation, no articles, F1 of two bags of words."""

    def bag(text):
        text = "".join(sign for sign in text.lower() if sign not in string.punctuation)
        for article in ("a", "an", "the"):
            text = " ".join("" if word == article else word for word in text.split())
        return Counter(text.split())

    wanted, given = bag(accepted), bag(answer)
    if not wanted or not given:
        return float(wanted == given)
    shared = sum(min(wanted[word], given[word]) for word in wanted)
    precision, recall = shared / sum(given.values()), shared / sum(wanted.values())
    return 2 * precision * recall / (precision + recall) if shared else 0.0


@given(ENGLISH.filter(squad_words), ASCII)
def test_token_f1_equals_squad_on_english(accepted, answer):
    assert TokenF1(SECTION).judge(predict(answer, accepted)).value == pytest.approx(squad_f1(accepted, answer))


def test_token_f1_by_hand():
    metric = TokenF1(SECTION)
    judged = metric.judge(predict("Красный кот, на «диване»!", "собака", "кот на диване"))
    assert judged.parts == pytest.approx({"precision": 3 / 4, "recall": 1.0})
    assert judged.value == pytest.approx(6 / 7)
    assert judged.gold == "кот на диване"
    assert metric.judge(predict("?", "!")).value == 0.0
    assert metric.judge(predict("The", "a")).value == 0.0
    assert metric.judge(predict("!", "!")).value == 1.0


class OurTokens:
    def tokenize(self, text):
        return rouge_tokens(text)


@given(ENGLISH, ASCII)
def test_rouge_equals_rouge_score_on_english(accepted, answer):
    check_rouge(RougeScorer(["rouge1", "rouge2", "rougeL"]), accepted, answer)


@given(SAID.filter(rouge_tokens), ANYTHING)
def test_rouge_equals_rouge_score_with_our_tokens_on_every_text(accepted, answer):
    check_rouge(RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=OurTokens()), accepted, answer)


def check_rouge(scorer, accepted, answer):
    judged = Rouge(SECTION).judge(predict(answer, accepted))
    for kind, score in scorer.score(accepted, answer).items():
        assert judged.parts[f"{kind}_precision"] == pytest.approx(score.precision)
        assert judged.parts[f"{kind}_recall"] == pytest.approx(score.recall)
        assert judged.parts[f"{kind}_f1"] == pytest.approx(score.fmeasure)
    assert judged.value == judged.parts["rougeL_f1"]


def test_rouge_takes_the_best_accepted_answer_for_each_kind():
    judged = Rouge(SECTION).judge(predict("кот спит дома", "дома спит кот", "кот спит"))
    assert judged.parts["rouge1_f1"] == 1.0
    assert judged.parts["rouge2_f1"] == pytest.approx(2 / 3)
    assert judged.value == pytest.approx(4 / 5)


def test_rouge_tells_an_emoji_from_another():
    assert Rouge(SECTION).judge(predict("👍🏽", "👍🏽")).value == 1.0
    assert Rouge(SECTION).judge(predict("👎", "👍🏽")).value == 0.0


ACCEPTED = st.lists(SAID.map(str.strip), min_size=1, max_size=3)


@given(ACCEPTED, ANYTHING.map(str.strip))
def test_chrf_equals_sacrebleu_sentence_by_sentence(accepted, answer):
    accepted, answer = [normalize("NFC", each) for each in accepted], normalize("NFC", answer)
    judged = Chrf(SECTION).judge(predict(answer, *accepted))
    assert judged.value == pytest.approx(CHRF().sentence_score(answer, accepted).score / 100)
    assert judged.parts["plus_plus"] == pytest.approx(CHRF(word_order=2).sentence_score(answer, accepted).score / 100)


@given(ACCEPTED, ANYTHING.map(str.strip))
def test_bleu_equals_sacrebleu_sentence_by_sentence(accepted, answer):
    accepted, answer = [normalize("NFC", each) for each in accepted], normalize("NFC", answer)
    expected = BLEU(effective_order=True).sentence_score(answer, accepted).score / 100
    assert Bleu(SECTION).judge(predict(answer, *accepted)).value == pytest.approx(expected)


@settings(max_examples=40)
@given(st.lists(st.tuples(SENTENCES.filter(bool), SENTENCES), min_size=1, max_size=6))
def test_the_corpus_quantities_equal_sacrebleu(rows):
    found = score_predictions(predict_all(rows), SECTION, seed=0).metrics
    answers, accepted = [answer for _, answer in rows], [[each for each, _ in rows]]
    corpora = {"corpus": CHRF(), "corpus_plus_plus": CHRF(word_order=2)}
    for name, published in corpora.items():
        expected = published.corpus_score(answers, accepted).score / 100
        assert found["chrf"].quantities[name].value == pytest.approx(expected)
    bleu = found["bleu"].quantities["corpus"].value
    assert bleu == pytest.approx(BLEU(effective_order=True).corpus_score(answers, accepted).score / 100)
    if any(len(answer.split()) >= 4 for answer in answers):
        assert bleu == pytest.approx(BLEU().corpus_score(answers, accepted).score / 100)


def test_the_corpus_quantity_of_chrf_takes_the_nearest_accepted_answer_of_each():
    asked = [predict("кот спит", "пёс бежит", "кошка спит"), predict("дом", "дома", "луг")]
    found = Chrf(SECTION).quantities(asked, [])["corpus"]
    accepted = [["пёс бежит", "дома"], ["кошка спит", "луг"]]
    expected = CHRF().corpus_score(["кот спит", "дом"], accepted).score / 100
    assert found.combine(found.contributions.sum(axis=0, keepdims=True)) == pytest.approx(expected)


def test_one_word_answers_have_a_bleu_where_sacrebleu_gives_none():
    rows = [("кот", "кот"), ("дом", "дом"), ("лес", "луг")]
    found = score_predictions(predict_all(rows), SECTION, seed=0).metrics["bleu"]
    answers, accepted = [answer for _, answer in rows], [[each for each, _ in rows]]
    assert BLEU().corpus_score(answers, accepted).score == 0.0
    assert found.quantities["corpus"].value == pytest.approx(2 / 3)
    assert found.estimate.value == pytest.approx(2 / 3)


def test_chrf_is_kind_to_endings_where_bleu_is_not():
    near = predict("на полках стоит кошка", "на полке стоит кошка")
    assert Chrf(SECTION).judge(near).value > Bleu(SECTION).judge(near).value + 0.2


@pytest.mark.parametrize("metric", [TokenF1, Rouge, Chrf, Bleu])
@settings(max_examples=40)
@given(text=SENTENCES.filter(lambda text: any(sign.isalnum() for sign in text)))
def test_a_text_is_itself(metric, text):
    assert metric(SECTION).judge(predict(text, text)).value == 1.0


@pytest.mark.parametrize("metric", [TokenF1, Rouge, Chrf, Bleu])
def test_texts_of_many_words_are_judged(metric):
    one, other = "кот сидит дома " * 7_000, "дома сидит пёс " * 7_000
    assert 0.0 < metric(SECTION).judge(predict(one, other)).value < 1.0


@pytest.mark.parametrize("metric", [TokenF1, Rouge, Chrf, Bleu])
def test_one_text_in_two_encodings_is_one(metric):
    assert metric(SECTION).judge(predict("й\u0306ё", "й\u0306е\u0308")).value == 1.0
