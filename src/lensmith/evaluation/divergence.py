"""How far tuning moved a model from its base, as numbers: what `lensmith.evaluation.kl` measured, summed up.

The Kullback-Leibler divergence KL(base ‖ tuned) of the next token, in nats, a mean over the tokens of the base's own
answers. In this direction, on the questions of the new task, it predicts forgetting (Shenfeld et al. 2025, "RL's
Razor", arXiv 2509.04259); on control questions it is how far what should stay was moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.evaluation.statistics import Estimate, Quantity, Resampling, estimate, ratio


@dataclass(frozen=True, slots=True)
class Divergence:
    """KL(base ‖ tuned) on one question.

    Attributes:
        id: the example's.
        group: its cluster.
        tokens: of the base's answer, its end included.
        nats: the sum over them.
    """

    id: str
    group: str
    tokens: int
    nats: float


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the model moved, apart for targets, controls and the rest.

    Attributes:
        parts: by what the data call a question's part ("control", "target"; "" where they do not say), the nats a
            token with their interval; control first.
        tokens: of each part.
        left_out: why a question could not be measured, to the ids.
    """

    parts: Mapping[str, Estimate]
    tokens: Mapping[str, int]
    left_out: Mapping[str, tuple[str, ...]]

    @property
    def on(self) -> str:
        """The part that the headline is about: control questions where there are any."""
        return next(iter(self.parts))

    @property
    def sentence(self) -> str:
        """The numbers in words."""
        found = "; ".join(self._phrase(name, part) for name, part in self.parts.items())
        return f"KL(base || tuned) on the base's own answers, nats a token: {found}"

    def to_json(self) -> dict[str, Any]:
        """The headline part's numbers, and all parts."""
        parts = {name: {**part.to_json(), "tokens": self.tokens[name]} for name, part in self.parts.items()}
        return {
            "sentence": self.sentence,
            "direction": "KL(base || tuned)",
            "unit": "nats a token",
            "on": self.on,
            **parts[self.on],
            "parts": parts,
            "left_out": {reason: {"n": len(ids), "ids": list(ids)} for reason, ids in self.left_out.items()},
        }

    def _phrase(self, name: str, part: Estimate) -> str:
        shown = part.reason if part.value is None else f"{part.value:.3g}"
        if part.interval is not None:
            low, high = part.interval.low, part.interval.high
            shown += f" ({100 * part.interval.confidence:g} % interval {low:.3g} to {high:.3g})"
        return f"{name or 'all'} questions {shown}, n = {part.n}"


def sum_up(
    measured: Sequence[tuple[Divergence, str]], left_out: Mapping[str, Sequence[str]], resampling: Resampling
) -> Shift | None:
    """Means with intervals, resampled by group; None where nothing was measured.

    Args:
        measured: each with the part it is in.
        left_out: why a question could not be measured, to the ids.
        resampling: of the intervals.
    """
    if not measured:
        return None
    names = [name for _, name in measured]
    places = sorted(dict.fromkeys(names), key=lambda name: (name != "control", names.index(name)))
    parts = {name: [each for each, part in measured if part == name] for name in places}
    return Shift(
        {name: _mean_nats(part, resampling) for name, part in parts.items()},
        {name: sum(each.tokens for each in part) for name, part in parts.items()},
        {reason: tuple(ids) for reason, ids in left_out.items()},
    )


def _mean_nats(part: Sequence[Divergence], resampling: Resampling) -> Estimate:
    import numpy as np

    each = [one.nats / one.tokens for one in part]
    quantity = Quantity(
        np.array([[one.nats, one.tokens] for one in part]), ratio, (min(each), max(each)), better="lower"
    )
    return estimate(quantity, [one.group for one in part], resampling)
