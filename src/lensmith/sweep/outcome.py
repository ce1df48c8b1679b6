"""The end of a sweep: rows, rankings, effects, subjects, what did not finish, and what was asked, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from lensmith.config.sections import EvaluateSection, Recipe
from lensmith.sweep.contrast import Judge
from lensmith.sweep.effects import Effect, find_effects
from lensmith.sweep.objectives import Objective
from lensmith.sweep.ranking import Ranking, rank
from lensmith.sweep.space import describe_setting
from lensmith.sweep.statistics import Spread
from lensmith.sweep.subjects import SubjectLine, describe_subjects, gather_subjects
from lensmith.sweep.table import Gap, Row, find_gaps, make_rows
from lensmith.sweep.trials import Run, Trial, read_trial

FORMAT_VERSION = 1
FILE = "sweep.json"


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """What a sweep came to.

    Attributes:
        folder: its own.
        asked: the model and the `sweep` section, for those who read the outcome.
        objectives: in the order they were asked for.
        rows: settings with finished runs, the best of the first objective on top.
        rankings: for each objective that any setting has a number of, which is best and how sure that is.
        effects: what single values do, for each objective.
        subjects: by setting; none where the data name none.
        unfinished: runs without a comparison, with the reason.
    """

    folder: Path
    asked: Mapping[str, Any]
    objectives: tuple[Objective, ...]
    rows: tuple[Row, ...]
    rankings: tuple[Ranking, ...]
    effects: tuple[Effect, ...]
    subjects: tuple[SubjectLine, ...]
    unfinished: tuple[Run, ...]

    @property
    def gaps(self) -> list[Gap]:
        """Numbers that settings, or some of their runs, do not have."""
        return find_gaps(self.rows)

    @property
    def best(self) -> list[str]:
        """The answer for each objective, in words."""
        return [ranking.sentence() for ranking in self.rankings] or ["no setting finished"]

    def describe_subjects(self) -> Iterator[str]:
        """For each setting that nothing beats, who was learned, lost and taken for whom."""
        for row in self.rows:
            said = describe_subjects(self.subjects, row.trial.name) if row.best else ""
            if said:
                yield f"{row.trial.name}: {said}"

    def to_json(self) -> dict[str, Any]:
        """The outcome as one JSON object; fractions are 0–1."""
        return {
            "format": FORMAT_VERSION,
            "folder": str(self.folder),
            "asked": dict(self.asked),
            "objectives": [objective.text for objective in self.objectives],
            "less": [objective.less for objective in self.objectives],
            "settings": [row.to_json() for row in self.rows],
            "gaps": [gap.to_json() for gap in self.gaps],
            "best": self.best,
            "rankings": [ranking.to_json() for ranking in self.rankings],
            "effects": [effect.to_json() for effect in self.effects],
            "subjects": [line.to_json() for line in self.subjects],
            "unfinished": [
                {
                    "run": str(run.folder),
                    "name": run.trial.name,
                    "seed": run.seed,
                    "text": describe_setting(run.trial.setting),
                    "ended": run.ended,
                    "reason": run.reason,
                }
                for run in self.unfinished
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
            yield _show(after)
            yield "–" if isnan(change.value) else f"{100 * change.value:+.1f}"


def _show(number: Spread) -> str:
    """Percent with its interval; a dash where there is no number."""
    if isnan(number.value):
        return "–"
    shown = f"{100 * number.value:.1f} %"
    if number.low is None or number.high is None:
        return shown
    return f"{shown} ({100 * number.low:.1f} to {100 * number.high:.1f})"


def make_outcome(
    folder: Path, recipe: Recipe, trials: Sequence[Trial], objectives: Sequence[Objective]
) -> SweepOutcome:
    """Reads every trial's runs and judges them together.

    Raises:
        RunError: a run was not scored by an objective.
    """
    evaluate: EvaluateSection = recipe.evaluate
    runs = {trial.name: read_trial(trial) for trial in trials}
    rows = make_rows(runs, objectives, evaluate.confidence)
    judge = Judge(evaluate)
    told = [[row for row in rows if not isnan(row.after[at].value)] for at in range(len(objectives))]
    effects = [effect for objective in objectives for effect in find_effects(rows, objective, evaluate.confidence)]
    asked = recipe.sweep.model_dump(mode="json")
    return SweepOutcome(
        folder,
        {"model": recipe.model.name, "first_seed": recipe.run.seed, "confidence": evaluate.confidence, **asked},
        tuple(objectives),
        tuple(rows),
        tuple(rank(each, at, judge, evaluate.confidence) for at, each in enumerate(told) if each),
        tuple(effects),
        tuple(gather_subjects(rows, evaluate.confidence)),
        tuple(run for each in runs.values() for run in each if run.comparison is None),
    )
