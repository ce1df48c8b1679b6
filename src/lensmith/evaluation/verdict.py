"""What may be said about a difference: better, worse, or cannot tell, in one sentence with its reason.

"Better" needs an interval of the paired difference that leaves 0 out. For scores that are right or wrong it
also needs McNemar's exact p below 1 - confidence: with few changed answers the bootstrap alone is too sure.
And it needs as many groups as could tell by their signs alone: that all of G groups change one way has the
probability 2 · 0.5^G by chance, so at 95 % at least six pictures.
"""

from dataclasses import dataclass
from typing import Literal

from lensmith.evaluation.statistics import Better, Estimate

Word = Literal["better", "worse", "changed", "cannot tell"]
_WORDS: dict[Better, tuple[Word, Word]] = {
    "higher": ("better", "worse"),
    "lower": ("worse", "better"),
    "neither": ("changed", "changed"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict as a word and as a sentence that begins with it; `changed` where neither way is better."""

    word: Word
    sentence: str


def decide(title: str, better: Better, numbers: tuple[Estimate, Estimate, Estimate], p: float | None) -> Verdict:
    """The verdict on one number.

    Args:
        title: what the number is called.
        better: which way it improves.
        numbers: before, after, and the paired difference.
        p: McNemar's exact p, where the scores are right or wrong.
    """
    before, after, change = numbers
    if before.value is None or after.value is None or change.value is None:
        reason = before.reason or after.reason or change.reason
        return Verdict("cannot tell", f"cannot tell: {title}: {reason}")
    if change.interval is None:
        return Verdict("cannot tell", f"cannot tell: {title} {_course(before.value, after.value)}: {change.reason}")
    interval = change.interval
    course = (
        f"{title} {_course(before.value, after.value)}, by {100 * change.value:+.1f} points "
        f"({100 * interval.confidence:g} % interval {100 * interval.low:+.1f} to {100 * interval.high:+.1f}"
        + (")" if p is None else f", McNemar p {render_p(p, '= ')})")
    )
    if not interval.excludes(0.0):
        return Verdict("cannot tell", f"cannot tell: {course}; the interval includes 0")
    if p is not None and p >= 1 - interval.confidence:
        return Verdict("cannot tell", f"cannot tell: {course}; too few answers changed to rule out chance")
    if 2 * 0.5**interval.groups >= 1 - interval.confidence:
        return Verdict("cannot tell", f"cannot tell: {course}; {interval.groups} groups are too few to rule out chance")
    word = _WORDS[better][0 if change.value > 0 else 1]
    return Verdict(word, f"{word}: {course}")


def decide_slice(
    where: str, numbers: tuple[Estimate | None, Estimate, Estimate, Estimate], p: float, tested: int
) -> Verdict:
    """Whether a slice that is on the worse side of the rest is worse, or may lie there by chance.

    Args:
        where: the number and the slice, in words.
        numbers: in the slice before (None where there is but one model) and after, in the rest, and the gap.
        p: of the gap, corrected for all slices that were looked at.
        tested: how many these were.

    Raises:
        ValueError: a number that a gap needs is not there.
    """
    before, after, rest, gap = numbers
    if after.value is None or rest.value is None or gap.value is None or gap.interval is None:
        raise ValueError("a gap is between two numbers and has an interval")
    once = "" if before is None or before.value is None else f"; it was {100 * before.value:.1f} % before"
    interval = gap.interval
    told = (
        f"{where} is {100 * after.value:.1f} % ({after.n} predictions), {100 * rest.value:.1f} % on the rest: "
        f"{100 * gap.value:+.1f} points ({100 * interval.confidence:g} % interval {100 * interval.low:+.1f} to "
        f"{100 * interval.high:+.1f}, p {render_p(p, '= ')} among {tested} slices){once}"
    )
    if p < 1 - interval.confidence and interval.excludes(0.0):
        return Verdict("worse", f"worse: {told}")
    return Verdict("cannot tell", f"cannot tell: {told}; so large a gap may be chance")


def _course(before: float, after: float) -> str:
    return f"went from {100 * before:.1f} % to {100 * after:.1f} %"


def render_p(p: float, equals: str = "") -> str:
    """A p value as text; one too small for a float is bounded, not called 0.

    >>> render_p(0.0006231, "= "), render_p(0.0)
    ('= 0.00062', '< 1e-300')
    """
    return "< 1e-300" if p < 1e-300 else f"{equals}{p:.2g}"
