"""How the answers are spread: what a model would get right that never looks at a picture."""

from collections import Counter
from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, Severity, first
from lensmith.data.doctor.text import fold, shorten

YES = {"yes", "да", "true", "верно", "правда"}
NO = {"no", "нет", "false", "неверно", "ложь"}

# Fewer examples say nothing about balance: of five answers all may be yes by chance.
LEAST_EXAMPLES = 20
# From this share of one answer on, a model that always gives it looks good.
_HEAVY_SHARE = 0.8
# A set of classes: few different answers, each asked for often; one of fewer examples than this is rare.
_MOST_CLASSES = 50
_EXAMPLES_A_CLASS = 20
_RARE_EXAMPLES = 5
_SHOWN = 8


class Balance:
    """Sets of one class, sets that always say yes, heavy majorities and classes with next to no examples."""

    name = "balance"
    describe = "one answer to everything, always yes, heavy majorities, rare classes"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error where one answer is the only one; warnings and notes where it nearly is."""
        counts: Counter[str] = Counter()
        for answer, count in case.answers.items():
            counts[fold(answer)] += count
        total = counts.total()
        if total < LEAST_EXAMPLES:
            return
        heaviest, most = counts.most_common(1)[0]
        yes, no = (sum(counts[word] for word in words) for words in (YES, NO))
        if len(counts) == 1:
            yield _single(case, heaviest, total)
            return
        if yes + no >= LEAST_EXAMPLES and 0 in (yes, no):
            said, other = ("yes", "no") if yes else ("no", "yes")
            yield _one_sided(said, other, yes + no)
        elif most / total >= _HEAVY_SHARE:
            yield _heavy(counts, heaviest, most / total)
        rare = [answer for answer, count in counts.items() if count < _RARE_EXAMPLES]
        if rare and len(counts) <= _MOST_CLASSES and total / len(counts) >= _EXAMPLES_A_CLASS:
            yield _rare(case, counts, rare)


def _spread(counts: Counter[str]) -> str:
    shown = ", ".join(f"«{shorten(answer, 30)}» {count}" for answer, count in counts.most_common(_SHOWN))
    return shown + (f", … {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else "")


def _single(case: Case, answer: str, total: int) -> Finding:
    always = " (always yes)" if answer in YES else ""
    return Finding(
        "doctor/single-answer",
        "error",
        f"all {total} answers are «{shorten(answer, 40)}»{always}",
        total,
        "add examples with other answers, pictures without the object among them: this teaches to say one thing",
        first([Exhibit(case.train[0].where, f"«{shorten(answer)}» {total}", case.train[0].example.images[:1])]),
    )


def _one_sided(said: str, other: str, count: int) -> Finding:
    severity: Severity = "warning"
    return Finding(
        f"doctor/always-{said}",
        severity,
        f"{count} questions are answered with {said}, and none with {other}",
        count,
        f"add questions whose answer is {other}: a model that always says {said} is right on all of these",
    )


def _heavy(counts: Counter[str], answer: str, share: float) -> Finding:
    return Finding(
        "doctor/heavy-answer",
        "warning",
        f"«{shorten(answer, 40)}» is {share:.1%} of the answers: who always says it is right as often",
        counts[answer],
        "add examples with other answers, and compare scores with this share, not with zero",
        first([Exhibit("all training examples", _spread(counts))]),
    )


def _rare(case: Case, counts: Counter[str], rare: list[str]) -> Finding:
    places = dict.fromkeys(rare, "")
    for entry in case.train:
        answer = fold(entry.example.answers[0]) if entry.example.answers else ""
        if places.get(answer) == "":
            places[answer] = entry.where
    return Finding(
        "doctor/rare-classes",
        "note",
        f"{len(rare)} of {len(counts)} classes have fewer than {_RARE_EXAMPLES} examples",
        len(rare),
        "add examples of them, or do not expect them to be learned or measured",
        first(Exhibit(places[answer], f"«{shorten(answer, 60)}» {counts[answer]}") for answer in rare),
    )


BALANCE = Balance()
