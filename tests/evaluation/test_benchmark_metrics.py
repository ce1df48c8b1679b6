"""VQA accuracy, ANLS, relaxed accuracy and POPE against their published definitions, written out once more."""

import re

import pytest
from answer_making import predict, predict_all
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.metrics.anls import Anls
from lensmith.evaluation.metrics.pope import read_yes_or_no
from lensmith.evaluation.metrics.relaxed_accuracy import RelaxedAccuracy, agree, read_number
from lensmith.evaluation.metrics.vqa_accuracy import MENDED, VqaAccuracy, consensus, normalise
from lensmith.evaluation.results import score_predictions

SECTION = EvaluateSection(metrics=["pope"], resamples=100)


def vqa_text(text):
    """A text as VQA's script compares it, step by step."""
    source = text
    for sign in [
        ";",
        "/",
        "[",
        "]",
        '"',
        "{",
        "}",
        "(",
        ")",
        "=",
        "+",
        "\\",
        "_",
        "-",
        ">",
        "<",
        "@",
        "`",
        ",",
        "?",
        "!",
    ]:
        beside_space = (sign + " ") in source or (" " + sign) in source
        text = text.replace(sign, "" if beside_space or re.search(r"(\d)(,)(\d)", source) else " ")
    text = re.sub(r"(?!<=\d)(\.)(?!\d)", "", text, count=int(re.UNICODE))
    words = []
    for word in text.lower().split():
        counted = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        word = "0" if word == "none" else str(counted.index(word)) if word in counted else word
        if word not in ("a", "an", "the"):
            words.append(MENDED.get(word, word))
    return " ".join(words)


def vqa_score(people, answer):
    people, answer = (
        [each.replace("\n", " ").replace("\t", " ").strip() for each in texts] for texts in (people, [answer])
    )
    if len(set(people)) > 1:
        people, answer = [vqa_text(each) for each in people], [vqa_text(answer[0])]
    scores = []
    for left_out in range(len(people)):
        others = people[:left_out] + people[left_out + 1 :]
        scores.append(min(1.0, others.count(answer[0]) / 3))
    return sum(scores) / len(scores)


PIECES = [
    "a",
    "the",
    "two",
    "2",
    "none",
    "dont",
    "don't",
    "Cat",
    "кот",
    "1,000",
    "3.5",
    ".",
    ",",
    "-",
    "?",
    " ",
    "\n",
    "_",
]
SAID = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join) | st.text(alphabet="ab 1.,-'", max_size=6)


@given(st.lists(SAID, min_size=1, max_size=4), st.data())
@example(["a.b." * 40, "."], None)
def test_vqa_accuracy_equals_the_official_one(answers, data):
    pick = st.sampled_from(answers)
    people = data.draw(st.lists(pick, min_size=10, max_size=10)) if data else answers * 5
    answer = data.draw(pick | SAID) if data else "ab" * 40
    assert consensus(people, answer) == pytest.approx(vqa_score(people, answer))


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("T-shirt", "t shirt"),
        ("T- shirt", "t shirt"),
        ("1,000-2", "10002"),
        ("St. Louis, 3.5", "st louis 3.5"),
        ("The one I dont see", "1 i don't see"),
        ("somebody'd", "somebodyd"),
        ("Ёлка-палка", "ёлка палка"),
    ],
)
def test_vqa_text_by_hand(text, compared):
    assert normalise(text) == vqa_text(text) == compared


@pytest.mark.parametrize(("agreeing", "score"), [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (10, 1.0)])
def test_vqa_accuracy_by_how_many_agree(agreeing, score):
    people = ["кот"] * agreeing + ["пёс"] * (10 - agreeing)
    metric = VqaAccuracy(SECTION)
    asked = predict("кот", "пёс", "кот", metadata={"human_answers": people})
    assert metric.judge(asked).value == pytest.approx(score)
    assert metric.judge(predict("кот", *people)).value == pytest.approx(score)


def test_vqa_answers_are_normalised_only_where_people_disagree():
    metric = VqaAccuracy(SECTION)
    assert metric.judge(predict("Yes.", *["yes"] * 10)).value == 0.0
    assert metric.judge(predict("Yes.", *["yes"] * 9, "no")).value == 1.0


def test_few_accepted_answers_are_no_votes():
    metric = VqaAccuracy(SECTION)
    assert metric.judge(predict("The 2 dogs.", "cats", "two dogs")).value == 1.0
    assert metric.judge(predict("Yes.", "yes")).value == 1.0
    assert metric.judge(predict("dog", "two dogs")).value == 0.0
    assert metric.judge(predict("", "?!")).value == metric.judge(predict("the", "a")).value == 0.0
    assert metric.judge(predict("?!", "?!")).value == 1.0
    assert metric.judge(predict("no", "yes", metadata={"human_answers": "not a list"})).value == 0.0


def levenshtein(one, other):
    row = list(range(len(other) + 1))
    for at, sign in enumerate(one, 1):
        before, row[0] = row[0], at
        for place, wanted in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (sign != wanted))
    return row[-1]


@given(st.text(alphabet="abЁё Z", min_size=1, max_size=8).filter(str.strip), st.text(alphabet="abЁё Z", max_size=8))
def test_anls_equals_its_definition(accepted, answer):
    wanted, given = (" ".join(text.lower().split()) for text in (accepted, answer))
    expected = 1 - levenshtein(wanted, given) / max(len(wanted), len(given))
    judged = Anls(SECTION).judge(predict(answer, accepted))
    assert judged.value == pytest.approx(expected if expected >= 0.5 else 0.0)


