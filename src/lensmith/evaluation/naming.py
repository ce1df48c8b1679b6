"""Who an answer names: whole words in any of their forms, the longest name first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lensmith.evaluation.labels import NEGATIONS, split_clauses
from lensmith.evaluation.lemmas import lemmas
from lensmith.evaluation.normalise import respell

Forms = frozenset[str]
"""A word, and all dictionary forms that it may be a form of."""


class NameReader:
    """Finds which of some subjects a text names.

    A name occurs where its words stand side by side in one clause, each in any form: «Колобка» names Колобок. Where one
    name lies inside another, the longer one is meant («крокодил Гена» is not the crocodile). A name right behind a
    negation is not named («это не Колобок»), unless a clause begins there («нет, Колобок»). A name that several
    subjects bear names none of them.

    >>> read = NameReader({"Чебурашка": ["Чебурашка"], "Гена": ["Крокодил Гена"], "Крокодил": ["крокодил"]}).named
    >>> sorted(read("Вижу Чебурашку и крокодила Гену.")), sorted(read("Нет, это не Чебурашка"))
    (['Гена', 'Чебурашка'], [])

    Args:
        names: for each subject all that it is called; blank names are passed over.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        owners: dict[tuple[str, ...], set[str]] = {}
        for subject, known_as in names.items():
            for name in known_as:
                owners.setdefault(tuple(respell(name).split()), set()).add(subject)
        self._names = [
            ([_forms(word) for word in words], next(iter(subjects)) if len(subjects) == 1 else None)
            for words, subjects in sorted(owners.items(), key=lambda item: -len(item[0]))
            if words
        ]

    def named(self, text: str) -> set[str]:
        """The subjects that `text` names."""
        return {subject for clause in split_clauses(text) for subject in self._named_in(respell(clause).split())}

    def _named_in(self, words: Sequence[str]) -> Iterator[str]:
        forms = [_forms(word) for word in words]
        at = 0
        while at < len(words):
            length, subject = self._name_at(forms, at)
            if subject is not None and not (at and words[at - 1] in NEGATIONS):
                yield subject
            at += length

    def _name_at(self, text: Sequence[Forms], at: int) -> tuple[int, str | None]:
        """How many words the longest name has that stands in the text there, and whose it is; (1, None): none does."""
        for name, subject in self._names:
            if _same_words(name, text[at : at + len(name)]):
                return len(name), subject
        return 1, None


def _forms(word: str) -> Forms:
    return lemmas(word) | {word}


def _same_words(name: Sequence[Forms], text: Sequence[Forms]) -> bool:
    return len(name) == len(text) and all(one & other for one, other in zip(name, text, strict=True))
