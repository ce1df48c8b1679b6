"""How answers are to be judged when a person says so on the command line, over what a run's recipe says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lensmith.config.sections import EvaluateSection
from lensmith.errors import Problem, RecipeError


@dataclass(frozen=True, slots=True)
class JudgingChoice:
    """What was asked for; None leaves a setting as it is.

    Attributes:
        metrics: names from the registry.
        labels: the classes.
        positive: the label that precision, recall and F1 are about.
        unknown: what an answer counts as that names no label.
        slices: columns of the data by whose values the scores are shown apart.
        seed: of the intervals.
    """

    metrics: tuple[str, ...] | None = None
    labels: tuple[str, ...] | None = None
    positive: str | None = None
    unknown: str | None = None
    slices: tuple[str, ...] | None = None
    seed: int | None = None

    def section(self, begun: EvaluateSection | None = None) -> EvaluateSection:
        """The settings as chosen, over `begun`. Labels chosen without metrics add the metric `label`.

        Raises:
            RecipeError: a positive label is given, but no labels are.
        """
        begun = begun or EvaluateSection()
        changes: dict[str, Any] = {
            "metrics": None if self.metrics is None else list(self.metrics),
            "labels": None if self.labels is None else list(self.labels),
            "positive": self.positive,
            "unknown": self.unknown,
            "slices": None if self.slices is None else list(self.slices),
        }
        if self.labels and self.metrics is None and "label" not in begun.metrics:
            changes["metrics"] = [*begun.metrics, "label"]
        section = begun.model_copy(update={key: value for key, value in changes.items() if value is not None})
        if section.positive is not None and not section.labels:
            found = "a positive label is given, but no labels are"
            fix = f"add --labels {section.positive},…"
            raise RecipeError(Problem("recipe/label", "--positive", found, fix=fix))
        return section


def recorded_section(recipe: Mapping[str, Any]) -> EvaluateSection:
    """The `evaluate` section in a run's recipe.json.

    Raises:
        RecipeError: it is not there, or not as lensmith writes it.
    """
    try:
        return EvaluateSection.model_validate(recipe["recipe"]["evaluate"])
    except (KeyError, TypeError, ValueError) as error:
        raise RecipeError(
            Problem("run/recipe", "recipe.json evaluate", f"cannot be read: {error}", fix="compare the files directly")
        ) from error
