"""What follows when a guard fires: back to the last good state with a lower rate, and in the end a stop."""

import math
from typing import Any

from transformers import TrainerState

from lensmith.config.sections import GuardsSection
from lensmith.console import warn
from lensmith.ranks import gather
from lensmith.training.guards.snapshot import GoodState, cut_rate, fits_memory, restore_state, take_state


class Recovery:
    """The last good state and the failures of one training.

    Args:
        section: how often to try again, and by what to cut the rate.
        begins_again: where nothing was learned that one could go back to, safe mode begins again.

    Attributes:
        good: the last good state; None where none could be kept.
        failures: steps after which training failed, those of the last epoch's worth of steps.
    """

    def __init__(self, section: GuardsSection, *, begins_again: bool = False) -> None:
        self.section = section
        self.begins_again = begins_again
        self.good: GoodState | None = None
        self.failures: list[int] = []
        self._told = False

    def keep(self, trainer: Any, step: int, pulse: dict[str, Any]) -> None:
        """Makes the present state the one to go back to; says once where memory does not hold it."""
        if self.good is None and not all(gather(fits_memory(trainer.model))):
            if not self._told:
                warn("guards: the machine's memory holds no copy of what is trained: a failure will end the training")
            self._told = True
            return
        self.good = None  # two at a time would take as much again
        self.good = take_state(step, trainer.model, trainer.optimizer, pulse)

    def go_back(self, trainer: Any, state: TrainerState) -> tuple[str, bool]:
        """Restores the last good state and cuts the rate; what was done, and whether training goes on."""
        step = state.global_step
        steps_an_epoch = math.ceil(state.max_steps / max(1, state.num_train_epochs))
        self.failures = [each for each in self.failures if step - each <= steps_an_epoch] + [step]
        times = len(self.failures)
        # what was summed up for the next line of the log belongs to steps that count no more, and may be no number
        trainer._tr_loss.zero_()
        trainer._globalstep_last_logged = step
        if self.good is None:
            return "no good state could be kept: training ended", False
        restore_state(self.good, trainer.model, trainer.optimizer)
        back = f"back to the state of step {self.good.step}"
        if step >= state.max_steps:
            return f"{back}; no step is left: training ended", False
        if self.begins_again and not self.good.step:
            return f"{back}, which safe mode begins again with: training ended", False
        if times > self.section.retries:
            return f"{back}; failure {times} within an epoch's steps: training ended", False
        cut_rate(trainer.optimizer, trainer.lr_scheduler, self.section.rate_cut)
        return f"{back}, learning rate × {self.section.rate_cut:g}", True
