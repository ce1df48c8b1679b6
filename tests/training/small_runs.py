"""Small runs: a recipe in a line, a fresh process's state, and interruptions where a test wants them."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lensmith.batching.encode import encode_examples
from lensmith.config.sections import Recipe
from lensmith.data.balance import Balance
from lensmith.data.mixture import Mixture
from lensmith.families.encoded import Encoded
from lensmith.families.placement import choose_placement
from lensmith.rundir import RunDir
from lensmith.training.anchor import tune_anchored
from lensmith.training.fit import Course, Fit, fit
from lensmith.training.module import SupervisedModule
from lensmith.training.trainer import validation_loss
from lensmith.types import Example
from tiny_models import load_tiny, make_example, open_tiny

WORDS = ("красный", "blue", "a tall green tree", "нет", "кот 🐈 и звезда")


class InterruptionError(Exception):
    """Stands for a kill: nothing in the code under test catches it."""


@dataclass
class Interrupting(Sequence[Encoded]):
    """Training examples that can be read `allowed` times before the power goes."""

    items: Sequence[Encoded]
    allowed: int

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: Any) -> Any:
        self.allowed -= 1
        if self.allowed < 0:
            raise InterruptionError
        return self.items[at]

    def __iter__(self) -> Iterator[Encoded]:
        return iter(self.items)


def make_recipe(folder: Path, tune: dict[str, Any] | None = None, seed: int = 0, **train: Any) -> Recipe:
    """A resolved recipe; `train` overrides settings that suit a handful of examples."""
    settled: dict[str, Any] = {"learning_rate": 1e-2, "max_length": 512, "precision": "fp32", "workers": 0}
    return Recipe.model_validate(
        {
            "model": {"name": str(folder), "device": "cpu"},
            "data": {"train": ["unused"]},
            "tune": tune or {},
            "train": settled | train,
            "run": {"seed": seed},
        }
    )


def make_module(recipe: Recipe) -> SupervisedModule:
    """Base weights from disk and fresh adapters, as a new process has them."""
    folder = Path(recipe.model.name)
    family = open_tiny(folder)
    tuned, anchor = tune_anchored(load_tiny(family, folder), family.facts, recipe)
    return SupervisedModule(tuned, family, anchor)


def make_examples(count: int, offset: int = 0) -> list[Example]:
    """Examples of many lengths."""
    numbers = range(offset, offset + count)
    return [make_example((f"What is it? {'да ' * (at % 3)}", WORDS[at % len(WORDS)]), number=at) for at in numbers]


def encode(module: SupervisedModule, examples: Sequence[Example]) -> tuple[Encoded, ...]:
    result = encode_examples(module.family, examples, None)
    assert not result.problems
    return result.encoded


Validate = Callable[[SupervisedModule], dict[str, float]]


def watch_loss(module: SupervisedModule) -> dict[str, float]:
    """The validation loss on three examples of their own."""
    return {"validation_loss": validation_loss(module, encode(module, make_examples(3, offset=50)), 2, 0)}


def worsen(module: SupervisedModule) -> dict[str, float]:
    """A validation that worsens as the loss improves."""
    return {"validation_loss": 100.0 - watch_loss(module)["validation_loss"]}


def start(
    recipe: Recipe,
    out: Path,
    count: int = 11,
    *,
    allowed: int | None = None,
    validate: Validate = watch_loss,
    weights: Sequence[float] = (),
    balance: Balance | None = None,
) -> tuple[SupervisedModule, Fit]:
    """Runs `fit` as a fresh process would: base weights from disk, random states from nowhere.

    With `weights`, the examples come from as many sources, in turn; `balance` is of their classes. Where the model is
    held to its base, it is so at every third example.
    """
    random.seed()
    np.random.seed()
    torch.seed()
    module = make_module(recipe)
    items: Sequence[Encoded] = encode(module, make_examples(count))
    if recipe.keep.kl:
        items = [replace(item, anchored=at % 3 == 0) for at, item in enumerate(items)]
    mixture = None
    if weights:
        paths = tuple(f"{at}.jsonl" for at in range(len(weights)))
        source_of = {item.example_id: at % len(weights) for at, item in enumerate(items)}
        mixture = Mixture(paths, tuple(weights), source_of, balance)
    if allowed is not None:
        items = Interrupting(items, allowed)
    placement = choose_placement("cpu", str(recipe.train.precision), full=recipe.tune.method == "full")
    return module, fit(module, recipe, placement, RunDir(out), Course(items, lambda: validate(module), mixture=mixture))


def weights(module: torch.nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in module.named_parameters()}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    """True when both hold the same names with the same bits."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def read_log(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def steps_kept(out: Path) -> list[int]:
    return sorted(int(path.name.removeprefix("checkpoint-")) for path in (out / "checkpoints").glob("checkpoint-*"))
