"""What predictions can be sliced by without being told: every column with few values, and every length and look.

Numbers are cut at their quintiles, so that each slice has about a fifth of the predictions, and named by their range.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.data.doctor.text import fold, main_script, shorten
from lensmith.data.looks import Looks
from lensmith.types import Prediction

MOST_VALUES = 20
"""A column of text with more values than this is no slice but a name of each picture."""

_FIFTHS = (0.2, 0.4, 0.6, 0.8)
_LEAST_NUMBERS = 25
"""Numbers fewer than this are not cut into fifths."""

LOOKS: Mapping[str, tuple[Callable[[Looks], float], str, str]] = {
    "brightness": (lambda looks: looks.brightness, "darkest", "brightest"),
    "contrast": (lambda looks: looks.contrast, "flattest", "richest"),
    "sharpness": (lambda looks: looks.sharpness, "most blurred", "sharpest"),
    "megapixels": (lambda looks: looks.megapixels, "smallest", "largest"),
    "width over height": (lambda looks: looks.aspect, "narrowest", "widest"),
}
"""Column to the number, and what its ends are called."""


@dataclass(frozen=True, slots=True)
class SliceColumn:
    """One way to slice.

    Attributes:
        name: of the column.
        values: each prediction's slice, in order; empty where it is in none.
    """

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SliceColumns:
    """All ways to slice, and the columns that are none.

    Attributes:
        columns: what was asked for first, then the data's own, then what was measured.
        left_out: column to the reason.
    """

    columns: tuple[SliceColumn, ...]
    left_out: Mapping[str, str]


def slice_columns(
    predictions: Sequence[Prediction], types: Sequence[str], looks: Mapping[str, Looks], asked: Iterable[str] = ()
) -> SliceColumns:
    """Every way to slice these predictions that has at least two slices.

    Args:
        predictions: N of them.
        types: the kind of question that the metric tells each to be; empty where it tells none (N).
        looks: prediction id to what its picture looks like.
        asked: columns of the data that come first.
    """
    names = dict.fromkeys([*asked, *(name for each in predictions for name in each.metadata)])
    found: list[SliceColumn] = []
    left_out: dict[str, str] = {}
    for name in names:
        values = _metadata_values([each.metadata.get(name) for each in predictions])
        if isinstance(values, str):
            left_out[name] = values
        else:
            found.append(SliceColumn(name, values))
    found += _text_columns(predictions, types)
    for name, (number, *ends) in LOOKS.items():
        numbers = [number(looks[each.id]) if each.id in looks else None for each in predictions]
        found.append(SliceColumn(name, fifths(numbers, *ends)))
    return SliceColumns(tuple(column for column in found if len(set(column.values) - {""}) > 1), left_out)


def fifths(numbers: Sequence[float | None], lowest: str, highest: str) -> tuple[str, ...]:
    """Each number's slice: its fifth by rank and range; equal numbers share one, so there may be fewer than five.

    >>> fifths([*range(50), None], "lowest", "highest")[:11:10]
    ('lowest fifth (0 to 9)', 'second lowest fifth (10 to 19)')
    """
    import numpy as np

    known = np.array([number for number in numbers if number is not None], dtype=float)
    if len(known) < _LEAST_NUMBERS or known.min() == known.max():
        return ("",) * len(numbers)
    edges = np.unique(np.quantile(known, _FIFTHS, method="inverted_cdf"))
    bins = np.searchsorted(edges, known, side="left")
    ranges = {at: f"{known[bins == at].min():.3g} to {known[bins == at].max():.3g}" for at in np.unique(bins).tolist()}
    ranks = (lowest, f"second {lowest}", "middle", f"second {highest}", highest)
    full = len(ranges) == len(ranks)
    names = {at: f"{ranks[at]} fifth ({spoken})" if full else spoken for at, spoken in ranges.items()}
    placed = iter(bins.tolist())
    return tuple("" if number is None else names[next(placed)] for number in numbers)


def _metadata_values(cells: Sequence[Any]) -> tuple[str, ...] | str:
    """The slices by a column of the data, or why there are none."""
    known = [cell for cell in cells if cell is not None]
    if any(isinstance(cell, list | tuple | dict) for cell in known):
        return "holds lists"
    texts = tuple("" if cell is None else str(cell) for cell in cells)
    if len(set(texts) - {""}) <= MOST_VALUES:
        return texts
    if all(isinstance(cell, int | float) for cell in known):
        return fifths([None if cell is None else float(cell) for cell in cells], "lowest", "highest")
    return f"more than {MOST_VALUES} values"


def _text_columns(predictions: Sequence[Prediction], types: Sequence[str]) -> Iterator[SliceColumn]:
    """By the question and the accepted answer: what they are where there are few, and how long."""
    questions = [each.question for each in predictions]
    answers = [each.answers[0] if each.answers else "" for each in predictions]
    yield SliceColumn("question type", tuple(types))
    yield _few("accepted answer", [shorten(fold(answer), 60) for answer in answers])
    asked = _few("question", [shorten(question, 60) for question in questions])
    yield asked if any(asked.values) else _few("question begins with", [_first_word(each) for each in questions])
    yield SliceColumn("script of the question", tuple(main_script(question) for question in questions))
    yield SliceColumn("words in the question", fifths([_words(each) for each in questions], "shortest", "longest"))
    yield SliceColumn("words in the accepted answer", fifths([_words(each) for each in answers], "shortest", "longest"))


def _few(name: str, texts: Sequence[str]) -> SliceColumn:
    """The texts as slices, where there are few of them."""
    return SliceColumn(name, tuple(texts) if len(set(texts)) <= MOST_VALUES else ("",) * len(texts))


def _first_word(text: str) -> str:
    return next(iter(fold(text).split()), "")


def _words(text: str) -> float | None:
    return float(len(text.split())) if text.strip() else None
