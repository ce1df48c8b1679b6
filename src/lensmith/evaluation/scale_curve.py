"""Learned against forgotten as an update is applied with less than its full strength, and which strength is chosen.

A bound on what controls may lose comes first: scales that do not keep it are not chosen.

Axes: N questions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lensmith.evaluation.metrics.contract import Metric
from lensmith.evaluation.resampling import dense, sum_by_group
from lensmith.evaluation.statistics import Estimate, Resampling, estimate, mean_of
from lensmith.types import Prediction

if TYPE_CHECKING:
    import numpy as np

BASE = 0.0
FULL = 1.0
ROUNDING = 1e-12
RULE = (
    "of the scales that keep guards.forgetting.max_loss, where it is set: the smallest of those that are within one "
    "standard error of the best in what was learned, and of these within one standard error of the best in what was "
    "kept; the largest if the base itself is among the first"
)
CONTROLS = "controls"
BASE_RIGHT = "questions that the base answers right"
NOTHING_KEPT = "there was nothing to measure forgetting on"


@dataclass(frozen=True, slots=True)
class Curve:
    """What was measured on the same questions at several scales, and what follows.

    Attributes:
        metric: what judged.
        learned: by scale, over the questions that are to be learned.
        kept: by scale, over those that are to be kept; empty where there are none.
        kept_on: which those are.
        chosen: the scale; 0 only where no other keeps the bound.
        told: False where the base is as good as the best of them: then nothing is chosen, and the scale is 1, or the
            largest that keeps the bound.
        left_out: questions that the metric does not apply to.
        most_lost: the bound, what controls may lose, as a share; None where there is none, or there are no controls.
    """

    metric: str
    learned: Mapping[float, Estimate]
    kept: Mapping[float, Estimate]
    kept_on: str
    chosen: float
    told: bool
    left_out: int
    most_lost: float | None = None

    def sentence(self) -> str:
        """What was chosen, and what that costs and keeps, in words."""
        parts = [f"scale {self.chosen:g}"]
        if not self.told:
            much = "all" if self.chosen == FULL else "as much as the bound allows"
            parts[0] += f", {much} of what was learned, because validation cannot tell that anything was"
        parts[0] += f": {self.metric} {_against_full(self.learned, self.chosen)}"
        parts.append(f"{self.kept_on}: {_against_full(self.kept, self.chosen)}" if self.kept else NOTHING_KEPT)
        if self.most_lost is not None:
            parts.append(f"at most {100 * self.most_lost:g} points may be lost")
        return "; ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """The curve, with the rule that chose."""
        points = [
            {
                "scale": scale,
                "learned": learned.to_json(),
                "kept": self.kept[scale].to_json() if self.kept else None,
            }
            for scale, learned in self.learned.items()
        ]
        return {
            "chosen": self.chosen,
            "sentence": self.sentence(),
            "rule": RULE,
            "metric": self.metric,
            "kept_on": self.kept_on,
            "told": self.told,
            "left_out": self.left_out,
            "most_lost": self.most_lost,
            "points": points,
        }


def draw_curve(
    answers: Mapping[float, Sequence[Prediction]],
    is_control: Callable[[Prediction], bool],
    metric: Metric,
    resampling: Resampling,
    most_lost: float | None = None,
) -> Curve | None:
    """Judges the answers at each scale and chooses by `RULE`; None where the metric applies to no question.

    Args:
        answers: by scale, to the same questions in the same order; 0, the base, and at least one more scale.
        is_control: True for a question that is to be kept; the others are to be learned. Where none is, those are kept
            that the base answers right. Where all are, they are both.
        metric: that judges; one whose mean improves downwards is told by how little there is.
        resampling: for the intervals.
        most_lost: what controls may lose at most in the metric's mean; scales at which they lose more are not chosen.
    """
    judged = _judge(answers, metric)
    if judged is None:
        return None
    control_N = judged.find(is_control)
    learned_N = control_N if control_N.all() else ~control_N
    kept_N, kept_on = (control_N, CONTROLS) if control_N.any() else (judged.right_at_base(), BASE_RIGHT)
    bound = most_lost if control_N.any() else None
    within = [*judged.values] if bound is None else judged.lose_at_most(bound, control_N)
    near = judged.near_best(learned_N, within)
    kept = judged.estimate(kept_N, resampling) if kept_N.any() else {}
    return Curve(
        metric.name,
        judged.estimate(learned_N, resampling),
        kept,
        kept_on if kept else "",
        max(within) if BASE in near else min(judged.near_best(kept_N, near) if kept else near),
        BASE not in near,
        len(answers[BASE]) - len(judged.asked),
        bound,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """The questions that the metric applies to (N), and by scale what it makes of their answers (N,)."""

    asked: Sequence[Prediction]
    values: "Mapping[float, np.ndarray]"
    better: float

    def find(self, wanted: Callable[[Prediction], bool]) -> "np.ndarray":
        import numpy as np

        return np.asarray([wanted(each) for each in self.asked])

    def right_at_base(self) -> "np.ndarray":
        right: np.ndarray = self.values[BASE] == (1.0 if self.better > 0 else 0.0)
        return right

    def near_best(self, part_N: "np.ndarray", scales: Iterable[float]) -> list[float]:
        return near_best({scale: self.better * self.values[scale][part_N] for scale in scales}, self._groups(part_N))

    def lose_at_most(self, bound: float, part_N: "np.ndarray") -> list[float]:
        """The scales at which the mean of these questions is worse than the base's by no more; the base is one."""
        mean = {scale: self.better * float(values[part_N].mean()) for scale, values in self.values.items()}
        return [scale for scale in self.values if mean[BASE] - mean[scale] <= bound + ROUNDING]

    def estimate(self, part_N: "np.ndarray", resampling: Resampling) -> dict[float, Estimate]:
        means = {scale: mean_of(self.values[scale][part_N].tolist()) for scale in sorted(self.values)}
        return {scale: estimate(mean, self._groups(part_N), resampling) for scale, mean in means.items()}

    def _groups(self, part_N: "np.ndarray") -> list[str]:
        return [each.group for each, taken in zip(self.asked, part_N, strict=True) if taken]


