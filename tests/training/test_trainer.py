"""One optimiser step is one mean over its supervised tokens, however the questions are spread over batches."""

from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import encode, make_examples, make_module, make_recipe, read_log, start, weights

from lensmith.batching.rows import Collator
from lensmith.training.trainer import validation_loss

LAYOUTS = [(8, 1), (2, 4), (1, 8)]
LORA = {"lora": {"r": 4, "targets": "all"}}


def mean_loss(module: Any, count: int) -> torch.Tensor:
    """The reference: one example at a time, summed, divided by all supervised tokens."""
    items = encode(module, make_examples(count))
    outputs = [module(**Collator(module.family)([item])) for item in items]
    total: torch.Tensor = sum(made["loss_sum"] for made in outputs) / sum(made["weight_sum"] for made in outputs)
    return total


def test_examples_weigh_by_their_tokens(llava: Path) -> None:
    """Answers differ in length here, so that a mean of means would be another number."""
    module = make_module(make_recipe(llava))
    lengths = [item.n_answer_tokens for item in encode(module, make_examples(8))]
    assert max(lengths) > 2 * min(lengths)


@pytest.mark.parametrize(("batch", "accumulate"), LAYOUTS)
def test_one_step_is_the_gradient_of_the_mean(llava: Path, tmp_path: Path, batch: int, accumulate: int) -> None:
    how: dict[str, Any] = {"optimizer": "sgd", "max_grad_norm": 0.0, "scheduler": "constant", "warmup": 0.0}
    tune = {"method": "full", "freeze": []}
    recipe = make_recipe(llava, tune, epochs=1.0, batch_size=batch, accumulate=accumulate, learning_rate=0.1, **how)
    reference = make_module(recipe)
    loss = mean_loss(reference, 8)
    torch.autograd.backward(loss)
    module, done = start(recipe, tmp_path, count=8)
    assert done.last_step == 1
    logged = next(row["loss"] for row in read_log(tmp_path) if "loss" in row)
    assert logged == pytest.approx(float(loss.detach()), rel=1e-5)
    moved = weights(module)
    for name, value in reference.named_parameters():
        expected = value.detach() - 0.1 * (torch.zeros_like(value) if value.grad is None else value.grad)
        torch.testing.assert_close(moved[name], expected, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw_torch"])
def test_layouts_of_a_batch_give_one_trajectory(llava: Path, tmp_path: Path, optimizer: str) -> None:
    """Twenty examples, eight a step: the last step of each epoch has four, in every layout."""
    rate = 0.3 if optimizer == "sgd" else 1e-2
    found = []
    for batch, accumulate in LAYOUTS:
        how: dict[str, Any] = {"optimizer": optimizer, "learning_rate": rate, "log_every": 1, "epochs": 2.0}
        recipe = make_recipe(llava, LORA, batch_size=batch, accumulate=accumulate, **how)
        module, done = start(recipe, tmp_path / f"{batch}x{accumulate}", count=20)
        assert done.last_step == 6
        found.append((read_log(tmp_path / f"{batch}x{accumulate}"), weights(module)))
    log, final = found[0]
    losses = [row["loss"] for row in log if "loss" in row]
    assert len(losses) == 6
    assert losses[-1] < losses[0]
    # AdamW divides by gradients that are nearly nothing: there, to a hundredth of one step's length
    tolerance, nothing = (1e-5, 1e-6) if optimizer == "sgd" else (1e-4, 1e-4)
    for other_log, other in found[1:]:
        assert [row["step"] for row in other_log] == [row["step"] for row in log]
        for row, right in zip(other_log, log, strict=True):
            assert _without_epoch(row) == pytest.approx(_without_epoch(right), rel=tolerance)
        for name, value in other.items():
            torch.testing.assert_close(value, final[name], rtol=tolerance, atol=nothing)


def _without_epoch(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the log without how far the epoch was, which is counted in batches."""
    return {name: value for name, value in row.items() if name != "epoch"}


def test_last_step_of_an_epoch_is_the_mean_of_what_is_left(llava: Path, tmp_path: Path) -> None:
    """Five examples, four a step: the fifth is a step of its own, with its own mean and full weight."""
    how: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 1e-9, "log_every": 1, "epochs": 1.0}
    for batch, accumulate in ((4, 1), (1, 4), (2, 2)):
        out = tmp_path / f"{batch}x{accumulate}"
        module, done = start(make_recipe(llava, LORA, batch_size=batch, accumulate=accumulate, **how), out, count=5)
        assert done.last_step == 2
        first, second = (row["loss"] for row in read_log(out) if "loss" in row)
        items = encode(module, make_examples(5))
        sums = [float(module(**Collator(module.family)([item]))["loss_sum"].detach()) for item in items]
        tokens = [item.n_answer_tokens for item in items]
        ways = [
            ((sum(sums) - alone) / (sum(tokens) - count), alone / count)
            for alone, count in zip(sums, tokens, strict=True)
        ]
        assert any((first, second) == pytest.approx(way, rel=1e-5) for way in ways)


def test_gradients_are_clipped_to_the_norm_and_only_when_asked(llava: Path, tmp_path: Path) -> None:
    how: dict[str, Any] = {"optimizer": "sgd", "scheduler": "constant", "warmup": 0.0, "epochs": 1.0, "batch_size": 4}
    moved = {}
    for norm in (0.0, 0.01, 1e6):
        recipe = make_recipe(llava, LORA, max_grad_norm=norm, learning_rate=0.1, **how)
        before = weights(make_module(recipe))
        module, _ = start(recipe, tmp_path / str(norm), count=4)
        after = weights(module)
        moved[norm] = float(sum(((after[name] - before[name]) ** 2).sum() for name in after) ** 0.5)
    assert moved[0.01] == pytest.approx(0.1 * 0.01, rel=1e-3)
    assert moved[0.0] == pytest.approx(moved[1e6], rel=1e-5)
    assert moved[0.0] > 10 * moved[0.01]


def test_rate_rises_and_falls_as_the_recipe_says(llava: Path, tmp_path: Path) -> None:
    how: dict[str, Any] = {"scheduler": "linear", "warmup": 0.25, "log_every": 1, "learning_rate": 0.08}
    start(make_recipe(llava, LORA, epochs=2.0, batch_size=1, **how), tmp_path, count=4)
    rates = [row["learning_rate"] for row in read_log(tmp_path) if "learning_rate" in row]
    rising, falling = [0.0, 0.04], [0.08 * left / 6 for left in (6, 5, 4, 3, 2, 1)]
    assert rates == pytest.approx([*rising, *falling])


@pytest.mark.parametrize("batch", [1, 2, 3, 64])
def test_validation_loss_is_the_mean_over_tokens_in_any_batch(llava: Path, batch: int) -> None:
    module = make_module(make_recipe(llava)).eval()
    with torch.no_grad():
        expected = float(mean_loss(module, 7))
    state = torch.get_rng_state()
    assert validation_loss(module, encode(module, make_examples(7)), batch, 0) == pytest.approx(expected, rel=1e-5)
    assert torch.equal(torch.get_rng_state(), state), "validation must not move training's random state"


def test_workers_read_the_same_pictures(llava: Path, tmp_path: Path) -> None:
    logs = []
    for workers in (0, 1):
        recipe = make_recipe(llava, LORA, epochs=1.0, batch_size=2, workers=workers, log_every=1)
        start(recipe, tmp_path / str(workers), count=6)
        logs.append((tmp_path / str(workers) / "metrics.jsonl").read_bytes())
    assert logs[0] == logs[1]
