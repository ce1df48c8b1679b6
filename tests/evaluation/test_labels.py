import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensmith.errors import RecipeError
from lensmith.evaluation.labels import LabelReader, find_label

LABELS = ["red", "dark red", "zebra", "no zebra", "зебра", "ничего", "crossing, marked"]


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("red", "red"),
        ("RED.", "red"),
        ("It is dark red.", "dark red"),
        ("dark-red", "dark red"),
        ("dark red, or red", "unknown"),
        ("a red zebra", "unknown"),
        ("redder", "unknown"),
        ("zebras", "unknown"),
        ("no zebra", "no zebra"),
        ("There is no zebra here", "no zebra"),
        ("Is it a horse? No, a zebra", "zebra"),
        ("not red", "unknown"),
        ("It is not a red one", "unknown"),
        ("Зебра!", "зебра"),
        ("На фото зебра", "зебра"),
        ("не зебра", "unknown"),
        ("Нет, зебра", "зебра"),
        ("зебры", "unknown"),
        ("zebra, zebra and zebra", "zebra"),
        ("A crossing, marked well", "crossing, marked"),
        ("unknown", "unknown"),
        ("unknown, maybe red", "unknown"),
        ("", "unknown"),
        ("🦓", "unknown"),
    ],
)
def test_reads_a_label_or_says_unknown(answer, label):
    assert LabelReader(LABELS, "unknown").read(answer) == label


@given(st.text())
def test_every_text_is_read_as_one_of_the_classes(answer):
    reader = LabelReader(LABELS, "unknown")
    assert reader.read(answer) in reader.classes


words = st.text(alphabet="абвxyz", min_size=1, max_size=4)


@given(st.lists(words, min_size=1, max_size=6, unique=True), st.data())
def test_each_label_is_read_as_itself_in_any_case_and_inside_a_sentence(labels, data):
    reader = LabelReader(labels, "none of these")
    label = data.draw(st.sampled_from(labels))
    assert reader.read(label) == label
    assert reader.read(f"  {label.upper()}!") == label
    assert reader.read(f"QQQ — {label}, 777.") == label


@given(st.lists(words, min_size=2, max_size=6, unique=True))
def test_naming_two_labels_is_unknown(labels):
    reader = LabelReader(labels, "none of these")
    assert reader.read(f"{labels[0]} / {labels[1]}") == "none of these"


def test_an_accepted_answer_that_is_no_label_is_told_from_one_that_is_unknown():
    reader = LabelReader(["zebra", "none"], "unknown")
    assert reader.accepted("a zebra") == "zebra"
    assert reader.accepted("Unknown.") == "unknown"
    assert reader.accepted("horse") is None
    assert reader.accepted("zebra or none") is None


def test_unknown_may_be_one_of_the_labels():
    reader = LabelReader(["zebra", "none"], "none")
    assert reader.classes == ("zebra", "none")
    assert reader.read("a horse") == "none"


def test_labels_that_cannot_be_told_apart_are_all_told():
    with pytest.raises(RecipeError) as caught:
        LabelReader(["red", "Red.", "", "?"], "RED")
    assert [problem.where for problem in caught.value.problems] == [
        "evaluate.labels `Red.`",
        "evaluate.labels ``",
        "evaluate.labels `?`",
        "evaluate.labels `RED`",
    ]


def test_find_label_suggests_the_nearest():
    assert find_label("Zebra", ["zebra", "none"]) == "zebra"
    with pytest.raises(RecipeError, match="did you mean `zebra`"):
        find_label("zebr", ["zebra", "none"])


@pytest.mark.parametrize(
    "answer", ["." * 100_000 + "a", "no " * 33_000, "\n" * 100_000, ". a" * 33_000, "red " * 25_000]
)
def test_long_answers_are_read_in_time_that_grows_with_their_length(answer):
    reader = LabelReader(LABELS, "unknown")
    began = time.perf_counter()
    reader.read(answer)
    assert time.perf_counter() - began < 2.0
