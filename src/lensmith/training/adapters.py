"""Decides which parameters are trained: by component and full module path, never by bare layer names."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from lensmith.config.sections import LoraSection, TuneSection
from lensmith.errors import Problem, RecipeError, suggest
from lensmith.families.facts import COMPONENTS, Facts
from lensmith.families.quantising import held_as


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """Parameters by component: in the base model, and trained (adapters counted where they sit)."""

    total: dict[str, int]
    trained: dict[str, int]


def apply_tuning(model: nn.Module, facts: Facts, tune: TuneSection, seed: int) -> nn.Module:
    """Freezes the model and adds adapters, or frees the parts that full tuning trains.

    Args:
        model: as transformers built it; changed in place.
        facts: of its family.
        tune: the recipe's section.
        seed: of the adapters' first values.

    Returns:
        the model, wrapped by PEFT where adapters were added.

    Raises:
        RecipeError: a target names no layer of the chosen components, or nothing is left to train.
    """
    if tune.method == "lora":
        return _add_adapters(model, facts, tune.lora, seed)
    if held_as(model) != "none":
        found = f"the checkpoint is quantised to {held_as(model)}, and rounded weights cannot be trained"
        fix = "write tune.method: lora, or name the model it was made of"
        raise RecipeError(Problem("recipe/quantise-full", "tune.method full", found, fix=fix))
    if set(COMPONENTS) <= set(tune.freeze):
        raise RecipeError(
            Problem(
                "recipe/nothing-to-train", "tune.freeze", "every part is frozen", fix="take a part out of tune.freeze"
            )
        )
    for name, parameter in model.named_parameters():
        trained = facts.component_of(name) not in tune.freeze
        parameter.requires_grad_(trained)
        if trained and not parameter.is_meta:
            parameter.data = parameter.data.float()
    return model


def find_targets(model: nn.Module, facts: Facts, lora: LoraSection) -> list[str]:
    """Full paths of the linear layers that get adapters, in the order the model has them.

    Raises:
        RecipeError: a component has no layer of the names asked for; lists those it has.
    """
    named = {"attention": facts.attention_layers, "gate_up": facts.gate_up_layers, "mlp": facts.mlp_layers}
    named["all"] = named["attention"] | named["mlp"]
    wanted = frozenset(lora.targets) if isinstance(lora.targets, list) else named[lora.targets]
    linear = [(name, facts.component_of(name)) for name, layer in model.named_modules() if isinstance(layer, nn.Linear)]
    found: list[str] = []
    problems: list[Problem] = []
    for component in lora.components:
        present = [name for name, owner in linear if owner == component and name not in ("lm_head",)]
        # a projector is neither attention nor feed-forward: asking for it means all of it
        whole = component == "projector" and not isinstance(lora.targets, list)
        chosen = [name for name in present if whole or name.rpartition(".")[2] in wanted]
        if not chosen:
            problems.append(_no_target(component, lora, {name.rpartition(".")[2] for name in present}))
        found += chosen
    if isinstance(lora.targets, list):
        reached = {name.rpartition(".")[2] for name in found}
        available = {name.rpartition(".")[2] for name, owner in linear if owner in lora.components} - {"lm_head"}
        problems += [_unknown_layer(name, available) for name in lora.targets if name not in reached]
    if problems:
        raise RecipeError(problems)
    return [name for name, _ in linear if name in found]


def count_parameters(model: nn.Module, facts: Facts) -> ParameterCounts:
    """Counts every parameter once, tied ones included, in the component that owns it."""
    total: Counter[str] = Counter(dict.fromkeys(COMPONENTS, 0))
    trained: Counter[str] = Counter(dict.fromkeys(COMPONENTS, 0))
    for name, parameter in model.named_parameters():
        owner = facts.component_of(_without_wrapper(name))
        if "lora_" not in name:
            total[owner] += parameter.numel()
        if parameter.requires_grad:
            trained[owner] += parameter.numel()
    return ParameterCounts(dict(total), dict(trained))


def path_pattern(paths: Iterable[str]) -> str:
    """A pattern that matches exactly these dotted paths, with layer numbers folded, for adapter_config.json.

    >>> path_pattern(["model.layers.0.q_proj", "model.layers.1.q_proj"])
    '(?:model\\\\.layers\\\\.(?:0|1)\\\\.q_proj)'
    """
    folded: dict[str, list[str]] = {}
    for path in paths:
        numbers = re.findall(r"\.(\d+)(?=\.)", path)
        shape = re.sub(r"\.(\d+)(?=\.)", ".{}", path, count=1)
        folded.setdefault(shape, []).append(numbers[0] if numbers else "")
    parts = []
    for shape, numbers in folded.items():
        before, hole, after = shape.partition("{}")
        choice = f"(?:{'|'.join(dict.fromkeys(numbers))})" if hole else ""
        parts.append(re.escape(before) + choice + re.escape(after))
    return f"(?:{'|'.join(parts)})"


def _add_adapters(model: nn.Module, facts: Facts, lora: LoraSection, seed: int) -> nn.Module:
    from peft import LoraConfig, get_peft_model

    targets = find_targets(model, facts, lora)
    pattern = path_pattern(targets)
    matched = [name for name, _ in model.named_modules() if re.fullmatch(pattern, name)]
    if matched != targets:  # PEFT matches by this pattern: adapters must land there and nowhere else
        raise RuntimeError(f"the target pattern matches {len(matched)} modules, {len(targets)} are meant: {pattern}")
    config = LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,  # type: ignore[arg-type, unused-ignore]
        lora_dropout=lora.dropout,
        target_modules=pattern,
        use_rslora=lora.rslora,
        use_dora=lora.dora,
        bias="none",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tuned: nn.Module = get_peft_model(model, config)  # type: ignore[arg-type, unused-ignore]
    return tuned


def _without_wrapper(name: str) -> str:
    """A parameter's name as it is without PEFT around it."""
    return name.removeprefix("base_model.model.").replace(".base_layer.", ".")


def _no_target(component: str, lora: LoraSection, present: set[str]) -> Problem:
    return Problem(
        "recipe/no-target",
        "tune.lora.targets",
        f"the {component} part has no linear layer for `{lora.targets}`",
        expected="layers among: " + (", ".join(sorted(present)) or "none"),
        fix=f"name layers it has, or take {component} out of tune.lora.components",
    )


def _unknown_layer(name: str, available: set[str]) -> Problem:
    return Problem(
        "recipe/unknown-layer", "tune.lora.targets", f"no layer is called `{name}`", fix=suggest(name, available)
    )
