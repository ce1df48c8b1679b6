"""Adapters sit where the recipe wants them, and nowhere else."""

from collections import Counter
from collections.abc import Iterator

from torch import nn

from lensmith.training.adapters import find_targets
from lensmith.training.outline import plain_name
from lensmith.training.preflight.contract import Case, Finding, UncheckedError


class Adapters:
    """Adapters in a part of the model that the recipe does not name: by default all but the language model."""

    name = "adapters"
    describe = "where adapters sit"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error for each part that gets adapters unasked, and where a part that was named gets none."""
        if case.recipe.tune.method != "lora":
            return
        if case.model is None:
            raise UncheckedError("the model is not known")
        asked = set(case.recipe.tune.lora.components)
        counts = Counter(case.family.facts.component_of(name) for name in _adapted(case.model, case))
        for component in sorted(asked ^ set(counts)):
            where = "tune.lora.components"
            if component in counts:
                found = f"{counts[component]} layers of the {component} part get adapters, and it is not among them"
                fix = "name layers with tune.lora.targets that only the parts you mean have"
            else:
                found, fix = f"the {component} part is among them and gets no adapter", "see tune.lora.targets"
            yield Finding("preflight/adapters-elsewhere", "error", where, found, fix)


def _adapted(model: nn.Module, case: Case) -> list[str]:
    """The layers that have adapters, or where there are none yet, those that get them."""
    there = {plain_name(name).partition(".lora_")[0] for name, _ in model.named_parameters() if ".lora_" in name}
    return sorted(there) or find_targets(model, case.family.facts, case.recipe.tune.lora)


ADAPTERS = Adapters()
