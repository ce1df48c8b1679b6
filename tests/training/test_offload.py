"""Activations that wait in main memory come back as they were, and weights stay."""

from pathlib import Path
from typing import ClassVar

import pytest
import torch
from small_runs import encode, make_examples, make_module, make_recipe, same, start, weights

from lensmith.batching.rows import Collator
from lensmith.training import offload


class Noted(offload.Moved):
    """What was moved."""

    shapes: ClassVar[list[tuple[int, ...]]] = []

    def __new__(cls, tensor: torch.Tensor, device: torch.device) -> "Noted":
        cls.shapes.append(tuple(tensor.shape))
        return super().__new__(cls, tensor, device)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors of this machine count as another device's, all of any size."""
    monkeypatch.setattr(offload, "MAIN_MEMORY", torch.device("meta"))
    monkeypatch.setattr(offload, "SMALLEST_BYTES", 0)
    monkeypatch.setattr(offload, "Moved", Noted)
    monkeypatch.setattr(Noted, "shapes", [])


def test_weights_stay_where_they_are(elsewhere: None) -> None:
    module = torch.nn.Linear(7, 5)
    values_BD = torch.randn(3, 7, requires_grad=True)
    with offload.offload_activations(module):
        made = module(values_BD).tanh()
    made.sum().backward()
    assert sorted(Noted.shapes) == [(3, 5), (3, 7)], "the answer of tanh, and what came in"
    again = torch.autograd.grad(
        torch.nn.functional.linear(values_BD, module.weight, module.bias).tanh().sum(), values_BD
    )
    torch.testing.assert_close(values_BD.grad, again[0], rtol=0, atol=0)


@pytest.mark.parametrize("recompute", [False, True])
def test_a_run_learns_the_same(llava: Path, tmp_path: Path, elsewhere: None, recompute: bool) -> None:
    how = {"epochs": 1.0, "batch_size": 4, "gradient_checkpointing": recompute}
    plain, _ = start(make_recipe(llava, **how), tmp_path / "plain")
    assert not Noted.shapes
    moved, _ = start(make_recipe(llava, **how, activation_offloading=True), tmp_path / "moved")
    assert Noted.shapes
    assert same(weights(moved), weights(plain))


def test_nothing_is_moved_that_is_there_already(llava: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offload, "Moved", Noted)
    monkeypatch.setattr(Noted, "shapes", [])
    module = make_module(make_recipe(llava))
    batch = Collator(module.family)(encode(module, make_examples(3)))
    with offload.offload_activations(module):
        module(**batch)["loss_sum"].backward()
    assert not Noted.shapes
