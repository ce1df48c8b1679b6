"""Who is named, and who should not have been."""

import pytest
from answer_making import predict

from lensmith.config.loading import load_recipe
from lensmith.config.sections import EvaluateSection
from lensmith.errors import RecipeError
from lensmith.evaluation.aliases import known_names
from lensmith.evaluation.metrics.leak import Leak
from lensmith.evaluation.metrics.mention import Mention
from lensmith.evaluation.results import score_predictions

SECTION = EvaluateSection(metrics=["mention", "leak"], resamples=100)
GENA = {"subject": "Крокодил Гена", "aliases": ["Гена"]}
CHEBURASHKA = {"subject": "Чебурашка"}


def ask(prediction, accepted, metadata, id="1"):
    return predict(prediction, accepted, id=id, metadata=metadata)


# Others in the data, so that there are names to be mistaken for.
OTHERS = [
    ask("Чебурашка", "Чебурашка", CHEBURASHKA, "a"),
    ask("Крокодил", "Крокодил", {"subject": "крокодил"}, "b"),
    ask("Гена", "Гена", GENA, "c"),
]


def judge(prediction):
    return tuple(metric(SECTION).judge_all([prediction, *OTHERS])[0] for metric in (Mention, Leak))


@pytest.mark.parametrize(
    ("answer", "accepted", "mentioned", "leaked"),
    [
        ("Гена", "Крокодил Гена", 1.0, ""),
        ("Вижу крокодила Гену!", "Крокодила Гену", 1.0, ""),
        ("ГЕНОЙ", "Крокодил Гена", 1.0, ""),
        ("Гена и Чебурашка", "Крокодил Гена", 1.0, "Чебурашка"),
        ("Чебурашку", "Крокодила Гену", 0.0, "Чебурашка"),
        ("крокодил", "Крокодил Гена", 0.0, "крокодил"),
        ("Это не Чебурашка, а Гена", "Крокодил Гена", 1.0, ""),
        ("Нет, Гена", "Нет, это Гена", 1.0, ""),
        ("Не Гена", "Крокодил Гена", 0.0, ""),
        ("Геннадий", "Крокодил Гена", 0.0, ""),
        ("", "Крокодил Гена", 0.0, ""),
        ("Нет", "Да", None, ""),
        ("Чебурашка", "Да", None, "Чебурашка"),
        ("Гена", "Да", None, ""),
    ],
)
def test_who_is_named(answer, accepted, mentioned, leaked):
    mention, leak = judge(ask(answer, accepted, GENA))
    assert mention.value == mentioned
    assert leak.read == leaked
    assert leak.value == float(bool(leaked))


def test_a_question_about_nobody_may_leak_too():
    mention, leak = judge(predict("Чебурашка", "синий", id="2"))
    assert (mention.value, mention.reason) == (None, "no accepted answer names a subject")
    assert (leak.value, leak.read, leak.gold) == (1.0, "Чебурашка", "")


def test_two_subjects_must_both_be_named():
    accepted = "Чебурашка и крокодил Гена"
    assert [judge(ask(answer, accepted, GENA))[0].value for answer in ("Гена с Чебурашкой", "Чебурашка")] == [1.0, 0.0]
    assert judge(ask("Чебурашка", accepted, GENA))[1].value == 0.0


def test_names_come_from_the_settings_too():
    section = EvaluateSection(subjects={"Крокодил Гена": ["Gena"], "Шапокляк": []})
    assert known_names(section, [ask("", "", {"subject": "крокодил гена", "aliases": ["Гена"]})]) == {
        "Крокодил Гена": ["Крокодил Гена", "Gena", "Гена"],
        "Шапокляк": ["Шапокляк"],
    }
    answer = ask("This is Gena", "Гена", GENA)
    assert Mention(section).judge(answer).value == 1.0
    assert Mention(EvaluateSection()).judge(answer).value == 0.0
    assert Leak(section).judge(ask("Шапокляк", "Гена", GENA)).value == 1.0


def test_one_subject_cannot_leak_and_a_blank_one_is_none():
    assert Leak(SECTION).judge(ask("Гена", "Гена", GENA)).reason == (
        "the data and evaluate.subjects name fewer than two subjects"
    )
    assert known_names(SECTION, [ask("", "", {"subject": " "}), ask("", "", {"subject": None})]) == {}


def test_the_columns_may_have_other_names():
    section = EvaluateSection(subject="кто", aliases="имена")
    rows = [
        ask("ушастый", "Чебурашка", {"кто": "Чебурашка", "имена": "ушастый"}),
        ask("Гена", "Гена", {"кто": "Гена"}, "2"),
    ]
    assert [judged.value for judged in Mention(section).judge_all(rows)] == [1.0, 1.0]
    assert [judged.value for judged in Mention(EvaluateSection(subjects={"Чебурашка": []})).judge_all(rows)] == [
        0.0,
        None,
    ]


def test_a_lower_leak_is_better():
    found = score_predictions([ask("Чебурашка", "Гена", GENA, "x"), *OTHERS], SECTION, seed=0).metrics
    assert found["leak"].estimate.value == pytest.approx(1 / 4)
    assert found["leak"].to_json()["better"] == "lower"
    assert found["mention"].estimate.value == pytest.approx(3 / 4)


def test_the_setting_is_read_from_a_recipe(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "model: lab/llava\ndata: {train: a.jsonl}\nevaluate: {subjects: {Гена: [Gena], Чебурашка: Cheburashka}}\n"
    )
    subjects = load_recipe(path, check_files=False).recipe.evaluate.subjects
    assert subjects == {"Гена": ["Gena"], "Чебурашка": ["Cheburashka"]}
    path.write_text("model: lab/llava\ndata: {train: a.jsonl}\nevaluate: {subjects: {Гена: [1]}}\n")
    with pytest.raises(RecipeError, match=r"evaluate\.subjects"):
        load_recipe(path, check_files=False)
