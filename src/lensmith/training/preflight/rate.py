"""The peak learning rate, against where training of this kind has been seen to work.

The ranges are for a model of a thousand million parameters and for updates of Adam's size. Smaller models take
higher rates: published pretraining rates fall from 6e-4 at 125 million parameters to 1e-4 at 13 thousand million (Brown
et al. 2020, arXiv 2005.14165, table 2.1), which is between the cube root and the square root of the sizes' ratio. The
cube root is used here: eight times for 1.9 million. The lab's models of that size learn with 5e-4 in full and 1e-3 in
LoRA (`src/lensmith/lab/recipes/`), which is within these ranges or near them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lensmith.config.names import MUON
from lensmith.training.preflight.contract import Case, Finding, UncheckedError

# Rates this many times outside a range are far outside: neighbours of what works often work, too.
FAR = 3.0
REFERENCE_PARAMETERS = 1e9


@dataclass(frozen=True, slots=True)
class RateRange:
    """Peak rates that are known to work, and from where."""

    low: float
    high: float
    source: str


RANGES = {
    "lora": RateRange(1e-5, 5e-4, "LoRA: the sweep of Biderman et al. 2024, arXiv 2405.09673"),
    "full": RateRange(1e-6, 5e-5, "full tuning: a tenth of LoRA's (LoRA Without Regret, 2025)"),
}
# Update rules with updates of another size than Adam's: their rates are so many times Adam's.
RELATIVE = {
    "lion": (0.2, "a third to a tenth of Adam's (Chen et al. 2023, arXiv 2302.06675)"),
    # matched to the size of AdamW's updates, Muon takes its rates; the lab's tower learned best at sixteen times 5e-4
    MUON: (4.0, "Adam's and above (Liu et al. 2025, arXiv 2502.16982, and the lab's towers)"),
}
_LIKE_ADAM = ("adam", "ademamix")


class Rate:
    """A learning rate far outside what works for this method, at this size."""

    name = "rate"
    describe = "the learning rate"

    def find(self, case: Case) -> Iterator[Finding]:
        """A warning with the range and its source."""
        recipe = case.recipe
        rate = recipe.train.learning_rate
        if not isinstance(rate, float):
            raise UncheckedError("it is not settled yet")
        if case.model is None:
            raise UncheckedError("the model's size is not known")
        count = sum(value.numel() for name, value in case.model.named_parameters() if "lora_" not in name)
        known = find_range(recipe.tune.method, recipe.train.optimizer, count)
        if known.low / FAR <= rate <= known.high * FAR:
            return
        side, risk = ("above", "diverge or collapse") if rate > known.high else ("below", "learn next to nothing")
        nearest = known.high if rate > known.high else known.low
        times = max(rate, nearest) / min(rate, nearest)
        yield Finding(
            "preflight/learning-rate",
            "warning",
            f"train.learning_rate {rate:g}",
            f"{times:.0f} times {side} what works with {count / 1e6:,.1f} million parameters, {known.low:.1g} to "
            f"{known.high:.1g}: training may {risk} ({known.source})",
            f"try {nearest:.1g}",
            (("train.learning_rate", float(f"{nearest:.1g}")),),
        )


def find_range(method: str, optimizer: str, parameters: int) -> RateRange:
    """The rates that work for this method, optimiser and size.

    Raises:
        UncheckedError: nothing is known of the optimiser.
    """
    words = optimizer.removeprefix("paged_")
    scale, source = next((known for name, known in RELATIVE.items() if words.startswith(name)), (1.0, ""))
    if not source and not words.startswith(_LIKE_ADAM):
        raise UncheckedError(f"which rates suit {optimizer} is not known")
    known = RANGES[method]
    factor = max(1.0, (REFERENCE_PARAMETERS / max(1, parameters)) ** (1 / 3))
    low, high = known.low * factor * min(1.0, scale), known.high * factor * scale
    return RateRange(low, high, "; ".join(filter(None, (known.source, source))))


RATE = Rate()
