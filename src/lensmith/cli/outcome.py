"""How the end of a run, and of an evaluation, is shown."""

from typing import TYPE_CHECKING

from lensmith import console
from lensmith.cli.judging import show_tables
from lensmith.evaluation.subject_tables import subject_tables
from lensmith.evaluation.summary import (
    comparison_remarks,
    comparison_tables,
    confusion_tables,
    score_remarks,
    score_tables,
    slice_tables,
)

if TYPE_CHECKING:
    from lensmith.workflows.steps.evaluated import Evaluated
    from lensmith.workflows.steps.judging import Outcome


def show_outcome(outcome: "Outcome", *, as_json: bool) -> int:
    """Prints what changed and where the tuned model is, as tables or as one JSON object; answers the exit code."""
    for remark in (*score_remarks(outcome.after), *comparison_remarks(outcome.comparison)):
        console.warn(remark)
    for line in outcome.remarks():
        console.say(line)
    if as_json:
        console.show_json(outcome.to_json())
    else:
        shown = subject_tables(outcome.subjects) if outcome.subjects else []
        show_tables([*comparison_tables(outcome.comparison), *confusion_tables(outcome.after), *shown])
        show_tables(slice_tables(outcome.slices))
    return 3 if outcome.fit.stopped else 0


def show_evaluated(found: "Evaluated", *, as_json: bool) -> None:
    """Prints scores, and where they are worst, as tables or as one JSON object."""
    for remark in score_remarks(found.scores):
        console.warn(remark)
    if as_json:
        console.show_json(found.to_json())
    else:
        show_tables([*score_tables(found.scores), *slice_tables(found.slices)])
