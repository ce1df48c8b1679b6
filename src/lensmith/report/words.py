"""The page's own words, in English and Russian, and numbers as each language writes them."""

from dataclasses import dataclass
from typing import Literal, get_args

from lensmith.report.russian import RUSSIAN

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_NO_BREAK = "\u00a0"
_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Words:
    """One language. English text is its own key; `RUSSIAN` holds the rest."""

    language: Language

    def say(self, text: str, **values: str) -> str:
        """The text in this language, with values put in.

        >>> Words("ru").say("rung")
        'ступень'

        Raises:
            KeyError: nobody has translated it.
        """
        return (text if self.language == "en" else RUSSIAN[text]).format(**values)

    def term(self, text: str) -> str:
        """A word that another part of lensmith wrote: translated where it is known, else as it is."""
        return text if self.language == "en" else RUSSIAN.get(text, text)

    def number(self, value: float, digits: int = 1, *, sign: bool = False) -> str:
        """A number with so many decimals.

        >>> Words("ru").number(-1234.56, 2), Words("en").number(3, 1, sign=True)
        ('−1\\xa0234,56', '+3.0')
        """
        return self._local(f"{value:{'+' if sign else ''},.{digits}f}")

    def significant(self, value: float, digits: int = 3) -> str:
        """A number with so many digits that mean something.

        >>> Words("en").significant(0.0191102), Words("en").significant(1.2e-9)
        ('0.0191', '1.2e−09')
        """
        return self._local(f"{value:.{digits}g}")

    def count(self, value: int) -> str:
        """A whole number."""
        return self._local(f"{value:,}")

    def percent(self, share: float, digits: int = 1) -> str:
        """A share of 1 in per cent.

        >>> Words("en").percent(0.9725), Words("ru").percent(0.9725)
        ('97.2\\xa0%', '97,2\\xa0%')
        """
        return f"{self.number(100 * share, digits)}{_NO_BREAK}%"

    def points(self, difference: float) -> str:
        """A difference of two shares, in percentage points, with its sign."""
        unit = "points" if self.language == "en" else "пункта"
        return f"{self.number(100 * difference, sign=True)}{_NO_BREAK}{unit}"

    def change(self, ratio: float) -> str:
        """How much something rose or fell, in per cent of what it was.

        >>> Words("en").change(0.26)
        '−74\\xa0%'
        """
        return f"{self.number(100 * (ratio - 1), 0, sign=True)}{_NO_BREAK}%"

    def span(self, low: float, high: float, *, sign: bool = False) -> str:
        """An interval of shares, in per cent without the sign for it."""
        return self.between(*(self.number(100 * end, sign=sign) for end in (low, high)))

    def between(self, low: str, high: str) -> str:
        """`low to high`."""
        return f"{low} {'to' if self.language == 'en' else 'до'} {high}"

    def decimal(self, shown: str) -> str:
        """A number that is text already, with this language's decimal sign.

        >>> Words("ru").decimal("= 0.00062")
        '= 0,00062'
        """
        return self._local(shown)

    def _local(self, shown: str) -> str:
        shown = shown.replace("-", _MINUS)
        if self.language == "en":
            return shown
        return shown.replace(",", _NO_BREAK).replace(".", ",")


def choose_language(texts: list[str]) -> Language:
    """Russian where more than half of the letters are Cyrillic, else English.

    >>> choose_language(["Кто на картинке?"]), choose_language(["Who is it?", "Он"]), choose_language([])
    ('ru', 'en', 'en')
    """
    letters = [sign for text in texts for sign in text if sign.isalpha()]
    cyrillic = sum("\u0400" <= sign <= "\u04ff" for sign in letters)
    return "ru" if 2 * cyrillic > len(letters) else "en"
