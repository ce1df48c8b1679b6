"""The end of a run: both sets of answers scored and compared, and written down."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lensmith.config.sections import Recipe
from lensmith.data.looks import LooksTaken, write_looks
from lensmith.evaluation.blind import answer_blind
from lensmith.evaluation.compare import Comparison, compare_predictions
from lensmith.evaluation.divergence import Shift
from lensmith.evaluation.found_slices import SliceSearch, find_slices
from lensmith.evaluation.learning import SubjectMatrix, compare_subjects
from lensmith.evaluation.results import Scores, score_predictions
from lensmith.rundir import RunDir, is_main_process, write_json
from lensmith.training.fit import Fit
from lensmith.training.guards.findings import final_lines
from lensmith.types import Prediction
from lensmith.workflows.steps.replaying import replay_json
from lensmith.workflows.steps.safe_mode import describe_attempts
from lensmith.workflows.steps.scaling import scale_json


@dataclass(frozen=True, slots=True)
class Answers:
    """What a run is judged by.

    Attributes:
        before: the base model's predictions on the test questions.
        after: the tuned model's on the same.
        commonest: the answer that occurs most often in training.
        shift: how far the model moved from the base, where that was measured.
        looks: what the test pictures look like.
    """

    before: Sequence[Prediction]
    after: Sequence[Prediction]
    commonest: str
    shift: Shift | None = None
    looks: LooksTaken = field(default_factory=LooksTaken)


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
        blind: the tuned model against giving `commonest` to every question, without looking.
        commonest: the answer that occurs most often in training.
        subjects: who was learned and who was forgotten; None where the data name no subjects.
        slices: where the tuned model is worse than elsewhere.
    """

    run: Path
    delivered: Path
    fit: Fit
    before: Scores
    after: Scores
    comparison: Comparison
    blind: Comparison
    commonest: str
    subjects: SubjectMatrix | None
    slices: SliceSearch

    def remarks(self) -> list[str]:
        """Which checkpoint was chosen, what can be had without looking, and where the tuned model is."""
        chosen = f"best checkpoint: step {self.fit.best_step} of {self.fit.last_step}"
        if self.fit.best_value is None:
            chosen = f"last checkpoint: step {self.fit.best_step}; there was no validation to choose a better one"
        metric, against = next(iter(self.blind.metrics.items()))
        blind = against.mean.before.value
        shown = "cannot be judged" if blind is None else f"{100 * blind:.1f} %"
        word = against.mean.verdict.word
        return [
            *describe_attempts(RunDir(self.run)),
            *final_lines(self.run),
            chosen,
            *(each["sentence"] for each in (replay_json(RunDir(self.run)) | scale_json(RunDir(self.run))).values()),
            f"without looking: answering {self.commonest!r} to everything: {metric} {shown}; the tuned model: {word}",
            f"tuned model: {self.delivered}",
        ]

    def to_json(self) -> dict[str, Any]:
        """The outcome as one JSON object."""
        return {
            "run": str(self.run),
            "delivered": str(self.delivered),
            "fit": asdict(self.fit),
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "comparison": {**self.comparison.to_json(), **subjects_json(self.subjects), **self.slices.to_json()},
            "commonest_answer": self.commonest,
            "blind": self.blind.to_json(),
        }


def subjects_json(subjects: SubjectMatrix | None) -> dict[str, Any]:
    """The key `subjects` of a comparison, where there are any."""
    return {"subjects": subjects.to_json()} if subjects else {}


def judge(run: RunDir, answers: Answers, fit: Fit, delivered: Path, recipe: Recipe) -> Outcome:
    """Scores and compares, and writes scores.json and, last of all, comparison.json."""
    evaluate, seed = recipe.evaluate, recipe.run.seed
    blind = answer_blind(answers.after, answers.commonest)
    subjects = compare_subjects(answers.before, answers.after, evaluate, seed)
    outcome = Outcome(
        run.path,
        delivered,
        fit,
        score_predictions(answers.before, evaluate, seed),
        score_predictions(answers.after, evaluate, seed),
        compare_predictions(answers.before, answers.after, evaluate, seed),
        compare_predictions(blind, answers.after, evaluate, seed),
        answers.commonest,
        replace(subjects, shift=answers.shift) if subjects else None,
        find_slices(answers.after, evaluate, seed, answers.looks.by_id, answers.before),
    )
    if is_main_process():
        write_json(run / "scores.json", {"before": outcome.before.to_json(), "after": outcome.after.to_json()})
        compared = {"commonest_answer": answers.commonest, "blind": outcome.blind.to_json()}
        compared |= subjects_json(outcome.subjects) | outcome.slices.to_json() | replay_json(run) | scale_json(run)
        write_looks(run / "looks.jsonl", answers.looks)
        write_json(run / "comparison.json", {"fit": asdict(fit), **outcome.comparison.to_json(), **compared})
    return outcome
