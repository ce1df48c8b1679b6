"""Which label an answer names: whole words only, and never a guess."""

import re
from collections.abc import Sequence

from lensmith.errors import Problem, RecipeError, suggest
from lensmith.evaluation.normalise import fold, strict

NEGATIONS = frozenset(["no", "not", "never", "without", "isnt", "arent", "нет", "не", "без", "ни"])
"""Words that deny what follows them, as `fold` leaves them."""
_ARTICLES = frozenset({"a", "an", "the", "any"})
_CLAUSE_END = re.compile(r"(?<![.,;:!?…—–])[.,;:!?…—–]++(?=\s|$)|[\n\r]")


class LabelReader:
    """Reads a free answer as one of the labels, or as `unknown`.

    An answer that *is* a label, but for case and punctuation, is that label. Otherwise the label it names as
    whole words, where it names exactly one; the longest label wins where one lies inside another ("dark red"
    does not name "red"). An answer that names none, several, or denies one ("no zebra", "не красный", the
    negation directly before it in the same clause) counts as `unknown`.

    >>> read = LabelReader(["zebra", "none"], unknown="unknown").read
    >>> read("A zebra."), read("zebra or none"), read("No zebra here"), read("No, a zebra")
    ('zebra', 'unknown', 'unknown', 'zebra')

    Args:
        labels: at least one; distinct after folding.
        unknown: what to answer when no label can be read; may be one of the labels.

    Raises:
        RecipeError: labels that are blank or that cannot be told apart.
    """

    def __init__(self, labels: Sequence[str], unknown: str) -> None:
        self.labels = tuple(labels)
        self.unknown = unknown
        self.classes = self.labels if unknown in self.labels else (*self.labels, unknown)
        problems: list[Problem] = []
        self._by_form: dict[str, str] = {}
        for label in self.classes:
            form = fold(label)
            other = self._by_form.setdefault(form, label)
            if not form:
                problems.append(_unreadable(label, "has no letter, digit or symbol to look for"))
            elif other is not label:
                problems.append(_unreadable(label, f"reads the same as `{other}`"))
        if problems:
            raise RecipeError(problems)
        self._negations = NEGATIONS - self._by_form.keys()
        self._by_first_word: dict[str, list[tuple[_Clauses, str]]] = {}
        for label in sorted(self._by_form.values(), key=lambda label: -len(fold(label).split())):
            clauses = _Clauses(label)
            self._by_first_word.setdefault(clauses.words[0], []).append((clauses, label))

    def read(self, answer: str) -> str:
        """The label that `answer` names, or `unknown`."""
        whole = self._by_form.get(fold(answer))
        if whole is not None:
            return whole
        named = self._named(answer)
        return named.pop() if len(named) == 1 else self.unknown

    def accepted(self, answer: str) -> str | None:
        """The label that an accepted answer of the data means; None where it is not one of them.

        Stricter than `read`: data that answers in sentences is judged by the label it names, but an accepted
        answer that names none is a gap in the labels, not an `unknown`.
        """
        label = self.read(answer)
        return None if label == self.unknown and fold(answer) != fold(self.unknown) else label

    def _named(self, answer: str) -> set[str]:
        """Every label that occurs in `answer`; with `unknown` added where one is denied."""
        said = _Clauses(answer)
        named: set[str] = set()
        at = 0
        while at < len(said.words):
            candidates = self._by_first_word.get(said.words[at], ())
            found = next((pair for pair in candidates if pair[0].occurs(said, at)), None)
            if found is not None:
                named.add(found[1])
                if self._is_denied(said, at):
                    named.add(self.unknown)
            at += len(found[0].words) if found is not None else 1
        return named

    def _is_denied(self, said: "_Clauses", at: int) -> bool:
        """True when a negation stands before the word at `at`, or before its article, in one clause."""
        if at not in said.starts and said.words[at - 1] in _ARTICLES:
            at -= 1
        return at not in said.starts and said.words[at - 1] in self._negations


def split_clauses(text: str) -> list[str]:
    """The text's parts between punctuation that is followed by a space, and between lines.

    >>> split_clauses("Нет, это не кот. Светло-серый дом 3.5")
    ['Нет', ' это не кот', ' Светло-серый дом 3.5']
    """
    return _CLAUSE_END.split(strict(text))


class _Clauses:
    """A text as folded words, and the places where a clause begins."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self.starts: set[int] = set()
        for clause in split_clauses(text):
            self.starts.add(len(self.words))
            self.words += fold(clause).split()

    def occurs(self, said: "_Clauses", at: int) -> bool:
        """True when these words stand in `said` at `at`, with no clause ending where none ends here."""
        if said.words[at : at + len(self.words)] != self.words:
            return False
        return all(inner in self.starts or at + inner not in said.starts for inner in range(1, len(self.words)))


def _unreadable(label: str, found: str) -> Problem:
    return Problem(
        "recipe/label",
        f"evaluate.labels `{label}`",
        found,
        "labels that differ in more than case and punctuation",
        "answers could not be told apart",
        "rename it",
    )


def find_label(name: str, labels: Sequence[str]) -> str:
    """The label called `name`, exactly or but for case and punctuation.

    Raises:
        RecipeError: there is none; names the nearest and all that are.
    """
    if name in labels:
        return name
    for label in labels:
        if fold(label) == fold(name):
            return label
    raise RecipeError(
        Problem(
            "recipe/unknown-label",
            "evaluate.positive",
            f"`{name}` is none of evaluate.labels",
            fix=suggest(name, labels),
        )
    )
