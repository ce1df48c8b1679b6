"""Candidates for wrong labels: one question on two pictures that look alike, answered differently."""

from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first, together
from lensmith.data.doctor.text import fold, shorten


class LabelNoise:
    """Look-alikes that are labelled apart. A picture and its mirror image may rightly differ in left and right."""

    name = "label-noise"
    describe = "pictures that look alike with different answers to the same question"

    def find(self, case: Case) -> Iterator[Finding]:
        """One warning where there are any: candidates to look at, not errors that are known."""
        exhibits = [exhibit for pair in case.alike for exhibit in _differ(case, *pair)]
        if exhibits:
            yield Finding(
                "doctor/label-noise",
                "warning",
                f"{len(exhibits)} times the same question is answered differently on two pictures that look alike",
                len(exhibits),
                "look at each two: either the pictures do differ in what is asked, or one answer is wrong",
                first(exhibits),
            )


def _differ(case: Case, one: bytes, other: bytes, likeness: float) -> Iterator[Exhibit]:
    theirs = {
        fold(case.train[place].example.question): place
        for place in case.uses[other]
        if len(case.train[place].example.images) == 1
    }
    for place in case.uses[one]:
        ours = case.train[place]
        match = theirs.get(fold(ours.example.question))
        if match is None or len(ours.example.images) != 1:
            continue
        entry = case.train[match]
        if set(map(fold, ours.example.answers)) & set(map(fold, entry.example.answers)):
            continue
        answers = " / ".join(shorten(each.example.answers[0], 40) for each in (ours, entry) if each.example.answers)
        found = f"{shorten(ours.example.question)} → {answers}; correlation {likeness:.3f}"
        yield Exhibit(together(ours.where, entry.where), found, (*ours.example.images, *entry.example.images))


LABEL_NOISE = LabelNoise()
