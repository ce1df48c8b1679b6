"""The end of a sweep: rows, effects, what did not finish, and sentences that answer what was asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.sweep.objectives import Objective
from lensmith.sweep.space import describe_setting
from lensmith.sweep.table import Effect, Row, compare_best, find_effects, make_rows, order_rows
from lensmith.sweep.trials import Run, Trial, read_trial

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """What a sweep came to.

    Attributes:
        folder: its own.
        objectives: in the order they were asked for.
        rows: settings with finished runs, the best of the first objective on top.
        effects: what single values do, for each objective.
        unfinished: runs without a comparison, with the reason.
        best: how sure the best of each objective is, in words.
    """

    folder: Path
    objectives: tuple[Objective, ...]
    rows: tuple[Row, ...]
    effects: tuple[Effect, ...]
    unfinished: tuple[Run, ...]
    best: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The outcome as one JSON object; fractions are 0–1."""
        return {
            "format": FORMAT_VERSION,
            "folder": str(self.folder),
            "objectives": [objective.text for objective in self.objectives],
            "settings": [row.to_json(self.objectives) for row in self.rows],
            "best": list(self.best),
            "effects": [
                {
                    "objective": effect.objective.text,
                    "key": effect.key,
                    "first": effect.first,
                    "second": effect.second,
                    "difference": effect.difference.to_json(),
                    "paired": effect.paired,
                    "sentence": effect.sentence(),
                }
                for effect in self.effects
            ],
            "unfinished": [
                {"run": str(run.folder), "ended": run.ended, "reason": run.reason} for run in self.unfinished
            ],
        }

    def table(self) -> tuple[list[str], list[tuple[str, ...]]]:
        """Headings and cells: a setting a line, a star where nothing beats it."""
        headings = ["", "setting", "runs"]
        for objective in self.objectives:
            headings += [objective.text, "change"]
        return headings, [tuple(self._cells(row)) for row in self.rows]

    def _cells(self, row: Row) -> Iterator[str]:
        yield "★" if row.best else ""
        yield f"{row.trial.name}: {describe_setting(row.trial.setting)}"
        yield str(len(row.runs))
        for after, change in zip(row.after, row.change, strict=True):
            around = (
                "" if after.low is None or after.high is None else f" ({100 * after.low:.1f} to {100 * after.high:.1f})"
            )
            yield f"{100 * after.value:.1f} %{around}"
            yield f"{100 * change.value:+.1f}"


def make_outcome(
    folder: Path, trials: Sequence[Trial], objectives: Sequence[Objective], confidence: float
) -> SweepOutcome:
    """Reads every trial's runs and judges them together.

    Raises:
        RunError: a run was not scored by an objective.
    """
    runs = {trial.name: read_trial(trial) for trial in trials}
    rows = make_rows(runs, objectives, confidence)
    effects = [effect for objective in objectives for effect in find_effects(rows, objective, confidence)]
    return SweepOutcome(
        folder,
        tuple(objectives),
        tuple(rows),
        tuple(effects),
        tuple(run for each in runs.values() for run in each if run.comparison is None),
        tuple(
            compare_best(order_rows(rows, objectives, at), objectives[at], confidence) for at in range(len(objectives))
        ),
    )
