"""Russian forms, each written down here as a Russian would say it, and not derived."""

import pytest

from lensmith.lab.worlds.adjectives import COLOURS, MATERIALS, SIZES, THAT, WHICH, agree, decline, phrase
from lensmith.lab.worlds.nouns import CASES, NOUNS, read_nouns
from lensmith.lab.worlds.objects import COLOURS as DRAWN_COLOURS
from lensmith.lab.worlds.objects import MATERIALS as DRAWN_MATERIALS
from lensmith.lab.worlds.objects import OBJECTS


def test_every_object_colour_and_material_that_is_drawn_has_a_word() -> None:
    assert NOUNS.keys() >= OBJECTS.keys()
    assert COLOURS.keys() >= set(DRAWN_COLOURS) and MATERIALS.keys() >= set(DRAWN_MATERIALS)


def test_forms_are_russian_words_and_none_is_empty() -> None:
    for noun in NOUNS.values():
        for form in (*noun.singular, *noun.plural):
            assert set(form) <= set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя") and len(form) > 1


@pytest.mark.parametrize(
    ("key", "case", "many", "form"),
    [
        ("child", "nom", True, "дети"),
        ("child", "ins", True, "детьми"),
        ("child", "acc", False, "ребёнка"),
        ("man", "acc", False, "мужчину"),
        ("man", "acc", True, "мужчин"),
        ("flower", "gen", False, "цветка"),
        ("flower", "nom", True, "цветы"),
        ("chair", "gen", True, "стульев"),
        ("tree", "ins", True, "деревьями"),
        ("horse", "ins", False, "лошадью"),
        ("horse", "ins", True, "лошадьми"),
        ("cat", "acc", True, "кошек"),
        ("cup", "acc", True, "чашки"),
        ("apple", "gen", True, "яблок"),
        ("plane", "prep", False, "самолёте"),
        ("house", "nom", True, "дома"),
        ("clock", "gen", False, "часов"),
        ("clock", "prep", True, "часах"),
        ("ball", "ins", False, "мячом"),
        ("bird", "ins", False, "птицей"),
    ],
)
def test_nouns_are_declined(key: str, case: str, many: bool, form: str) -> None:
    assert NOUNS[key].form(case, many=many) == form


def test_an_inanimate_accusative_is_like_the_nominative_but_for_feminines() -> None:
    for noun in NOUNS.values():
        assert noun.form("acc", many=True) == noun.form("gen" if noun.animate else "nom", many=True)
        if noun.gender in ("m", "n", "pl") and not noun.one.endswith("а"):
            assert noun.form("acc") == noun.form("gen" if noun.animate else "nom")


@pytest.mark.parametrize(
    ("adjective", "forms"),
    [
        ("красный", "красный красного красный красным красном / красная красной красную красной красной"),
        ("синий", "синий синего синий синим синем / синяя синей синюю синей синей"),
        ("большой", "большой большого большой большим большом / большая большой большую большой большой"),
        (
            "маленький",
            "маленький маленького маленький маленьким маленьком / маленькая маленькой маленькую маленькой маленькой",
        ),
        ("рыжий", "рыжий рыжего рыжий рыжим рыжем / рыжая рыжей рыжую рыжей рыжей"),
        (WHICH, "какой какого какой каким каком / какая какой какую какой какой"),
    ],
)
def test_adjectives_are_declined(adjective: str, forms: str) -> None:
    masculine, feminine = (half.split() for half in forms.split(" / "))
    assert [decline(adjective, "m", case) for case in CASES] == masculine
    assert [decline(adjective, "f", case) for case in CASES] == feminine


@pytest.mark.parametrize(
    ("gender", "case", "animate", "form"),
    [
        ("n", "nom", False, "синее"),
        ("n", "acc", False, "синее"),
        ("pl", "nom", False, "синие"),
        ("pl", "acc", True, "синих"),
        ("pl", "ins", False, "синими"),
        ("m", "acc", True, "синего"),
        ("f", "acc", True, "синюю"),
    ],
)
def test_number_and_animacy_count(gender: str, case: str, animate: bool, form: str) -> None:
    assert decline("синий", gender, case, animate=animate) == form


def test_a_phrase_agrees_throughout() -> None:
    assert phrase(NOUNS["clock"], SIZES["big"], COLOURS["green"]) == "большие зелёные часы"
    assert phrase(NOUNS["apple"], COLOURS["yellow"], case="prep") == "жёлтом яблоке"
    assert phrase(NOUNS["cat"], COLOURS["black"], case="acc", many=True) == "чёрных кошек"
    assert phrase(NOUNS["man"], SIZES["small"], case="acc") == "маленького мужчину"
    assert phrase(NOUNS["chair"], MATERIALS["metal"][0], case="ins") == "металлическим стулом"
    assert agree(THAT, NOUNS["tree"], "acc") == "которое"


@pytest.mark.parametrize("wrong", ["", "ый", "красная", "red", "очень"])
def test_what_is_no_masculine_adjective_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="masculine nominative"):
        decline(wrong, "f")


@pytest.mark.parametrize(
    "line",
    [
        "cat f+ кошка кошки кошку кошкой / кошки кошек кошками кошках",
        "cat x кошка кошки кошку кошкой кошке / кошки кошек кошками кошках",
        "cat f+ кошка кошки кошку кошкой кошке",
    ],
)
def test_a_table_line_that_lacks_a_form_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="five singular and four plural"):
        read_nouns(line)
