"""The words that questions about drawn things are made of, in English and in Russian, grammar included."""

from typing import Literal

Language = Literal["en", "ru"]
Gender = Literal["m", "f", "n"]

LANGUAGES: tuple[Language, ...] = ("en", "ru")

# Names in both languages, and the gender that Russian adjectives agree with.
SHAPES: dict[str, tuple[str, Gender]] = {
    "circle": ("круг", "m"),
    "ring": ("кольцо", "n"),
    "square": ("квадрат", "m"),
    "star": ("звезда", "f"),
}

COLOURS: dict[str, dict[Gender, str]] = {
    "red": {"m": "красный", "f": "красная", "n": "красное"},
    "yellow": {"m": "жёлтый", "f": "жёлтая", "n": "жёлтое"},
    "green": {"m": "зелёный", "f": "зелёная", "n": "зелёное"},
    "blue": {"m": "синий", "f": "синяя", "n": "синее"},
    "purple": {"m": "лиловый", "f": "лиловая", "n": "лиловое"},
}

SIDES: dict[str, dict[Language, str]] = {
    "left": {"en": "left", "ru": "слева"},
    "right": {"en": "right", "ru": "справа"},
}

COUNTS: dict[int, dict[Language, str]] = {1: {"en": "one", "ru": "одна"}, 2: {"en": "two", "ru": "две"}}

YES_NO: dict[bool, dict[Language, str]] = {True: {"en": "yes", "ru": "да"}, False: {"en": "no", "ru": "нет"}}


def shape_name(shape: str, language: Language) -> str:
    """The noun for a shape.

    >>> shape_name("star", "ru")
    'звезда'
    """
    return shape if language == "en" else SHAPES[shape][0]


def colour_name(colour: str, language: Language, shape: str = "circle") -> str:
    """The adjective for a colour, in Russian agreeing with `shape`; the masculine is also the colour's own name.

    >>> colour_name("red", "ru", "star"), colour_name("red", "ru"), colour_name("red", "en")
    ('красная', 'красный', 'red')
    """
    return colour if language == "en" else COLOURS[colour][SHAPES[shape][1]]


def ask_colour(shape: str, language: Language) -> str:
    """Asks for the colour of a shape."""
    if language == "en":
        return f"What colour is the {shape}?"
    pronoun = {"m": "Какой", "f": "Какая", "n": "Какое"}[SHAPES[shape][1]]
    return f"{pronoun} по цвету {SHAPES[shape][0]}?"


def ask_shape(colour: str, language: Language) -> str:
    """Asks which shape has a colour."""
    return f"Which shape is {colour}?" if language == "en" else f"Какая фигура {COLOURS[colour]['f']}?"


def ask_side(shape: str, language: Language) -> str:
    """Asks on which side a shape is."""
    if language == "en":
        return f"Is the {shape} left or right?"
    return f"{SHAPES[shape][0].capitalize()} слева или справа?"


def ask_presence(colour: str, shape: str, language: Language) -> str:
    """Asks whether a shape of a colour is there."""
    if language == "en":
        return f"Is there a {colour} {shape}?"
    return f"Есть ли здесь {colour_name(colour, 'ru', shape)} {shape_name(shape, 'ru')}?"


def ask_count(language: Language) -> str:
    """Asks how many shapes there are."""
    return "How many shapes are there?" if language == "en" else "Сколько здесь фигур?"


def ask_fill(language: Language) -> str:
    """Asks for the colour of the whole picture."""
    return "What colour is this?" if language == "en" else "Какой это цвет?"
