"""What the tuning changed, question by question: gained, lost, still wrong, with the pictures that are still there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.config.paths import exists
from lensmith.config.sections import Recipe, SourceSection
from lensmith.data.reading import Reading
from lensmith.evaluation.predictions import prediction_from_json
from lensmith.rundir import read_json, read_jsonl_prefix
from lensmith.types import Example, Prediction

KINDS = {"lost": "lost", "gained": "gained", "still wrong": "both_wrong"}
"""What a person calls them, and their names in comparison.json; the first that has any is shown first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One test question.

    Attributes:
        before: what the base answered in the run.
        after: what the tuned model answered.
        example: with its pictures; None where it cannot be found any more.
        missing: why there is no example; empty where there is one.
    """

    before: Prediction
    after: Prediction
    example: Example | None
    missing: str


class Changes:
    """All questions of a run by metric and kind.

    Args:
        comparison: what comparison.json holds.
        before: the base's answers, by id.
        after: the tuned model's, by id.
        examples: those whose pictures are still named by the data, by id.
        missing: why others are not there.
    """

    def __init__(
        self,
        comparison: Mapping[str, Any],
        before: Mapping[str, Prediction],
        after: Mapping[str, Prediction],
        examples: Mapping[str, Example],
        missing: str,
    ) -> None:
        self._before, self._after, self._examples, self._missing = before, after, examples, missing
        self._ids = {
            name: {kind: metric[key]["ids"] for kind, key in KINDS.items()}
            for name, metric in comparison["metrics"].items()
            if all(key in metric for key in KINDS.values())
        }

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics that tell right from wrong."""
        return list(self._ids)

    def count(self, metric: str, kind: str) -> int:
        """How many questions."""
        return len(self._ids[metric][kind])

    def first_kind(self, metric: str) -> str:
        """The first kind that has any."""
        return next((kind for kind in KINDS if self.count(metric, kind)), next(iter(KINDS)))

    def at(self, metric: str, kind: str, place: int) -> Change:
        """The question at a place, counted from 0."""
        id_ = self._ids[metric][kind][place]
        before, after, example = self._before[id_], self._after[id_], self._examples.get(id_)
        if example is not None and example.question != after.question:
            return Change(before, after, None, "the data has changed since: another question has this one's id")
        return Change(before, after, example, "" if example else self._missing)


def read_changes(run: Path, recipe: Recipe) -> Changes:
    """Reads what the run compared, and where its test pictures are.

    Raises:
        RunError: the run has compared nothing, or its files cannot be read.
    """
    comparison = read_json(run / "comparison.json")
    before, after = (
        {item.id: item for item in map(prediction_from_json, read_jsonl_prefix(run / name))}
        for name in ("before.jsonl", "after.jsonl")
    )
    examples, missing = find_examples(recipe, set(after))
    return Changes(comparison, before, after, examples, missing)


def find_examples(recipe: Recipe, wanted: set[str]) -> tuple[dict[str, Example], str]:
    """The test examples by id, and why some may be missing. Nothing is fetched: data on a hub is left there."""
    if recipe.data.shuffle_images:
        return {}, "this run is a control: its questions were asked about other questions' pictures"
    found: dict[str, Example] = {}
    missing = "the data that the run was tested on does not hold it any more"
    for part in (recipe.data.test, recipe.data.validation, recipe.data.train):
        if part is None or wanted <= found.keys():
            continue
        there = [source for source in part if exists(source.path)]
        if len(there) < len(part):
            missing = f"the data is not on this machine: {_names(part, there)}"
        for example in Reading(answers_required=False).read(there):
            if example.id in wanted:
                found.setdefault(example.id, example)
    return found, missing


def _names(part: Sequence[SourceSection], there: Sequence[SourceSection]) -> str:
    return ", ".join(source.path for source in part if source not in there)
