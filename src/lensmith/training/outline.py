"""A model known by its config alone: what it is made of, and what a recipe would train of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

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
        model: on the meta device.
        total: parameters by component, each counted once.
        trained: those that are trained, adapters counted where they sit; {} before tuning is applied.
    """

    facts: Facts
    model: nn.Module
    total: dict[str, int]
    trained: dict[str, int]


def outline_model(section: ModelSection) -> Outline:
    """The model that the section names, as its config.json describes it; nothing else is read.

    Raises:
        ModelError: there is no config, or no family reads it.
    """
    config = read_config(section)
    facts = find_family(section, config).facts
    model = build_on_meta(config)
    return Outline(facts, model, count_parameters(model, facts).total, {})


def tune_outline(outline: Outline, recipe: Recipe, weights_dtype: torch.dtype) -> Outline:
    """The model as training would have it, in the format its frozen weights would be held in; uses `outline` up.

    Raises:
        RecipeError: nothing in the model is called what the recipe wants to train.
    """
    model = apply_tuning(outline.model.to(weights_dtype), outline.facts, recipe.tune, recipe.run.seed)
    return Outline(outline.facts, model, outline.total, count_parameters(model, outline.facts).trained)


def count_by_component(outline: Outline, names: Iterable[str]) -> dict[str, int]:
    """Parameters in the named tensors of a tuned outline, by component."""
    wanted = set(names)
    counts: Counter[str] = Counter(dict.fromkeys(COMPONENTS, 0))
    for name, parameter in outline.model.named_parameters():
        if name in wanted:
            counts[outline.facts.component_of(plain_name(name))] += parameter.numel()
    return dict(counts)


def plain_name(name: str) -> str:
    """A parameter's name as it is without PEFT around it.

    >>> plain_name("base_model.model.model.layers.0.q_proj.base_layer.weight")
    'model.layers.0.q_proj.weight'
    """
    return name.removeprefix("base_model.model.").replace(".base_layer.", ".")
