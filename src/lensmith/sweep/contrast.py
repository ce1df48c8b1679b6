"""How far two settings differ: on the same questions, over the pictures and over the seeds at once.

A difference between settings is uncertain twice: other pictures would have given another number, and so would other
seeds. Both variances are added: that over pictures by leaving out one at a time (the delete-one jackknife: Efron and
Stein 1981, Annals of Statistics 9), of the mean over seeds; that over seeds from the seeds' own differences. What both
share is counted twice, which makes intervals a little too wide (Owen 2007, Annals of Applied Statistics 1, on crossed
random effects). The interval is Student's, its degrees of freedom those of a sum of variances (Satterthwaite 1946,
Biometrics Bulletin 2).

Axes: G groups, as a rule pictures; S seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.config.sections import EvaluateSection
from lensmith.errors import DataError
from lensmith.evaluation.aspects import Aspect, aspects, judged_value
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.metrics.contract import Judgement
from lensmith.evaluation.predictions import prediction_from_json
from lensmith.evaluation.resampling import Rows, pulls, sum_by_group
from lensmith.rundir import read_jsonl_prefix
from lensmith.sweep.objectives import Objective
from lensmith.sweep.statistics import Spread
from lensmith.sweep.trials import Run
from lensmith.types import Prediction


@dataclass(frozen=True, slots=True)
class Judged:
    """What each group of questions adds to one number of one run.

    Attributes:
        pulls: by how much a group raises the number.
        values: the judgements in it, to see where two runs differ.
    """

    pulls: Mapping[str, float]
    values: Mapping[str, tuple[float, ...]]


class Judge:
    """Judges the tuned answers of runs, each file and metric once.

    Args:
        section: how answers are judged.
    """

    def __init__(self, section: EvaluateSection) -> None:
        self._metrics = {metric.name: metric for metric in build_metrics(section)}
        self._judged: dict[tuple[str, str], tuple[list[Prediction], list[Judgement]] | None] = {}

    def judge(self, run: Run, objective: Objective) -> Judged | None:
        """The parts of an objective's number; None where the run's answers are gone or do not have it."""
        import numpy as np

        both = self._read(run, objective.metric)
        aspect = _find(aspects(self._metrics[objective.metric], *both), objective) if both else None
        if both is None or aspect is None:
            return None
        groups = [both[0][at].group for at in aspect.rows]
        sums_GD = sum_by_group(aspect.quantity.contributions, groups)
        pulls_G = pulls(Rows(sums_GD, np.ones(sums_GD.shape[0])), aspect.quantity.combine)
        values: dict[str, list[float]] = {}
        for at, group in zip(aspect.rows, groups, strict=True):
            values.setdefault(group, []).append(judged_value(both[1][at]))
        by_group = dict(zip(dict.fromkeys(groups), pulls_G.tolist(), strict=True))
        return Judged(by_group, {group: tuple(each) for group, each in values.items()})

    def _read(self, run: Run, metric: str) -> tuple[list[Prediction], list[Judgement]] | None:
        """The answers that the metric applies to, and what it says of them."""
        key = str(run.folder), metric
        if key not in self._judged:
            self._judged[key] = None
            try:
                said = [prediction_from_json(row) for row in read_jsonl_prefix(run.folder / "after.jsonl")]
            except DataError:  # the page of the run tells what is damaged; here the seeds must do
                said = []
            judged = self._metrics[metric].judge_all(said) if said else []
            kept = [pair for pair in zip(said, judged, strict=True) if pair[1].value is not None]
            if kept:
                self._judged[key] = [each for each, _ in kept], [each for _, each in kept]
        return self._judged[key]


def _find(found: Sequence[Aspect], objective: Objective) -> Aspect | None:
    """The aspect that is the objective, under the name that comparisons give it."""
    if objective.quantity:
        name = f"{objective.quantity} where {objective.slice}" if objective.slice else objective.quantity
        wanted = "quantity", name
    else:
        wanted = ("slice", objective.slice) if objective.slice else ("mean", "")
    return next((each for each in found if (each.kind, each.name) == wanted), None)


@dataclass(frozen=True, slots=True)
class Contrast:
    """One setting minus another.

    Attributes:
        difference: over the seeds that both have; its interval is over pictures, too, where `groups` is above 0.
        groups: pictures, or what else belongs together, that the questions fall into; 0: answers could not be read.
        changed: those in which the two differ with any seed.
    """

    difference: Spread
    groups: int
    changed: int

    @property
    def sure(self) -> bool:
        """The interval leaves 0 out, over several seeds, and so many groups differ that it can be no chance."""
        enough = not self.groups or 2 * 0.5**self.changed < 1 - self.difference.confidence
        return self.difference.n > 1 and self.difference.sign != 0 and enough

    def to_json(self) -> dict[str, Any]:
        """The fields, and whether it is sure."""
        return {
            "difference": self.difference.to_json(),
            "groups": self.groups,
            "changed_groups": self.changed,
            "sure": self.sure,
        }


def contrast(
    values: Sequence[float], judged: Sequence[tuple[Judged | None, Judged | None]], confidence: float
) -> Contrast:
    """The mean difference with its interval.

    Args:
        values: each seed's own difference (S,).
        judged: both runs of each seed.
        confidence: of the interval.
    """
    import numpy as np

    value, seeds = float(np.mean(values)), len(values)
    known = [(first, second) for first, second in judged if first is not None and second is not None]
    names = sorted({group for pair in known for side in pair for group in side.pulls})
    changed = sum(any(first.values.get(name) != second.values.get(name) for first, second in known) for name in names)
    variances = []  # with their degrees of freedom
    if seeds > 1:
        variances.append((float(np.var(values, ddof=1)) / seeds, seeds - 1))
    if len(known) == seeds and len(names) > 1:
        pulls_SG = [
            [first.pulls.get(name, 0.0) - second.pulls.get(name, 0.0) for name in names] for first, second in known
        ]
        count = len(names)
        variances.append(((count - 1) * float(np.var(np.mean(pulls_SG, axis=0))), count - 1))
    else:
        names, changed = [], 0
    return Contrast(_spread(value, seeds, variances, confidence), len(names), changed)


def _spread(value: float, seeds: int, variances: Sequence[tuple[float, int]], confidence: float) -> Spread:
    from scipy.special import stdtrit

    total = sum(variance for variance, _ in variances)
    if not variances or total != total:  # a number that is not defined without one of the groups
        return Spread(seeds, value, None, None, confidence)
    half = 0.0
    if total:
        freedom = total**2 / sum(variance**2 / own for variance, own in variances)
        half = float(stdtrit(freedom, (1 + confidence) / 2)) * total**0.5
    return Spread(seeds, value, value - half, value + half, confidence)