def test_anls_keeps_exactly_one_half_and_takes_the_nearest():
    metric = Anls(SECTION)
    assert metric.judge(predict("abxx", "abcd")).value == 0.5
    assert metric.judge(predict("abxxx", "abcd")).value == 0.0
    judged = metric.judge(predict("Москва река", "Волга", "Москва-река"))
    assert (judged.value, judged.gold) == (pytest.approx(10 / 11), "Москва-река")


def published_relaxed(accepted, answer):
    """ChartQA's relaxed accuracy as it is published."""

    def number(text):
        try:
            return float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
        except ValueError:
            return None

    wanted, given = number(accepted), number(answer)
    if given is not None and wanted:
        return abs(given - wanted) / abs(wanted) <= 0.05
    return answer.lower() == accepted.lower()


NUMBERS = st.decimals(-2000, 2000, places=2).map(str) | st.integers(-2100, 2100).map(str)
WRITTEN = (
    NUMBERS
    | NUMBERS.map("{}%".format)
    | st.sampled_from(["Да", "да", "USA", "2010-2020", "5 кг", "1e3", ".5", "5.", "%"])
)


@given(WRITTEN, WRITTEN)
def test_relaxed_accuracy_accepts_what_the_published_one_accepts_and_more_only_as_said(accepted, answer):
    published, ours = published_relaxed(accepted, answer), agree(accepted, answer, 0.05)
    assert ours or not published
    number = read_number(accepted)
    one_per_cent = accepted.endswith("%") != answer.endswith("%")
    if number is None or (number.value != 0 and not one_per_cent):
        assert ours == published


@given(NUMBERS.filter(float), st.floats(-0.2, 0.2))
def test_relaxed_accuracy_tolerates_five_per_cent(accepted, off):
    assume(abs(abs(off) - 0.05) > 1e-6)
    answer = repr(float(accepted) * (1 + off))
    assert agree(accepted, answer, 0.05) == published_relaxed(accepted, answer) == (abs(off) < 0.05)


@pytest.mark.parametrize(
    ("accepted", "answer", "relaxed", "exactly"),
    [
        ("1234", "1,234", True, True),
        ("1234", "1\u00a0234", True, True),
        ("12 345,5", "12345.5", True, True),
        ("3,5", "3.5", True, True),
        ("0,123", "0.123", True, True),
        ("5%", "5", True, True),
        ("5%", "0.05", True, True),
        ("5%", "5.2 %", True, False),
        ("\u22125", "-5", True, True),
        ("0", "0.0", True, True),
        ("0", "0.001", False, False),
        ("0", "0%", True, True),
        ("2010", "1910", True, False),
        ("2010", "1909", False, False),
        ("-5", "5", False, False),
        ("nan", "nan", True, True),
        ("5", "nan", False, False),
        ("5", "inf", False, False),
        ("1e999", "1e999", True, True),
        ("10", "1_0", False, False),
        ("Москва", "москва", True, True),
        ("Москва", "москвы", False, False),
        ("5 кг", "5", False, False),
    ],
)
def test_relaxed_accuracy_by_hand(accepted, answer, relaxed, exactly):
    judged = RelaxedAccuracy(SECTION).judge(predict(answer, "?", accepted))
    assert (judged.value, judged.parts["without_tolerance"]) == (relaxed, exactly)


def published_pope(answer):
    """POPE's parser: the first sentence; a no where it has "No", "not" or "no", else a yes."""
    words = answer.split(".")[0].replace(",", "").split(" ")
    return "no" if {"No", "not", "no"} & set(words) else "yes"


ENGLISH = st.lists(st.sampled_from(["yes", "no", "No", "not", "there", "is", "a", "cat.", "it,"]), max_size=6).map(
    " ".join
)


@given(ENGLISH)
def test_pope_reads_what_the_published_parser_reads_but_for_what_is_neither(answer):
    read, published = read_yes_or_no(answer), published_pope(answer)
    if read == "unknown":
        assert published == "yes"
    elif not answer.startswith("yes"):
        assert read == published


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("Нет, на картинке кот.", "no"),
        ("Да! Там нет сомнений.", "yes"),
        ("Да, здесь нет снега", "yes"),
        ("Кота там нет", "no"),
        ("Это не кот", "no"),
        ("There isn't a cat", "no"),
        ("Sure, yes", "yes"),
        ("A cat. No dog.", "unknown"),
        ("👍🏽", "unknown"),
        ("...", "unknown"),
    ],
)
def test_yes_and_no_are_read(answer, read):
    assert read_yes_or_no(answer) == read


def test_pope_counts_the_answers_that_say_yes_not_the_accepted_ones():
    rows = [("yes", "Yes."), ("no", "yes"), ("no", "Yes, a dog"), ("no", "No"), ("нет", "пёс"), ("кот", "yes")]
    found = score_predictions(predict_all(rows), SECTION, seed=0).metrics["pope"]
    assert found.left_out == {"no accepted answer is yes or no": ("5",)}
    assert found.estimate.value == pytest.approx(2 / 5)
    values = {name: each.value for name, each in found.quantities.items()}
    assert values == pytest.approx(
        {"precision": 1 / 3, "recall": 1.0, "f1": 1 / 2, "yes_ratio": 3 / 5, "unknown_rate": 1 / 5}
    )


def test_nobody_saying_yes_has_no_precision():
    found = score_predictions(predict_all([("no", "no"), ("no", "no")]), SECTION, seed=0).metrics["pope"]
    assert found.quantities["precision"].reason == "no answer says yes"
    assert found.quantities["yes_ratio"].value == 0.0
