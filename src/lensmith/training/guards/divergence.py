"""Divergence: the loss or the gradients are no numbers any more, or have left what was usual and stay away from it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from lensmith.training.guards.contract import Guard, Judgement, Watched
from lensmith.training.guards.pulse import SPIKE, Pulse, loss_floor
from lensmith.training.guards.scale import RunningScale

TOGETHER = 3
# float16 scales its loss down until gradients fit: the first steps overflow, and so do single ones later.
OVERFLOWS = 20


class Divergence(Guard):
    """Fires at once where a loss or a gradient is no finite number; at three spikes of the loss within five steps; and
    where the loss has risen slowly by as much. A single spike is counted and no more: batches differ. Spikes of the
    gradient norm fire only where gradients are not clipped.
    """

    name: ClassVar[str] = "divergence"
    describe: ClassVar[str] = "loss and gradients stay finite and near what was usual"

    def __init__(self, watched: Watched) -> None:
        super().__init__(watched)
        self.overflows = 0
        self.steps = 0
        self.states = RunningScale(loss_floor)

    def see_step(self, pulse: Pulse) -> Judgement | None:
        """Judges the last step."""
        self.steps += 1
        beat = pulse.beats[-1]
        half = self.watched.recipe.train.precision == "fp16"
        evidence = {"losses": [_plain(each.loss) for each in pulse.recent]}
        evidence["gradient_norms"] = [_plain(each.norm) for each in pulse.recent]
        if not math.isfinite(beat.loss):
            return Judgement("stop", f"the loss is {beat.loss}", evidence, "go back")
        self.overflows = 0 if math.isfinite(beat.norm) else self.overflows + 1
        if self.overflows and (not half or self.overflows >= OVERFLOWS):
            times = f", {self.overflows} steps in a row" if half else ""
            return Judgement("stop", f"the gradient's norm is {beat.norm}{times}", evidence, "go back")
        if beat.loss_spikes and sum(each.loss_spikes for each in pulse.recent) >= TOGETHER:
            return Judgement("stop", _spikes("loss", beat.loss, pulse), evidence, "go back")
        unclipped = self.watched.recipe.train.max_grad_norm == 0
        if unclipped and beat.norm_spikes and sum(each.norm_spikes for each in pulse.recent) >= TOGETHER:
            return Judgement("stop", _spikes("gradient norm", beat.norm, pulse), evidence, "go back")
        if pulse.risen > SPIKE:
            found = f"the loss has risen from {pulse.lowest:.3g} to {pulse.level:.3g}"
            return Judgement("stop", found, evidence, "go back")
        return None

    def see_state(self, loss: float) -> Judgement | None:
        """A step's loss is that of the weights before it: what the step made of them is judged by this one."""
        if math.isfinite(loss) and self.states.excess(loss) <= SPIKE:
            self.states.add(loss)
            return None
        usual = self.states.values[-1] if self.states.values else math.nan
        found = f"on the same training examples the loss is {loss:.3g} where it was {usual:.3g}"
        return Judgement("stop", found, {"loss": _plain(loss), "before": _plain(usual)}, "go back")

    def go_back(self) -> None:
        """Overflows are counted anew."""
        self.overflows = 0

    def sum_up(self, rows: Sequence[Mapping[str, Any]]) -> Judgement:
        """`ok` where it watched and did not fire."""
        if not self.steps:
            return Judgement("could not check", "no step was taken")
        return Judgement("ok", f"loss and gradients stayed in order for {self.steps} steps", {"steps": self.steps})

    def state(self) -> dict[str, Any]:
        """Overflows in a row, how many steps it saw, and the losses of states."""
        return {"overflows": self.overflows, "steps": self.steps, "states": list(self.states.values)}

    def load(self, state: Mapping[str, Any]) -> None:
        """Goes on counting."""
        self.overflows, self.steps = state["overflows"], state["steps"]
        self.states.values = list(state["states"])


def _spikes(what: str, value: float, pulse: Pulse) -> str:
    usual = pulse.losses.values if what == "loss" else [math.exp(each) for each in pulse.norms.values]
    middle = sorted(usual)[len(usual) // 2]
    return f"the {what} is {value:.3g} where {middle:.3g} was usual, {TOGETHER} times within {len(pulse.recent)} steps"


def _plain(value: float) -> float | str:
    """The number, or its name where JSON has no form for it."""
    return round(value, 6) if math.isfinite(value) else str(value)
