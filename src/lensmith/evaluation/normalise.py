"""When two answers count as the same: named levels, each looser than the one before.

A level says what it overlooks, so a report can tell a wrong answer from one that is only written otherwise.
The first three overlook spelling that cannot change the meaning: `3.5`, `-2` and `5%` keep their signs. Those that
overlook grammar live in `phrases` and `lemmas`.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from lensmith.registry import Registry

_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
_PER_CENT_APART = re.compile(r"(?<=\d)\s+%")
_SIGN = re.compile(r"[^\w\s]|_")
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_MINUSES = "-\u2013\u2212"
_NUMBER_AHEAD = re.compile(r"\.?\d")
_STRESS = re.compile("(?<=[а-яё])[\u0300\u0301]")


@dataclass(frozen=True, slots=True)
class Level:
    """One rung of the ladder: what is overlooked when an answer is compared with an accepted one.

    Attributes:
        name: as in reports.
        describe: what this level overlooks.
        normalise: text to the form that is compared.
        same: whether an accepted answer and a given one agree; None compares the normalised forms. Rungs that
            need both texts at once (a preposition that only one side has) bring their own.
    """

    name: str
    describe: str
    normalise: Callable[[str], str]
    same: Callable[[str, str], bool] | None = None

    def agree(self, accepted: str, answer: str) -> bool:
        """True when `answer` is `accepted` at this level.

        An accepted answer of which the level leaves nothing ("…", "?!") is compared as it is written, so
        that two different marks never become equal.

        >>> FOLD.agree("Да", "да."), FOLD.agree("?", "!")
        (True, False)
        """
        if self.same is not None:
            return self.same(accepted, answer)
        form = self.normalise(accepted)
        return form == self.normalise(answer) if form else strict(accepted) == strict(answer)


def strict(text: str) -> str:
    """The text as written: Unicode NFC, outer white space removed, nothing else.

    >>> strict(" Да. ")
    'Да.'
    """
    return unicodedata.normalize("NFC", text).strip()


def fold(text: str) -> str:
    """The text without case, punctuation and extra white space; folding twice changes nothing more.

    Punctuation of every script goes (`«»—…` too), an apostrophe inside a word without leaving a gap. What
    belongs to a number stays: a decimal point or comma, a minus, a percent sign, `10:30`, `1/2`, `2010-2020`.
    Symbols that carry meaning (`+ < = > $ €`, emoji) stay.

    >>> fold("  «Светло-серый» — это… don't!")
    'светло серый это dont'
    >>> fold("От −2 до 3.5 (5 %)."), fold("1,234"), fold("...")
    ('от -2 до 3.5 5%', '1,234', '')
    """
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", text.casefold())
    text = _PER_CENT_APART.sub("%", text)
    return " ".join(_SIGN.sub(_keep_or_drop, text).split())


def _keep_or_drop(match: re.Match[str]) -> str:
    """What stands in the folded text for one character that is neither letter, digit nor white space."""
    sign, text, at = match.group(), match.string, match.start()
    if not (unicodedata.category(sign)[0] == "P" or sign in "`´\u2212"):
        return sign
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if before.isdecimal() and after.isdecimal():
        if sign in _DASHES:
            return "-"
        if sign in ".,:/":
            return sign
    if sign == "%" and before.isdecimal():
        return sign
    if not before.isalnum() and _NUMBER_AHEAD.match(text, at + 1):
        if sign in _MINUSES:
            return "-"
        if sign == "." and before != "." and after != ".":
            return sign
    inside_a_word = before.isalnum() and after.isalpha()
    return "" if sign in "'\u2019" and inside_a_word else " "


def respell(text: str) -> str:
    """The folded text with е for ё and without stress marks: what Russian writers leave out or put in at will.

    >>> respell("«Ёлка»"), respell("За\u0301мок"), respell("й")
    ('елка', 'замок', 'й')
    """
    return unicodedata.normalize("NFC", _STRESS.sub("", fold(text))).replace("ё", "е")


STRICT = Level("strict", "nothing but outer white space", strict)
FOLD = Level("fold", "case, punctuation, quotes and white space", fold)
SPELLING = Level("spelling", "also ё written as е, and stress marks", respell)

LEVELS: Registry[Level] = Registry(
    "normalisation level",
    {
        "strict": "lensmith.evaluation.normalise:STRICT",
        "fold": "lensmith.evaluation.normalise:FOLD",
        "spelling": "lensmith.evaluation.normalise:SPELLING",
        "preposition": "lensmith.evaluation.phrases:PREPOSITION",
        "inflection": "lensmith.evaluation.lemmas:INFLECTION",
        "lemma": "lensmith.evaluation.lemmas:LEMMA",
    },
)
"""Strictest first; each rung accepts whatever the one before it accepts."""
