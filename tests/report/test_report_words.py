"""Both languages say everything, with the same values in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import lensmith.report
from lensmith.report.page import BROWSER_WORDS, PARTS
from lensmith.report.russian import RUSSIAN
from lensmith.report.several.page import PARTS as SEVERAL
from lensmith.report.sweeps.page import PARTS as SWEEP
from lensmith.report.words import Words, choose_language

FOLDER = Path(lensmith.report.__file__).parent


def said() -> Iterator[str]:
    """Every text that is written into a call of `say`."""
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say":
                yield from (each.value for each in node.args if isinstance(each, ast.Constant))


def test_everything_the_page_says_is_translated():
    texts = {*said(), *BROWSER_WORDS, *(part[1] for part in (*PARTS, *SEVERAL, *SWEEP))}
    assert len(texts) > 100, "nothing was found to look for"
    assert sorted(texts - RUSSIAN.keys()) == []


def test_both_languages_have_the_same_places_for_values():
    places = re.compile(r"\{\w+\}")
    assert [text for text in RUSSIAN if sorted(places.findall(text)) != sorted(places.findall(RUSSIAN[text]))] == []


def test_nothing_is_translated_that_nobody_says():
    source = "\n".join(path.read_text("utf-8") for path in FOLDER.rglob("*.py") if path.name != "russian.py")
    source += (FOLDER / "browser.js").read_text("utf-8")
    # Words of other parts of lensmith, which `term` looks up.
    of_others = {"better", "worse", "changed", "train", "test", "target", "control", "other", "warn", "stop", "ok"}
    unsaid = [text for text in RUSSIAN if text not in of_others and text not in source and not text.startswith("the ")]
    assert unsaid == []


def test_numbers_are_written_as_each_language_does():
    english, russian = Words("en"), Words("ru")
    assert english.points(-0.012) == "−1.2\u00a0points"
    assert russian.points(0.5) == "+50,0\u00a0пункта"
    assert english.count(12345) == "12,345"
    assert russian.count(12345) == "12\u00a0345"
    assert russian.span(0.1, 0.25) == "10,0 до 25,0"


def test_a_word_from_elsewhere_stays_as_it_is_where_nobody_knows_it():
    assert Words("ru").term("learned") == "выучено"
    assert Words("ru").term("something new") == "something new"


def test_the_language_is_that_of_the_questions():
    assert choose_language(["Кто это? Answer: yes"]) == "en"
    assert choose_language(["Кто нарисован на картинке? zebra"]) == "ru"
    assert choose_language(["123 🦓"]) == "en"
