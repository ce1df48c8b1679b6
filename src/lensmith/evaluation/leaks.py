"""Whose name a subject now bears: the other subjects that its wrong answers name, and whether more than before."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lensmith.evaluation.correction import holm
from lensmith.evaluation.randomisation import flip_signs
from lensmith.evaluation.statistics import Resampling
from lensmith.evaluation.weighing import Change, Judged, weigh

Naming = Callable[[str], set[str]]
"""The subjects that a text names."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One other subject that a subject's wrong answers name.

    Attributes:
        subject: the other one.
        n: wrong answers after that name it.
        n_before: wrong answers before that named it.
        change: of the share of all of the subject's answers that are wrong and name it.
        p: that this is chance, by pictures (`lensmith.evaluation.randomisation.flip_signs`), corrected (Holm) for the
            number of names that were looked at.
        is_more: it is surely named more often than before.
    """

    subject: str
    n: int
    n_before: int
    change: Change
    p: float
    is_more: bool

    def to_json(self) -> dict[str, Any]:
        """The counts, and the share after with its interval."""
        return {
            "subject": self.subject,
            "n": self.n,
            "n_before": self.n_before,
            "share": self.change.after.value,
            "share_before": self.change.before.value,
            "interval": self.change.after.to_json()["interval"],
            "adjusted_p": self.p,
            "more_than_before": self.is_more,
        }


def find_leaks(subject: str, rows: Sequence[Judged], read: Naming, resampling: Resampling) -> tuple[Leak, ...]:
    """The other subjects that wrong answers about `subject` name, before or after; most often after first.

    An answer that names `subject` too is about it; a name that an accepted answer names was asked for.

    Args:
        subject: whom the questions are about.
        rows: those questions.
        read: finds names in an answer.
        resampling: of the intervals.
    """
    found = [_others(subject, each, read) for each in rows]
    before, after = (Counter(name for each in found for name in each[side]) for side in (0, 1))
    names = sorted(before | after, key=lambda name: (-after[name], -before[name], name))
    changes = []
    for name in names:
        flags = [
            replace(each, had=float(name in had), has=float(name in has))
            for each, (had, has) in zip(rows, found, strict=True)
        ]
        changes.append(weigh(flags, f"{subject} called {name}", resampling, better="lower"))
    corrected = holm([_chance(change, rows) for change in changes])
    return tuple(
        Leak(
            name,
            after[name],
            before[name],
            change,
            p,
            is_more=after[name] > before[name] and p < 1 - resampling.confidence,
        )
        for name, change, p in zip(names, changes, corrected, strict=True)
    )


def _chance(change: Change, rows: Sequence[Judged]) -> float:
    """How likely so many more, or fewer, are by chance, whole pictures being what may go either way."""
    gained, lost = set(change.gained), set(change.lost)
    moved: Counter[str] = Counter()
    for row in rows:
        moved[row.group] += (row.before.id in gained) - (row.before.id in lost)
    return flip_signs(moved.values())


def _others(subject: str, row: Judged, read: Naming) -> tuple[set[str], set[str]]:
    """The subjects that a wrong answer names in place of `subject`, before and after."""
    own = {subject, *read(subject)}  # the reader may know it under another spelling
    accepted = {name for answer in row.before.answers for name in read(answer)}
    sides: list[set[str]] = []
    for answer, score in ((row.before.prediction, row.had), (row.after.prediction, row.has)):
        named = read(answer) if score < 1.0 else set()
        sides.append(set() if own & named else named - accepted)
    return sides[0], sides[1]
