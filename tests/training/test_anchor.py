"""Holding a model to its base: the exact divergence, in the loss, the same however a step is cut into batches."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import encode, make_examples, make_module, make_recipe, read_log, start, weights
from torch import Tensor

from lensmith.batching.rows import Collator, read_inputs
from lensmith.config.sections import KeepSection, Recipe
from lensmith.families.encoded import Encoded
from lensmith.training import module as under_test
from lensmith.training.module import SupervisedModule
from lensmith.types import Example
from tiny_models import make_example

LORA: dict[str, Any] = {"lora": {"r": 4, "targets": "all"}}
FULL: dict[str, Any] = {"method": "full", "freeze": []}
TUNES = pytest.mark.parametrize("tune", [LORA, FULL], ids=["lora", "full"])


def hold(recipe: Recipe, kl: float) -> Recipe:
    return recipe.model_copy(update={"keep": KeepSection(kl=kl)})


def move(module: SupervisedModule, by: float = 0.05) -> None:
    """Changes what is trained, as training would."""
    chance = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for value in module.parameters():
            if value.requires_grad:
                value += by * torch.randn(value.shape, generator=chance)


def every_other(items: Sequence[Encoded]) -> list[Encoded]:
    return [replace(item, anchored=at % 2 == 0) for at, item in enumerate(items)]


def read_alone(module: SupervisedModule, item: Encoded) -> Tensor:
    """What a module would say at each answer token of one example: log-probabilities, by the longer way."""
    batch = Collator(module.family)([item])
    states_BTD = module.family.hidden(module.bare, read_inputs(module.bare, module.family, batch))
    logits_NV = module.family.logits(module.bare, states_BTD.flatten(0, 1)[batch["from_N"]])
    return torch.log_softmax(logits_NV.float(), dim=-1)


@TUNES
def test_the_divergence_is_the_slow_sum_and_nothing_where_nothing_moved(llava: Path, tune: dict[str, Any]) -> None:
    recipe = hold(make_recipe(llava, tune), 0.7)
    module = make_module(recipe).train()
    items = every_other(encode(module, make_examples(5)))
    batch = Collator(module.family)(items)
    assert float(module(**batch)["kl_sum"]) == pytest.approx(0.0, abs=1e-6)

    move(module)
    made = module(**batch)
    plain = make_module(make_recipe(llava, tune)).eval()
    expected = tokens = 0.0
    with torch.no_grad():
        for item in items:
            if item.anchored:
                was, now = read_alone(plain, item), read_alone(module.eval(), item)
                expected += float((was.exp() * (was - now)).sum())
                tokens += item.n_answer_tokens
    assert expected > 0.1
    assert float(made["kl_sum"]) == pytest.approx(expected, rel=1e-4)
    assert float(made["kl_weight"]) == tokens
    alone = float(module(**batch)["loss_sum"].detach())  # in evaluation mode: the cross-entropies alone
    assert float(made["loss_sum"].detach()) == pytest.approx(alone + 0.7 * expected, rel=1e-4)


@TUNES
def test_the_base_stays_what_it_was_and_only_trained_weights_get_gradients(llava: Path, tune: dict[str, Any]) -> None:
    module = make_module(hold(make_recipe(llava, tune), 1.0)).train()
    move(module)
    trained = {name for name, value in module.named_parameters() if value.requires_grad}
    batch = Collator(module.family)(every_other(encode(module, make_examples(4))))
    before = float(module(**batch)["kl_sum"])
    module(**batch)["loss_sum"].backward()
    assert {name for name, value in module.named_parameters() if value.requires_grad} == trained
    assert {name for name, value in module.named_parameters() if value.grad is not None} <= trained
    assert module.training
    assert module.bare.training
    assert all(layer.training for layer in module.modules())
    assert float(module(**batch)["kl_sum"]) == pytest.approx(before, rel=1e-6)


def test_a_base_beside_the_model_shares_what_stays_frozen(llava: Path) -> None:
    module = make_module(hold(make_recipe(llava, {"method": "full", "freeze": ["vision"]}), 1.0))
    assert module.anchor is not None
    base: Any = module.anchor.pair.base
    own = {id(value) for value in module.parameters()}
    shared = {name for name, value in base.named_parameters() if id(value) in own}
    frozen = {name for name, value in module.bare.named_parameters() if not value.requires_grad}
    assert shared == frozen
    assert frozen
    assert not any(value.requires_grad for value in base.parameters())
    assert not any("anchor" in name for name in module.state_dict())


@pytest.mark.parametrize("rows", [1, 3])
def test_chunks_do_not_change_it(llava: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    module = make_module(hold(make_recipe(llava, LORA), 0.5)).train()
    move(module)
    batch = Collator(module.family)(every_other(encode(module, make_examples(4))))
    found = []
    for chunk in (under_test.CHUNK_LOGITS, rows * module.family.config.get_text_config().vocab_size):
        monkeypatch.setattr(under_test, "CHUNK_LOGITS", chunk)
        made = module(**batch)
        made["loss_sum"].backward()
        gradients = {name: value.grad.clone() for name, value in module.named_parameters() if value.grad is not None}
        module.zero_grad(set_to_none=True)
        found.append((float(made["loss_sum"].detach()), float(made["kl_sum"]), gradients))
    (loss, kl, whole), (other_loss, other_kl, parts) = found
    assert (other_loss, other_kl) == pytest.approx((loss, kl), rel=1e-5)
    for name, value in whole.items():
        torch.testing.assert_close(parts[name], value, rtol=1e-4, atol=1e-5)


@TUNES
def test_layouts_of_a_batch_give_one_trajectory(llava: Path, tmp_path: Path, tune: dict[str, Any]) -> None:
    """Ten examples, eight a step, every third held to the base; a batch of two may hold none of them."""
    found = []
    for batch, accumulate in ((8, 1), (2, 4)):
        how: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 0.2, "log_every": 1, "epochs": 2.0}
        recipe = hold(make_recipe(llava, tune, batch_size=batch, accumulate=accumulate, **how), 3.0)
        module, done = start(recipe, tmp_path / f"{batch}x{accumulate}", count=10)
        assert done.last_step == 4
        found.append((read_log(tmp_path / f"{batch}x{accumulate}"), weights(module)))
    (log, final), (other_log, other) = found
    divergences = [row["kl"] for row in log if "kl" in row]
    assert len(divergences) >= 2
    assert divergences[0] == pytest.approx(0.0, abs=1e-6)
    assert divergences[-1] > 1e-4
    for row, right in zip(other_log, log, strict=True):
        assert row.keys() == right.keys()
        for name in ("loss", "kl", "eval_validation_loss"):
            if name in row:
                assert row[name] == pytest.approx(right[name], rel=1e-5, abs=1e-6)
    for name, value in other.items():
        torch.testing.assert_close(value, final[name], rtol=1e-5, atol=1e-6)


def test_a_held_model_moves_less(llava: Path, tmp_path: Path) -> None:
    last = {}
    for kl in (1e-6, 30.0):
        recipe = hold(make_recipe(llava, LORA, batch_size=4, epochs=4.0, log_every=1), kl)
        start(recipe, tmp_path / str(kl), count=9)
        last[kl] = [row["kl"] for row in read_log(tmp_path / str(kl)) if "kl" in row][-1]
    assert last[30.0] < 0.5 * last[1e-6]


def test_a_batch_in_parts_counts_a_divergence_once(
    llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory gives out in the second batch of a step: the step is done again, and its divergences are logged once."""
    how: dict[str, Any] = {"batch_size": 3, "accumulate": 2, "epochs": 1.0, "log_every": 1, "warmup": 0.0}
    recipe = hold(make_recipe(llava, LORA, seed=4, **how), 1.0)  # with this seed each batch holds one of them
    start(recipe, tmp_path / "whole", count=12)
    true_forward = SupervisedModule.forward
    sizes: list[int] = []

    def forward(self: SupervisedModule, **batch: Tensor) -> dict[str, Tensor]:
        made = true_forward(self, **batch)
        if self.training:
            sizes.append(len(batch["ids_BT"]))
            if len(sizes) >= 4 and sizes[-1] > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
        return made

    monkeypatch.setattr(SupervisedModule, "forward", forward)
    start(recipe, tmp_path / "parts", count=12)
    assert min(sizes) < 3
    whole, parts = ([row["kl"] for row in read_log(tmp_path / name) if "kl" in row] for name in ("whole", "parts"))
    assert len(whole) == 2
    assert whole[-1] > 1e-3
    assert parts == pytest.approx(whole, rel=1e-4, abs=1e-6)


