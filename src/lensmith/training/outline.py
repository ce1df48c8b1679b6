"""A model known by its config alone: what it is made of, and what a recipe would train of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from lensmith.config.sections import ModelSection, Recipe
from lensmith.families.facts import COMPONENTS, Facts
from lensmith.families.opening import build_on_meta, find_family, read_config
from lensmith.training.adapters import apply_tuning, count_parameters


@dataclass(frozen=True, slots=True)
class Outline:
    """A model without storage.

    Attributes:
        facts: of its family.
        model_type: as its config says.
        model: on the meta device.
        total: parameters by component, each counted once.
        trained: those that are trained, adapters counted where they sit; None before tuning is applied.
        unreached: names of trained parameters that get no gradient; None before a step was traced.
    """

    facts: Facts
    model_type: str
    model: nn.Module
    total: dict[str, int]
    trained: dict[str, int] | None = None
    unreached: tuple[str, ...] | None = None

    def unreached_values(self) -> dict[str, int]:
        """Trained values that get no gradient, by component."""
        counts: Counter[str] = Counter(dict.fromkeys(COMPONENTS, 0))
        wanted = set(self.unreached or ())
        for name, parameter in self.model.named_parameters():
            if plain_name(name) in wanted:
                counts[self.facts.component_of(plain_name(name))] += parameter.numel()
        return dict(counts)

    def to_json(self) -> dict[str, Any]:
        """The counts, each with their sum, as plain JSON values."""
        counts = {"total": self.total, "trained": self.trained}
        return {
            "family": self.facts.name,
            **{name: count and {"all": sum(count.values()), **count} for name, count in counts.items()},
            "without_gradient": None if self.unreached is None else self.unreached_values(),
            "without_gradient_names": self.unreached,
        }


def outline_model(section: ModelSection) -> Outline:
    """The model that the section names, as its config.json describes it; nothing else is read.

    Raises:
        ModelError: there is no config, or no family reads it.
    """
    config = read_config(section)
    facts = find_family(section, config).facts
    model = build_on_meta(config)
    return Outline(facts, str(config.model_type), model, count_parameters(model, facts).total)


def tune_outline(outline: Outline, recipe: Recipe, weights_dtype: torch.dtype) -> Outline:
    """The model as training would have it, in the format its frozen weights would be held in; uses `outline` up.

    Raises:
        RecipeError: nothing in the model is called what the recipe wants to train.
    """
    model = apply_tuning(outline.model.to(weights_dtype), outline.facts, recipe.tune, recipe.run.seed)
    return replace(outline, model=model, trained=count_parameters(model, outline.facts).trained)


def mark_unreached(outline: Outline, names: Iterable[str]) -> Outline:
    """The outline with what a traced step found to get no gradient."""
    return replace(outline, unreached=tuple(plain_name(name) for name in sorted(names)))


def plain_name(name: str) -> str:
    """A parameter's name as it is without PEFT around it.

    >>> plain_name("base_model.model.model.layers.0.q_proj.base_layer.weight")
    'model.layers.0.q_proj.weight'
    """
    return name.removeprefix("base_model.model.").replace(".base_layer.", ".")
