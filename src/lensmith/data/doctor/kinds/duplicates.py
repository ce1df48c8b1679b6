"""Rows that say what another row has said."""

from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first, together
from lensmith.data.doctor.text import fold, shorten


class Duplicates:
    """The same pictures, question and answer more than once; but for case, ё, punctuation and spaces."""

    name = "duplicates"
    describe = "the same question with the same answer on the same picture, several times"

    def find(self, case: Case) -> Iterator[Finding]:
        """One warning where there are any; all but the first of each are condemned."""
        extra: dict[int, int] = {}
        for places in case.asked.values():
            if len(places) > 1:
                seen: dict[tuple[str, ...], int] = {}
                for place in places:
                    kept = seen.setdefault(_said(case, place), place)
                    if kept != place:
                        extra[place] = kept
        if extra:
            yield Finding(
                "doctor/duplicate-questions",
                "warning",
                f"{len(extra)} of {len(case.train)} examples repeat an earlier one",
                len(extra),
                "remove the repetitions: they count twice in training and in scores",
                first(_exhibit(case, place, kept) for place, kept in extra.items()),
                frozenset(extra),
            )


def _said(case: Case, place: int) -> tuple[str, ...]:
    return tuple(fold(turn.answers[0]) if turn.answers else "" for turn in case.train[place].example.turns)


def _exhibit(case: Case, place: int, kept: int) -> Exhibit:
    example = case.train[place].example
    answer = shorten(example.answers[0], 40) if example.answers else "no answer"
    where = together(case.train[kept].where, case.train[place].where)
    return Exhibit(where, f"{shorten(example.question)} → {answer}", example.images[:1])


DUPLICATES = Duplicates()
