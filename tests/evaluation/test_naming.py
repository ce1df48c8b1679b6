"""Who an answer names, in whatever case, and who it only seems to name."""

import pytest

from lensmith.evaluation.naming import NameReader

NAMES = {
    "Чебурашка": ["Чебурашка", "Чебурашка"],
    "Кощей": ["Кощей", "Кощей Бессмертный"],
    "Колобок": ["Колобок"],
    "Алёша Попович": ["Алёша Попович", "Алёша", "Попович"],
    "Крокодил Гена": ["Крокодил Гена", "Гена"],
    "Крокодил": ["Крокодил"],
    "Человек-паук": ["Человек-паук", "Спайдермен"],
    "Superman": ["Superman", "Man of Steel"],
    "мишка": ["мишка", "🐻", ""],
    "один": ["тёзка"],
    "другой": ["тёзка"],
}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Чебурашку", {"Чебурашка"}),
        ("Вижу ЧЕБУРАШКУ!", {"Чебурашка"}),
        ("это с Чебурашкой и Колобком", {"Чебурашка", "Колобок"}),
        ("Кощея Бессмертного", {"Кощей"}),
        ("боюсь Кощея", {"Кощей"}),
        ("Алешу Поповича", {"Алёша Попович"}),
        ("Крокодила Гену", {"Крокодил Гена"}),
        ("крокодилом", {"Крокодил"}),
        ("Крокодил, Гена", {"Крокодил", "Крокодил Гена"}),
        ("Человека-паука", {"Человек-паук"}),
        ("It is the man of steel.", {"Superman"}),
        ("🐻!", {"мишка"}),
        ("Нет, это не Колобок", set()),
        ("Нет, Колобок", {"Колобок"}),
        ("Да, это Чебурашка", {"Чебурашка"}),
        ("Чебуралёша", set()),
        ("тёзка", set()),
        ("", set()),
        ("?!…", set()),
    ],
)
def test_names_in_answers(text: str, named: set[str]) -> None:
    assert NameReader(NAMES).named(text) == named


def test_a_huge_answer_is_read() -> None:
    assert NameReader(NAMES).named("слово " * 20_000 + "Колобка") == {"Колобок"}


def test_no_names_are_found_where_none_are_known() -> None:
    assert NameReader({}).named("Колобок") == set()
    assert NameReader({"x": [" ", "…"]}).named("… x") == set()