def on_one_picture(count: int) -> list[Example]:
    """Questions on one picture, and one more on another."""
    asked = [(f"Что это {at}? 🐈", f"слово {'да ' * at}") for at in range(count)]
    return [*(replace(make_example(turn), id=f"q{at}") for at, turn in enumerate(asked)), *make_examples(1, offset=9)]


def test_questions_that_share_a_picture_are_held_as_if_each_were_alone(llava: Path) -> None:
    module = make_module(hold(make_recipe(llava, LORA), 0.5)).train()
    move(module)
    items = every_other(encode(module, on_one_picture(4)))
    collate = Collator(module.family)
    together = collate(items)
    assert "segment_BT" in together, "they are a tree"
    made = module(**together)
    alone = [module(**collate([item])) for item in items]
    assert ["kl_sum" in each for each in alone] == [item.anchored for item in items]
    for name in ("kl_sum", "kl_weight"):
        assert float(made[name]) == pytest.approx(sum(float(each[name]) for each in alone if name in each), rel=1e-4)
    total = sum(float(each["loss_sum"].detach()) for each in alone)
    assert float(made["loss_sum"].detach()) == pytest.approx(total, rel=1e-4)


@TUNES
def test_activations_may_be_made_again(llava: Path, tune: dict[str, Any]) -> None:
    found = []
    for again in (False, True):
        module = make_module(hold(make_recipe(llava, tune), 0.5)).train()
        move(module)
        if again:
            module.recompute_activations()
        made = module(**Collator(module.family)(every_other(encode(module, make_examples(3)))))
        made["loss_sum"].backward()
        found.append({name: value.grad for name, value in module.named_parameters() if value.grad is not None})
    plain, recomputed = found
    assert plain.keys() == recomputed.keys()
    for name, value in plain.items():
        torch.testing.assert_close(recomputed[name], value, rtol=1e-4, atol=1e-6)
