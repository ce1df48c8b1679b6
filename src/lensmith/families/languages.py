"""Which script a text is written in, to compare with the languages that a model's cards name."""

import unicodedata
from collections.abc import Collection, Iterable


def find_scripts(texts: Iterable[str]) -> set[str]:
    """The scripts of these texts' letters beside ASCII, by the first word of their Unicode names.

    >>> sorted(find_scripts(["a cat, кот, 猫 and ネコ 🐈", "chaîne"]))
    ['CJK', 'CYRILLIC', 'KATAKANA', 'LATIN']
    """
    letters = {
        letter for text in texts if not text.isascii() for letter in text if letter > "\x7f" and letter.isalpha()
    }
    return {unicodedata.name(letter, "UNKNOWN").partition(" ")[0] for letter in letters}


def unnamed_scripts(texts: Iterable[str], named: Collection[str]) -> list[str]:
    """The scripts of these texts that are not among `named`, as words, in order."""
    return [script.capitalize() for script in sorted(find_scripts(texts) - set(named))]
