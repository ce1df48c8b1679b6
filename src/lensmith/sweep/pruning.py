"""Stopping a run that does worse than half of those before it did at the same point (the median rule).

Golovin et al. 2017, "Google Vizier", section 3.2: a run's best value so far against the median of the others' at that
step. It is read from the run folders, so that runs in other processes and on other machines count.
"""

from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lensmith.errors import Problem
from lensmith.rundir import read_jsonl_prefix
from lensmith.sweep.trials import PrunedError

LEAST_OTHERS = 4


class Pruner(TrainerCallback):  # type: ignore[misc]
    """Ends a run with a `PrunedError` after a validation that is worse than the median.

    Args:
        folder: of this run.
        trials: the folder in which all runs lie, two levels down.
        best: the validation metric that decides.
    """

    def __init__(self, folder: Path, trials: Path, best: str) -> None:
        self.folder = folder
        self.trials = trials
        self.key = f"eval_{best}"
        self.sign = -1.0 if best.endswith("loss") else 1.0

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Compares, once an epoch is over and enough others came as far."""
        epoch = float(state.epoch or 0.0)
        mine = self._best_by(self.folder, epoch)
        if epoch < 1 or epoch >= args.num_train_epochs or mine is None:
            return
        others = [found for found in (self._best_by(each, epoch) for each in self._finished()) if found is not None]
        if len(others) >= LEAST_OTHERS and mine < median(others):
            values = f"{self.sign * mine:.4f}, the median of {len(others)} runs was {self.sign * median(others):.4f}"
            found = f"after epoch {epoch:g} its {self.key.removeprefix('eval_')} was {values}"
            fix = "write sweep.prune: false to run it to its end"
            raise PrunedError(Problem("sweep/pruned", str(self.folder), found, fix=fix))

    def _finished(self) -> Iterable[Path]:
        return (path.parent for path in self.trials.glob("*/*/comparison.json") if path.parent != self.folder)

    def _best_by(self, run: Path, epoch: float) -> float | None:
        """A run's best value up to an epoch, the greater the better; None where there is none."""
        rows = read_jsonl_prefix(run / "metrics.jsonl")
        found = [self.sign * row[self.key] for row in rows if self.key in row and 0 < row["epoch"] <= epoch]
        return max(found, default=None)
