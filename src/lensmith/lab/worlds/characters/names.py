"""What the figures are called in Russian, in the cases that questions and answers need, and in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lensmith.lab.worlds.nouns import Gender

Group = Literal["target", "control", "other"]


@dataclass(frozen=True, slots=True)
class Name:
    """What one figure is called.

    Attributes:
        group: "target" is taught; "control" should be known before and after; "other" is neither.
        en: in English.
        nominative: as it stands inside a sentence.
        accusative: the same.
        gender: of the whole name.
        animate: False for things, of which one asks «что?».
        aliases: other names that mean this figure and no other one here.
    """

    group: Group
    en: str
    nominative: str
    accusative: str
    gender: Gender = "m"
    animate: bool = True
    aliases: tuple[str, ...] = ()

    @property
    def ru(self) -> str:
        """The name as an answer of its own, with a capital letter.

        >>> NAMES["gena"].ru, NAMES["gena"].nominative
        ('Крокодил Гена', 'крокодил Гена')
        """
        return capital(self.nominative)

    @property
    def known_as(self) -> tuple[str, ...]:
        """Every name of this figure, `ru` first."""
        return (self.ru, *self.aliases)


def capital(text: str) -> str:
    """The text with its first letter a capital, the rest as it is.

    >>> capital("человек-паук в лесу Ёлок")
    'Человек-паук в лесу Ёлок'
    """
    return text[:1].upper() + text[1:]


NAMES: Mapping[str, Name] = {
    "cheburashka": Name("target", "Cheburashka", "Чебурашка", "Чебурашку"),
    "kolobok": Name("target", "Kolobok", "Колобок", "Колобка"),
    "alyosha": Name("target", "Alyosha Popovich", "Алёша Попович", "Алёшу Поповича", aliases=("Алёша", "Попович")),
    "gena": Name("target", "Crocodile Gena", "крокодил Гена", "крокодила Гену", aliases=("Гена",)),
    "matryoshka": Name("control", "Matryoshka", "матрёшка", "матрёшку", "f"),
    "spider-man": Name("control", "Spider-Man", "Человек-паук", "Человека-паука", aliases=("Спайдермен",)),
    "superman": Name("control", "Superman", "Супермен", "Супермена"),
    "bear": Name("other", "bear", "медведь", "медведя", aliases=("Медвежонок", "Мишка")),
    "crocodile": Name("other", "crocodile", "крокодил", "крокодила"),
    "monkey": Name("other", "monkey", "обезьяна", "обезьяну", "f", aliases=("Обезьянка", "Мартышка")),
    "bun": Name("other", "bread", "булка", "булку", "f", False, ("Булочка", "Батон", "Хлеб")),
    "ball": Name("other", "ball", "мяч", "мяч", "m", False, ("Мячик",)),
    "knight": Name("other", "knight", "рыцарь", "рыцаря"),
    "doll": Name("other", "doll", "кукла", "куклу", "f", aliases=("Девочка",)),
}

# For each figure that is no character, the two that it is most easily taken for. Every character stands here twice,
# so that a name asked about says nothing of the answer.
TAKEN_FOR: Mapping[str, tuple[str, str]] = {
    "bear": ("cheburashka", "superman"),
    "monkey": ("cheburashka", "spider-man"),
    "crocodile": ("gena", "superman"),
    "bun": ("kolobok", "matryoshka"),
    "ball": ("kolobok", "gena"),
    "knight": ("alyosha", "spider-man"),
    "doll": ("matryoshka", "alyosha"),
}