def _judge(answers: Mapping[float, Sequence[Prediction]], metric: Metric) -> _Judged | None:
    """What the metric says at every scale of the questions that it applies to; None where there are none."""
    import numpy as np

    found = {scale: [each.value for each in metric.judge_all(said)] for scale, said in answers.items()}
    rows = [at for at, each in enumerate(zip(*found.values(), strict=True)) if None not in each]
    if not rows:
        return None
    values = {scale: np.asarray([each[at] for at in rows], dtype=float) for scale, each in found.items()}
    return _Judged([answers[BASE][at] for at in rows], values, -1.0 if metric.better == "lower" else 1.0)


def near_best(values: Mapping[float, "np.ndarray"], groups: Sequence[str]) -> list[float]:
    """The scales whose mean is less than the best one's by at most one standard error of the difference, ascending.

    Both answered the same questions, so the error is that of the paired difference, with groups as its units. The rule
    is that of Breiman et al. 1984, Classification and Regression Trees, 3.4.3.

    Args:
        values: by scale, each question's value (N,); more is better.
        groups: of the questions (N,).
    """
    best = max(sorted(values), key=lambda scale: float(values[scale].mean()))
    near = []
    for scale in sorted(values):
        behind_N = values[best] - values[scale]
        if behind_N.mean() <= standard_error(behind_N, groups) + ROUNDING:
            near.append(scale)
    return near


def standard_error(values_N: "np.ndarray", groups: Sequence[str]) -> float:
    """Of the mean, with whole groups as what varies; 0 where there is but one.

    >>> import numpy as np
    >>> standard_error(np.array([1.0, 0.0, 0.0, 1.0]), ["a", "b", "c", "d"])
    0.28867513459481287
    """
    import numpy as np

    off_GN = dense(sum_by_group((values_N - values_N.mean())[:, None], groups)).ravel()
    count = len(off_GN)
    return float(np.sqrt(count / (count - 1) * (off_GN**2).sum()) / len(values_N)) if count > 1 else 0.0


def _against_full(part: Mapping[float, Estimate], chosen: float) -> str:
    """A number at the chosen scale beside those at both ends."""
    ends = {chosen: "", FULL: " at 1", BASE: " for the base"}
    return ", ".join(f"{100 * (part[scale].value or 0):.1f} %{told}" for scale, told in ends.items() if scale in part)
