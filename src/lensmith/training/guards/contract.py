"""What a guard is: it is shown steps, answers and validations, and judges; what follows is done by `Watch`.

A guard keeps what it remembers in plain values, so that a checkpoint holds it and a run that is taken up goes on as if
nothing had happened.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from lensmith.config.sections import Recipe
from lensmith.training.guards.probe import Probe
from lensmith.training.guards.pulse import Pulse
from lensmith.types import Prediction

Verdict = Literal["ok", "warn", "stop", "could not check", "off"]
Response = Literal["", "go back", "end"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a guard thinks of what it has seen.

    Attributes:
        verdict: `warn` is told and changes nothing; `stop` comes with a response.
        reason: in words, with the numbers.
        evidence: plain values.
        response: `go back`: to the last good state, with a lower rate; `end`: training is over, the best checkpoint
            is what the run delivers.
    """

    verdict: Verdict
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    response: Response = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """What guards know before training begins.

    Attributes:
        recipe: settled.
        validation: examples in the validation part.
        probe: the questions whose answers are looked at; None where there is none to ask.
        no_probe: why there is none.
        controls: validation examples by which forgetting is measured.
    """

    recipe: Recipe
    validation: int = 0
    probe: Probe | None = None
    no_probe: str = "nobody answers questions in this training"
    controls: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers to the probe at one moment.

    Attributes:
        step: after which they were asked; 0 is the base.
        left: optimiser steps of the run that were not taken yet, as a share.
        answers: one a question of the probe, in its order.
        pulse: the losses so far.
        failed: True where losses say that training has failed.
    """

    step: int
    left: float
    answers: Sequence[Prediction]
    pulse: Pulse
    failed: bool = False


class Guard(ABC):
    """Watches for one thing that goes wrong.

    Args:
        watched: what is known before training begins.
    """

    name: ClassVar[str]
    describe: ClassVar[str]
    """What it watches for, in a few words."""
    suspect: str = ""
    """What it suspects and is not sure of; such a state is not kept as good, and looked at again soon."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched

    def is_off(self) -> str:
        """Why it does not watch; empty where it does."""
        on = getattr(self.watched.recipe.guards, self.name)
        return "" if on else f"guards.{self.name} is false"

    def cannot_check(self) -> str:
        """Why it could not judge, whatever happens; empty where it can."""
        return ""

    def see_step(self, pulse: Pulse) -> Judgement | None:
        """Judges the last step's loss and gradient; None where there is nothing to say."""
        return None

    def see_state(self, loss: float) -> Judgement | None:
        """Judges the present weights' loss on a few training examples, always the same; None where it is right."""
        return None

    def see_answers(self, asked: Asked) -> Judgement | None:
        """Judges answers to the probe; None where there is nothing to say."""
        return None

    def see_validation(self, rows: Sequence[Mapping[str, Any]]) -> Judgement | None:
        """Judges the log after a validation, whose line is the last one; None where there is nothing to say."""
        return None

    def go_back(self) -> None:
        """Forgets what was seen since the last good state."""
        return

    @abstractmethod
    def sum_up(self, rows: Sequence[Mapping[str, Any]]) -> Judgement:
        """The verdict on the whole training, from the log and from what was seen."""

    def state(self) -> dict[str, Any]:
        """What it remembers, as JSON values."""
        return {}

    def load(self, state: Mapping[str, Any]) -> None:
        """Remembers what `state` gave."""
        return
