"""What a sweep wants: numbers of a finished run's comparison, named like `label.f1 @ condition = dark`.

A minus before it wants less of it: `-label.unknown_rate`. Metrics of which less is better need none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.errors import Problem, RecipeError, RunError, suggest
from lensmith.evaluation.metrics.contract import Metric

_FORM = re.compile(r"\s*(?P<less>-?)\s*(?P<metric>\w+)(\.(?P<quantity>[\w-]+))?\s*(@\s*(?P<slice>\S.*?))?\s*")


@dataclass(frozen=True, slots=True)
class Objective:
    """A number of the tuned model's scores.

    Attributes:
        text: as it is written.
        metric: a metric's name.
        quantity: one of the metric's quantities or parts; empty: its mean.
        slice: `column = value`, as comparisons name slices; empty: all questions.
        less: less of it is wanted.
    """

    text: str
    metric: str
    quantity: str = ""
    slice: str = ""
    less: bool = False

    def read(self, comparison: Mapping[str, Any]) -> dict[str, Any]:
        """This number in a run's comparison.json: before, after, difference, verdict.

        Raises:
            RunError: the run was not scored by it.
        """
        metric = comparison["metrics"].get(self.metric)
        if metric is None:
            raise _missing(self, "metric", self.metric, comparison["metrics"])
        if self.slice:
            name = f"{self.quantity} where {self.slice}" if self.quantity else self.slice
            known = metric["quantities" if self.quantity else "slices"]
            found = known.get(name)
            if found is None:
                raise _missing(self, "slice", name, known)
        elif self.quantity:
            found = metric["quantities"].get(self.quantity)
            if found is None:
                raise _missing(self, "quantity", self.quantity, metric["quantities"])
        else:
            found = metric
        return dict(found)


def read_objectives(texts: Sequence[str], metrics: Sequence[Metric], slices: Sequence[str]) -> tuple[Objective, ...]:
    """The objectives as they are written; none: the first metric.

    Args:
        texts: of `sweep.objectives`.
        metrics: that runs are scored by.
        slices: columns of `evaluate.slices`.

    Raises:
        RecipeError: with every one that a run of this recipe would not have.
    """
    found, problems = [], []
    known = {metric.name: metric for metric in metrics}
    for text in texts or list(known)[:1]:
        match = _FORM.fullmatch(text)
        if match is None:
            what = f"`{text}` is not of the form metric, metric.quantity or metric @ column = value"
            problems.append(Problem("sweep/objective", "sweep.objectives", what, fix="for example exact_match"))
            continue
        part = _tidy(match["slice"]) if match["slice"] else ""
        name, quantity = match["metric"], match["quantity"] or ""
        lower = name in known and not quantity and known[name].better == "lower"
        objective = Objective(text.strip(), name, quantity, part, bool(match["less"]) or lower)
        found.append(objective)
        if name not in known:
            what = f"`{name}` is not in evaluate.metrics"
            problems.append(Problem("sweep/objective", "sweep.objectives", what, fix=suggest(name, known)))
        column = objective.slice.partition(" = ")[0]
        if column and column not in slices:
            what = f"`{column}` is not in evaluate.slices"
            problems.append(Problem("sweep/objective", "sweep.objectives", what, fix=suggest(column, slices)))
    if problems:
        raise RecipeError(problems)
    return tuple(found)


def _tidy(text: str) -> str:
    """A slice as comparisons write it.

    >>> _tidy("subject_group=control")
    'subject_group = control'
    """
    column, equals, value = text.partition("=")
    return f"{column.strip()} = {value.strip()}" if equals else text.strip()


def _missing(objective: Objective, kind: str, name: str, known: Mapping[str, Any]) -> RunError:
    found = f"the run has no {kind} `{name}`"
    return RunError(
        Problem("sweep/objective-missing", f"objective {objective.text}", found, fix=suggest(name, list(known)))
    )
