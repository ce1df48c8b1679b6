"""Muon: matrices by Muon and all else by AdamW, each exactly as torch alone would; one state that is taken up whole."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import InterruptionError, make_module, make_recipe, read_log, same, start, weights
from torch import nn

from lensmith.training.muon import make_muon

VOCABULARY = 50
RATE, DECAY = 0.02, 0.1


def make_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(VOCABULARY, 16), nn.Linear(16, 24), nn.LayerNorm(24), nn.Linear(24, VOCABULARY))


def push(model: nn.Module, *optimizers: torch.optim.Optimizer, steps: int = 3) -> None:
    for at in range(steps):
        for optimizer in optimizers:
            optimizer.zero_grad()
        torch.autograd.backward(model(torch.arange(at, at + 8)).square().mean())
        for optimizer in optimizers:
            optimizer.step()


def test_each_part_moves_as_it_would_alone() -> None:
    decayed = ["0.weight", "1.weight", "3.weight"]
    one, apart = make_model(), make_model()
    push(one, make_muon(one, decayed, vocabulary=VOCABULARY, lr=RATE, weight_decay=DECAY))
    named = dict(apart.named_parameters())
    head_and_embedding = [named["0.weight"], named["3.weight"]]
    plain = [named["1.bias"], named["2.weight"], named["2.bias"], named["3.bias"]]
    push(
        apart,
        torch.optim.Muon([named["1.weight"]], lr=RATE, weight_decay=DECAY, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(head_and_embedding, lr=RATE, weight_decay=DECAY),
        torch.optim.AdamW(plain, lr=RATE, weight_decay=0.0),
    )
    start_at = make_model().state_dict()
    for name, value in one.state_dict().items():
        torch.testing.assert_close(value, apart.state_dict()[name])
        assert not torch.equal(value, start_at[name])


def test_a_schedule_and_a_saved_state_reach_both() -> None:
    decayed = ["1.weight"]
    models = make_model(), make_model()
    first, second = (make_muon(model, decayed, vocabulary=VOCABULARY, lr=RATE, weight_decay=0.0) for model in models)
    for group in first.param_groups:
        group["lr"] /= 2
    push(models[0], first)
    models[1].load_state_dict(models[0].state_dict())
    second.load_state_dict(deepcopy(first.state_dict()))
    assert {group["lr"] for group in second.param_groups} == {RATE / 2}
    for model, optimizer in zip(models, (first, second), strict=True):
        push(model, optimizer)
    for name, value in models[0].state_dict().items():
        torch.testing.assert_close(value, models[1].state_dict()[name], rtol=0, atol=0)


@pytest.mark.parametrize("tune", [{"method": "full", "freeze": []}, {"lora": {"r": 4, "targets": "all"}}])
def test_a_run_learns_with_it_and_is_taken_up_exactly(llava: Path, tmp_path: Path, tune: dict[str, Any]) -> None:
    recipe = make_recipe(llava, tune, optimizer="muon", log_every=1, epochs=2.0, batch_size=4, save_every=1, together=1)
    whole, done = start(recipe, tmp_path / "whole", count=12)
    with pytest.raises(InterruptionError):
        start(recipe, tmp_path / "cut", count=12, allowed=15)
    taken_up, again = start(recipe, tmp_path / "cut", count=12)
    assert again.last_step == done.last_step == 6
    losses = [row["loss"] for row in read_log(tmp_path / "whole") if "loss" in row]
    assert losses[-1] < losses[0]
    assert not same(weights(whole), weights(make_module(recipe)))
    assert same(weights(taken_up), weights(whole))


def test_a_patch_embedding_moves_as_the_matrix_that_it_is() -> None:
    torch.manual_seed(1)
    conv, others = nn.Conv2d(3, 8, 4, stride=4), nn.Conv2d(8, 8, 3)
    linear = nn.Linear(48, 8)
    linear.load_state_dict({"weight": conv.weight.detach().flatten(1), "bias": conv.bias.detach()})
    pictures = torch.randn(5, 3, 4, 4)
    optimizers = [
        make_muon(model, ["weight", "0.weight", "1.weight"], vocabulary=VOCABULARY, lr=RATE, weight_decay=DECAY)
        for model in (nn.Sequential(conv, others), linear)
    ]
    kinds = [{group["muon"]: len(group["params"]) for group in each.param_groups} for each in optimizers]
    assert [kind[True] for kind in kinds] == [1, 1], "the one that overlaps is no matrix"
    for _ in range(3):
        for optimizer in optimizers:
            optimizer.zero_grad()
        torch.autograd.backward(conv(pictures).square().mean() + linear(pictures.flatten(1)).square().mean())
        for optimizer in optimizers:
            optimizer.step()
    assert conv.weight.shape == conv.weight.grad.shape == (8, 3, 4, 4)
    torch.testing.assert_close(conv.weight.flatten(1), linear.weight)
    assert all(
        state["momentum_buffer"].shape == (8, 48)
        for state in optimizers[0].state.values()
        if "momentum_buffer" in state
    )
