"""Questions are true of their plans, said in Russian, and balanced."""

import re
from collections import Counter
from functools import cache
from random import Random

import pytest
from programs import run

from lensmith.lab.worlds.adjectives import COLOURS, MATERIALS, SIZES, decline
from lensmith.lab.worlds.gqa_ru.asking import KINDS, STRUCTURAL, ask
from lensmith.lab.worlds.gqa_ru.places import PLACE_WORDS
from lensmith.lab.worlds.gqa_ru.plan import Plan, Thing, draw_plan
from lensmith.lab.worlds.gqa_ru.question import SIDES, Question, Reference, locate
from lensmith.lab.worlds.gqa_ru.rows import rows_of
from lensmith.lab.worlds.gqa_ru.view import view_of
from lensmith.lab.worlds.nouns import CASES, NOUNS

PLANS = 150
ALL_KINDS = [kind for kinds in KINDS.values() for kind in kinds]


@cache
def asked() -> tuple[tuple[Plan, tuple[Question, ...]], ...]:
    drawn = []
    for number in range(PLANS):
        random = Random(f"questions/{number}")
        plan = draw_plan(random)
        drawn.append((plan, ask(plan, random, 30)))
    return tuple(drawn)


def every() -> list[tuple[Plan, Question]]:
    return [(plan, question) for plan, questions in asked() for question in questions]


def ways_to_say(result: object) -> set[str]:
    """All Russian answers that mean a program's result."""
    if isinstance(result, bool):
        return {"да" if result else "нет"}
    adjectives = {**COLOURS, **SIZES, **{key: words[0] for key, words in MATERIALS.items()}}
    said: set[str] = set()
    if result in adjectives:
        said |= {decline(adjectives[result], gender, case) for gender in ("m", "f", "n", "pl") for case in CASES}
    if result in MATERIALS:
        said |= {MATERIALS[result][1], f"из {MATERIALS[result][2]}"}
    if result in NOUNS:
        noun = NOUNS[result]
        said |= {noun.one, noun.form("acc"), f"на {noun.form('prep')}", f"под {noun.form('ins')}"}
    said |= set(PLACE_WORDS.get(result, ()))
    said |= {{"color": "цвет", "material": "материал", **SIDES}.get(result, "")}
    return said - {""}


def test_every_answer_is_what_its_program_finds() -> None:
    for plan, question in every():
        result = run(question.steps, plan)
        assert question.answer in ways_to_say(result), (question.words, question.answer, result)


def test_every_kind_of_question_is_asked() -> None:
    builders = {kind.build for kind in ALL_KINDS}
    answered = set()
    for number in range(400):
        random = Random(f"kinds/{number}")
        view = view_of(draw_plan(random), random)
        answered |= {kind.build for kind in ALL_KINDS if kind.build(view, True)}
    assert answered == builders


def test_no_question_is_asked_twice_of_a_picture_and_thirty_can_be() -> None:
    assert all(len({question.words for question in questions}) == 30 for _, questions in asked())


def test_more_questions_begin_with_the_same_ones() -> None:
    plan = draw_plan(Random(7))
    assert ask(plan, Random(1), 30)[:4] == ask(plan, Random(1), 4)


def test_answers_are_short_and_in_lower_case_and_sentences_are_whole() -> None:
    for _, question in every():
        assert question.answer == question.answer.lower() and len(question.answer.split()) <= 3
        assert re.fullmatch(r"[А-ЯЁ][а-яё, ]+\?", question.words), question.words
        assert re.fullmatch(r"[А-ЯЁ][а-яё, ]+\.", question.full), question.full
        assert "  " not in question.words + question.full and " ," not in question.words + question.full


def test_a_sentence_says_its_answer() -> None:
    for _, question in every():
        full = question.full.lower()
        if question.answer in ("да", "нет"):
            assert full.startswith(question.answer + ",")
        elif question.answer_thing:
            forms = {NOUNS[question.answer_thing.name].form(case) for case in CASES}
            assert forms & set(re.split(r"[ ,.]+", full)), (question.answer, full)


def test_structural_types_are_asked_about_as_often_as_they_are_published() -> None:
    counted = Counter(question.types[0] for _, question in every())
    assert counted.keys() == STRUCTURAL.keys() == KINDS.keys()
    for structural, count in STRUCTURAL.items():
        assert counted[structural] / counted.total() == pytest.approx(count / 40000, abs=0.03), structural


def test_yes_and_no_are_even_for_every_kind() -> None:
    judged: dict[str, Counter[str]] = {}
    for _, question in every():
        if question.answer in ("да", "нет"):
            kind = re.sub("C[ro]?$", "", question.types[2])
            judged.setdefault(kind, Counter())[question.answer] += 1
    assert len(judged) >= 11
    for kind, answers in judged.items():
        spread = abs(answers["да"] - answers["нет"])
        assert spread < 4 * answers.total() ** 0.5, f"{kind}: {answers}"


def test_the_type_of_a_judged_question_tells_which_answer_it_has() -> None:
    for _, question in every():
        if question.answer in ("да", "нет"):
            assert bool(re.search("C[ro]?$", question.types[2])) == (question.answer == "нет"), question.types


