"""Each setting's numbers over its seeds, and which of them nothing beats."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isnan
from typing import Any

from lensmith.sweep.objectives import Objective
from lensmith.sweep.space import describe_setting
from lensmith.sweep.statistics import Spread, mean_over
from lensmith.sweep.trials import Run, Trial, comparisons


@dataclass(frozen=True, slots=True)
class Gap:
    """Runs of a setting that have no number for an objective.

    Attributes:
        name: the setting's.
        objective: as it is written.
        missing: how many of its finished runs.
        runs: all of them.
        reasons: what the runs' comparisons say of it.
    """

    name: str
    objective: str
    missing: int
    runs: int
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {**asdict(self), "reasons": list(self.reasons)}

    def sentence(self) -> str:
        """In words."""
        lacking = f"{self.missing} of {self.runs} runs" if self.missing < self.runs else "no run"
        verb = "have no number" if self.missing < self.runs else "has a number"
        return f"{self.name}: {lacking} {verb} for {self.objective}: {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class Row:
    """A setting with at least one finished run.

    Attributes:
        trial: the setting and where its runs are.
        runs: the finished ones.
        objectives: what the numbers are, in order.
        before: of each objective, the base's.
        after: of each objective, the tuned models'.
        change: of each objective, the runs' own paired differences.
        best: nothing else is better in one objective and as good in all.
    """

    trial: Trial
    runs: tuple[Run, ...]
    objectives: tuple[Objective, ...]
    before: tuple[Spread, ...]
    after: tuple[Spread, ...]
    change: tuple[Spread, ...]
    best: bool

    def to_json(self) -> dict[str, Any]:
        """The setting and its numbers."""
        return {
            "name": self.trial.name,
            "text": describe_setting(self.trial.setting),
            "setting": dict(self.trial.setting),
            "seeds": [run.seed for run in self.runs],
            "runs": [str(run.folder) for run in self.runs],
            "best": self.best,
            "objectives": {
                objective.text: {
                    "before": before.to_json(),
                    "after": after.to_json(),
                    "change": change.to_json(),
                }
                for objective, before, after, change in zip(
                    self.objectives, self.before, self.after, self.change, strict=True
                )
            },
        }


def make_rows(trials: Mapping[str, Sequence[Run]], objectives: Sequence[Objective], confidence: float) -> list[Row]:
    """A row for each trial with a finished run, the best of the first objective on top.

    Args:
        trials: the runs of each, by name.
        objectives: at least one.
        confidence: of intervals.

    Raises:
        RunError: a run was not scored by an objective.
    """
    rows = []
    for runs in trials.values():
        finished = tuple(run for run in runs if run.comparison is not None)
        if finished:
            rows.append(_make_row(finished, objectives, confidence))
    signs = [-1 if objective.less else 1 for objective in objectives]
    wanted = [[sign * spread.value for sign, spread in zip(signs, row.after, strict=True)] for row in rows]
    marked = [
        replace(row, best=not (any(map(isnan, mine)) or any(_beats(other, mine) for other in wanted)))
        for row, mine in zip(rows, wanted, strict=True)
    ]
    return order_rows(marked, objectives, 0)


def order_rows(rows: Sequence[Row], objectives: Sequence[Objective], at: int) -> list[Row]:
    """The rows with the best of one objective on top, equals by name; those without a number come last."""
    sign = 1 if objectives[at].less else -1
    keys = {row.trial.name: (isnan(value := row.after[at].value), sign * value, row.trial.name) for row in rows}
    return sorted(rows, key=lambda row: keys[row.trial.name])


def _make_row(runs: tuple[Run, ...], objectives: Sequence[Objective], confidence: float) -> Row:
    sides: dict[str, list[Spread]] = {"before": [], "after": [], "difference": []}
    for objective in objectives:
        found = [objective.read(comparison) for comparison in comparisons(runs)]
        for side, spreads in sides.items():
            values = [each[side]["value"] for each in found if each[side]["value"] is not None]
            spread = mean_over(values, confidence) if values else Spread(0, float("nan"), None, None, confidence)
            if spread.n == 1 and len(found) == 1 and found[0][side]["interval"]:  # then the run's own is all there is
                interval = found[0][side]["interval"]
                spread = Spread(1, spread.value, interval["low"], interval["high"], confidence)
            spreads.append(spread)
    before, after, change = (tuple(spreads) for spreads in sides.values())
    return Row(runs[0].trial, runs, tuple(objectives), before, after, change, best=False)


def _beats(other: Sequence[float], mine: Sequence[float]) -> bool:
    """True where the other is at least as good everywhere and better somewhere."""
    return all(a >= b for a, b in zip(other, mine, strict=True)) and any(
        a > b for a, b in zip(other, mine, strict=True)
    )


def find_gaps(rows: Sequence[Row]) -> list[Gap]:
    """Where a setting's mean is over fewer runs than finished, or there is none, and why."""
    found = []
    for row in rows:
        for objective in row.objectives:
            afters = [objective.read(comparison)["after"] for comparison in comparisons(row.runs)]
            without = [after for after in afters if after["value"] is None]
            reasons = dict.fromkeys(after.get("reason") or "the run does not say why" for after in without)
            if without:
                found.append(Gap(row.trial.name, objective.text, len(without), len(afters), tuple(reasons)))
    return found


def by_seed(row: Row, objective: Objective) -> dict[int, float]:
    """The number of each run that has one."""
    found = {run.seed: objective.read(run.comparison)["after"]["value"] for run in row.runs if run.comparison}
    return {seed: value for seed, value in found.items() if value is not None}
