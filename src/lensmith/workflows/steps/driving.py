"""A sweep's trials, one after another as there is room for them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import chain
from pathlib import Path

from lensmith.config.sections import Recipe
from lensmith.console import warn
from lensmith.errors import Problem, RunError
from lensmith.sweep.objectives import Objective
from lensmith.sweep.pools import Pool, WorkerDiedError
from lensmith.sweep.search import Search
from lensmith.sweep.space import Setting, read_space
from lensmith.sweep.trials import Trial, read_trial, write_failure
from lensmith.workflows.steps.trials import TrialTask

# Settings that must fail alike before a sweep gives up.
MANY = 3


class SweepTrials:
    """The trials of a sweep: those that were given, then those of the search, as the pool has room for them.

    Args:
        folder: of the sweep.
        recipe: the sweep's.
        objectives: what the search learns from.
        given: settings by name, to be tried as they are.
    """

    def __init__(
        self, folder: Path, recipe: Recipe, objectives: Sequence[Objective], given: Mapping[str, Setting]
    ) -> None:
        self.folder, self.objectives = folder, objectives
        self.asked = recipe.sweep
        self.seeds = tuple(recipe.run.seed + at for at in range(self.asked.seeds))
        self.given = [self._make(name, setting) for name, setting in given.items()]
        self.found: dict[int, Trial] = {}
        self.ended: list[Trial] = []
        self.searched = bool(self.asked.space) and self.asked.search != "grid"
        self.search: Search | None = None
        if self.searched:
            less = [objective.less for objective in objectives]
            journal = folder / "journal.log"
            self.search = Search(journal, read_space(self.asked), self.asked.search, less, recipe.run.seed)
            self.found = {number: self._numbered(number, point) for number, point in self.search.finished.items()}

    def _make(self, name: str, setting: Setting, number: int | None = None) -> Trial:
        return Trial(name, setting, self.folder / "trials" / name, self.seeds, number)

    def _numbered(self, number: int, setting: Setting) -> Trial:
        return self._make(f"trial-{number:03d}", setting, number)

    def all(self) -> list[Trial]:
        """Every trial that was begun."""
        return [*self.given, *(self.found[number] for number in sorted(self.found))]

    def drive(self, pool: Pool[TrialTask, None], recipe: Path, overrides: tuple[str, ...]) -> Iterator[Trial]:
        """Keeps the pool busy until nothing is left, and yields trials as the last of their runs ends.

        Raises:
            RunError: nothing can be written, or the first settings all failed for the same reason before their first
                step, so that every other would.
        """
        tasks = self._tasks(recipe, overrides)
        flying: dict[Future[None], TrialTask] = {}
        left: dict[str, int] = {}
        while True:
            while len(flying) < self.asked.workers and (task := next(tasks, None)):
                flying[pool.submit(task)] = task
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                task = flying.pop(future)
                _keep_death(task, future)
                trial = task.trial
                left[trial.name] = left.get(trial.name, len(trial.seeds)) - 1
                if not left[trial.name]:
                    self._tell(trial)
                    self._refuse_all(trial)
                    yield trial

    def _tasks(self, recipe: Path, overrides: tuple[str, ...]) -> Iterator[TrialTask]:
        """Run by run; a point of the search is asked for when it is wanted, so that it knows of those before."""
        for trial in chain(self.given, self._searched()):
            prune = self.asked.prune and trial.number is not None
            for seed in trial.seeds:
                yield TrialTask(trial, seed, recipe, overrides, prune)

    def _searched(self) -> Iterator[Trial]:
        while self.search is not None and len(self.found) < self.asked.trials:
            number, point = self.search.ask()
            self.found[number] = self._numbered(number, point)
            yield self.found[number]

    def _refuse_all(self, trial: Trial) -> None:
        """Raises once as many settings as can tell failed alike, before any took a step."""
        self.ended.append(trial)
        if len(self.ended) != MANY:
            return
        runs = [run for each in self.ended for run in read_trial(each)]
        reasons = {run.reason for run in runs}
        if all(run.never_started for run in runs) and len(reasons) == 1:
            found = f"the first {MANY} settings all failed before their first step, for one reason: {reasons.pop()}"
            raise RunError(Problem("sweep/all-fail", str(self.folder), found, fix="mend that; then the same command"))

    def _tell(self, trial: Trial) -> None:
        """Reads what was wanted, so that an objective which runs do not have is told after the first of them."""
        read = [run.comparison for run in read_trial(trial)]
        values = [
            [objective.read(comparison)["after"]["value"] for comparison in read if comparison is not None]
            for objective in self.objectives
        ]
        known = [[value for value in each if value is not None] for each in values]
        whole = all(comparison is not None for comparison in read) and all(known)
        if self.search and trial.number is not None:
            self.search.tell(trial.number, [sum(each) / len(each) for each in known] if whole else None)


def _keep_death(task: TrialTask, ended: "Future[None]") -> None:
    """Writes down that the run's processes died; whatever else was raised is no matter of this run alone."""
    try:
        ended.result()
    except WorkerDiedError as error:
        warn(f"{task.trial.name}, seed {task.seed}: {error.problems[0].found}")
        write_failure(task.folder, error)