def hand_made() -> Plan:
    """A red glass table on the left with a big book on it; on the right, a woman with a green umbrella."""
    table = Thing("1", "table", "red", "glass", "", 0.25, 0.9, 0.4, "alone", 0)
    book = Thing("2", "book", "blue", "", "", 0.25, 0.9, 0.2, "on", 0)
    woman = Thing("3", "woman", "white", "", "", 0.75, 0.9, 0.5, "alone", 1)
    umbrella = Thing("4", "umbrella", "green", "", "", 0.75, 0.9, 0.5, "held", 1)
    clock = Thing("5", "clock", "red", "wooden", "", 0.8, 0.25, 0.2, "above", -1)
    return Plan("room", (table, book, woman, umbrella, clock), (("2", "on", "1"), ("4", "held", "3")))


@pytest.mark.parametrize(
    ("words", "answer", "full"),
    [
        ("Какого цвета стол?", "красный", "Стол красный."),
        ("Какого цвета зонт, который держит женщина?", "зелёный", "Зонт зелёный."),
        ("Какого цвета часы?", "красные", "Часы красные."),
        ("Какой цвет у часов?", "красный", "Часы красные."),
        ("Какого цвета одежда на женщине?", "белая", "Одежда на женщине белая."),
        ("Из чего сделан стол?", "из стекла", "Стол сделан из стекла."),
        ("Из чего сделаны часы?", "из дерева", "Часы сделаны из дерева."),
        ("Какой материал у часов?", "дерево", "Часы сделаны из дерева."),
        ("Что лежит на столе?", "книга", "Книга лежит на столе."),
        ("На чём лежит книга?", "на столе", "Книга лежит на столе."),
        ("Что держит женщина?", "зонт", "Женщина держит зонт."),
        ("Кто держит зелёный зонт?", "женщина", "Женщина держит зелёный зонт."),
        ("Кто находится справа от стола?", "женщина", "Женщина находится справа от стола."),
        ("Какой предмет мебели находится слева от женщины?", "стол", "Стол находится слева от женщины."),
        ("Часы деревянные или металлические?", "деревянные", "Часы сделаны из дерева."),
        ("Из чего сделан стол, из дерева или из стекла?", "из стекла", "Стол сделан из стекла."),
        ("Женщина слева или справа от стола?", "справа", "Женщина находится справа от стола."),
        ("Часы находятся справа?", "да", "Да, часы находятся справа."),
        ("Находится ли стол справа от женщины?", "нет", "Нет, стол находится слева от женщины."),
        ("Есть ли книга на стеклянном столе?", "да", "Да, на стеклянном столе лежит книга."),
        ("Стол и часы одного цвета?", "да", "Да, стол красный, и часы тоже красные."),
        ("Отличается ли книга по цвету от стола?", "да", "Да, книга синяя, а стол красный."),
        ("Что общего у стола и часов?", "цвет", "У стола и часов общий цвет."),
        ("Выглядит ли стол красным и стеклянным?", "да", "Да, стол красный и стеклянный."),
        ("Часы и красные, и деревянные?", "да", "Да, часы красные и деревянные."),
        ("Где это происходит?", "в комнате", "Это комната."),
        ("Это комната?", "да", "Да, это комната."),
        ("Видны ли здесь красные часы?", "да", "Да, на картинке есть красные часы."),
        ("На картинке есть и стол, и женщина?", "да", "Да, на картинке есть и стол, и женщина."),
    ],
)
def test_it_is_said_as_a_russian_says_it(words: str, answer: str, full: str) -> None:
    assert (answer, full) in said_of_hand_made().get(words, set()), sorted(said_of_hand_made())


@cache
def said_of_hand_made() -> dict[str, set[tuple[str, str]]]:
    plan, said = hand_made(), {}
    for number in range(400):
        view = view_of(plan, Random(number))
        for question in (kind.build(view, True) or kind.build(view, False) for kind in ALL_KINDS for _ in range(2)):
            if question:
                said.setdefault(question.words, set()).add((question.answer, question.full))
        for question in (kind.build(view, False) for kind in ALL_KINDS if kind.judged):
            if question:
                said.setdefault(question.words, set()).add((question.answer, question.full))
    return said


def test_nothing_is_said_to_be_what_it_is_not() -> None:
    said = said_of_hand_made()
    assert all(len({answer for answer, _ in answers}) == 1 for answers in said.values())


def test_things_are_located_in_any_case() -> None:
    plan = hand_made()
    table, woman = (Reference(plan.find(name)) for name in ("table", "woman"))
    red = Reference(table.thing, (("color", "red"),))
    assert locate("Находится ли красный стол слева от женщины?", (red, woman)) == [
        {"objectId": "2:4", "value": "1"},
        {"objectId": "6", "value": "3"},
    ]
    assert locate("На столе", (red,)) == [{"objectId": "1", "value": "1"}]
    assert locate("", (red,)) == []


def test_rows_tell_which_questions_follow_from_which() -> None:
    plan, random = hand_made(), Random(0)
    questions = ask(plan, random, 30)
    rows = rows_of(questions)
    for at, row in enumerate(rows):
        assert at in row["equivalent"] and at not in row["entailed"]
        for other in row["equivalent"]:
            assert rows[other]["semanticStr"] == row["semanticStr"] and at in rows[other]["equivalent"]
        if row["types"]["structural"] not in ("query", "choose"):
            assert row["entailed"] == []
        assert all(questions[other].fact == questions[at].fact for other in row["entailed"])
    assert any(row["entailed"] for row in rows) and any(len(row["equivalent"]) > 1 for row in rows)
