"""A setting tried with every seed: what is run, where it lies, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.errors import LensmithError, RecipeError, RunError
from lensmith.rundir import read_json, write_json
from lensmith.sweep.space import Setting

PRUNED_FILE, FAILED_FILE = "pruned.json", "failed.json"
WRONG_FROM_THE_START = RecipeError.exit_code
MOST_TOLD = 3


class PrunedError(RunError):
    """The run was stopped because others did better; it is no failure."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A setting on its way.

    Attributes:
        name: of its folder.
        setting: values by recipe key.
        folder: holds a run folder a seed.
        seeds: of the runs.
        number: the search's own; None for a setting that was given.
    """

    name: str
    setting: Setting
    folder: Path
    seeds: tuple[int, ...]
    number: int | None = None

    def run_folder(self, seed: int) -> Path:
        """Where the run with a seed is."""
        return self.folder / f"seed-{seed}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a trial, as its folder tells it.

    Attributes:
        trial: whose it is.
        seed: its own.
        comparison: its comparison.json; None where it did not come to an end.
        ended: `finished`, `pruned`, `failed` or `unfinished`.
        reason: why it did not finish, in words.
        never_started: it failed before its first step, for something that was wrong with what it was told.
    """

    trial: Trial
    seed: int
    comparison: Mapping[str, Any] | None
    ended: str
    reason: str = ""
    never_started: bool = False

    @property
    def folder(self) -> Path:
        """Its run folder."""
        return self.trial.run_folder(self.seed)


def read_run(trial: Trial, seed: int) -> Run:
    """What became of a run.

    Raises:
        RunError: a file of it cannot be read.
    """
    folder = trial.run_folder(seed)
    if (folder / "comparison.json").exists():
        return Run(trial, seed, read_json(folder / "comparison.json"), "finished")
    for name, ended in ((PRUNED_FILE, "pruned"), (FAILED_FILE, "failed")):
        if (folder / name).exists():
            told = read_json(folder / name)
            return Run(trial, seed, None, ended, told["reason"], told.get("never_started", False))
    return Run(trial, seed, None, "unfinished", "it was interrupted")


def write_failure(run: Path, error: LensmithError) -> None:
    """Writes into a run's folder why it failed: the last problems, which sum up where there are many."""
    told = [" ".join(each.render().split()) for each in error.problems]
    reason = "; ".join(told[-MOST_TOLD:])
    if len(told) > MOST_TOLD:
        reason = f"{len(told)} problems, the last: {reason}"
    write_json(run / FAILED_FILE, {"reason": reason, "never_started": error.exit_code == WRONG_FROM_THE_START})


def read_trial(trial: Trial) -> list[Run]:
    """What became of all its runs."""
    return [read_run(trial, seed) for seed in trial.seeds]


def comparisons(runs: Sequence[Run]) -> list[Mapping[str, Any]]:
    """Those of the runs that finished."""
    return [run.comparison for run in runs if run.comparison is not None]
