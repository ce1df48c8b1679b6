"""A run of any family that is in order passes every check of the last look before training."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from checkpoints import CHECKPOINTS, Opened, open_checkpoint

from lensmith.batching.encode import encode_examples
from lensmith.config.sections import Recipe
from lensmith.families.placement import Placement
from lensmith.training.preflight.contract import Case, Parts
from lensmith.training.preflight.examining import examine
from tiny_models import CPU, load_tiny, make_example


@pytest.fixture(params=CHECKPOINTS, ids=str, scope="module")
def opened(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Opened:
    return open_checkpoint(request.param, build_once)


def test_nothing_stops_what_is_in_order(opened: Opened) -> None:
    """Questions that share a picture, and answers in two scripts; what a check could not look at, it says."""
    family, folder = opened.family, opened.folder
    words = ("красный", "blue", "кот 🐈")
    made = [make_example((f"Что это? {at % 2}", words[at % 3]), number=at // 2) for at in range(8)]
    examples = [each.__class__(f"e{at}", each.images, each.turns, each.group) for at, each in enumerate(made)]
    encoded = encode_examples(family, examples, None)
    assert not encoded.problems
    given = {"model": {"name": str(folder)}, "data": {"train": ["unused"]}}
    recipe = Recipe.model_validate(given | {"train": {"learning_rate": 2e-3, "batch_size": 4, "together": 2}})
    placement = Placement(CPU, "", "fp32", "", torch.float32)
    case = Case(recipe, family, Parts({"train": examples}, {"train": encoded}), load_tiny(family, folder), placement)
    found = examine(case)
    assert [finding for finding in found if finding.severity != "could not check"] == []
    unchecked = {finding.code for finding in found}
    assert unchecked <= ({"preflight/placeholders"} if not family.keeps_features else set())
