"""The end of an evaluation: one model's answers scored, where they are worst, and both written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.config.sections import Recipe
from lensmith.data.looks import take_looks, write_looks
from lensmith.evaluation.found_slices import SliceSearch, find_slices
from lensmith.evaluation.results import Scores, score_predictions
from lensmith.rundir import RunDir, is_main_process, write_json
from lensmith.types import Example, Prediction


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation came to.

    Attributes:
        scores: of all answers.
        slices: where the model is worse than elsewhere.
    """

    scores: Scores
    slices: SliceSearch

    def to_json(self) -> dict[str, Any]:
        """Both as one JSON object."""
        return {**self.scores.to_json(), **self.slices.to_json()}


def judge_alone(
    run: RunDir, predictions: Sequence[Prediction], examples: Sequence[Example], recipe: Recipe
) -> Evaluated:
    """Scores the answers, looks for weak slices, and writes looks.jsonl and, last, scores.json.

    Args:
        run: the folder.
        predictions: one model's.
        examples: what was asked; their pictures are looked at.
        recipe: how to judge.
    """
    section, seed = recipe.evaluate, recipe.run.seed
    looks = take_looks(examples)
    scores = score_predictions(predictions, section, seed)
    found = Evaluated(scores, find_slices(predictions, section, seed, looks.by_id))
    if is_main_process():
        write_looks(run / "looks.jsonl", looks)
        write_json(run / "scores.json", {"predictions": scores.to_json(), **found.slices.to_json()})
    return found
