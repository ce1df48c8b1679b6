"""Recomputed activations, for every family: the same loss and gradients, and less is kept for the backward pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import CHECKPOINTS
from test_quantising import QUICK
from test_tuning_contract import EXAMPLES, FULL, LORA, batch_of, tuned
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from lensmith.batching.encode import encode_examples
from lensmith.batching.rows import Collator
from lensmith.config.sections import Recipe, TuneSection
from lensmith.families.placement import choose_placement
from lensmith.families.tuned import unwrap
from lensmith.training.module import SupervisedModule
from lensmith.training.seeing import keep_features

ALL = [pytest.param(each, id=each.name, marks=[] if each.name in QUICK else [pytest.mark.slow]) for each in CHECKPOINTS]


@pytest.fixture(params=ALL, scope="module")
def built(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Any:
    """Every checkpoint of every family, one after the other."""
    return request.param, build_once(request.param.name, request.param.build)


def step(module: SupervisedModule, batch: dict[str, Tensor]) -> tuple[float, dict[str, Tensor], int]:
    """The loss, the gradients, and the bytes that the forward pass keeps beside weights and inputs."""
    weights = {value.untyped_storage().data_ptr() for value in (*module.parameters(), *batch.values())}
    kept: dict[int, int] = {}

    def note(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return value

    module.train()
    module.zero_grad()
    with saved_tensors_hooks(note, lambda value: value):
        loss = module(**batch)["loss_sum"]
    loss.backward()
    gradients = {name: value.grad.clone() for name, value in module.named_parameters() if value.grad is not None}
    return float(loss.detach()), gradients, sum(kept.values())


def compare(module: SupervisedModule, batch: dict[str, Tensor]) -> None:
    loss, gradients, kept = step(module, batch)
    module.recompute_activations()
    again, others, fewer = step(module, batch)
    assert again == pytest.approx(loss, rel=1e-6)
    assert gradients
    assert gradients.keys() == others.keys()
    for name in gradients:
        torch.testing.assert_close(others[name], gradients[name], rtol=1e-5, atol=1e-6)
    assert fewer < 0.9 * kept, "nothing is recomputed"


@pytest.mark.parametrize("tune", [LORA, FULL], ids=["lora", "full"])
def test_gradients_are_the_same_and_less_is_kept(built: Any, tune: TuneSection) -> None:
    module = tuned(built, tune)
    compare(module, batch_of(module.family))


def test_the_same_with_features_in_the_place_of_pictures(built: Any, tmp_path: Path) -> None:
    module = tuned(built, LORA)
    family = module.family
    if not family.keeps_features:
        pytest.skip("no features of this family are kept")
    settings = {"model": {"name": str(built[1])}, "data": {"train": ["unused"]}, "train": {"workers": 0}}
    recipe = Recipe.model_validate({**settings, "train": {"workers": 0, "features": str(tmp_path)}})
    items = encode_examples(family, EXAMPLES, None).encoded
    images = [image for item in items for image in item.images]
    placement = choose_placement("cpu", "fp32", full=False)
    kept = keep_features(unwrap(module.model), family, recipe, placement, images)
    compare(module, Collator(family, kept)(items))
