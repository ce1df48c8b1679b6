"""read → judge: scores for predictions that were made anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.evaluation.choices import JudgingChoice
from lensmith.evaluation.found_slices import SliceSearch, find_slices
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.predictions import PredictionTable, read_predictions
from lensmith.evaluation.results import Scores, score_predictions
from lensmith.workflows.steps.looking import looks_for


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """A file of predictions, its scores, and where they are worst."""

    source: PredictionTable
    scores: Scores
    slices: SliceSearch

    def to_json(self) -> dict[str, Any]:
        """Both as one JSON object."""
        return {"source": self.source.to_json(), **self.scores.to_json(), **self.slices.to_json()}


def score_file(path: Path, columns: Mapping[str, str], choice: JudgingChoice, images: Path | None = None) -> ScoredFile:
    """Reads predictions and scores them; no model is touched.

    Args:
        path: JSON lines, a JSON list, CSV or TSV.
        columns: role to column, for what is not recognised by name.
        choice: how to judge.
        images: the folder of the pictures, where no run knows what they look like.

    Raises:
        LensmithError: the settings, the columns or the whole file cannot be used; single rows are left out and listed.
    """
    section = choice.section()
    build_metrics(section)
    source = read_predictions(path, columns)
    looks = looks_for(source.predictions, path, images)
    seed = choice.seed or 0
    slices = find_slices(source.predictions, section, seed, looks)
    return ScoredFile(source, score_predictions(source.predictions, section, seed), slices)
