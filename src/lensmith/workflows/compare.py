"""read → pair → compare: runs, or files of predictions, each against the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.errors import DataError, Problem
from lensmith.evaluation.choices import JudgingChoice, recorded_section
from lensmith.evaluation.compare import Comparison, compare_predictions
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.predictions import PredictionTable, read_predictions
from lensmith.rundir import read_json


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two sides and what is different."""

    before: PredictionTable
    after: PredictionTable
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        """Where both sides come from, and the comparison."""
        return {"before": self.before.to_json(), "after": self.after.to_json(), **self.comparison.to_json()}


def compare_paths(paths: Sequence[Path], columns: Mapping[str, str], choice: JudgingChoice) -> list[ComparedPair]:
    """Compares the first with each of the others; a single run's answers before with those after.

    Judged as the first run's recipe says, where it is a run, and as `choice` says over that.

    Args:
        paths: run folders, evaluation folders, or files of predictions.
        columns: role to column, for files whose columns are not recognised by name.
        choice: how to judge.

    Raises:
        LensmithError: there is nothing to compare with, or the sides do not answer the same questions.
    """
    recipe = paths[0] / "recipe.json"
    recorded = read_json(recipe) if recipe.is_file() else None
    section = choice.section(recorded_section(recorded) if recorded else None)
    build_metrics(section)
    seed = choice.seed if choice.seed is not None else recorded["recipe"]["run"]["seed"] if recorded else 0
    first, *others = [read_predictions(file, columns) for file in _files(paths)]
    return [
        ComparedPair(first, other, compare_predictions(first.predictions, other.predictions, section, seed))
        for other in others
    ]


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files to read: of one run both its sides, of several what each ended with."""
    if len(paths) > 1:
        return [_last(path) for path in paths]
    folder = paths[0]
    sides = [folder / "before.jsonl", folder / "after.jsonl"]
    if all(side.is_file() for side in sides):
        return sides
    found = "one file of predictions cannot be compared with itself"
    if folder.is_dir():
        found = "the folder has no before.jsonl and after.jsonl: " + ", ".join(
            f"{side.name} is {'there' if side.is_file() else 'missing'}" for side in sides
        )
    fix = "give a second run or file, or let `lensmith train` finish this run"
    raise DataError(Problem("compare/one-side", str(folder), found, fix=fix))


def _last(path: Path) -> Path:
    """A folder's latest answers; a file itself."""
    if not path.is_dir():
        return path
    for name in ("after.jsonl", "predictions.jsonl"):
        if (path / name).is_file():
            return path / name
    fix = "let `lensmith train` finish this run, or give a file"
    raise DataError(
        Problem("compare/no-answers", str(path), "the folder has no after.jsonl or predictions.jsonl", fix=fix)
    )
