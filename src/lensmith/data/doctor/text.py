"""Texts as the doctor compares them: without what a person writes one way or the other and means the same."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_WORD = re.compile(r"[^\W\d_]+")
_CACHE = 1 << 16
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "DEVANAGARI")


@lru_cache(maxsize=_CACHE)
def fold(text: str) -> str:
    """The text without case, the dots of ё, punctuation and extra white space.

    What belongs to a number stays: the point of `3.5`, a minus, a per-cent sign, `10:30`. A text of nothing but
    punctuation stays as it is.

    >>> fold("  «Жёлтый», да!"), fold("-2"), fold("3.5."), fold("5 %"), fold("?!")
    ('желтый да', '-2', '3.5', '5%', '?!')
    """
    plain = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).casefold().replace("ё", "е")
    plain = re.sub(r"(?<=\d)\s+%", "%", plain.replace("\u2212", "-"))
    kept = [_keep(plain, at) if _is_sign(sign) else sign for at, sign in enumerate(plain)]
    return " ".join("".join(kept).split()) or text.strip()


def differences(one: str, other: str) -> str:
    """In which ways two texts of one fold differ, in words.

    >>> differences("Да", "да."), differences("желтый", "жёлтый")
    ('case, punctuation', 'ё')
    """
    steps: dict[str, Callable[[str], str]] = {
        "case": str.casefold,
        "ё": lambda text: text.replace("ё", "е").replace("Ё", "Е"),
        "punctuation": lambda text: "".join(" " if _is_sign(sign) else sign for sign in text),
    }

    def folded(text: str, without: str) -> str:
        for name, step in steps.items():
            text = text if name == without else step(text)
        return " ".join(text.split())

    found = [name for name in steps if folded(one, name) != folded(other, name)]
    return ", ".join(found) or "spaces, or signs that cannot be seen"


def script_of(letter: str) -> str:
    """The script that a letter belongs to, `other` where it is none of the common ones.

    >>> script_of("a"), script_of("ё"), script_of("漢")
    ('latin', 'cyrillic', 'cjk')
    """
    name = unicodedata.name(letter, "")
    return next((script.lower() for script in _SCRIPTS if name.startswith(script)), "other")


@lru_cache(maxsize=_CACHE)
def main_script(text: str) -> str:
    """The script of most of its letters; empty where it has none.

    >>> main_script("Это мой iPhone, да?"), main_script("42")
    ('cyrillic', '')
    """
    counts: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            script = "latin" if letter.isascii() else script_of(letter)
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: counts[script]) if counts else ""


@lru_cache(maxsize=_CACHE)
def mixed_words(text: str) -> tuple[str, ...]:
    """Words that mix Latin with Cyrillic letters, such as a Russian word with a Latin o.

    >>> mixed_words("кoт и кот")  # the first with a Latin o
    ('кoт',)
    """
    if text.isascii():
        return ()
    words = (word for word in _WORD.findall(text) if not word.isascii())
    return tuple(word for word in words if {"latin", "cyrillic"} <= {script_of(letter) for letter in word})


def shorten(text: str, limit: int = 120) -> str:
    """A long text's beginning, on one line.

    >>> shorten("a" * 9, 5)
    'aaaa…'
    """
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"


def _is_sign(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "P" or sign in "`´"


def _keep(text: str, at: int) -> str:
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    sign = text[at]
    opens_number = sign in "-." and not before.isalnum()
    if sign in ".,:/-" and after.isdecimal() and (before.isdecimal() or opens_number):
        return sign
    if sign == "%" and before.isdecimal():
        return sign
    return "" if sign in "'’" and before.isalnum() and after.isalnum() else " "
