"""What the log says about overfitting, computed from the losses that were written down."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lensmith.report.curves import Point
from lensmith.report.records import LogLine

VALIDATION = "eval_validation_loss"
TRAINING = "loss"
# A change of less than this share of a loss is called no change.
_NOTHING = 0.01

State = Literal["overfits", "flat", "still falls", "never better", "no validation"]


@dataclass(frozen=True, slots=True)
class Course:
    """How training went.

    Attributes:
        state: `overfits`: validation rose since its best; `flat`: it changed by less than 1 %; `still falls`: its
            last value is its best; `never better`: it was best before training; `no validation`: nothing to judge by.
        best_epoch: where the validation loss was lowest; None without validation.
        last_epoch: of the last validation.
        validation: its last value over its best; None without.
        training: the training loss of the last epoch over that of the best; None where either was not logged.
        broken_at: the first step whose loss is no finite number; None where all are.
    """

    state: State
    best_epoch: float | None = None
    last_epoch: float | None = None
    validation: float | None = None
    training: float | None = None
    broken_at: int | None = None


def read_course(log: Sequence[LogLine]) -> Course:
    """The verdict on a log.

    The training loss of an epoch is the mean of what was logged in it, so that the noise of one step decides nothing.
    """
    values = {name: [line.value(name) for line in log] for name in (TRAINING, VALIDATION)}
    broken = [line.step for name in values for line, value in zip(log, values[name], strict=True) if _broken(value)]
    broken_at = min(broken, default=None)
    watched = series(log, VALIDATION)
    if len(watched) < 2:
        return Course("no validation", broken_at=broken_at)
    best_epoch, best = min(watched, key=lambda point: point[1])
    last_epoch, last = watched[-1]
    rise = last / best if best > 0 else None
    there, here = epoch_mean(log, best_epoch), epoch_mean(log, last_epoch)
    training = here / there if there and here is not None else None
    state: State
    if best_epoch == watched[0][0] == 0:
        state = "never better"
    elif last == best:
        state = "still falls"
    else:
        state = "flat" if rise is not None and rise - 1 < _NOTHING else "overfits"
    return Course(state, best_epoch, last_epoch, rise, training, broken_at)


def series(log: Sequence[LogLine], name: str) -> tuple[Point, ...]:
    """Epoch and value of each line that has a finite one."""
    found = ((line.epoch, line.value(name)) for line in log)
    return tuple((epoch, value) for epoch, value in found if value is not None and math.isfinite(value))


def epoch_mean(log: Sequence[LogLine], epoch: float) -> float | None:
    """The mean training loss of the epoch that ends there; None where nothing was logged in it."""
    inside = [value for at, value in series(log, TRAINING) if epoch - 1 < at <= epoch]
    return sum(inside) / len(inside) if inside else None


def _broken(value: float | None) -> bool:
    return value is not None and not math.isfinite(value)
