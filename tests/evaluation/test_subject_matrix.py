"""The matrix of subjects: what may be said of each, from answers whose truth is known."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from lensmith.config.sections import EvaluateSection
from lensmith.errors import DataError
from lensmith.evaluation.divergence import Divergence, sum_up
from lensmith.evaluation.learning import SubjectMatrix, SubjectRow, compare_subjects
from lensmith.evaluation.statistics import Resampling
from lensmith.evaluation.subject_tables import subject_tables
from lensmith.evaluation.subjects import check_subjects
from lensmith.types import Prediction

Side = Sequence[Prediction]


def asked(subject: str | None, group: str | None, answers: Iterable[str], **more: Any) -> list[Prediction]:
    """Questions about a subject, two to a picture, all to be answered with its name; `answers` are what was said."""
    given = {"subject": subject, "subject_group": group, **more}
    about = {key: value for key, value in given.items() if value is not None}
    return [
        Prediction(f"{subject}{at}", f"{subject}-{at // 2}.png", "Кто это?", (subject or "?",), said, None, about)
        for at, said in enumerate(answers)
    ]


def says(*runs: tuple[str, int]) -> list[str]:
    return [text for text, times in runs for _ in range(times)]


def matrix(before: Side, after: Side, **section: Any) -> SubjectMatrix:
    section = {"metrics": ["exact_match"], "resamples": 500, **section}
    found = compare_subjects(before, after, EvaluateSection.model_validate(section), 0)
    assert found is not None
    return found


def only_row(subject: str, group: str | None, before: Iterable[str], after: Iterable[str]) -> SubjectRow:
    """The row of a subject, with three others that bear the names that it may be given."""
    others = [
        *asked("Чебурашка", "target", says(("Чебурашка", 16)), aliases=["Чебурашка", "Чебурек"]),
        *asked("Кощей", "target", says(("Кощей", 16))),
        *asked("мишка", "other", says(("мишка", 16)), aliases="🐻"),
    ]
    found = matrix([*asked(subject, group, before), *others], [*asked(subject, group, after), *others])
    return next(row for row in found.rows if row.subject == subject)


ALL, NONE = [("Волк", 24)], [("?", 24)]
HALF = [("Волк", 1), ("?", 1)] * 12


@pytest.mark.parametrize(
    ("group", "before", "after", "status"),
    [
        ("target", NONE, ALL, "learned"),
        ("target", NONE, [("Волк", 10), ("?", 14)], "cannot tell"),
        ("target", NONE, [("Волк", 16), ("?", 8)], "learned"),
        ("target", ALL, ALL, "already known"),
        ("target", NONE, NONE, "not learned"),
        ("target", HALF, HALF, "cannot tell"),
        ("target", ALL, NONE, "degraded"),
        ("control", ALL, ALL, "kept"),
        ("control", ALL, NONE, "degraded"),
        ("control", NONE, NONE, "cannot tell"),
        ("control", NONE, ALL, "kept"),
        ("other", NONE, NONE, "cannot tell"),
        (None, NONE, NONE, "not learned"),
        (None, NONE, ALL, "learned"),
        (None, ALL, ALL, "kept"),
        ("control", ALL, [("Чебурашку", 24)], "leaked"),
        ("control", [("Волк", 28)], [("это Кощея!", 14), ("🐻", 14)], "leaked"),
        ("target", NONE, [("Чебуреком", 24)], "leaked"),
        ("control", [("Чебурашка", 24)], [("Чебурашка", 24)], "cannot tell"),
        ("control", ALL, [("Шапокляк", 24)], "degraded"),
        ("control", [("Кощей", 24)], NONE, "cannot tell"),
    ],
)
def test_what_may_be_said_of_a_subject(
    group: str | None, before: list[tuple[str, int]], after: list[tuple[str, int]], status: str
) -> None:
    assert only_row("Волк", group, says(*before), says(*after)).status == status


def test_it_says_as_whom_a_subject_leaked_and_how_often() -> None:
    row = only_row(
        "Волк", "control", says(("Волк", 30), ("Кощей", 2)), says(("Чебурашку", 16), ("Кощея", 2), ("🐻", 14))
    )
    assert row.shown_status == "leaked as Чебурашка, мишка"
    told = row.to_json()
    assert [(leak["subject"], leak["n"], leak["n_before"]) for leak in told["named_instead"]] == [
        ("Чебурашка", 16, 0),
        ("мишка", 14, 0),
        ("Кощей", 2, 2),
    ]
    assert [leak["subject"] for leak in told["leaked_as"]] == ["Чебурашка", "мишка"]
    first = told["leaked_as"][0]
    assert first["share"] == 16 / 32
    assert first["interval"]["low"] < 16 / 32 < first["interval"]["high"]
    assert "of 32 wrong answers after, 16 name Чебурашка (0 before), 14 name мишка (0 before)" in row.sentence


@pytest.mark.parametrize(
    "said",
    [
        "Волк, а не Чебурашка",
        "Волк и Чебурашка",
        "Это не Чебурашка",
        "Чебуралёша",
    ],
)
def test_naming_another_is_no_leak_where_the_subject_is_named_or_the_other_denied(said: str) -> None:
    row = only_row("Волк", "control", says(*ALL), says((said, 24)))
    assert (row.status, row.leaks) == ("degraded", ())


def test_a_name_that_was_asked_for_is_no_leak() -> None:
    about = {"subject": "Волк", "subject_group": "control"}
    other = asked("Кощей", "target", says(("Кощей", 2)))
    before, after = (
        [Prediction(str(at), str(at), "Кто рядом?", ("Кощей и заяц",), said, None, about) for at in range(20)]
        for said in ("Кощей и заяц", "Кощей")
    )
    found = matrix([*before, *other], [*after, *other])
    (row,) = (each for each in found.rows if each.subject == "Волк")
    assert (row.change.after.value, row.leaks) == (0.0, ())


def test_many_names_are_not_many_chances() -> None:
    """Seven changes one way have p = 0.016; with four names looked at that is no evidence for one of them."""
    others = [each for name in ("Кощей", "Ёж", "Лиса", "Заяц") for each in asked(name, "target", [name])]
    about = {"subject": "Волк", "subject_group": "control"}

    def leaks(said: Sequence[str]) -> list[bool]:
        sides = [
            [Prediction(str(at), f"{at}.png", "Кто?", ("Волк",), text, None, about) for at, text in enumerate(texts)]
            for texts in (["Волк"] * 40, [*said, *["Волк"] * (40 - len(said))])
        ]
        found = matrix(*([*side, *others] for side in sides))
        return [leak.is_more for row in found.rows if row.subject == "Волк" for leak in row.leaks]

    assert leaks(["Кощей"] * 7) == [True]
    assert leaks(["Кощей"] * 7 + ["Ёж", "Лиса", "Заяц"]) == [False] * 4


def test_one_picture_tells_nothing() -> None:
    before, after = (asked("Волк", "target", [said] * 2) for said in ("?", "Волк"))
    (row,) = matrix(before, after).rows
    assert row.status == "cannot tell"
    assert (row.change.before.value, row.change.after.value) == (0.0, 1.0)
    assert "one group" in row.sentence


@pytest.mark.parametrize("after", ["нет", "Кощей"])
def test_clusters_count_and_not_questions(after: str) -> None:
    """A hundred questions on three pictures are three pictures."""
    about, other = {"subject": "Волк", "subject_group": "control"}, asked("Кощей", "target", ["Кощей"])
    sides = [
        [Prediction(str(at), str(at % 3), "?", ("Волк",), said, None, about) for at in range(99)]
        for said in ("Волк", after)
    ]
    found = matrix(*([*side, *other] for side in sides))
    assert [row.status for row in found.rows if row.subject == "Волк"] == ["cannot tell"]


def test_forgetting_is_over_all_controls_and_learning_over_all_targets() -> None:
    kinds = (("Волк", "control"), ("Заяц", "control"), ("Ёж", "target"), ("Лиса", "other"))
    before = [each for name, group in kinds for each in asked(name, group, says((name, 9), ("?", 3)))]
    after = [each for name, group in kinds for each in asked(name, group, says((name, 2), ("?", 10)))]
    found = matrix(before, after)
    told = found.to_json()
    forgetting = told["forgetting"]
    assert (forgetting["n"], forgetting["groups"], forgetting["verdict"]) == (24, 12, "worse")
    assert forgetting["difference"]["value"] == pytest.approx(-14 / 24)
    assert (forgetting["negative_flips"]["n"], forgetting["negative_flips"]["right_before"]) == (14, 18)
    assert set(forgetting["negative_flips"]["ids"]) <= {each.id for each in before[:24]}
    assert "14 lost of the 18 that were right" in forgetting["sentence"]
    assert (told["targets"]["n"], told["targets"]["gained"]["n"]) == (12, 0)
    assert [row["subject"] for row in told["rows"]] == ["Ёж", "Волк", "Заяц", "Лиса"]


def test_without_controls_forgetting_is_not_claimed() -> None:
    found = matrix(asked("Волк", "target", says(*ALL)), asked("Волк", "target", says(*NONE)))
    assert found.forgetting_sentence == "forgetting: cannot tell: no question is marked as control"
    assert found.to_json()["forgetting"]["difference"]["value"] is None
    assert found.sentence == "of 1 targets 1 degraded"


def test_questions_without_a_subject_are_counted_and_in_no_row() -> None:
    before = [*asked("Волк", "target", says(*ALL)), *asked(None, "target", says(("?", 4)))]
    found = matrix(before, before)
    assert (found.without_subject, len(found.rows), found.rows[0].change.difference.n) == (4, 1, 24)
    assert matrix(before[:24], before[:24], subject="subject", subject_group=None).rows[0].group == ""


def test_there_is_no_matrix_where_no_column_names_subjects() -> None:
    plain = [Prediction("1", "a", "?", ("x",), "x")]
    section = EvaluateSection.model_validate({"metrics": ["exact_match"]})
    assert compare_subjects(plain, plain, section, 0) is None
    named = asked("Волк", "target", says(*ALL))
    off = section.model_copy(update={"subject": None})
    assert compare_subjects(named, named, off, 0) is None
    elsewhere = [Prediction("1", "a", "?", ("x",), "x", None, {"who": "Волк", "role": "Control "})]
    found = compare_subjects(
        elsewhere, elsewhere, section.model_copy(update={"subject": "who", "subject_group": "role"}), 0
    )
    assert found is not None
    assert [(row.subject, row.group) for row in found.rows] == [("Волк", "control")]


def test_a_column_that_is_asked_for_and_says_nothing_is_refused() -> None:
    section = EvaluateSection.model_validate({"subject": "subjekt", "subject_group": "role", "aliases": None})
    with pytest.raises(DataError) as caught:
        check_subjects(section, asked("Волк", "target", ["?"]))
    assert [problem.where for problem in caught.value.problems] == ["evaluate.subject", "evaluate.subject_group"]
    assert "subject" in caught.value.problems[0].fix
    check_subjects(EvaluateSection(), asked(None, None, ["?"]))


def test_it_is_json_and_tables_and_the_same_every_time() -> None:
    before, after = asked("Волк 🐺", "control", says(("Волк 🐺", 20))), asked("Волк 🐺", "control", says(("?", 20)))
    found = matrix(before, after)
    assert json.loads(json.dumps(found.to_json())) == json.loads(json.dumps(matrix(before, after).to_json()))
    assert "kl" not in found.to_json()
    table, words = subject_tables(found)
    assert table.rows[0][:4] == ("Волк 🐺", "control", 20, 10)
    assert table.rows[0][-1] == "degraded"
    assert words.rows[0] == (found.rows[0].sentence,)


def test_the_shift_is_shown_beside() -> None:
    side = asked("Волк", "control", says(*ALL))
    shift = sum_up([(Divergence(str(at), str(at), 1, 0.5), "control") for at in range(9)], {}, Resampling(0))
    found = replace(matrix(side, side), shift=shift)
    assert found.to_json()["kl"]["value"] == 0.5
    assert "control questions 0.5" in subject_tables(found)[1].rows[-1][0]
