"""Several people's answers to one question: what is accepted, and in which order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

HUMAN = "human_answers"
"""The column that keeps all of them, repetitions included: soft scores count how many people said the same."""


def by_frequency(answers: Iterable[str]) -> list[str]:
    """The distinct answers, the commonest first, among equals the one given earlier; blank ones say nothing.

    >>> by_frequency(["да", "yes", "", "yes"])
    ['yes', 'да']
    """
    return [text for text, _ in Counter(text for text in answers if text.strip()).most_common()]


def with_accepted(record: Mapping[str, Any], column: str) -> dict[str, Any]:
    """A record whose `column` has the accepted answers in place of all, and all of them in `human_answers`.

    One whose column holds anything but texts, or objects with a text in `answer`, stays as it is.

    >>> with_accepted({"answers": [{"answer": "2"}, {"answer": "два"}, {"answer": "два"}]}, "answers")
    {'answers': ['два', '2'], 'human_answers': ['2', 'два', 'два']}
    """
    given = record.get(column)
    listed = given if isinstance(given, list) else []
    texts = [each.get("answer") if isinstance(each, dict) else each for each in listed]
    if not texts or not all(isinstance(text, str) for text in texts):
        return dict(record)
    return {**record, column: by_frequency(text for text in texts if text), HUMAN: texts}
