"""Which setting is best in an objective, and which cannot be told from it.

The best is compared with each of the others, each time with an interval at a level divided by the number of
comparisons (Bonferroni). So the settings that are not surely behind hold the truly best one with the confidence that
was asked for, although the data chose which setting to compare with (Hsu 1981, Annals of Statistics 9: that one is
left out only where one of as many comparisons errs).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

from lensmith.sweep.contrast import Contrast, Judge, contrast
from lensmith.sweep.objectives import Objective
from lensmith.sweep.space import describe_setting
from lensmith.sweep.table import Row, by_seed, order_rows

_NAMED = 6


@dataclass(frozen=True, slots=True)
class Ranking:
    """The settings in the order of one objective.

    Attributes:
        objective: by which.
        rows: the best on top.
        contrasts: the best minus each of the others, in their order; None where they share no seed.
        confidence: of all contrasts together.
    """

    objective: Objective
    rows: tuple[Row, ...]
    contrasts: tuple[Contrast | None, ...]
    confidence: float

    @property
    def behind(self) -> list[Row]:
        """Those that are surely worse than the best."""
        return [row for row, each in zip(self.rows[1:], self.contrasts, strict=True) if each is not None and each.sure]

    @property
    def alike(self) -> list[Row]:
        """Those that cannot be told from the best."""
        return [row for row in self.rows[1:] if row not in self.behind]

    @property
    def equal(self) -> list[Row]:
        """Those that end at the very number of the best."""
        at = self.objective_at
        return [row for row in self.rows[1:] if isclose(row.after[at].value, self.rows[0].after[at].value)]

    @property
    def seeds(self) -> int:
        """Over how many seeds it was compared, at most."""
        return max((each.difference.n for each in self.contrasts if each is not None), default=len(self.rows[0].runs))

    def to_json(self) -> dict[str, Any]:
        """The order, the contrasts and the sentence."""
        return {
            "objective": self.objective.text,
            "best": self.rows[0].trial.name,
            "seeds": self.seeds,
            "confidence": self.confidence,
            "compared": len(self.contrasts),
            "equal": [row.trial.name for row in self.equal],
            "others": [
                {"name": row.trial.name, **(each.to_json() if each is not None else {"sure": False})}
                for row, each in zip(self.rows[1:], self.contrasts, strict=True)
            ],
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        """What may be said, in words."""
        first = self.rows[0]
        shown = f"{first.trial.name} ({describe_setting(first.trial.setting)})"
        if len(self.rows) == 1:
            return f"{shown} is the only setting with a number for {self.objective.text}"
        value = f"{100 * first.after[self.objective_at].value:.1f} %"
        if len(self.equal) == len(self.contrasts):
            return f"none is best in {self.objective.text}: all {len(self.rows)} settings end at {value}"
        said = f"best in {self.objective.text}: {shown}, {value}"
        if self.equal:
            said += f", as {_name(self.equal)}"
        if self.seeds < 2:
            return f"{said}; with one seed nothing can be said of seeds: another may turn the order"
        level = f"{100 * self.confidence:g} % interval for {len(self.contrasts)} comparisons"
        if self.behind:
            said += f"; surely better than {len(self.behind)} of the {len(self.contrasts)} others"
        if not self.alike:
            return f"{said} ({level})"
        return f"{said}; cannot be told from {_name(self.alike)} ({level})"

    @property
    def objective_at(self) -> int:
        """Its place among the rows' numbers."""
        return next(at for at, each in enumerate(self.rows[0].objectives) if each == self.objective)


def _name(rows: Sequence[Row]) -> str:
    more = len(rows) - _NAMED
    return ", ".join(row.trial.name for row in rows[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def rank(rows: Sequence[Row], at: int, judge: Judge, confidence: float) -> Ranking:
    """Compares the best of one objective with all others.

    Args:
        rows: at least one.
        at: which of the objectives.
        judge: of their answers.
        confidence: of all comparisons together.
    """
    ordered = order_rows(rows, rows[0].objectives, at)
    objective = rows[0].objectives[at]
    best, others = ordered[0], ordered[1:]
    level = 1 - (1 - confidence) / max(1, len(others))
    return Ranking(
        objective,
        tuple(ordered),
        tuple(_against(best, other, objective, judge, level) for other in others),
        confidence,
    )


def _against(best: Row, other: Row, objective: Objective, judge: Judge, level: float) -> Contrast | None:
    mine, theirs = by_seed(best, objective), by_seed(other, objective)
    seeds = [seed for seed in mine if seed in theirs]
    if not seeds:
        return None
    runs = [{run.seed: run for run in row.runs} for row in (best, other)]
    judged = [(judge.judge(runs[0][seed], objective), judge.judge(runs[1][seed], objective)) for seed in seeds]
    return contrast([mine[seed] - theirs[seed] for seed in seeds], judged, level)
