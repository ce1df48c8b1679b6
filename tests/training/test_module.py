"""The loss does not depend on how it is computed: in chunks or at once, activations kept or made again."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import encode, make_examples, make_module, make_recipe
from torch import Tensor, nn

from lensmith.batching.rows import Collator
from lensmith.training import module as under_test
from lensmith.training.module import SupervisedModule, sum_cross_entropy

VOCABULARY = 11


def gradients(module: nn.Module) -> dict[str, Tensor]:
    found = {name: value.grad.clone() for name, value in module.named_parameters() if value.grad is not None}
    module.zero_grad(set_to_none=True)
    return found


def loss_and_gradients(module: SupervisedModule, batch: dict[str, Tensor]) -> tuple[float, dict[str, Tensor]]:
    outputs = module(**batch)
    (outputs["loss_sum"] / outputs["weight_sum"]).backward()
    return float(outputs["loss_sum"].detach()), gradients(module)


def assert_close(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    assert first
    for name in first:
        torch.testing.assert_close(first[name], second[name], rtol=1e-5, atol=2e-6)


@settings(max_examples=15, deadline=None)
@given(count=st.integers(1, 17), rows=st.integers(1, 20), seed=st.integers(0, 99))
def test_chunks_do_not_change_a_loss(count: int, rows: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    head = nn.Linear(5, VOCABULARY, dtype=torch.float64)
    hidden_ND = torch.randn(count, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    target_N = torch.randint(0, VOCABULARY, (count,), generator=generator)
    weight_N = torch.rand(count, generator=generator, dtype=torch.float64)
    expected = -(weight_N * torch.log_softmax(head(hidden_ND), -1)[torch.arange(count), target_N]).sum()
    wanted = torch.autograd.grad(expected, [hidden_ND, *head.parameters()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(under_test, "CHUNK_LOGITS", rows * VOCABULARY)
        made = sum_cross_entropy(head, hidden_ND, target_N, weight_N, vocabulary=VOCABULARY)
    assert made.detach().item() == pytest.approx(expected.item(), rel=1e-5)
    for found, right in zip(torch.autograd.grad(made, [hidden_ND, *head.parameters()]), wanted, strict=True):
        torch.testing.assert_close(found, right, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 5])
def test_chunks_do_not_change_a_models_gradients(llava: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    module = make_module(make_recipe(llava, {"method": "full", "freeze": []}))
    batch = Collator(module.family)(encode(module, make_examples(5)))
    assert len(batch["target_N"]) > 5
    whole = loss_and_gradients(module, batch)
    widths: list[int] = []
    head: Any = module.bare.lm_head
    hook = head.register_forward_hook(lambda layer, given, made: widths.append(len(made)))
    monkeypatch.setattr(under_test, "CHUNK_LOGITS", rows * module.family.config.get_text_config().vocab_size + 3)
    chunked = loss_and_gradients(module, batch)
    hook.remove()
    assert max(widths) == rows, "no more logits at once than asked for"
    assert sum(widths) == 2 * len(batch["target_N"]), "each chunk once forward and once again backward"
    assert chunked[0] == pytest.approx(whole[0], rel=1e-6)
    assert_close(chunked[1], whole[1])


@pytest.mark.parametrize("tune", [{"method": "full", "freeze": []}, {"lora": {"targets": "all"}}, {"method": "full"}])
def test_recomputed_activations_give_the_same_gradients(llava: Path, tune: dict[str, Any]) -> None:
    kept, again = make_module(make_recipe(llava, tune)).train(), make_module(make_recipe(llava, tune)).train()
    again.recompute_activations()
    counts = {kept: 0, again: 0}

    def count(module: SupervisedModule) -> None:
        layer = module.bare.get_submodule("model.language_model.layers.0.self_attn")

        def add(*_: object) -> None:
            counts[module] += 1

        layer.register_forward_hook(add)

    batch = Collator(kept.family)(encode(kept, make_examples(3)))
    for module in (kept, again):
        count(module)
    plain, recomputed = loss_and_gradients(kept, batch), loss_and_gradients(again, batch)
    assert counts == {kept: 1, again: 2}, "the layer runs once more in the backward pass"
    assert recomputed[0] == pytest.approx(plain[0], rel=1e-6)
    assert_close(recomputed[1], plain[1])


def test_logits_are_made_only_where_the_loss_looks(llava: Path) -> None:
    module = make_module(make_recipe(llava))
    batch = Collator(module.family)(encode(module, make_examples(4)))
    rows: list[int] = []
    head: Any = module.bare.lm_head
    head.register_forward_hook(lambda layer, given, made: rows.append(made.shape[0]))
    module(**batch)
    assert rows == [int(batch["weight_N"].sum())]
    assert rows[0] < batch["ids_BT"].numel() / 4


def test_loss_is_summed_in_float32_where_the_model_is_not(llava: Path) -> None:
    module = make_module(make_recipe(llava))
    batch = Collator(module.family)(encode(module, make_examples(4)))
    exact = float(module(**batch)["loss_sum"].detach())
    half = module.to(torch.bfloat16)
    loss = half(**batch)["loss_sum"]
    assert loss.dtype == torch.float32
    assert float(loss.detach()) == pytest.approx(exact, rel=0.05)
