"""Answers that a person takes for one answer and a model learns as several."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first
from lensmith.data.doctor.text import differences, fold, shorten

_FORMS_SHOWN = 6


class Spellings:
    """Answers that differ only by case, ё, punctuation and spaces, across the whole set."""

    name = "spellings"
    describe = "one answer in several spellings"

    def find(self, case: Case) -> Iterator[Finding]:
        """One warning where there are any; `count` is the number of answers in a rarer spelling."""
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        for answer, count in case.answers.items():
            forms[fold(answer)][answer] += count
        several = sorted((form for form in forms.values() if len(form) > 1), key=lambda form: -form.total())
        if several:
            rarer = sum(form.total() - form.most_common(1)[0][1] for form in several)
            places = _first_places(case, {text for form in several for text in form})
            yield Finding(
                "doctor/spellings",
                "warning",
                f"{len(several)} answers are written in several ways ({rarer} times in a rarer one)",
                rarer,
                "write each in one way: the model learns a spelling, and exact scores count the others as wrong",
                first(_exhibit(form, places) for form in several),
            )


def _first_places(case: Case, texts: set[str]) -> dict[str, str]:
    places: dict[str, str] = {}
    for entry in case.train:
        for turn in entry.example.turns:
            if turn.answers and turn.answers[0] in texts:
                places.setdefault(turn.answers[0], entry.where)
    return places


def _exhibit(form: Counter[str], places: dict[str, str]) -> Exhibit:
    ranked = form.most_common()
    shown = ", ".join(f"«{shorten(text, 40)}» {count}" for text, count in ranked[:_FORMS_SHOWN])
    more = f", … and {len(ranked) - _FORMS_SHOWN} more" if len(ranked) > _FORMS_SHOWN else ""
    rarest = ranked[-1][0]
    return Exhibit(places[rarest], f"{shown}{more}: {differences(ranked[0][0], rarest)}")


SPELLINGS = Spellings()
