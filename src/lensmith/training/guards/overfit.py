"""Overfit: training goes on getting better while validation gets worse. Told in words; the best one is delivered."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lensmith.training.guards.contract import Guard, Judgement, Watched
from lensmith.training.guards.probe import LEAST_QUESTIONS

LOSS = "eval_validation_loss"
# So many validations in a row, whose loss is above the best one's by such a share, while the training loss fell by
# such a share: a clear rise is believed soon, a slight one where it lasts and training learns answers by heart, none at
# all where that went on for six.
SIGNS = ((2, 0.05, 0.05), (4, 0.01, 0.5), (6, 0.0, 0.5))


@dataclass(frozen=True, slots=True)
class Course:
    """The validations of a run, the base's left out.

    Attributes:
        epochs: when they were.
        values: of the metric that chooses the best checkpoint, the greater the better.
        validation: the validation losses.
        training: the mean training loss since the validation before.
    """

    epochs: list[float]
    values: list[float]
    validation: list[float]
    training: list[float]

    @property
    def best(self) -> int:
        """The place of the best value, the earliest of equals."""
        return max(range(len(self.values)), key=lambda at: (self.values[at], -at))

    @property
    def since(self) -> int:
        """How many validations were made after the best one."""
        return len(self.values) - 1 - self.best

    def change(self, losses: Sequence[float]) -> float | None:
        """The last of these losses over that of the best validation, less one; None where that is no number."""
        best, last = losses[self.best], losses[-1]
        return last / best - 1 if best > 0 and math.isfinite(best) and math.isfinite(last) else None

    def words(self) -> str:
        """Which was best, and what happened since.

        >>> Course([1, 2, 3], [-1.0, -0.5, -0.6], [1.0, 0.5, 0.585], [2.0, 1.0, 0.26]).words()
        'best after epoch 2; since then training loss −74 %, validation loss +17 %'
        """
        if not self.since:
            return f"best after epoch {self.epochs[-1]:g}, the last validation"
        changes = {"training loss": self.change(self.training), "validation loss": self.change(self.validation)}
        told = [f"{name} {_per_cent(value)}" for name, value in changes.items() if value is not None]
        return f"best after epoch {self.epochs[self.best]:g}; since then {', '.join(told)}"


class Overfit(Guard):
    """Warns where validations are worse than the best: two of them clearly, four a little or six at all while training
    went far on.

    Ends the training where `train.patience` validations brought nothing better.
    """

    name: ClassVar[str] = "overfit"
    describe: ClassVar[str] = "validation gets better as training does"

    def __init__(self, watched: Watched) -> None:
        super().__init__(watched)
        self.warned_for = -1.0

    def cannot_check(self) -> str:
        """Without enough validation examples it cannot."""
        if not self.watched.validation:
            return "there is no validation part"
        if self.watched.validation < LEAST_QUESTIONS:
            return f"there are {self.watched.validation} validation examples, and {LEAST_QUESTIONS} are needed"
        return ""

    def see_validation(self, rows: Sequence[Mapping[str, Any]]) -> Judgement | None:
        """Judges after each validation but the base's."""
        course = self._read(rows)
        if not course.epochs or not course.since:
            return None
        patience = self.watched.recipe.train.patience
        evidence = self._evidence(course)
        if patience is not None and course.since >= patience:
            times = "validation" if patience == 1 else f"{patience} validations"
            return Judgement("stop", f"{course.words()}; {times} without a better one", evidence, "end")
        best_epoch = course.epochs[course.best]
        if not self._is_overfit(course) or self.warned_for == best_epoch:
            return None
        self.warned_for = best_epoch
        return Judgement("warn", course.words(), evidence)

    def sum_up(self, rows: Sequence[Mapping[str, Any]]) -> Judgement:
        """The verdict in words."""
        course = self._read(rows)
        if len(course.epochs) < 2:
            return Judgement("could not check", f"{len(course.epochs)} validation after training began; two are needed")
        verdict = "warn" if self._is_overfit(course) else "ok"
        return Judgement(verdict, course.words(), self._evidence(course))  # type: ignore[arg-type]

    def state(self) -> dict[str, Any]:
        """Which best validation it has warned about."""
        return {"warned_for": self.warned_for}

    def load(self, state: Mapping[str, Any]) -> None:
        """Does not warn twice."""
        self.warned_for = state["warned_for"]

    def _read(self, rows: Sequence[Mapping[str, Any]]) -> Course:
        best = self.watched.recipe.train.best
        return read_course(rows, f"eval_{best}", lower_is_better=best.endswith("loss"))

    def _is_overfit(self, course: Course) -> bool:
        validation, training = course.change(course.validation), course.change(course.training)
        if validation is None or training is None:
            return False
        least = course.validation[course.best]
        return any(
            course.since >= times and training < -fall and min(course.validation[-times:]) > (1 + rise) * least
            for times, rise, fall in SIGNS
        )

    def _evidence(self, course: Course) -> dict[str, Any]:
        return {
            "best_epoch": course.epochs[course.best],
            "epochs": course.epochs,
            "validation_loss": course.validation,
            "training_loss": course.training,
            "n": self.watched.validation,
        }


def read_course(rows: Sequence[Mapping[str, Any]], key: str, *, lower_is_better: bool) -> Course:
    """The validations in a log; a value that is no finite number is as bad as can be.

    Args:
        rows: of metrics.jsonl.
        key: of the metric that decides.
        lower_is_better: True for losses.
    """
    course = Course([], [], [], [])
    total, steps, before = 0.0, 0, 0
    for row in rows:
        if "loss" in row:
            total += row["loss"] * (row["step"] - before)
            steps += row["step"] - before
            before = row["step"]
        elif key in row and row["step"] > 0:
            value = -row[key] if lower_is_better else row[key]
            course.epochs.append(row["epoch"])
            course.values.append(value if math.isfinite(value) else -math.inf)
            course.validation.append(row.get(LOSS, math.nan))
            course.training.append(total / steps if steps else math.nan)
            total, steps = 0.0, 0
    return course


def _per_cent(change: float) -> str:
    shown = round(100 * change)
    return f"{'−' if shown < 0 else '+'}{abs(shown)} %"
