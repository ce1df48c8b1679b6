"""Relaxed accuracy: a number may be 5 % off, everything else must be as accepted."""

import math
import re
from dataclasses import dataclass
from typing import ClassVar

from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import strict
from lensmith.types import Prediction

TOLERANCE = 0.05
_NUMBER = re.compile(
    r"""(?P<sign>[-+]?)
    (?: (?P<commas>[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?)
      | (?P<spaces>[1-9][0-9]{0,2}(?:\s[0-9]{3})+(?:[.,][0-9]*)?)
      | (?P<plain>[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+))
    (?P<power>[eE][-+]?[0-9]+)?
    \s*(?P<percent>%?)""",
    re.VERBOSE,
)


class RelaxedAccuracy(Metric):
    """1.0 where the answer is within 5 % of an accepted number, or is an accepted text but for case.

    Methani et al. 2020 (PlotQA, arXiv 1909.00997), as used for ChartQA (Masry et al. 2022, arXiv 2203.10244). The
    tolerance is of the accepted number, whatever it counts: 1910 is within 5 % of the year 2010, and nothing but 0 is
    within 5 % of 0. The part `without_tolerance` counts only numbers that are equal, so what the tolerance gives away
    is seen.

    Everything that the published code accepts is accepted, but for its slips (`nan` and `1_0` read as numbers). Beyond
    it, thousands separators are read (`1,234` and `1 234` are 1234, `3,5` is 3.5); 0 may be written `0.0`; and a per
    cent sign that only one side has is overlooked, `5` for `5%`, beside the published `0.05` for `5%`.
    """

    name: ClassVar[str] = "relaxed_accuracy"
    describe: ClassVar[str] = "the answer is an accepted text, or within 5 % of an accepted number"

    def judge(self, prediction: Prediction) -> Judgement:
        """Whether any accepted answer is met, with the tolerance and without."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        exactly = any(agree(each, prediction.prediction, 0.0) for each in accepted)
        nearly = exactly or any(agree(each, prediction.prediction, TOLERANCE) for each in accepted)
        return Judgement(float(nearly), gold=accepted[0], parts={"without_tolerance": float(exactly)})


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written: `value` is 5.0 in "5%", where `percent` is True."""

    value: float
    percent: bool

    @property
    def share(self) -> float:
        """What the published code takes it for: a hundredth where there is a per cent sign."""
        return self.value / 100.0 if self.percent else self.value


def read_number(text: str) -> Number | None:
    """The number that the whole text is; None where it is none, or too large for a float.

    >>> read_number("1 234,5"), read_number("−5 %"), read_number("2010–2020")
    (Number(value=1234.5, percent=False), Number(value=-5.0, percent=True), None)
    """
    found = _NUMBER.fullmatch(strict(text).replace("\u2212", "-"))
    if found is None:
        return None
    digits = found["commas"].replace(",", "") if found["commas"] else found["spaces"] or found["plain"]
    digits = re.sub(r"\s", "", digits).replace(",", ".")
    value = float(f"{found['sign']}{digits}{found['power'] or ''}")
    return Number(value, bool(found["percent"])) if math.isfinite(value) else None


def agree(accepted: str, answer: str, tolerance: float) -> bool:
    """True when both are numbers near enough, or one text but for case.

    >>> agree("100", "105", 0.05), agree("100", "106", 0.05), agree("5%", "5", 0.0), agree("0", "0.01", 0.05)
    (True, False, True, False)

    Args:
        accepted: one of the accepted answers.
        answer: the given one.
        tolerance: as a share of the accepted number.
    """
    wanted, given = read_number(accepted), read_number(answer)
    if wanted is None or given is None:
        return strict(accepted).lower() == strict(answer).lower()
    if _near(wanted.share, given.share, tolerance):
        return True
    return wanted.percent != given.percent and _near(wanted.value, given.value, tolerance)


def _near(wanted: float, given: float, tolerance: float) -> bool:
    """True when the distance is at most that share of `wanted`."""
    return given == wanted if wanted == 0 else abs(given - wanted) / abs(wanted) <= tolerance
