"""What happens beside the steps: the log file, the choice of checkpoints, and the progress bar."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lensmith.console import progress, say
from lensmith.rundir import append_jsonl, read_jsonl_prefix, write_jsonl
from lensmith.training.checkpoints import keep_only, remember_best, seal
from lensmith.training.guards.forgetting import lost_points

# What the Trainer reports once at the end of a call: totals of one process's life, not of the run.
LIFETIME_KEYS = {"train_runtime", "total_flos", "train_loss"}


class MetricsLog(TrainerCallback):  # type: ignore[misc]
    """Writes metrics.jsonl: one object a log or validation, the same whether or not the run was interrupted.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def rewind(self, step: int | None) -> None:
        """Forgets what was logged after `step`, or everything when it is None: it will be logged again."""
        kept = [] if step is None else [row for row in read_jsonl_prefix(self.path) if row["step"] <= step]
        write_jsonl(self.path, kept)

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any], **_: Any
    ) -> None:
        """Appends one row."""
        if state.is_world_process_zero and not LIFETIME_KEYS & logs.keys():
            row = {"step": state.global_step, "epoch": round(state.epoch or 0.0, 6), **logs}
            append_jsonl(self.path, [row])


class Keeper(TrainerCallback):  # type: ignore[misc]
    """Decides when to log, validate and save; keeps the best checkpoint and the last one.

    Args:
        folder: of the checkpoints.
        metrics_path: the log, from which the best step is read after a resume.
        best: the validation metric that decides, without prefix.
        lower_is_better: True for losses.
        save_every: optimiser steps between checkpoints inside an epoch; None: only at its end.

    Attributes:
        doubtful: steps whose checkpoints are best only where all are doubtful.
        most_lost: share of right answers that controls may have lost at a checkpoint that counts; None: any.
    """

    def __init__(
        self, folder: Path, metrics_path: Path, best: str, lower_is_better: bool, save_every: int | None
    ) -> None:
        self.doubtful: Sequence[int] = ()
        self.most_lost: float | None = None
        self.folder = folder
        self.metrics_path = metrics_path
        self.best = f"eval_{best}"
        self.sign = -1.0 if lower_is_better else 1.0
        self.save_every = save_every

    def best_step(self) -> tuple[int, float] | None:
        """The step with the best validation so far, the earliest of equals; step 0 is the base and does not count."""
        log = read_jsonl_prefix(self.metrics_path)
        logged = [row for row in log if self.best in row and row["step"] > 0 and self._keeps_controls(log, row)]
        rows = [row for row in logged if math.isfinite(row[self.best])]  # a value that is no number beats nothing
        if not rows:
            return None
        rows = [row for row in rows if row["step"] not in self.doubtful] or rows
        best = max(rows, key=lambda row: (self.sign * row[self.best], -row["step"]))
        return int(best["step"]), float(best[self.best])

    def _keeps_controls(self, log: list[Any], row: dict[str, Any]) -> bool:
        lost = None if self.most_lost is None else lost_points(log, row)
        return lost is None or self.most_lost is None or lost <= self.most_lost

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Saves inside an epoch; the loss is logged first, so that a resumed log has the same windows."""
        at_end = state.global_step >= state.max_steps or float(state.epoch or 0.0).is_integer()
        if self.save_every and state.global_step % self.save_every == 0 and not at_end:
            control.should_log = control.should_save = True
        return control

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Validates and saves."""
        control.should_log = control.should_evaluate = control.should_save = True
        return control

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Declares the new checkpoint whole, and only then removes those that are neither best nor last."""
        if not state.is_world_process_zero:
            return
        seal(self.folder / f"checkpoint-{state.global_step}")
        keep = {state.global_step}
        best = self.best_step()
        if best:
            keep.add(best[0])
            remember_best(self.folder, best[0], self.best.removeprefix("eval_"), best[1])
        keep_only(self.folder, keep)


class Progress(TrainerCallback):  # type: ignore[misc]
    """A progress bar on stderr, and one line a validation."""

    def __init__(self) -> None:
        self.bar: Any = None

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Opens the bar where the run stands."""
        if state.is_world_process_zero:
            self.bar = progress(state.max_steps, "train", "step", done=state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Moves the bar."""
        if self.bar is not None:
            self.bar.update(state.global_step - self.bar.n)

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any], **_: Any
    ) -> None:
        """Shows the loss beside the bar, and a validation on a line of its own."""
        if self.bar is not None and "loss" in logs:
            self.bar.set_postfix(loss=f"{logs['loss']:.4f}", refresh=False)
        validated = {key.removeprefix("eval_"): value for key, value in logs.items() if key.startswith("eval_")}
        if validated and state.is_world_process_zero:
            if self.bar is not None:
                self.bar.clear()
            named = " · ".join(f"{key.replace('_', ' ')} {value:.4f}" for key, value in validated.items())
            say(f"  epoch {state.epoch or 0:.2f}, step {state.global_step}: {named}")

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Closes the bar."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
