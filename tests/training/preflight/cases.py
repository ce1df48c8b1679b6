"""A run that is about to begin and is in order, to be spoilt in one place."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from lensmith.batching.encode import EncodedSet, encode_examples
from lensmith.config.sections import Recipe
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.placement import Placement
from lensmith.training.preflight import CHECKS
from lensmith.training.preflight.contract import Case, Finding, Parts
from lensmith.types import Example
from tiny_models import load_tiny, make_example, open_tiny

CPU = torch.device("cpu")
WORDS = ("красный", "blue", "a tall green tree", "нет", "кот 🐈 и звезда")
PLACE = Placement(CPU, "", "fp32", "", torch.float32)


# No recipe can ask for it on a CPU, which can compute it all the same.
FP16 = Placement(CPU, "", "fp16", "", torch.float16)


def make_examples(count: int, offset: int, words: Sequence[str] = WORDS) -> list[Example]:
    return [make_example(("Что это? What?", words[at % len(words)]), number=offset + at) for at in range(count)]


def make_recipe(folder: Path, tune: dict[str, Any] | None = None, **train: Any) -> Recipe:
    settled = {"learning_rate": 2e-3, "max_length": 512, "precision": "fp32", "workers": 0, "batch_size": 4}
    given = {"name": str(folder)}, {"train": ["unused"]}, tune or {}, settled | train
    return Recipe.model_validate(dict(zip(("model", "data", "tune", "train"), given, strict=True)))


def make_parts(family: Family, words: Sequence[str] = WORDS, *, limit: int | None = None, held_out: int = 100) -> Parts:
    examples = {
        "train": make_examples(24, 0, words),
        "validation": make_examples(held_out, 1000),
        "test": make_examples(held_out, 2000),
    }
    return Parts(examples, {name: encode_examples(family, part, limit) for name, part in examples.items()})


def make_case(folder: Path, tune: dict[str, Any] | None = None, *, loaded: bool = True, **train: Any) -> Case:
    """A case in which nothing is wrong, unless `tune` or `train` make it so."""
    family = open_tiny(folder)
    model = load_tiny(family, folder) if loaded else None
    return Case(make_recipe(folder, tune, **train), family, make_parts(family), model, PLACE)


def find(name: str, case: Case) -> list[Finding]:
    """What one check finds."""
    return list(CHECKS[name].find(case))


def codes(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(finding.code.removeprefix("preflight/"), finding.severity) for finding in findings]


def spoil(case: Case, spoilt: Encoded, at: int = 0) -> Case:
    """The case with another training example in this place."""
    items = list(case.parts.train())
    items[at] = spoilt
    encoded = {**case.parts.encoded, "train": EncodedSet(tuple(items), ())}
    return replace(case, parts=replace(case.parts, encoded=encoded))
