"""The end of a run: both sets of answers scored and compared, and written down."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lensmith.config.sections import Recipe
from lensmith.evaluation.compare import Comparison, compare_predictions
from lensmith.evaluation.results import Scores, score_predictions
from lensmith.rundir import RunDir, is_main_process, write_json
from lensmith.training.fit import Fit
from lensmith.types import Prediction


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        run: its folder.
        delivered: the tuned model's folder.
        fit: which checkpoint it is.
        before: the base model's scores.
        after: the tuned model's scores on the same questions.
        comparison: the paired difference.
    """

    run: Path
    delivered: Path
    fit: Fit
    before: Scores
    after: Scores
    comparison: Comparison

    def remarks(self) -> list[str]:
        """Which checkpoint was chosen, and where the tuned model is."""
        chosen = f"best checkpoint: step {self.fit.best_step} of {self.fit.last_step}"
        if self.fit.best_value is None:
            chosen = f"last checkpoint: step {self.fit.best_step}; there was no validation to choose a better one"
        return [chosen, f"tuned model: {self.delivered}"]

    def to_json(self) -> dict[str, Any]:
        """The outcome as one JSON object."""
        return {
            "run": str(self.run),
            "delivered": str(self.delivered),
            "fit": asdict(self.fit),
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "comparison": self.comparison.to_json(),
        }


def judge(
    run: RunDir, before: Sequence[Prediction], after: Sequence[Prediction], fit: Fit, delivered: Path, recipe: Recipe
) -> Outcome:
    """Scores and compares, and writes scores.json and, last of all, comparison.json."""
    seed = recipe.run.seed
    outcome = Outcome(
        run.path,
        delivered,
        fit,
        score_predictions(before, recipe.evaluate, seed),
        score_predictions(after, recipe.evaluate, seed),
        compare_predictions(before, after, recipe.evaluate, seed),
    )
    if is_main_process():
        write_json(run / "scores.json", {"before": outcome.before.to_json(), "after": outcome.after.to_json()})
        write_json(run / "comparison.json", {"fit": asdict(fit), **outcome.comparison.to_json()})
    return outcome
