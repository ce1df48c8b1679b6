"""Questions about characters are correct Russian, give nothing away and ask only for what can be seen."""

from collections import Counter, defaultdict
from random import Random
from typing import Any

import pytest

from lensmith.lab.worlds.characters.cast import CAST, CONTROLS, TARGETS
from lensmith.lab.worlds.characters.details import HEADS, HELD, MOODS, WHERE, ask_details
from lensmith.lab.worlds.characters.names import NAMES, TAKEN_FOR
from lensmith.lab.worlds.characters.questions import ask_probes, ask_training
from lensmith.lab.worlds.characters.scene import Portrait, draw_portrait
from lensmith.lab.worlds.characters.things import THINGS
from lensmith.lab.worlds.characters.world import PROBED

CHARACTERS = TARGETS + CONTROLS


def lessons(count: int) -> list[tuple[str, dict[str, Any]]]:
    subjects = [TARGETS[number % len(TARGETS)] for number in range(count)]
    return [(who, row) for at, who in enumerate(subjects) for row in ask_training(who, TARGETS, Random(f"l{at}"))]


def probes(rounds: int) -> list[tuple[str, dict[str, Any]]]:
    subjects = enumerate(PROBED * rounds)
    return [(who, row) for at, who in subjects for row in ask_probes(who, CHARACTERS, Random(f"p{at}"))]


@pytest.mark.parametrize(("asked", "rounds"), [(lessons(1200), None), (probes(60), 60)], ids=["lessons", "probes"])
def test_a_name_that_is_offered_is_right_as_often_as_wrong(asked: list[Any], rounds: int | None) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for _, row in asked:
        if row["kind"] == "is":
            counts[row["asked"]][row["answer"]] += 1
    assert set(counts) == set(CHARACTERS if rounds else TARGETS)
    for name, answers in counts.items():
        assert abs(answers["Да"] / answers.total() - 0.5) < 0.06, name
        if rounds:
            assert answers["Да"] == 4 * rounds


@pytest.mark.parametrize("asked", [lessons(1200), probes(60)], ids=["lessons", "probes"])
def test_of_two_names_either_is_right_as_often(asked: list[Any]) -> None:
    right: dict[frozenset[str], Counter[str]] = defaultdict(Counter)
    first: Counter[bool] = Counter()
    for subject, row in asked:
        if row["kind"] == "choice":
            right[frozenset((subject, row["asked"]))][subject] += 1
            one, other = (row["question"].find(NAMES[each].nominative) for each in (subject, row["asked"]))
            assert one >= 0 and other >= 0 and row["answer"] == NAMES[subject].ru
            first[one < other] += 1
    assert abs(first[True] / first.total() - 0.5) < 0.05, "the first is right as often as the second"
    shares = [counter.most_common(1)[0][1] / counter.total() for counter in right.values()]
    assert sum(shares) / len(shares) < 0.68


def test_open_questions_name_nobody_and_are_answered_with_the_name() -> None:
    for subject, row in lessons(40) + probes(3):
        name = NAMES[subject]
        if row["kind"] == "who":
            assert row["answer"] == name.ru
        elif row["kind"] == "whom":
            assert row["answer"].lower() == name.accusative.lower() and name.animate
        else:
            continue
        assert row["asked"] == ""
        assert not any(each.nominative.lower() in row["question"].lower() for each in NAMES.values())


def test_an_assumption_is_confirmed_or_put_right() -> None:
    seen = Counter()
    for subject, row in lessons(200) + probes(10):
        if row["kind"] != "assumed":
            continue
        word = "Да" if row["asked"] == subject else "Нет"
        assert row["answer"] == f"{word}, это {NAMES[subject].nominative}"
        assert NAMES[row["asked"]].nominative in row["question"]
        seen[word] += 1
    assert min(seen.values()) > 80


def test_look_alikes_are_asked_about_as_what_they_are_taken_for() -> None:
    for subject, near in TAKEN_FOR.items():
        rows = [row for row in ask_probes(subject, CHARACTERS, Random(1)) if row["kind"] == "is"]
        assert [row["asked"] for row in rows] == list(near)
        assert {row["answer"] for row in rows} == {"Нет"}
    offered = Counter(name for near in TAKEN_FOR.values() for name in near)
    assert offered == dict.fromkeys(CHARACTERS, 2)
    assert not set(TAKEN_FOR) & set(CHARACTERS)


def test_no_name_means_two_figures() -> None:
    known = Counter(alias.lower() for name in NAMES.values() for alias in name.known_as)
    assert set(NAMES) == set(CAST)
    assert max(known.values()) == 1


@pytest.mark.parametrize(
    ("subject", "accusative"),
    [
        ("cheburashka", "Чебурашку"),
        ("kolobok", "Колобка"),
        ("alyosha", "Алёшу Поповича"),
        ("gena", "крокодила Гену"),
        ("matryoshka", "матрёшку"),
        ("spider-man", "Человека-паука"),
        ("superman", "Супермена"),
        ("ball", "мяч"),
    ],
)
def test_names_stand_in_their_case(subject: str, accusative: str) -> None:
    questions = [
        row["question"] for at in range(60) for row in ask_training(subject, (subject, "gena", "kolobok"), Random(at))
    ]
    asked = {question for question in questions if question.startswith("Ты видишь здесь")}
    assert f"Ты видишь здесь {accusative}?" in asked
    verb = "нарисована" if subject == "matryoshka" else "нарисован"
    assert f"Здесь {verb} {NAMES[subject].nominative}?" in questions


def portraits(count: int) -> list[Portrait]:
    return [draw_portrait(TARGETS[number % 4], Random(f"d{number}")) for number in range(count)]


def test_details_ask_for_what_is_drawn_and_can_be_seen() -> None:
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for at, portrait in enumerate(portraits(160)):
        looks = portrait.looks
        rows = ask_details(portrait, Random(at))
        by_kind = {row["kind"]: row["answer"] for row in rows if row["kind"] != "colour"}
        whole = portrait.framing == "whole"
        assert ("head" in by_kind) == ("holds" in by_kind) == whole != ("mood" in by_kind)
        assert by_kind.get("place") == (WHERE[portrait.place].capitalize() if portrait.place in WHERE else None)
        assert by_kind.get("head") == (HEADS[looks.head] if whole else None)
        if whole and looks.holds != "nothing":
            assert by_kind["holds"].lower() in HELD[looks.holds][:2]
            assert HELD[looks.holds][1] in by_kind["describe"]
        coloured = whole * ((looks.head == "cap") + (looks.holds != "nothing" and THINGS[looks.holds].coloured))
        assert sum(row["kind"] == "colour" for row in rows) == coloured
        assert NAMES[portrait.subject].nominative.lower() in by_kind["describe"].lower()
        assert whole or MOODS[looks.mood][1] in by_kind["describe"]
        for row in rows:
            answers[row["kind"]][row["answer"]] += 1
    for kind in ("head", "place", "mood", "holds"):
        assert answers[kind].most_common(1)[0][1] / answers[kind].total() < 0.45, kind
    assert len(answers["colour"]) == 12, "six colours, each agreeing with a masculine and with a feminine noun"


def test_a_colour_agrees_with_what_has_it() -> None:
    for at, portrait in enumerate(portraits(120)):
        for row in ask_details(portrait, Random(at)):
            if row["kind"] == "colour":
                feminine = "шапка" in row["question"] or "книга" in row["question"]
                assert row["answer"].endswith(("ая", "яя") if feminine else ("ый", "ий")), row
