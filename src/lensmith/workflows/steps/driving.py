"""A sweep's trials, one after another as there is room for them."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

from lensmith.config.sections import Recipe
from lensmith.sweep.objectives import Objective
from lensmith.sweep.pools import Pool
from lensmith.sweep.search import Search
from lensmith.sweep.space import Setting, read_space
from lensmith.sweep.trials import Trial, read_trial
from lensmith.workflows.steps.trials import TrialTask


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
        """Keeps the pool busy until nothing is left, and yields trials as they end."""
        waiting = deque(self.given)
        flying: dict[Future[None], Trial] = {}
        while True:
            while len(flying) < self.asked.workers and (trial := self._next(waiting)):
                task = TrialTask(trial, recipe, overrides, self.asked.prune and trial.number is not None)
                flying[pool.submit(task)] = trial
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                trial = flying.pop(future)
                future.result()
                self._tell(trial)
                yield trial

    def _next(self, waiting: "deque[Trial]") -> Trial | None:
        if waiting:
            return waiting.popleft()
        if self.search is None or len(self.found) >= self.asked.trials:
            return None
        number, point = self.search.ask()
        self.found[number] = self._numbered(number, point)
        return self.found[number]

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
