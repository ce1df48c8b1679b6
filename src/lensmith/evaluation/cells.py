"""Values of a foreign table as the texts, lists and flags of a prediction; each refuses what it cannot read."""

import math
from typing import Any

_FLAGS = {"true": True, "false": False, "": None}


def text_from(value: Any) -> str:
    """The text of a cell; numbers and truth values as JSON writes them.

    >>> text_from("да"), text_from(3), text_from(2.0), text_from(True)
    ('да', '3', '2.0', 'true')

    Raises:
        ValueError: it is missing, not a finite number, not a single value, or not Unicode text.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"holds {value}, which is not a value")
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise ValueError("is missing" if value is None else f"holds a {type(value).__name__}, not text")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("holds half of a character (a lone surrogate)")
    return value


def texts_from(value: Any) -> tuple[str, ...]:
    """The accepted answers in a cell: one, or a list of them; () where it is empty.

    >>> texts_from("cat"), texts_from(["cat", "kitten"]), texts_from(None), texts_from("")
    (('cat',), ('cat', 'kitten'), (), ())

    Raises:
        ValueError: an answer is not text.
    """
    if value is None or value == "":
        return ()
    return tuple(text_from(item) for item in value) if isinstance(value, list | tuple) else (text_from(value),)


def group_from(value: Any) -> str:
    """The name of a group: a text or number, or the first of several (several pictures of one question).

    Raises:
        ValueError: there is no name.
    """
    first = value[0] if isinstance(value, list | tuple) and value else value
    name = text_from(first)
    if not name:
        raise ValueError("is empty")
    return name


def finished_from(value: Any) -> bool | None:
    """Whether the model ended its answer: true, false, or None where the cell does not say.

    Raises:
        ValueError: it is none of these.
    """
    if value is None or isinstance(value, bool):
        return value
    flag = value.strip().lower() if isinstance(value, str) else None
    if flag not in _FLAGS:
        raise ValueError(f"holds {value!r}, not true or false")
    return _FLAGS[flag]


def confidence_from(value: Any) -> float | None:
    """A probability, 0–1; None where the cell is empty.

    >>> confidence_from(0.25), confidence_from("0.25"), confidence_from("")
    (0.25, 0.25, None)

    Raises:
        ValueError: it is no number between 0 and 1.
    """
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"holds {value!r}, not a number between 0 and 1")
    return number


def plain(value: Any) -> Any:
    """The value as JSON can hold it; what JSON has no form for becomes text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value).encode("utf-8", "replace").decode()
