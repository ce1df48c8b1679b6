"""read → pair → compare: runs, or files of predictions, each against the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.evaluation.choices import JudgingChoice, recorded_section
from lensmith.evaluation.compare import Comparison, compare_predictions
from lensmith.evaluation.found_slices import SliceSearch, find_slices
from lensmith.evaluation.learning import SubjectMatrix, compare_subjects
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.predictions import PredictionTable, read_predictions
from lensmith.rundir import read_json
from lensmith.workflows.steps.looking import looks_for
from lensmith.workflows.steps.sides import find_sides


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two sides, what is different, and where the second is worst; `subjects` is None where the data name none."""

    before: PredictionTable
    after: PredictionTable
    comparison: Comparison
    subjects: SubjectMatrix | None
    slices: SliceSearch

    def to_json(self) -> dict[str, Any]:
        """Where both sides come from, and the comparison."""
        subjects = {"subjects": self.subjects.to_json()} if self.subjects else {}
        return {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            **self.comparison.to_json(),
            **subjects,
            **self.slices.to_json(),
        }


def compare_paths(
    paths: Sequence[Path], columns: Mapping[str, str], choice: JudgingChoice, images: Path | None = None
) -> list[ComparedPair]:
    """Compares the first with each of the others; a single run's answers before with those after.

    Judged as the first run's recipe says, where it is a run, and as `choice` says over that.

    Args:
        paths: run folders, evaluation folders, or files of predictions.
        columns: role to column, for files whose columns are not recognised by name.
        choice: how to judge.
        images: the folder of the pictures, where the first side is no run that knows what they look like.

    Raises:
        LensmithError: there is nothing to compare with, or the sides do not answer the same questions.
    """
    recipe = paths[0] / "recipe.json"
    recorded = read_json(recipe) if recipe.is_file() else None
    section = choice.section(recorded_section(recorded) if recorded else None)
    build_metrics(section)
    seed = choice.seed if choice.seed is not None else recorded["recipe"]["run"]["seed"] if recorded else 0
    first, *others = [read_predictions(file, columns) for file in find_sides(paths)]
    looks = looks_for(first.predictions, paths[0], images)
    return [
        ComparedPair(
            first,
            other,
            compare_predictions(first.predictions, other.predictions, section, seed),
            compare_subjects(first.predictions, other.predictions, section, seed),
            find_slices(other.predictions, section, seed, looks, first.predictions),
        )
        for other in others
    ]
