"""One question on one picture with answers that exclude each other."""

from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first, together
from lensmith.data.doctor.text import fold, shorten


class Conflicts:
    """Conflicting answers: the same pictures by content, the same question, and no answer that both accept."""

    name = "conflicts"
    describe = "conflicting answers to the same question on the same picture"

    def find(self, case: Case) -> Iterator[Finding]:
        """One warning where there are any; all the examples concerned are condemned, as nobody knows which is right."""
        groups = [places for places in case.asked.values() if len(places) > 1 and _disagree(case, places)]
        if groups:
            concerned = sum(map(len, groups))
            yield Finding(
                "doctor/conflicting-answers",
                "warning",
                f"{len(groups)} questions have conflicting answers on the same picture ({concerned} examples)",
                len(groups),
                "keep the right one; where several are right, list them in one row as `answers`",
                first(_exhibit(case, places) for places in groups),
                frozenset(place for places in groups for place in places),
            )


def _disagree(case: Case, places: list[int]) -> bool:
    """True when no answer is accepted by all of them, in some turn."""
    turns = zip(*(case.train[place].example.turns for place in places), strict=True)
    return any(not set.intersection(*({fold(text) for text in turn.answers} for turn in same)) for same in turns)


def _exhibit(case: Case, places: list[int]) -> Exhibit:
    examples = [case.train[place].example for place in places]
    answers = " / ".join(dict.fromkeys(shorten(example.answers[0], 40) for example in examples if example.answers))
    found = f"{shorten(examples[0].question)} → {answers}"
    return Exhibit(together(*(case.train[place].where for place in places)), found, examples[0].images[:1])


CONFLICTS = Conflicts()
