"""The order in which a space is searched, on Optuna, with a journal that a killed sweep is taken up from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lensmith.sweep.space import Dimension, Setting


class Search:
    """Points of a space, one after another; each is told of once.

    Args:
        journal: a file, made when missing. Points that an earlier process asked for and did not tell of come first.
        space: what is drawn from.
        sampler: `random` or `tpe`.
        less: for each objective, True where less of it is wanted.
        seed: of the draws.
    """

    def __init__(
        self, journal: Path, space: Mapping[str, Dimension], sampler: str, less: Sequence[bool], seed: int
    ) -> None:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.space = space
        self._distributions = {key: each.distribution() for key, each in space.items()}
        self.study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(journal))),
            study_name="sweep",
            directions=["minimize" if each else "maximize" for each in less],
            load_if_exists=True,
        )
        known = self.study.get_trials(deepcopy=False)
        # a sampler that begins anew with the same seed would draw the same points again
        chosen = optuna.samplers.TPESampler if sampler == "tpe" else optuna.samplers.RandomSampler
        self.study.sampler = chosen(seed=seed + len(known))
        self.finished = {trial.number: self._drawn(trial.params) for trial in known if trial.state.is_finished()}
        self._begun = {trial.number: self._drawn(trial.params) for trial in known if not trial.state.is_finished()}

    def ask(self) -> tuple[int, Setting]:
        """The next point and its number, counted from 0."""
        if self._begun:
            return self._begun.popitem()
        trial = self.study.ask(self._distributions)
        return trial.number, self._drawn(trial.params)

    def tell(self, number: int, values: Sequence[float] | None) -> None:
        """What a point came to, an objective each; None: it was stopped early or failed."""
        import optuna

        state = optuna.trial.TrialState.COMPLETE if values is not None else optuna.trial.TrialState.FAIL
        self.study.tell(number, values=values, state=state)

    def _drawn(self, params: Mapping[str, Any]) -> Setting:
        return {key: self.space[key].drawn(params[key]) for key in self.space}
