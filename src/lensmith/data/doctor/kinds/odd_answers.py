"""Answers that are no answers: fillings of empty cells, and texts that an export cut."""

from collections import defaultdict
from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first, together
from lensmith.data.doctor.text import fold, shorten

# What programs and people write where there is nothing. "none" and "no" are answers.
PLACEHOLDERS = {
    *("n/a", "na", "nan", "null", "nil", "undefined", "todo", "tbd", "xxx", "#n/a", "<na>", "<unk>"),
    *("?", "??", "???", "-", "--", "—", "...", "…", ".", "_"),
    *("нет данных", "нет ответа", "н/д", "заполнить"),
}
# A text limit shows as several different answers of one length that is the longest of all.
_CUT_CHARACTERS = 40
_CUT_ANSWERS = 5
_ENDS = '.!?…»")]}:;。！？'


class OddAnswers:
    """Placeholders, and answers of exactly the longest length that end in the middle."""

    name = "odd-answers"
    describe = "placeholders instead of answers, and answers that an export cut"

    def find(self, case: Case) -> Iterator[Finding]:
        """A warning for each of the two."""
        placeholders, cut = set(), _cut(case)
        for answer in case.answers:
            if answer.strip().casefold() in PLACEHOLDERS or fold(answer) in PLACEHOLDERS:
                placeholders.add(answer)
        found = _places(case, placeholders | cut)
        if placeholders:
            yield _finding(
                case,
                {answer: found[answer] for answer in placeholders},
                "doctor/placeholder-answers",
                "answers stand for a missing one",
                "fill them in or remove the rows: the model would learn to say them",
            )
        if cut:
            longest = len(next(iter(cut)))
            yield _finding(
                case,
                {answer: found[answer] for answer in cut},
                "doctor/cut-answers",
                f"answers are exactly {longest} characters long, the most of all, and end in the middle",
                "export them again without a limit: the model would learn to stop there",
            )


def _cut(case: Case) -> set[str]:
    longest = max(map(len, case.answers), default=0)
    if longest < _CUT_CHARACTERS:
        return set()
    found = {answer for answer in case.answers if len(answer) == longest and answer[-1] not in _ENDS}
    return found if len(found) >= _CUT_ANSWERS else set()


def _places(case: Case, answers: set[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(case.train if answers else ()):
        for turn in entry.example.turns:
            if turn.answers and turn.answers[0] in answers:
                places[turn.answers[0]].append(place)
    return dict(places)


def _finding(case: Case, places: dict[str, list[int]], code: str, summary: str, advice: str) -> Finding:
    condemned = frozenset(place for found in places.values() for place in found)
    exhibits = (
        Exhibit(together(*(case.train[place].where for place in found)), f"«{shorten(answer)}» {len(found)} times")
        for answer, found in sorted(places.items(), key=lambda item: -len(item[1]))
    )
    count = sum(map(len, places.values()))
    return Finding(code, "warning", f"{count} {summary}", count, advice, first(exhibits), condemned)


ODD_ANSWERS = OddAnswers()
