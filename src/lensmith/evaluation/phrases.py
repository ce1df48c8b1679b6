"""Answers as phrases: words after a preposition, compared word by word.

«На каком предмете?» is answered «на полке» by one person and «полка» by the next. On 2,000 real answers to Russian
questions no two had different prepositions before one noun, so a preposition that only one side has says nothing,
and two different ones stay a difference: «на столе» is not «под столом».
"""

import operator
from collections.abc import Callable

from lensmith.evaluation.normalise import SPELLING, Level, respell

PREPOSITIONS = frozenset(
    [
        *("в", "во", "вдоль", "возле", "вокруг", "для", "за", "из", "изо", "к", "ко", "между", "мимо", "на", "над"),
        *("надо", "напротив", "о", "об", "обо", "около", "от", "ото", "перед", "передо", "по", "под", "подо", "при"),
        *("про", "с", "сквозь", "со", "среди", "у", "через"),
        *("above", "across", "along", "around", "at", "behind", "below", "beneath", "beside", "between", "by", "for"),
        *("from", "in", "inside", "into", "near", "of", "on", "onto", "over", "through", "to", "toward", "towards"),
        *("under", "with"),
    ]
)
"""Those that deny or exclude (без, кроме, without, except) are not among them: leaving them out changes the answer."""
ARTICLES = frozenset(["a", "an", "the"])
_USUAL_FORMS = {
    **{"во": "в", "изо": "из", "ко": "к", "надо": "над", "об": "о", "обо": "о", "ото": "от", "передо": "перед"},
    **{"подо": "под", "со": "с"},
}


def agree_but_for_prepositions(accepted: str, answer: str, same: Callable[[str, str], bool] = operator.eq) -> bool:
    """True when two answers are the same words in the same order but for what may stand before them.

    That is a preposition that only one of them has, and an article after it or on its own.

    >>> agree_but_for_prepositions("На полке", "полке"), agree_but_for_prepositions("on the shelf", "a shelf")
    (True, True)
    >>> agree_but_for_prepositions("на столе", "под столе"), agree_but_for_prepositions("hat", "without hat")
    (False, False)

    Args:
        accepted: one answer.
        answer: the other.
        same: tells whether two words count as one; it must accept equal words.
    """
    words, others = respell(accepted).split(), respell(answer).split()
    if not words or not others:
        return SPELLING.agree(accepted, answer)
    before, phrase = _part(words)
    other_before, other_phrase = _part(others)
    if before and other_before and before != other_before:
        return False
    return len(phrase) == len(other_phrase) and all(map(same, phrase, other_phrase))


def _part(words: list[str]) -> tuple[str, list[str]]:
    """The leading preposition in its usual form, or "", and the rest without a leading article; never no rest.

    An article stays before a single letter or digit: there it is more likely a letter itself ("A B").
    """
    before = ""
    if len(words) > 1 and words[0] in PREPOSITIONS:
        before, words = _USUAL_FORMS.get(words[0], words[0]), words[1:]
    if len(words) > 1 and words[0] in ARTICLES and len(words[1]) > 1:
        words = words[1:]
    return before, words


PREPOSITION = Level(
    "preposition",
    "also a leading preposition that only one side has, and leading articles",
    respell,
    agree_but_for_prepositions,
)
