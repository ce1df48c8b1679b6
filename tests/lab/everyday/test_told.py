"""Made-up words: each question holds its answer, both alphabets are spelled out, and nobody is named."""

import re
from collections import Counter
from random import Random

import pytest

from lensmith.lab.worlds.characters.names import NAMES
from lensmith.lab.worlds.everyday.told import KIND, LETTERS, make_word, tell_word
from lensmith.lab.worlds.everyday.world import draw_everyday

ALPHABETS = {"en": set("abcdefghijklmnopqrstuvwxyz"), "ru": set("абвгдеёжзийклмнопрстуфхцчшщыьэюя")}


def test_every_question_holds_its_answer() -> None:
    random = Random(0)
    languages: Counter[str] = Counter()
    for row in (tell_word(random) for _ in range(2000)):
        assert row["answer"] in row["question"]
        assert row["kind"] == KIND
        assert re.fullmatch(r"[A-Za-zА-Яа-яЁё0-9 ,.:?]+", row["question"])
        languages[row["language"]] += 1
    assert abs(languages["en"] - languages["ru"]) < 0.1 * languages.total()


@pytest.mark.parametrize("language", LETTERS)
def test_words_are_spelled_with_the_whole_alphabet(language: str) -> None:
    random = Random(1)
    assert {letter for _ in range(3000) for letter in make_word(language, random)} >= ALPHABETS[language] - set("q")


def test_no_figure_is_named() -> None:
    told = {word for name in NAMES.values() for word in (name.en, name.nominative)}
    random = Random(2)
    assert not told & {tell_word(random)["answer"] for _ in range(20000)}


def test_a_picture_has_one_such_question_the_last() -> None:
    for number in range(20):
        rows = draw_everyday(Random(f"told/{number}")).rows
        assert [row["kind"] == KIND for row in rows] == [False] * (len(rows) - 1) + [True]
        assert rows[-1]["ground"] == rows[0]["ground"]
