"""Words by their dictionary forms, Russian and English, each word in the language of its letters.

A form may come from several words («стали» from «стать» and «сталь»), and context is not read: two words agree when
any of their readings agree. Dictionaries: pymorphy3 (OpenCorpora), which also guesses words that it does not know, and
simplemma, which knows one form of an English word and misses some ("sitting"). Both are loaded at the first word.
"""

import re
from functools import cache, lru_cache
from typing import Any

from lensmith.evaluation.normalise import Level, respell
from lensmith.evaluation.phrases import agree_but_for_prepositions

_RUSSIAN = re.compile("[а-яё]+")
_ENGLISH = re.compile("[a-z]+")
LONGEST_WORD = 60
"""Longer ones are no words of a language, and looking for their endings takes time: they stay as they are."""

Reading = tuple[str, str]
"""A dictionary form and a number, "" where the word has none or the language does not tell."""


@lru_cache(maxsize=2**16)
def readings(word: str) -> frozenset[Reading]:
    """All dictionary forms that `word` may be a form of, each with the number it then has; е stands for ё.

    The number is told of Russian nouns alone: adjectives and verbs only follow them. English nouns are not told from
    verbs ("leaves"), so they have none.

    >>> sorted(readings("стали"))
    [('сталь', 'plur'), ('сталь', 'sing'), ('стать', '')]
    >>> readings("dogs"), readings("420")
    (frozenset({('dog', '')}), frozenset({('420', '')}))

    Args:
        word: lower case, without punctuation.
    """
    if len(word) <= LONGEST_WORD and _RUSSIAN.fullmatch(word):
        return frozenset(
            (parse.normal_form.replace("ё", "е"), (parse.tag.number or "") if "NOUN" in parse.tag else "")
            for parse in _russian().parse(word)
        )
    if len(word) <= LONGEST_WORD and _ENGLISH.fullmatch(word):
        from simplemma import lemmatize

        return frozenset([(lemmatize(word, "en"), "")])
    return frozenset([(word.replace("ё", "е"), "")])


@cache
def _russian() -> Any:
    """The dictionary of Russian."""
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=2**16)
def lemmas(word: str) -> frozenset[str]:
    """All dictionary forms that `word` may be a form of.

    >>> sorted(lemmas("чебурашку")), sorted(lemmas("стали")), sorted(lemmas("teeth"))
    (['чебурашка'], ['сталь', 'стать'], ['tooth'])

    Args:
        word: lower case, without punctuation.
    """
    return frozenset(form for form, _ in readings(word))


def same_lemma(word: str, other: str) -> bool:
    """True when both words may be forms of one word."""
    return word == other or not lemmas(word).isdisjoint(lemmas(other))


def same_but_for_case(word: str, other: str) -> bool:
    """True when both may be forms of one Russian word, nouns in one number; English has no case to overlook."""
    if word == other:
        return True
    return _RUSSIAN.fullmatch(word) is not None and not readings(word).isdisjoint(readings(other))


def agree_by_inflection(accepted: str, answer: str) -> bool:
    """True when the answers are the same but for a preposition, and for case, gender and the forms of verbs.

    >>> agree_by_inflection("на полке", "полка"), agree_by_inflection("круглый", "круглая")
    (True, True)
    >>> agree_by_inflection("мальчик", "мальчики")
    False
    """
    return agree_but_for_prepositions(accepted, answer, same_but_for_case)


def agree_by_lemma(accepted: str, answer: str) -> bool:
    """True when the answers are the same words in any form, but for a preposition.

    >>> agree_by_lemma("мальчик", "мальчики"), agree_by_lemma("two dogs", "two dog")
    (True, True)
    >>> agree_by_lemma("на столе", "под столом")
    False
    """
    return agree_but_for_prepositions(accepted, answer, same_lemma)


INFLECTION = Level(
    "inflection", "also case, gender and verb forms of Russian words; number stays", respell, agree_by_inflection
)
LEMMA = Level("lemma", "also singular and plural, and every form of English words", respell, agree_by_lemma)
