"""Whether the answers of a data set look like a choice among labels."""

from collections.abc import Mapping

from lensmith.errors import RecipeError
from lensmith.evaluation.labels import LabelReader
from lensmith.evaluation.normalise import fold

MAX_LABELS = 12
MAX_LABEL_CHARACTERS = 30
# Fewer occurrences of each than this, and a short list of answers is more likely a small data set than a closed one.
MIN_OCCURRENCES = 5


def propose_labels(answers: Mapping[str, int], distinct_answers: int) -> list[str]:
    """The labels that the answers are, most frequent first; [] where they look open.

    They look closed when there are 2 to 12 different ones, all short, each of them there at least 5 times, and
    each can be told from the others in a model's answer.

    >>> propose_labels({"true": 60, "false": 40, "True": 9}, 3)
    ['true', 'false']
    >>> propose_labels({"a red bus": 1, "two": 1}, 2)
    []

    Args:
        answers: each answer with how often it occurs; may be only the most frequent ones.
        distinct_answers: how many different ones there are in all.
    """
    if distinct_answers > len(answers):
        return []
    counts: dict[str, int] = {}
    shown: dict[str, str] = {}
    for answer, count in sorted(answers.items(), key=lambda pair: -pair[1]):
        form = fold(answer)
        shown.setdefault(form, answer.strip())
        counts[form] = counts.get(form, 0) + count
    labels = list(shown.values())
    closed = 2 <= len(labels) <= MAX_LABELS and min(counts.values()) >= MIN_OCCURRENCES
    if not closed or max(map(len, labels)) > MAX_LABEL_CHARACTERS:
        return []
    try:
        LabelReader(labels, "unknown")
    except RecipeError:
        return []
    return labels
