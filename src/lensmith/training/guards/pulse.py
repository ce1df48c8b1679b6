"""The loss and the gradient norm of every step, and which of them are out of the usual.

The loss is a mean over supervised tokens, in nats, so that a least spread in nats means the same for every task: a
tenth of a nat and a tenth of the level. The norm is judged by its logarithm, because norms differ by factors.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from lensmith.training.guards.scale import RunningScale

SPIKE = 8.0
RECENT = 5
UNREST = 16
LEVEL = 16


def loss_floor(level: float) -> float:
    """The least spread of a loss, in nats."""
    return 0.1 + 0.1 * abs(level)


def norm_floor(_: float) -> float:
    """The least spread of a norm's logarithm: with 8 spreads, a factor of 55."""
    return 0.5


@dataclass(frozen=True, slots=True)
class Beat:
    """One optimiser step.

    Attributes:
        step: its number.
        loss: mean over the step's supervised tokens, in nats.
        norm: of the gradients, before clipping.
        loss_spikes: the loss is more than 8 spreads above the usual.
        norm_spikes: the same of the norm's logarithm.
    """

    step: int
    loss: float
    norm: float
    loss_spikes: bool = False
    norm_spikes: bool = False


class Pulse:
    """What the steps so far were like."""

    def __init__(self) -> None:
        self.losses = RunningScale(loss_floor)
        self.norms = RunningScale(norm_floor)
        self.beats: list[Beat] = []
        self.first: float | None = None
        self.lowest: float | None = None
        self.single_spikes = 0

    def see(self, step: int, loss: float, norm: float) -> Beat:
        """Judges a step against those before it; a value out of the usual does not become part of what is usual."""
        self.first = loss if self.first is None else self.first
        loss_spikes = math.isfinite(loss) and self.losses.excess(loss) > SPIKE
        logarithm = math.log(max(norm, 1e-12)) if math.isfinite(norm) else math.nan
        norm_spikes = math.isfinite(logarithm) and self.norms.excess(logarithm) > SPIKE
        if math.isfinite(loss) and not loss_spikes:
            self.losses.add(loss)
        if math.isfinite(logarithm) and not norm_spikes:
            self.norms.add(logarithm)
        self.single_spikes += loss_spikes
        beat = Beat(step, loss, norm, loss_spikes, norm_spikes)
        self.beats = [*self.beats, beat][-UNREST:]
        level = self.level
        if level is not None:
            self.lowest = level if self.lowest is None else min(self.lowest, level)
        return beat

    @property
    def recent(self) -> list[Beat]:
        """The last five steps."""
        return self.beats[-RECENT:]

    @property
    def restless(self) -> bool:
        """True when the loss has left the usual more than once in the last sixteen steps."""
        return sum(beat.loss_spikes for beat in self.beats) > 1

    @property
    def level(self) -> float | None:
        """The median of the last sixteen losses; None before there are so many."""
        return median(self.losses.values[-LEVEL:]) if len(self.losses.values) >= LEVEL else None

    @property
    def worse_than_base(self) -> bool:
        """True when one of the last five losses is clearly above the first, which is the base's."""
        return self.first is not None and any(beat.loss > 1.25 * self.first + 0.1 for beat in self.recent)

    @property
    def now(self) -> float:
        """The median of the last five losses; not a number before the first step."""
        found = [beat.loss for beat in self.recent]
        return median(found) if found else math.nan

    @property
    def risen(self) -> float:
        """How many least spreads the level lies above the lowest one: what rises slowly takes its scale along."""
        if self.level is None or self.lowest is None:
            return 0.0
        return (self.level - self.lowest) / loss_floor(self.lowest)

    def state(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        return {
            "losses": list(self.losses.values),
            "norms": list(self.norms.values),
            "beats": [[each.step, each.loss, each.norm, each.loss_spikes, each.norm_spikes] for each in self.beats],
            "first": self.first,
            "lowest": self.lowest,
            "single_spikes": self.single_spikes,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Goes on from what `state` gave."""
        self.losses.values = list(state["losses"])
        self.norms.values = list(state["norms"])
        self.beats = [Beat(*beat) for beat in state["beats"]]
        self.first, self.lowest = state["first"], state["lowest"]
        self.single_spikes = state["single_spikes"]
